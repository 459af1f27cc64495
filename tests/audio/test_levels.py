"""Levels: what a meter of broadcasting would show, and limits that hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonic_lab import audio
from sonic_lab.errors import AudioError, MissingDependencyError, ParameterError


def sine(hz: float, *, sr: int = 48_000, seconds: float = 4.0, level_db: float = 0.0):
    t = np.arange(int(seconds * sr)) / sr
    return (10 ** (level_db / 20) * np.sin(2 * np.pi * hz * t)).astype(np.float32)


# Peak


@pytest.mark.parametrize("level_db", [0.0, -6.0, -60.0, 12.0])
def test_peak_is_in_decibels_of_full_scale(level_db: float) -> None:
    # 997 Hz meets its crest within 0.001 dB at 48 kHz
    assert audio.peak_db(sine(997, level_db=level_db)) == pytest.approx(level_db, abs=1e-3)


def test_silence_has_no_level() -> None:
    assert audio.peak_db(np.zeros(10)) == float("-inf")
    assert audio.loudness(np.zeros(48_000), sr=48_000) == float("-inf")


def test_the_louder_channel_is_the_peak() -> None:
    assert audio.peak_db(np.stack([sine(997), sine(997, level_db=-20)])) == pytest.approx(
        0, abs=1e-3
    )


# Limit


@given(
    gain=st.floats(1e-6, 1e30),
    ceiling_db=st.floats(-60, 0),
    channels=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_a_limit_holds_and_keeps_the_shape(gain, ceiling_db, channels, seed) -> None:
    y = np.random.default_rng(seed).standard_normal((channels, 50)).astype(np.float32)
    y = y * np.float32(gain)
    z = audio.limit(y, ceiling_db=ceiling_db)
    ceiling = 10 ** (ceiling_db / 20)
    assert np.abs(z).max() <= np.float32(ceiling)
    if np.abs(y).max() <= ceiling:
        np.testing.assert_array_equal(z, y)
    else:  # one gain for all; float32 keeps seven digits
        np.testing.assert_allclose(z / np.abs(z).max(), y / np.abs(y).max(), atol=1e-6)


def test_limit_returns_a_new_array() -> None:
    y = np.full(4, 0.1, np.float32)
    assert not np.shares_memory(audio.limit(y), y)


@pytest.mark.parametrize("ceiling_db", [0.1, np.nan, np.inf, -np.inf, None, "0", True])
def test_a_ceiling_that_is_none_is_refused(ceiling_db: object) -> None:
    with pytest.raises(ParameterError, match=r"ceiling_db=.* must be a number of dBFS, at most 0"):
        audio.limit(np.zeros(4), ceiling_db=ceiling_db)


# Loudness


def test_the_reference_tone_reads_as_the_standard_says() -> None:
    """BS.1770-4: 997 Hz at 0 dBFS in one channel reads -3.01 LUFS; EBU Tech 3341 allows 0.1."""
    assert audio.loudness(sine(997), sr=48_000) == pytest.approx(-3.01, abs=0.1)


def test_two_equal_channels_are_three_decibels_louder() -> None:
    """EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS reads -23 LUFS."""
    y = sine(1000, level_db=-23, seconds=20)
    assert audio.loudness(np.stack([y, y]), sr=48_000) == pytest.approx(-23, abs=0.1)
    difference = audio.loudness(np.stack([y, y]), sr=48_000) - audio.loudness(y, sr=48_000)
    assert difference == pytest.approx(10 * np.log10(2), abs=1e-6)


def test_the_gate_leaves_pauses_out() -> None:
    """EBU Tech 3341, case 3: -36, -23 and -36 dBFS read -23 LUFS, not their mean."""
    parts = [sine(1000, level_db=d, seconds=s) for d, s in ((-36, 10), (-23, 60), (-36, 10))]
    y = np.concatenate(parts)
    assert audio.loudness(np.stack([y, y]), sr=48_000) == pytest.approx(-23, abs=0.1)


@given(level_db=st.floats(-50, 0))
def test_loudness_follows_the_level_decibel_for_decibel(level_db: float) -> None:
    quieter = audio.loudness(sine(997, seconds=1, level_db=level_db), sr=48_000)
    # float32 samples carry about 1e-7 of relative error: far below a thousandth of a dB
    assert quieter - audio.loudness(sine(997, seconds=1), sr=48_000) == pytest.approx(
        level_db, abs=1e-3
    )


@pytest.mark.parametrize("sr", [1000, 4000, 8000, 16_000, 22_050, 44_100, 96_000, 192_000])
@pytest.mark.parametrize("hz", [100, 400])
def test_loudness_does_not_depend_on_the_rate(hz: float, sr: int) -> None:
    y = sine(hz, sr=sr, level_db=-20)
    # the ear's curve is a little bent at 8 kHz (0.01 LU); resampling's ends cost as much again
    expected = audio.loudness(sine(hz, level_db=-20), sr=48_000)
    assert audio.loudness(y, sr=sr) == pytest.approx(expected, abs=0.05)


def test_treble_counts_more_than_bass() -> None:
    low, high = (audio.loudness(sine(hz), sr=48_000) for hz in (60, 3000))
    assert high > low + 4  # the K curve: about -2.5 dB at 60 Hz, +3.5 dB at 3 kHz


def test_too_short_sound_has_no_loudness() -> None:
    with pytest.raises(AudioError, match="too short: 19200 samples, and 19201 are needed"):
        audio.loudness(sine(997, seconds=0.4), sr=48_000)
    audio.loudness(sine(997, seconds=0.41), sr=48_000)


def test_too_many_channels_have_no_loudness() -> None:
    with pytest.raises(AudioError, match="one to five channels, not 6"):
        audio.loudness(np.zeros((6, 48_000)), sr=48_000)


def test_an_absurd_rate_has_no_loudness() -> None:
    with pytest.raises(ParameterError, match="more than 1000 times apart"):
        audio.loudness(np.zeros(100), sr=2)


def test_without_its_library_loudness_names_the_extra(monkeypatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pyloudnorm", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'sonic-lab\[loudness\]'"):
        audio.loudness(np.zeros(48_000), sr=48_000)


# Matching


@given(level_db=st.floats(-60, 0), lufs=st.floats(-50, -10), hz=st.sampled_from([200, 1000]))
def test_matched_sounds_are_equally_loud(level_db: float, lufs: float, hz: float) -> None:
    y = audio.match_loudness(sine(hz, seconds=1, level_db=level_db), sr=48_000, lufs=lufs)
    # a sine's loudness is at most its peak less 3 dB, so the ceiling is not in the way here
    assert audio.loudness(y, sr=48_000) == pytest.approx(lufs, abs=0.01)


def test_a_match_stops_at_the_ceiling() -> None:
    y = audio.match_loudness(sine(997), sr=48_000, lufs=0)
    assert audio.peak_db(y) == pytest.approx(-1, abs=1e-4)


def test_silence_is_matched_by_silence() -> None:
    assert not audio.match_loudness(np.zeros(48_000), sr=48_000).any()


@pytest.mark.parametrize("lufs", [1, -71, np.nan, None, "loud", True])
def test_a_loudness_that_cannot_be_is_refused(lufs: object) -> None:
    with pytest.raises(ParameterError, match=r"lufs=.* must lie between -70 and 0"):
        audio.match_loudness(np.zeros(48_000), sr=48_000, lufs=lufs)


@given(sr=st.integers(8, 1000), n=st.integers(1, 2000))
def test_any_rate_gives_a_number_or_one_of_our_errors(sr: int, n: int) -> None:
    y = np.sin(np.arange(n) / 3).astype(np.float32)
    if n <= np.ceil(0.4 * sr):
        with pytest.raises(AudioError, match="too short"):
            audio.loudness(y, sr=sr)
    else:
        assert not np.isnan(audio.loudness(y, sr=sr))
