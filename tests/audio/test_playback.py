"""Playback: safe for ears, and honest about differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sonic_lab as sl
from sonic_lab.audio.playback import RMS_CEILING_DB


def samples(played: sl.audio.Playback) -> np.ndarray:
    return np.frombuffer(played.pcm, "<i2").reshape(-1, played.channels).T / 32767


@given(
    level=st.floats(1e-4, 1e4),
    channels=st.integers(1, 4),
    sr=st.sampled_from([1000, 8000, 22050, 192000]),
    seed=st.integers(0, 99),
)
def test_nothing_passes_the_ceilings(level, channels, sr, seed):
    y = np.random.default_rng(seed).standard_normal((channels, 3000)).astype(np.float32) * level
    (played,) = sl.audio.for_playback([y], sr=sr)
    out = samples(played)
    assert np.abs(out).max() <= 10 ** (-1 / 20)
    loudest = np.sqrt((out**2).mean(axis=1).max())
    # The whole is no louder than its loudest 0.4 s; a hair for float32.
    assert 20 * np.log10(max(loudest, 1e-9)) <= RMS_CEILING_DB + 1e-3
    assert 8000 <= played.sr <= 96000
    assert played.channels == (channels if channels <= 2 else 1)
    assert played.samples == out.shape[1]


def test_what_is_quiet_is_left_as_it_is():
    y = np.linspace(-0.1, 0.1, 8000, dtype=np.float32)
    (played,) = sl.audio.for_playback([y], sr=8000)
    assert played.gain_db == 0
    np.testing.assert_allclose(samples(played)[0], y, atol=1 / 32767)  # one step of int16


def test_one_gain_for_all():
    y = np.sin(np.arange(8000) / 9).astype(np.float32)
    loud, soft = sl.audio.for_playback([y, y / 10], sr=8000)
    assert loud.gain_db == soft.gain_db < 0


def test_what_comes_later_is_as_loud_as_if_it_had_been_there():
    loud, quiet = np.full(8000, 0.9), np.full(8000, 0.1)
    first = sl.audio.for_playback([loud], sr=8000)[0]
    together = sl.audio.for_playback([loud, quiet], sr=8000)
    assert sl.audio.for_playback([quiet], sr=8000, at_most_db=first.gain_db) == together[1:]


def test_silence_plays_as_silence():
    (played,) = sl.audio.for_playback([np.zeros(100)], sr=8000)
    assert played.gain_db == 0
    assert not samples(played).any()


def test_a_burst_in_a_long_silence_is_held_too():
    """The ceiling is on the loudest 0.4 s, or a shout after a pause would pass."""
    y = np.zeros(80_000, np.float32)
    y[40_000:44_000] = 0.85
    (played,) = sl.audio.for_playback([y], sr=8000)
    assert played.gain_db == pytest.approx(RMS_CEILING_DB - 20 * np.log10(0.85), abs=0.5)


def test_nothing_to_play_is_named():
    with pytest.raises(sl.errors.AudioError, match="no sound"):
        sl.audio.for_playback([], sr=8000)
