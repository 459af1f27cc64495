"""The bound holds where it can be computed exactly, and falls as it should."""

import itertools

import numpy as np
import pytest

from sonic_lab.watermark.bound import log_p_value, log_tail


@pytest.mark.parametrize("seed", range(8))
def test_the_bound_holds_for_every_vector_of_ten_signs(seed):
    a = np.random.default_rng(seed).exponential(size=10) ** (1 + seed % 3)
    sums = np.array([np.dot(a, e) for e in itertools.product((-1, 1), repeat=10)])
    for z in np.linspace(0, 3.2, 33):
        exact = np.mean(sums >= z * np.linalg.norm(a) * (1 - 1e-12))
        assert exact <= np.exp(log_tail(z)) * (1 + 1e-9)


def test_equal_weights_of_two_reach_the_bound():
    # P(ε1 + ε2 >= √2 ‖a‖) = 1/4, where the Gaussian bound is exactly 1/4: it cannot be bettered.
    assert np.exp(log_tail(np.sqrt(2))) == pytest.approx(0.25)


def test_the_bound_falls_and_stays_finite_far_out():
    values = [log_tail(z) for z in (0, 1, 2, 5, 10, 40, 100)]
    assert values[0] == 0
    assert all(a > b for a, b in itertools.pairwise(values[1:]))
    assert np.isfinite(values).all()


def test_every_try_is_paid_for():
    alone = log_p_value(9.0, bits=0, log_alignments=0)
    assert log_p_value(9.0, bits=16, log_alignments=0) == pytest.approx(alone + 16 * np.log(2))
    assert log_p_value(9.0, bits=16, log_alignments=5) == pytest.approx(alone + 16 * np.log(2) + 5)
    assert log_p_value(1.0, bits=16, log_alignments=5) == 0
