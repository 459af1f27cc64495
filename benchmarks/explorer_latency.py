"""From a slider to new pixels: SpectrogramExplorer against `interact` with matplotlib.

Both show the same sound and answer the same keys in one page of a real JupyterLab in a headless
Chromium, in turn, so that whatever else the machine does falls on both. Times are taken inside
the page, from the key's event to the first frame of the screen after the new picture: a counter
that the explorer raises when it has painted, and the new image decoded for matplotlib.

Run it with ``python -m benchmarks.explorer_latency``.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import describe, keep, verdict
from tests.browser import chromium
from tests.browser.lab import Lab
from tests.browser.server import Server

SR, ROUNDS, WARM_UP = 22_050, 40, 4
MAX_MS, MIN_RATIO = 60, 5

SOUND = """
import numpy as np
seconds = {seconds}
t = np.arange(seconds * {sr}) / {sr}
chirp = np.sin(2 * np.pi * (100 * t + 4000 / seconds * t**2))
y = (0.4 * chirp + 0.05 * np.random.default_rng(0).standard_normal(t.size)).astype(np.float32)
"""
EXPLORER = """
from sonic_lab.widgets import SpectrogramExplorer
explorer = SpectrogramExplorer(y, sr={sr})
explorer
"""
# The same picture as a tutorial would draw it. imshow and the thinned waveform are the quick
# ways to do it in matplotlib: specshow and a plot of every sample take longer still.
INTERACT = """
import librosa
import matplotlib.pyplot as plt
from ipywidgets import IntSlider, interact

def show(power):
    S = librosa.feature.melspectrogram(y=y, sr={sr}, n_fft=2**power, hop_length=512, n_mels=128)
    D = librosa.power_to_db(S, ref=np.max)
    figure, (top, bottom) = plt.subplots(
        2, figsize=(9, 3.6), height_ratios=[1, 3], sharex=True, layout="constrained"
    )
    top.plot(t[::50], y[::50], linewidth=0.5)
    bottom.imshow(
        D, origin="lower", aspect="auto", cmap="magma", vmin=-80, extent=(0, t[-1], 0, 128)
    )
    plt.show()

interact(show, power=IntSlider(11, 5, 14))
"""

# Called before a key, this promises how long its picture took, on the page's own clock. A key that
# changes no picture is an error, and not waited for without end.
PROMISE = """root => {
    const started = new Promise(done => addEventListener(
        'keydown', event => done(event.timeStamp), { capture: true, once: true }));
    const shown = () => new Promise(done => requestAnimationFrame(
        () => started.then(start => done(performance.now() - start))));
    const before = root.querySelector('img');
    window.answered = new Promise((done, fail) => {
        setTimeout(() => fail(new Error('no new picture within 30 s')), 30000);
        const watch = new MutationObserver(changes => {
            const image = root.querySelector('img');
            if (changes.some(change => change.attributeName)) shown().then(done);
            else if (image && image !== before) image.decode().then(shown).then(done);
            else return;
            watch.disconnect();
        });
        watch.observe(root, { childList: true, subtree: true, attributeFilter: ['data-frame'] });
    });
}"""
CANVAS = '[data-testid="canvas-a"]'


@dataclass(frozen=True)
class Contestant:
    """A slider, and the part of the page that it redraws."""

    name: str
    slider: str
    drawn: str


CONTESTANTS = (
    Contestant("SpectrogramExplorer", '[data-testid="n_fft"]', '[data-testid="explorer"]'),
    Contestant("interact + matplotlib", ".widget-interact .noUi-handle", ".widget-interact"),
)


def press(lab: Lab, who: Contestant, key: str) -> float:
    """Press a key on a contestant's slider; return the milliseconds to its new picture."""
    lab.page.locator(who.slider).first.focus()
    lab.page.locator(who.drawn).first.evaluate(PROMISE)
    lab.page.keyboard.press(key)
    taken: float = lab.page.evaluate("() => window.answered")
    lab.page.wait_for_timeout(100)  # the kernel puts its things away
    return taken


def measure(lab: Lab, seconds: int) -> dict[str, list[float]]:
    """Time both contestants on a sound of this many seconds, one key each in turn."""
    cells = [cell.format(sr=SR, seconds=seconds) for cell in (SOUND, EXPLORER, INTERACT)]
    lab.write(f"latency_{seconds}.ipynb", *cells)
    lab.run_all()
    lab.page.locator(".widget-interact img").wait_for()
    before = _frames(lab)
    taken: dict[str, list[float]] = {who.name: [] for who in CONTESTANTS}
    for round_ in range(ROUNDS + WARM_UP):
        # n_fft goes 4096, 8192, 4096, 2048, 1024, 2048 ... around the default
        key = "ArrowRight" if round_ % 4 in (0, 3) else "ArrowLeft"
        for who in CONTESTANTS:
            ms = press(lab, who, key)
            if round_ >= WARM_UP:
                taken[who.name].append(ms)
    if _frames(lab) - before != ROUNDS + WARM_UP:
        raise RuntimeError("the explorer did not paint once a key: its times mean nothing")
    if lab.errors or lab.cell_errors():
        raise RuntimeError(f"the page is not well: {lab.errors} {lab.cell_errors()}")
    return taken


def _frames(lab: Lab) -> int:
    return int(lab.page.locator(CANVAS).get_attribute("data-frame") or 0)


@contextmanager
def page() -> Iterator[Lab]:
    """Open a page in a JupyterLab of its own."""
    with tempfile.TemporaryDirectory() as scratch, chromium.running() as browser:
        root = Path(scratch) / "root"
        root.mkdir()
        with Server(root, Path(scratch)) as server:
            lab = Lab(browser, server)
            yield lab
            lab.close()


def row(name: str, seconds: int, ms: list[float]) -> str:
    """Lay out one line of the table."""
    tenths = statistics.quantiles(ms, n=10)
    return f"{name:24}{seconds:>8}{statistics.median(ms):>11.1f}{tenths[0]:>9.1f}{tenths[-1]:>9.1f}"


def main() -> int:
    """Measure both lengths, print the table and keep it; 1 when a claim failed."""
    report = [
        f"Key on the n_fft slider to new pixels, ms; {ROUNDS} keys each, in turn, in one page",
        describe("jupyterlab", "ipywidgets", "anywidget", "matplotlib", "librosa"),
        "",
        f"{'':24}{'sound s':>8}{'median ms':>11}{'10 %':>9}{'90 %':>9}",
    ]
    taken = {}
    for seconds in (10, 60):
        with page() as lab:
            taken[seconds] = measure(lab, seconds)
        report += [row(name, seconds, ms) for name, ms in taken[seconds].items()]
    medians = {s: [statistics.median(ms) for ms in who.values()] for s, who in taken.items()}
    ratios = {seconds: slow / quick for seconds, (quick, slow) in medians.items()}
    report += ["", *(f"{r:.1f} times as fast on {s} s of sound" for s, r in ratios.items()), ""]
    claims = [
        (f"the explorer answers within {MAX_MS} ms on 10 s of sound", medians[10][0] <= MAX_MS),
        (f"at least {MIN_RATIO} times as fast as interact", ratios[10] >= MIN_RATIO),
    ]
    report += [verdict(*claim) for claim in claims]
    keep("explorer_latency", "\n".join(report))
    return 0 if all(held for _, held in claims) else 1


if __name__ == "__main__":
    raise SystemExit(main())
