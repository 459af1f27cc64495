"""The blind listening test."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest

import sonic_lab as sl
from sonic_lab.metrics.abx import AbxTest


@pytest.mark.parametrize("answers", ["A", "AB", "ABAABBABAA"])
def test_the_p_value_is_the_binomial_tests(answers):
    test = AbxTest(rng=3)
    for answer in answers:
        test.answer(answer)
    oracle = binomtest(test.right, test.trials, 0.5, alternative="greater").pvalue
    assert test.p_value == pytest.approx(oracle)


def test_a_listener_who_hears_nothing_is_right_half_of_the_time():
    test = AbxTest(rng=0)
    for _ in range(4000):
        test.answer("A")
    assert abs(test.right / 4000 - 0.5) < 0.04  # five standard deviations of 4000 tosses


def test_the_coin_is_repeatable_and_not_to_be_guessed_from_answers():
    first, second = AbxTest(rng=5), AbxTest(rng=5)
    for _ in range(50):
        assert first.x == second.x
        first.answer("A")
        second.answer("B")


def test_a_bad_answer_counts_for_nothing():
    test = AbxTest(rng=0)
    with pytest.raises(sl.errors.ParameterError, match="'A' or 'B'"):
        test.answer("X")
    assert test.trials == 0
    assert test.p_value == 1.0
