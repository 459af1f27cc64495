"""A recording is known again through codecs, gains and cuts, and no other is taken for it."""

from __future__ import annotations

import io
import itertools

import numpy as np
import pytest
import soundfile

from sonic_lab import audio, clips
from sonic_lab.errors import AudioError, ParameterError
from sonic_lab.provenance import Fingerprint, fingerprint, near_duplicates, similarity
from sonic_lab.provenance.fingerprint import FRAME, HOP, SR, _signs
from sonic_lab.provenance.neighbours import ALIKE
from tests.provenance.papers import tune

PRINTS: dict[str, Fingerprint] = {}


def print_of(name: str) -> Fingerprint:
    if name not in PRINTS:
        y, sr = clips.load(name)
        PRINTS[name] = fingerprint(y, sr=sr)
    return PRINTS[name]


def mp3(y: np.ndarray, sr: int, level: float) -> np.ndarray:
    buffer = io.BytesIO()
    soundfile.write(buffer, y, sr, format="MP3", compression_level=level, bitrate_mode="CONSTANT")
    return audio.decode(buffer.getvalue())[0]


@pytest.mark.parametrize("gain", [2.0, 0.5, 0.25, 2**-9])
def test_gain_changes_nothing(gain: float) -> None:
    # Powers of two, so that no rounding of float32 is in the way: the signs must be equal.
    y, sr = clips.load("band")
    louder = fingerprint(gain * y, sr=sr)
    assert np.array_equal(louder.plus, print_of("band").plus)
    assert np.array_equal(louder.minus, print_of("band").minus)
    assert np.array_equal(louder.keys, print_of("band").keys)


def test_sign_flip_changes_nothing() -> None:
    y, sr = clips.load("band")
    assert np.array_equal(fingerprint(-y, sr=sr).plus, print_of("band").plus)


def test_a_print_is_wholly_like_itself() -> None:
    for name in clips.names():
        assert similarity(print_of(name), print_of(name)) == pytest.approx(1, abs=1e-6)


def test_likeness_is_symmetric() -> None:
    for a, b in itertools.combinations(clips.names(), 2):
        there, back = similarity(print_of(a), print_of(b)), similarity(print_of(b), print_of(a))
        assert there == pytest.approx(back, abs=1e-6)


@pytest.mark.parametrize("name", clips.names())
@pytest.mark.parametrize("level", [0.2, 0.7])  # 130 and 57 kbit/s at 22.05 kHz
def test_mp3_at_another_gain_is_found(name: str, level: float) -> None:
    y, sr = clips.load(name)
    z = mp3(0.3 * y, sr, level)
    [pair] = near_duplicates([print_of(name), fingerprint(z, sr=sr)])
    assert pair.likeness > 0.85  # the least measured is 0.88, for drums; another clip has 0.27


@pytest.mark.parametrize("name", clips.names())
def test_telephone_rate_and_a_cut_are_found(name: str) -> None:
    y, sr = clips.load(name)
    z = audio.resample(y, orig_sr=sr, target_sr=8000)[2480:]  # 0.31 s later: between two frames
    [pair] = near_duplicates([print_of(name), fingerprint(z, sr=8000)])
    assert pair.likeness > 0.85


@pytest.mark.parametrize("lag", [0, 7, 40])
def test_likeness_is_at_the_shift_that_was_made(lag: int) -> None:
    y = audio.resample(tune(5, 4.0), orig_sr=16_000, target_sr=SR)
    a, b = fingerprint(y, sr=SR), fingerprint(y[lag * HOP :], sr=SR)
    assert similarity(a, b, lag=lag) == pytest.approx(1, abs=1e-6)
    assert similarity(b, a, lag=-lag) == pytest.approx(1, abs=1e-6)


def test_no_bundled_clip_is_taken_for_another() -> None:
    names = clips.names()
    assert near_duplicates([print_of(name) for name in names]) == []
    likeness = {(a, b): similarity(print_of(a), print_of(b)) for a, b in
                itertools.combinations(names, 2)}  # fmt: skip
    # The band plays the trumpet's phrase among other things, and comes nearest of all.
    assert max(likeness.values()) < ALIKE / 1.5


def test_many_tunes_are_told_apart_and_every_copy_is_found() -> None:
    prints = [fingerprint(tune(seed), sr=16_000) for seed in range(60)]
    copies = [fingerprint(mp3(0.4 * tune(s), 16_000, 0.5), sr=16_000) for s in range(0, 60, 7)]
    found = {(p.first, p.second) for p in near_duplicates([*prints, *copies])}
    assert found == {(7 * i, 60 + i) for i in range(len(copies))}


def test_a_crowd_of_copies_is_joined() -> None:
    prints = [fingerprint(tune(1)[i * 40 :], sr=16_000) for i in range(30)]
    reached, frontier = {0}, [0]
    edges = [(p.first, p.second) for p in near_duplicates(prints)]
    while frontier:
        here = frontier.pop()
        for a, b in edges:
            for other in {a, b} - reached if here in (a, b) else ():
                reached.add(other)
                frontier.append(other)
    assert reached == set(range(30))


@pytest.mark.parametrize(
    "y",
    [np.zeros(50_000), np.zeros(10), tune(1, 0.5), np.full(50_000, 0.5),
     0.5 * np.sin(2 * np.pi * 5000 * np.arange(50_000) / 16_000)],
    ids=["silence", "ten samples", "half a second", "a constant", "5 kHz alone"],
)  # fmt: skip
def test_what_has_nothing_to_know_it_by_matches_nothing(y: np.ndarray) -> None:
    one = fingerprint(y, sr=16_000)
    assert near_duplicates([one, one, None]) == [] or one.enough
    assert similarity(one, print_of("band")) < ALIKE


def test_signs_are_packed_and_unpacked() -> None:
    signs = _signs(print_of("piano"))
    assert signs.shape[1] == 32
    assert set(np.unique(signs)) == {-1.0, 0.0, 1.0}
    n = len(clips.load("piano", sr=SR)[0])
    assert len(signs) == (n - FRAME) // HOP


def test_bad_sound_is_refused() -> None:
    with pytest.raises(AudioError, match="NaN"):
        fingerprint(np.array([np.nan]), sr=16_000)
    with pytest.raises(ParameterError, match="sr=0"):
        fingerprint(tune(1), sr=0)
