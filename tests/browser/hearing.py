"""Listen to what a page plays: the samples themselves, not what the page says of them.

The sounds of these tests are rising tones, in which the pitch tells the time: what is heard at a
moment says where in the sound that is, with no help from the widget's own clock.
"""

from __future__ import annotations

import math
from typing import Any

from tests.browser.lab import Lab

DURATION_S, LOW_HZ, HIGH_HZ = 4.0, 300.0, 3300.0
SWEEP = (HIGH_HZ - LOW_HZ) / DURATION_S  # Hz a second

# A sine whose frequency is LOW_HZ + SWEEP t; `lift` moves the whole of it up.
RISING = f"""
import numpy as np
sr = 22050
t = np.arange(int({DURATION_S} * sr)) / sr

def rising(lift=0.0, amplitude=0.5):
    turns = ({LOW_HZ} + lift) * t + {SWEEP} * t**2 / 2
    return (amplitude * np.sin(2 * np.pi * turns)).astype(np.float32)
"""

# Whatever is connected to a context's output is connected to an analyser too.
TAP = """
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
        const analyser = new AnalyserNode(this.context, { fftSize: 2048 });
        connect.call(this, analyser);
        (window.taps ??= []).push(analyser);
    }
    return connect.call(this, target, ...rest);
};
"""
# In a screen frame's turn, after the widget has taken its own: samples, playhead and label agree
# on one moment.
LISTEN = """([selector, head]) => new Promise(done => requestAnimationFrame(() => {
    const analyser = window.taps?.at(-1);
    const samples = new Float32Array(2048);
    analyser?.getFloatTimeDomainData(samples);
    const root = document.querySelector(selector);
    const box = root.querySelector(head).getBoundingClientRect();
    done({
        samples: [...samples],
        rate: analyser?.context.sampleRate ?? 1,
        latency: analyser ? analyser.context.outputLatency || analyser.context.baseLatency || 0 : 0,
        position: Number(root.dataset.position),
        head: (box.left + box.right) / 2,
    });
}))"""


class Moment:
    """What was heard and shown at one moment."""

    def __init__(self, taken: dict[str, Any]) -> None:
        self.samples: list[float] = taken["samples"]
        self.rate: float = taken["rate"]
        self.latency_s: float = taken["latency"]
        self.position_s: float = taken["position"]
        self.head_px: float = taken["head"]

    @property
    def peak(self) -> float:
        """The largest sample of the last 2048."""
        return max(map(abs, self.samples))

    def pitch_hz(self) -> float:
        """Return the frequency in the middle of the last 2048 samples, from zero crossings."""
        rising = []
        for i, (before, after) in enumerate(zip(self.samples, self.samples[1:], strict=False)):
            if before < 0 <= after:
                rising.append(i + before / (before - after))
        if len(rising) < 3 or self.peak < 1e-3:
            return math.nan
        return self.rate * (len(rising) - 1) / (rising[-1] - rising[0])

    def heard_s(self, lift: float = 0.0) -> float:
        """Return where in the rising tone the listener is, from its pitch alone."""
        middle = (self.pitch_hz() - lift - LOW_HZ) / SWEEP
        # The pitch is that of the window's middle; the ear gets its end, one latency late.
        return middle + len(self.samples) / 2 / self.rate - self.latency_s


def listen(lab: Lab, widget: str, head: str) -> Moment:
    """Take in what is heard, and where the playhead of a widget stands, at one moment."""
    return Moment(lab.page.evaluate(LISTEN, [widget, head]))
