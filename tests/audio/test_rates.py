"""Sample rates: what fits below both Nyquist frequencies stays, what does not is gone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonic_lab import audio
from sonic_lab.errors import AudioError, ParameterError

RATES = (8000, 11_025, 16_000, 22_050, 44_100, 48_000)
rates = st.sampled_from(RATES)


def sine(hz: float, sr: int, seconds: float = 0.5) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(int(seconds * sr)) / sr)).astype(np.float32)


def middle(y: np.ndarray) -> np.ndarray:
    """Without the ends, where the filter reaches past the sound."""
    cut = y.shape[-1] // 5
    return y[..., cut:-cut]


@given(source=rates, target=rates, share=st.floats(0.02, 0.85))
def test_a_sine_below_both_nyquists_keeps_pitch_level_and_phase(source, target, share) -> None:
    hz = share * min(source, target) / 2
    out = audio.resample(sine(hz, source), orig_sr=source, target_sr=target)
    n = min(out.size, sine(hz, target).size)
    # HQ is flat to 0.01 dB up to 0.85 of Nyquist: a thousandth of an amplitude of 0.5.
    np.testing.assert_allclose(middle(out[:n]), middle(sine(hz, target)[:n]), atol=6e-4)


@given(source=rates, target=rates, share=st.floats(1.12, 2.0))
def test_a_sine_above_the_new_nyquist_vanishes(source, target, share) -> None:
    hz = share * target / 2
    if hz >= 0.49 * source:
        return
    out = audio.resample(sine(hz, source), orig_sr=source, target_sr=target)
    assert 20 * np.log10(np.abs(middle(out)).max() / 0.5) < -100  # HQ promises 120 dB


def test_careless_decimation_aliases_where_resampling_does_not() -> None:
    y = sine(3000, 16_000)
    careless, careful = y[::4], audio.resample(y, orig_sr=16_000, target_sr=4000)
    power = np.abs(np.fft.rfft(middle(careless))) ** 2
    hz = np.fft.rfftfreq(middle(careless).size, 1 / 4000)
    assert hz[power.argmax()] == pytest.approx(1000, abs=2)  # 4000 - 3000
    assert np.abs(middle(careful)).max() < 1e-4


@given(
    n=st.integers(1, 400),
    channels=st.integers(1, 3),
    source=st.integers(1, 2000),
    target=st.integers(1, 2000),
)
def test_length_shape_and_type_are_as_promised(n, channels, source, target) -> None:
    if max(source, target) > 1000 * min(source, target):
        return
    y = np.random.default_rng(0).uniform(-1, 1, (channels, n)).astype(np.float32)
    y = y[0] if channels == 1 else y
    out = audio.resample(y, orig_sr=source, target_sr=target)
    m = -(-n * target // source)
    assert out.shape == ((m,) if channels == 1 else (channels, m))
    assert out.dtype == np.float32
    assert np.isfinite(out).all()
    assert not np.shares_memory(out, y)


@given(source=rates, target=rates)
def test_resampling_is_linear_and_channels_do_not_mix(source, target) -> None:
    a, b = sine(300, source, 0.1), sine(1100, source, 0.1)
    both = audio.resample(np.stack([a, b, a + b]), orig_sr=source, target_sr=target)
    np.testing.assert_allclose(both[0] + both[1], both[2], atol=1e-6)  # float32 rounding
    np.testing.assert_array_equal(both[0], audio.resample(a, orig_sr=source, target_sr=target))


def test_there_and_back_again() -> None:
    y = sine(1000, 22_050)
    up = audio.resample(y, orig_sr=22_050, target_sr=44_100)
    back = audio.resample(up, orig_sr=44_100, target_sr=22_050)
    np.testing.assert_allclose(middle(back), middle(y), atol=1e-4)


def test_the_same_rate_gives_a_copy() -> None:
    y = sine(440, 8000)
    out = audio.resample(y, orig_sr=8000, target_sr=8000)
    np.testing.assert_array_equal(out, y)
    assert not np.shares_memory(out, y)


def test_soxr_is_the_oracle() -> None:
    import soxr

    y = sine(1000, 44_100)
    np.testing.assert_array_equal(
        audio.resample(y, orig_sr=44_100, target_sr=16_000), soxr.resample(y, 44_100, 16_000, "HQ")
    )


@pytest.mark.parametrize(("source", "target"), [(0, 8000), (8000, 0), (8000, None), ("8k", 8000)])
def test_a_rate_that_is_none_is_named(source: object, target: object) -> None:
    with pytest.raises(ParameterError, match=r"(orig|target)_sr=.* must be a sample rate"):
        audio.resample(np.zeros(10), orig_sr=source, target_sr=target)


@pytest.mark.parametrize(("source", "target"), [(1, 768_000), (768_000, 1), (8, 8001)])
def test_rates_worlds_apart_are_refused(source: int, target: int) -> None:
    with pytest.raises(ParameterError, match="more than 1000 times apart: is one of them wrong"):
        audio.resample(np.zeros(10), orig_sr=source, target_sr=target)


def test_what_is_no_sound_is_refused() -> None:
    with pytest.raises(AudioError, match="y is empty"):
        audio.resample(np.zeros(0), orig_sr=8000, target_sr=16_000)
    with pytest.raises(AudioError, match="y has 1 NaN"):
        audio.to_mono(np.array([np.nan]))


@given(channels=st.integers(1, 8), seed=st.integers(0, 99))
def test_mono_is_the_mean(channels: int, seed: int) -> None:
    y = np.random.default_rng(seed).uniform(-1, 1, (channels, 20)).astype(np.float32)
    np.testing.assert_allclose(audio.to_mono(y), y.mean(axis=0), atol=1e-6)  # float32 sums


def test_loud_channels_do_not_overflow_on_their_way_to_mono() -> None:
    assert np.isfinite(audio.to_mono(np.full((4, 5), 3e38))).all()
