"""The experiment on augmentation is fair: what it draws, what it damages, and what it reports."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import robustness
from benchmarks.robustness import DAMAGES, NOTES

TEST = NOTES.part("test").y


@pytest.mark.parametrize("seed", range(3))
def test_as_many_notes_of_each_instrument_and_none_that_is_tested(seed: int) -> None:
    chosen = robustness.few(seed)
    assert len(set(chosen.tolist())) == len(chosen)
    assert np.bincount(NOTES.label[chosen]).tolist() == [10] * 6
    assert set(NOTES.split[chosen]) == {"train"}
    assert chosen.tolist() == robustness.few(seed).tolist()
    assert chosen.tolist() != robustness.few(seed + 1).tolist()


def test_copies_begin_with_the_notes_themselves() -> None:
    y = TEST[:2]
    made = robustness.copies(y, count=3, seed=0)
    assert made.shape == (8, y.shape[1])
    np.testing.assert_array_equal(made[:2], y)
    np.testing.assert_array_equal(made, robustness.copies(y, count=3, seed=0))
    assert np.isfinite(made).all()


def test_seven_damages_and_the_clean_sound() -> None:
    assert len(DAMAGES) == 8
    for name, damage in DAMAGES.items():
        z = damage(TEST[3], 3)
        assert z.shape == TEST[3].shape
        assert np.array_equal(z, TEST[3]) == (name == "clean")
        np.testing.assert_array_equal(z, damage(TEST[3], 3))  # the same for every network


def test_interval_is_students() -> None:
    mean, half = robustness.interval(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    # t of 4 degrees of freedom at 97.5 % is 2.776 (any table), the standard error sqrt(2.5 / 5).
    assert mean == 3
    assert half == pytest.approx(2.776 * np.sqrt(0.5), rel=1e-3)


def test_table_pairs_the_difference_by_seed() -> None:
    results = np.zeros((2, 5, 8))
    results[0] = np.linspace(0.1, 0.9, 5)[:, None]  # seeds differ widely ...
    results[1] = results[0] + 0.05  # ... and each gains the same
    lines = robustness.table(results)
    assert len(lines) == 1 + 8 + 1
    assert all("+5.0 ±  0.0" in line and "chance" not in line for line in lines[1:])
    results[1, 0] -= 0.5
    assert all("may be chance" in line for line in robustness.table(results)[1:])
