"""From a slider of AugmentationBench to new pixels, for cards of different cost.

As `benchmarks.explorer_latency` measures the explorer: one sound of 10 s, a real JupyterLab in a
headless Chromium, times taken inside the page from the key's event to the first frame after the
new picture. Keys follow each other as when a slider is dragged, so that the other four draws wait.

Run it with ``python -m benchmarks.augmentation_latency``.
"""

from __future__ import annotations

import statistics

from benchmarks.explorer_latency import MAX_MS, SOUND, SR, Contestant, page, press, row
from benchmarks.machine import describe, keep, verdict
from tests.browser.lab import Lab

SECONDS, ROUNDS, WARM_UP = 10, 20, 4
BENCH = """
import sonic_lab as sl
from sonic_lab.widgets.policy_cards import card_of
bench = sl.widgets.AugmentationBench(y, sr={sr}, policy=[sl.augment.Gain(p=1)])
bench
"""
# Each card, and the slider that is moved: the upper end of a range. Gain is none of them, since a
# picture shows levels below the sound's own peak, and so is the same at every gain.
CARDS = {
    "Clip": "threshold_db",
    "LowPass": "cutoff_hz",
    "NoiseAtSnr": "snr_db",
    "Reverb": "rt60_s",
    "Speed": "factor",
    "TimeStretch": "rate",
    "PitchShift": "semitones",
}


def measure(lab: Lab, name: str, setting: str) -> list[float]:
    """Time keys on the slider of one card, which is all of the policy."""
    lab.python(f"bench.cards = [card_of(sl.augment.{name}(p=1))]")
    card = lab.by_test_id("card-0")
    lab.until(lambda: name in card.inner_text(), "the card is there")
    lab.until(lambda: lab.python("print(bench.pending)") == "[]", "all draws are made")
    who = Contestant(name, f'[data-testid="{setting}-1-0"]', '[data-testid="canvas-after"]')
    keys = ["ArrowLeft", "ArrowRight"] * ((ROUNDS + WARM_UP) // 2)
    before = _frames(lab)
    taken = [press(lab, who, key) for key in keys]
    if _frames(lab) - before != len(keys):
        raise RuntimeError(f"{name} was not painted once a key: its times mean nothing")
    return taken[WARM_UP:]


def _frames(lab: Lab) -> int:
    return int(lab.by_test_id("canvas-after").get_attribute("data-frame") or 0)


def main() -> int:
    """Measure every card, print the table and keep it; 1 when one is slower than the explorer."""
    report = [
        f"Key on a card's slider to new pixels, ms; {ROUNDS} keys each, in one page",
        describe("jupyterlab", "anywidget", "numpy", "scipy"),
        "",
        f"{'':24}{'sound s':>8}{'median ms':>11}{'10 %':>9}{'90 %':>9}",
    ]
    with page() as lab:
        cells = (cell.format(sr=SR, seconds=SECONDS) for cell in (SOUND, BENCH))
        lab.write("augmentation_latency.ipynb", *cells)
        lab.run_all()
        lab.by_test_id("canvas-after").wait_for()
        taken = {name: measure(lab, name, setting) for name, setting in CARDS.items()}
        if lab.errors or lab.cell_errors():
            raise RuntimeError(f"the page is not well: {lab.errors} {lab.cell_errors()}")
    report += [row(name, SECONDS, ms) for name, ms in taken.items()]
    slow = [name for name, ms in taken.items() if statistics.median(ms) > MAX_MS]
    claim = f"every card answers within {MAX_MS} ms (median), as the explorer does"
    report += ["", verdict(claim, not slow)]
    report += [f"above it: {', '.join(slow)}"] if slow else []
    keep("augmentation_latency", "\n".join(report))
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
