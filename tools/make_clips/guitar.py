"""A plucked guitar: the string as a delay line with a lossy end.

Karplus and Strong (Digital synthesis of plucked-string and drum timbres, CMJ 7(2), 1983), with
the extensions of Jaffe and Smith (CMJ 7(2), 1983): the pick's place as a comb, a fractional
delay for tuning, a loss chosen for the decay wanted. The whole loop is one linear filter.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import signal

from .score import Note, hertz
from .sound import body, fade, noise, place

RELEASE_S = 0.12
_BOX = ((102.0, 9.0, 1.1), (204.0, 14.0, 0.8), (392.0, 18.0, 0.45), (540.0, 20.0, 0.3))


def note(
    midi: int,
    duration_s: float,
    velocity: float,
    *,
    sr: int,
    rng: np.random.Generator,
    pick: float = 0.19,
    t60_s: float = 4.5,
    damping: float = 0.28,
) -> np.ndarray:
    """Pluck one string and let it ring for `duration_s`.

    `pick` is the place of the finger, a share of the string; `damping` (0 to 0.5) is how much
    more of the high partials each round trip loses.
    """
    n = int((duration_s + RELEASE_S) * sr)
    decay_s = t60_s * 2 ** ((55 - midi) / 24)
    blow = _blow(n, hertz(midi), velocity, pick=pick, sr=sr, rng=rng)
    # Across and along the soundboard a string swings at slightly different speeds and losses.
    across = _loop(blow, hertz(midi), decay_s * 0.45, damping, sr=sr)
    along = _loop(blow, hertz(midi) * 2 ** (0.7 / 1200), decay_s, damping, sr=sr)
    y = body(0.6 * across + 0.4 * along, sr=sr, modes=_BOX)
    t = np.arange(n) / sr
    hand = np.exp(-np.maximum(t - duration_s, 0) / (RELEASE_S / 5))
    return fade(y * hand, sr=sr, out_s=0.01)


def _blow(
    n: int, hz: float, velocity: float, *, pick: float, sr: int, rng: np.random.Generator
) -> np.ndarray:
    """The finger's push: a soft pulse, brighter when harder, with a little nail."""
    width = max(3, int(sr * (0.0011 - 0.0007 * velocity)))
    pulse = np.zeros(n)
    pulse[: width + 2] = np.hanning(width + 2)
    nail = noise(rng, n, sr=sr, low_hz=1500, high_hz=6000) * np.exp(-np.arange(n) / sr / 0.002)
    push = velocity * (pulse / pulse.sum() * 6 + 0.09 * velocity * nail)
    lag = pick * sr / hz  # the wave sent the other way comes back inverted
    whole, part = divmod(lag, 1.0)
    comb = np.zeros(int(whole) + 2)
    comb[0] = 1.0
    comb[int(whole)] -= 1 - part
    comb[int(whole) + 1] -= part  # nothing at 0 Hz, which the loop would keep for ever
    return signal.lfilter(comb, [1.0], push)


def _loop(x: np.ndarray, hz: float, t60_s: float, damping: float, *, sr: int) -> np.ndarray:
    """Let a push run round the string: y[n] = x[n] + (loss * delay)(y)[n]."""
    period = sr / hz
    smooth = np.array([damping / 2, 1 - damping, damping / 2])  # delays by 1 sample
    whole = int(period) - 1 - 2
    taps = _lagrange(period - 1 - whole)
    loss = 10 ** (-3 / (hz * t60_s)) / _gain(np.convolve(smooth, taps), hz, sr=sr)
    feedback = np.convolve(smooth, taps) * min(loss, 0.9999)  # no frequency may grow
    a = np.zeros(whole + feedback.size)
    a[0] = 1.0
    a[whole:] -= feedback
    return signal.lfilter([1.0], a, x)


def _gain(taps: np.ndarray, hz: float, *, sr: int) -> float:
    return float(np.abs(np.exp(-2j * np.pi * hz / sr * np.arange(taps.size)) @ taps))


def _lagrange(delay: float, order: int = 5) -> np.ndarray:
    """Taps that delay by `delay` samples (2 to 3 for order 5), maximally flat at 0 Hz."""
    at = np.arange(order + 1)
    others = [np.delete(at, i) for i in at]
    return np.array([np.prod((delay - o) / (i - o)) for i, o in zip(at, others, strict=True)])


def perform(
    notes: Sequence[Note],
    n: int,
    *,
    sr: int,
    rng: np.random.Generator,
    ring_s: float = 0.0,
    **string: float,
) -> np.ndarray:
    """Play a score, `n` samples long; each note rings on for `ring_s`."""
    track = np.zeros(n)
    strum: dict[float, int] = {}
    for one in notes:
        late = 0.022 * strum.get(one.start_s, 0)  # the strings of a chord follow one another
        strum[one.start_s] = strum.get(one.start_s, 0) + 1
        pick = float(rng.uniform(0.16, 0.23))
        settings = {"pick": pick, **string}
        y = note(one.midi, one.duration_s + ring_s, one.velocity, sr=sr, rng=rng, **settings)
        place(track, y, one.start_s + late + rng.normal(0, 0.003), sr=sr)
    return track
