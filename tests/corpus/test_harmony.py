"""Draws that belong to words, and chords that move little."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonic_lab.corpus.harmony import Chord, Key, progression
from sonic_lab.corpus.luck import Luck
from sonic_lab.corpus.scores import MODES, TONICS

GOLDEN_DRAW = 0.4063912419212964  # the first draw of Luck("piece", 0)
KEYS = [Key(tonic, mode) for tonic in TONICS for mode in MODES]


def test_words_name_a_stream_of_their_own() -> None:
    def three(*words: str | int) -> list[float]:
        luck = Luck(*words)
        return [luck.between(0, 1) for _ in range(3)]

    assert three("a", 1) == three("a", 1)
    assert three("a", 1) != three("a", 2) != three("b", 1)
    # The very bits, so that a NumPy that draws otherwise is noticed here first.
    assert three("piece", 0)[0] == GOLDEN_DRAW


@given(st.integers(0, 10**9), st.dictionaries(st.integers(), st.floats(0.1, 9), min_size=1))
def test_draws_stay_within_their_bounds(seed: int, weights: dict[int, float]) -> None:
    luck = Luck("bounds", seed)
    assert 3 <= luck.between(3, 4) < 4
    assert luck.whole(-2, 2) in range(-2, 3)
    assert luck.weighted(weights) in weights
    assert luck.weighted({"never": 0.0, "always": 1.0}) == "always"
    assert sorted(luck.shuffled(range(5))) == list(range(5))


def test_draws_are_as_likely_as_their_weights() -> None:
    luck = Luck("weights")
    drawn = [luck.weighted({"a": 3, "b": 1}) for _ in range(4000)]
    # Three standard deviations of a share of 4000 are 0.02.
    assert drawn.count("a") / 4000 == pytest.approx(0.75, abs=0.02)
    noise = luck.noise(40_000)
    assert np.mean(noise) == pytest.approx(0, abs=0.02)
    assert np.std(noise) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_the_tonic_chord_is_of_its_mode(key) -> None:
    tonic, third, fifth = (Chord(key, 0, 0, 4, False).midi(35 + s) for s in (0, 2, 4))
    assert (third - tonic, fifth - tonic) == ((4, 7) if key.mode == "major" else (3, 7))


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_the_dominant_is_major_in_both_modes(key) -> None:
    dominant = Chord(key, 4, 0, 4, False)
    root, third = dominant.midi(39), dominant.midi(41)
    assert third - root == 4
    assert (third + 1) % 12 == TONICS.index(key.tonic)  # it leads to the tonic


@pytest.mark.parametrize("seventh", [False, True])
@pytest.mark.parametrize("key", KEYS, ids=str)
def test_voices_move_little_and_all_tones_sound(key, seventh) -> None:
    voiced: list[int] = []
    for chord in progression(key, (0, 3, 4, 0, 5, 1), beats=24, chord_beats=4, seventh=seventh):
        before, voiced = voiced, chord.voicing(voiced, 52)
        steps = (0, 2, 4, 6) if seventh else (0, 2, 4)
        assert {m % 12 for m in voiced} == {chord.midi(chord.degree + s) % 12 for s in steps}
        assert voiced == sorted(voiced)
        assert voiced[-1] - voiced[0] <= 12
        # No voice is further than a third from one that sounded before.
        assert not before or all(min(abs(m - o) for o in before) <= 4 for m in voiced)


def test_a_progression_fills_its_time() -> None:
    chords = progression(Key("C", "major"), (0, 4), beats=10, chord_beats=4, seventh=False)
    assert [(c.degree, c.start_beat) for c in chords] == [(0, 0), (4, 4), (0, 8)]
