"""The robustness map and the words for its numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

import sonic_lab as sl
from sonic_lab.watermark.robustness import trials
from sonic_lab.watermark.words import odds, verdict

SR = 22050


@pytest.fixture(scope="module")
def tune() -> np.ndarray:
    y, _ = sl.clips.load("guitar", sr=SR)
    return y[: 4 * SR]


def test_a_trial_is_the_attack_then_the_detector(tune):
    mark = sl.watermark.SpreadSpectrum(key="k")
    z = mark.embed(tune, sr=SR, payload=5)
    mild, brutal = trials(
        mark, z, sr=SR, payload=5, names=["noise_white"], fractions=(0.0, 1.0), rng=1
    )
    attacked = sl.watermark.attacks.apply("noise_white", z, sr=SR, rng=1, strength=40.0)
    assert mild.score == mark.detect(attacked, sr=SR).score
    assert (mild.strength, brutal.strength) == (40.0, 0.0)
    assert mild.present
    assert mild.exact
    assert brutal.score < mild.score


def test_what_cannot_be_judged_is_noted_not_counted(tune):
    mark = sl.watermark.SpreadSpectrum(key="k")
    z = mark.embed(tune, sr=SR, payload=5)
    (trial,) = trials(mark, z, sr=SR, payload=5, names=["crop"], fractions=(1.0,))
    assert math.isnan(trial.score)
    assert not trial.present
    assert "2 s" in trial.note


def test_an_unknown_attack_is_named_before_any_work(tune):
    with pytest.raises(sl.errors.UnknownNameError, match="zap"):
        next(trials(None, tune, sr=SR, payload=5, names=["low_pass", "zap"]))


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (0.0, "a chance of 100 %"),
        (1.0, "a chance of 10 %"),
        (2.0, "one chance in 100"),
        (3.0, "one chance in 1 thousand"),
        (6.0, "one chance in 1 million"),
        (9.30103, "one chance in 2 billion"),
        (12.0, "one chance in 1 × 10¹²"),
        (320.5, "one chance in 3 × 10³²⁰"),
    ],
)
def test_odds_in_words(score, words):
    assert odds(score) == words


def test_a_verdict_says_what_is_not_proven(tune):
    mark = sl.watermark.SpreadSpectrum(key="k")
    assert "does not prove there is none" in verdict(mark.detect(tune, sr=SR))
    marked = mark.embed(tune, sr=SR, payload=0xAB)
    assert "The payload reads 0xab" in verdict(mark.detect(marked, sr=SR))
