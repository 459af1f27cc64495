"""LiveLimiter: chunks that are played before the next ones are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sonic_lab as sl
from sonic_lab.audio import LiveLimiter, for_playback

SR = 32000  # played as it is; SR // 2 is made finer first
CEILING = 10 ** (-1 / 20)


def samples(played: list[sl.audio.Playback]) -> np.ndarray:
    """Join what a player gets, (c, n) in [-1, 1]."""
    joined = np.concatenate([np.frombuffer(p.pcm, "<i2").reshape(-1, p.channels) for p in played])
    return joined.T / 32767


def packed(y: np.ndarray, *, cuts: list[int], sr: int = SR) -> list[sl.audio.Playback]:
    limiter = LiveLimiter(sr=sr)
    chunks = [chunk for chunk in np.split(y, cuts, axis=-1) if chunk.shape[-1]]
    return [*map(limiter.pack, chunks), limiter.end()]


@given(
    seed=st.integers(0, 99),
    amplitude=st.sampled_from([0.01, 0.3, 1.0, 30.0]),
    cuts=st.lists(st.integers(1, 2 * SR), max_size=6, unique=True).map(sorted),
)
def test_however_it_is_cut_no_peak_passes_the_ceiling(seed, amplitude, cuts):
    rng = np.random.default_rng(seed)
    y = amplitude * rng.standard_normal(2 * SR) * np.linspace(0, 1, 2 * SR) ** 2
    heard = samples(packed(y, cuts=cuts))
    assert heard.shape == (1, len(y))
    assert np.abs(heard).max() <= CEILING


def test_what_is_quiet_enough_comes_through_as_it_was():
    y = 0.2 * np.sin(2 * np.pi * 440 * np.arange(SR) / SR)
    played = packed(y, cuts=[100, 5000, 5001])
    assert {p.gain_db for p in played} == {0.0}
    np.testing.assert_allclose(samples(played)[0], y, atol=1 / 32767)  # int16, towards zero


def test_the_gain_only_goes_down_and_ends_where_the_whole_sound_has_it():
    y = np.random.default_rng(0).uniform(-1, 1, SR) * np.repeat([0.1, 1.0, 0.5, 0.1], SR // 4)
    played = packed(y, cuts=list(range(1000, SR, 1000)))
    gains = [p.gain_db for p in played]
    assert gains == sorted(gains, reverse=True)
    assert gains[-1] == pytest.approx(for_playback([y], sr=SR)[0].gain_db, abs=1e-6)


def test_where_the_gain_turns_nothing_jumps():
    t = np.arange(SR) / SR
    y = np.where(t < 0.6, 0.1, 0.9) * np.sin(2 * np.pi * 50 * t)  # louder from a zero on
    cut = round(0.505 * SR)  # where the quiet sine stands at its height
    assert packed(y, cuts=[cut])[1].gain_db < -3
    heard = samples(packed(y, cuts=[cut]))[0]
    # A sine of 50 Hz and height 0.9 rises by 0.009 a sample at most, and the turn adds little;
    # without it the sound would jump by 0.03.
    assert np.abs(np.diff(heard)).max() < 0.01


def test_a_short_hit_is_not_taken_for_a_loud_half_second():
    hit = np.zeros(SR)
    hit[:1200] = 0.8 * np.sin(2 * np.pi * 200 * np.arange(1200) / SR)
    assert packed(hit, cuts=[1200])[0].gain_db == for_playback([hit], sr=SR)[0].gain_db == 0.0


def test_stereo_stays_stereo():
    y = np.stack([np.full(SR, 0.1), np.full(SR, -0.15)])
    played = packed(y, cuts=[300])
    assert {p.channels for p in played} == {2}
    np.testing.assert_allclose(samples(played), y, atol=1 / 32767)


@pytest.mark.parametrize(
    ("chunk", "error", "match"),
    [
        (np.zeros((2, 10)), sl.errors.AudioError, "2 channels, the ones before had 1"),
        (np.full(10, np.nan), sl.errors.AudioError, "NaN|finite"),
        (np.zeros(0), sl.errors.AudioError, "empty|samples"),
    ],
)
def test_bad_chunks_are_named(chunk, error, match):
    limiter = LiveLimiter(sr=SR)
    limiter.pack(np.zeros(10))
    with pytest.raises(error, match=match):
        limiter.pack(chunk)


@pytest.mark.parametrize("cuts", [[], [1], [7, 8, 4000, 9000]])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_coarse_sound_is_made_finer_as_it_would_be_whole(cuts, channels):
    y = np.random.default_rng(0).uniform(-0.1, 0.1, (channels, SR // 2)).astype(np.float32)
    played = packed(y, cuts=cuts, sr=SR // 2)
    assert {p.sr for p in played} == {48000}
    whole = sl.audio.resample(y, orig_sr=SR // 2, target_sr=48000)
    np.testing.assert_allclose(samples(played), whole, atol=1.1 / 32767)  # int16, towards zero


def test_a_rate_that_is_none_is_named():
    with pytest.raises(sl.errors.ParameterError, match="sr=0"):
        LiveLimiter(sr=0)
