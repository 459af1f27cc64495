"""What the codec's benchmark means by a tune that survived."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from benchmarks.judging import tunes
from sonic_lab import corpus
from sonic_lab.corpus import Note

SR = 16000


@pytest.fixture(scope="module")
def piece() -> corpus.Piece:
    """Three notes, the last two overlapping, 20 cents sharp."""
    notes = (
        Note("flute", 0.5, 1.0, 69, 0.8),
        Note("flute", 2.0, 1.0, 72, 0.8),
        Note("flute", 2.5, 1.0, 76, 0.8),
    )
    drawn = corpus.compose(1, instruments=["flute"], duration_s=4)
    return dataclasses.replace(drawn, notes=notes, tuning_cents=20.0, duration_s=4.0)


def sung(*parts: tuple[float, float, float]) -> np.ndarray:
    """Sines of a frequency from one time to another, with four harmonics, faded in and out."""
    y, t = np.zeros(4 * SR), np.arange(4 * SR) / SR
    for hz, start, stop in parts:
        fade = np.clip(np.minimum(t - start, stop - t) / 0.01, 0, 1)
        y += fade * sum(np.sin(2 * np.pi * h * hz * t) / h for h in range(1, 5))
    return (0.1 * y).astype(np.float32)


def test_the_composed_pitch_is_known_only_where_one_note_sounds_alone(piece):
    hz = tunes.composed_pitch(piece, np.array([0.2, 0.51, 1.0, 1.7, 2.2, 2.7, 3.2]))
    sharp = 2 ** (20 / 1200)
    assert np.isnan(hz[[0, 1, 3, 5]]).all()  # silence, an attack, silence, two notes
    assert hz[2] == pytest.approx(440 * sharp)
    assert hz[4] == pytest.approx(440 * 2 ** (3 / 12) * sharp)
    assert hz[6] == pytest.approx(440 * 2 ** (7 / 12) * sharp)


def test_a_tune_in_tune_is_right_and_one_a_semitone_off_is_wrong(piece):
    sharp = 2 ** (20 / 1200)
    parts = [(440.0, 0.5, 1.5), (523.25, 2.0, 2.5), (659.26, 3.0, 3.5)]
    right = sung(*((hz * sharp, a, b) for hz, a, b in parts))
    wrong = sung(*((hz * sharp * 2 ** (1 / 12), a, b) for hz, a, b in parts))
    assert tunes.raw_pitch_accuracy(right, SR, piece) > 0.95
    assert tunes.raw_pitch_accuracy(wrong, SR, piece) < 0.05


def test_the_chroma_of_a_sound_is_its_own_and_not_a_tritones():
    y, other = sung((440.0, 0, 4)), sung((622.25, 0, 4))
    assert tunes.chroma_cosine(y, 0.3 * y, SR) == pytest.approx(1.0, abs=1e-5)
    assert tunes.chroma_cosine(y, other, SR) < 0.5


def test_onsets_count_once_and_only_nearby():
    composed = np.array([0.0, 1.0, 2.0, 3.0])
    assert tunes._pairs(composed, composed + 0.049) == 4
    assert tunes._pairs(composed, composed + 0.051) == 0
    assert tunes._pairs(composed, np.array([0.98, 1.01, 1.02])) == 1
    assert tunes._pairs(composed, np.array([])) == 0


def test_onsets_are_heard_where_they_were_composed(piece):
    y = sung((440.0, 0.5, 1.5), (523.25, 2.0, 2.5), (659.26, 2.5, 3.5))
    assert tunes.onset_f(y, SR, piece) >= 0.75  # all three; two more where notes break off
    late = np.roll(y, round(0.3 * SR))
    assert tunes.onset_f(late, SR, piece) < 0.4
