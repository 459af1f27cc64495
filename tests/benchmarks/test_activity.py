"""How much happens in clips of which we know it."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.judging import activity
from tests.benchmarks.test_judging import SR, heard

T = np.arange(10 * SR) / SR


def beats(every_s: float, *, until_s: float = 10.0) -> np.ndarray:
    """Decaying tones that begin at these times, the first of them one `every_s` in, over hiss."""
    y = 1e-3 * np.random.default_rng(0).standard_normal(len(T)).astype(np.float32)
    for start in np.arange(every_s, until_s, every_s):
        after = T - start
        y += np.where(after >= 0, np.sin(2 * np.pi * 440 * after) * np.exp(-20 * after), 0)
    return y


@pytest.mark.parametrize("every_s", [0.25, 0.5, 1.0])
def test_beats_are_counted(every_s: float) -> None:
    found = activity.onsets(beats(every_s), sr=SR)
    assert len(found) == pytest.approx(10 / every_s - 1, abs=1)


def test_a_piece_that_stops_waits_to_its_end() -> None:
    starts = activity.onsets(beats(0.5, until_s=4), sr=SR)
    assert activity.longest_wait(starts, 10.0) == pytest.approx(6.5, abs=0.1)


def test_hiss_that_comes_and_goes_is_no_onset() -> None:
    hiss = 3e-3 * np.random.default_rng(1).standard_normal(len(T)) * (T % 0.5 < 0.1)
    found = activity.onsets((beats(0.5, until_s=4) + hiss).astype(np.float32), sr=SR)
    assert found.max() < 4


def test_the_wait_before_the_first_onset_counts_and_order_does_not() -> None:
    assert activity.longest_wait(np.array([5.0, 3.0]), 6.0) == 3.0
    assert activity.longest_wait(np.array([]), 6.0) == 6.0


def test_half_a_clip_of_silence_is_half_quiet_and_loudness_does_not_matter() -> None:
    y = np.where(T < 5, np.sin(2 * np.pi * 440 * T), 0)
    assert activity.quiet(y, sr=SR) == pytest.approx(0.5, abs=0.01)
    assert activity.quiet(1e-3 * y, sr=SR) == activity.quiet(y, sr=SR)
    assert activity.quiet(np.zeros(SR), sr=SR) == 1


def test_a_pitch_class_counts_from_a_twentieth_of_what_sounds() -> None:
    sounding = np.array([90.0, 6.0, 4.0, *np.zeros(9)])
    assert activity.pitch_classes(heard(sounding=sounding)) == 2
    assert activity.pitch_classes(heard(sounding=np.zeros(12))) == 0


def test_the_table_is_of_means() -> None:
    clips = [beats(0.5), beats(1.0)]
    judged = [heard(), heard()]
    both = activity.measure(clips, judged, sr=SR)
    each = [activity.measure([y], [h], sr=SR) for y, h in zip(clips, judged, strict=True)]
    for what, mean in both.items():
        assert mean == pytest.approx(np.mean([one[what] for one in each]))
