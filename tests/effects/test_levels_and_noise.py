"""Gain, polarity, tremolo; noise and mixing at the ratio that was asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonic_lab import clips, effects
from sonic_lab.errors import AudioError, ParameterError, UnknownNameError
from tests.effects.sounds import decibels, power, tone


@pytest.mark.parametrize("gain_db", [-60, -6, 0.5, 20])
def test_gain_is_undone_by_its_opposite(gain_db: float) -> None:
    y = tone(440, sr=8000, duration_s=0.5)
    there_and_back = effects.gain(effects.gain(y, gain_db=gain_db), gain_db=-gain_db)
    assert np.allclose(there_and_back, y, rtol=1e-6)  # four roundings of 6e-8, and some room


def test_twenty_decibels_are_ten_times() -> None:
    assert effects.gain(np.array([0.01]), gain_db=20)[0] == pytest.approx(0.1)


def test_inverted_and_original_cancel() -> None:
    y = tone(440, sr=8000, duration_s=0.5)
    assert np.all(y + effects.invert(y) == 0)


def test_tremolo_falls_by_its_depth_and_comes_back() -> None:
    y = np.ones(8000, dtype=np.float32)
    z = effects.tremolo(y, sr=8000, rate_hz=2, depth_db=12)
    assert z[0] == 1
    assert z[4000] == pytest.approx(1, abs=1e-6)  # one swing later
    assert 20 * np.log10(z.min()) == pytest.approx(-12, abs=1e-3)  # the trough is on a sample


@pytest.mark.parametrize("color", ["white", "pink", "brown"])
@settings(max_examples=10, deadline=None)
@given(snr_db=st.floats(-20, 60), channels=st.sampled_from([None, 2]), seed=st.integers(0, 99))
def test_snr_asked_is_snr_measured(
    color: str, snr_db: float, channels: int | None, seed: int
) -> None:
    y = tone(440, sr=16000, duration_s=0.5)
    y = y if channels is None else np.stack([y, 0.1 * y])
    z = effects.add_noise(y, sr=16000, snr_db=snr_db, color=color, rng=seed)
    measured = decibels(power(y) / power(z.astype(np.float64) - y))
    # Only float32's rounding of the sum is between them: 6e-8 of 0.5, at -145 dB.
    assert measured == pytest.approx(snr_db, abs=0.01)


@pytest.mark.parametrize("clip", ["piano", "speech", "drums", "rain"])
def test_snr_on_real_sound(clip: str) -> None:
    y, sr = clips.load(clip)
    z = effects.add_noise(y, sr=sr, snr_db=10, rng=0)
    assert decibels(power(y) / power(z - y)) == pytest.approx(10, abs=0.2)


@pytest.mark.parametrize(("color", "slope"), [("white", 0), ("pink", -3.01), ("brown", -6.02)])
def test_color_is_a_slope_in_decibels_an_octave(color: str, slope: float) -> None:
    noise = effects.colored_noise(2**19, sr=48000, color=color, rng=0)
    spectrum = np.abs(np.fft.rfft(noise)) ** 2
    hertz = np.fft.rfftfreq(2**19, 1 / 48000)
    bands = [
        decibels(np.mean(spectrum[(hertz >= low) & (hertz < 2 * low)]))
        for low in (100, 200, 400, 800, 1600, 3200, 6400)
    ]
    # The lowest octave has 1100 bins, whose mean power scatters by 3 %, or 0.13 dB.
    assert np.diff(bands) == pytest.approx(slope, abs=0.4)
    assert np.mean(np.diff(bands)) == pytest.approx(slope, abs=0.1)


def test_brown_noise_does_not_drift_away() -> None:
    noise = effects.colored_noise(2**18, sr=16000, color="brown", rng=0)
    spectrum = np.abs(np.fft.rfft(noise)) ** 2
    hertz = np.fft.rfftfreq(2**18, 1 / 16000)
    # Flat below 20 Hz and 1/f^2 above, half of the power lies below 20 Hz; unlimited, nearly all.
    assert np.sum(spectrum[hertz < 20]) / np.sum(spectrum) == pytest.approx(0.5, abs=0.05)


def test_noise_is_gaussian_and_differs_between_channels() -> None:
    noise = effects.colored_noise(100_000, sr=8000, channels=2, rng=0)
    assert noise.shape == (2, 100_000)
    assert noise.std() == pytest.approx(0.1, rel=0.01)  # four standard errors of 1/sqrt(2n)
    kurtosis = np.mean((noise / noise.std()) ** 4)
    assert kurtosis == pytest.approx(3, abs=0.06)  # four standard errors of sqrt(24/n)
    assert abs(np.corrcoef(noise)[0, 1]) < 0.013  # four standard errors of 1/sqrt(n)


def test_unknown_color_is_answered_with_the_known() -> None:
    with pytest.raises(UnknownNameError, match="no noise color named 'pnik': did you mean 'pink'"):
        effects.colored_noise(10, sr=8000, color="pnik")


def test_seed_that_is_none_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"rng=-1 must be a non-negative integer"):
        effects.add_noise(np.ones(10), sr=8000, snr_db=10, rng=-1)


@pytest.mark.parametrize("snr_db", [-10, 0, 30])
@pytest.mark.parametrize("other_length", [100, 8000, 20_000])
def test_mix_at_the_ratio_asked(snr_db: float, other_length: int) -> None:
    y = tone(440, sr=16000, duration_s=0.5)
    other = np.random.default_rng(0).uniform(-1, 1, other_length).astype(np.float32)
    z = effects.mix(y, other, snr_db=snr_db)
    assert decibels(power(y) / power(z.astype(np.float64) - y)) == pytest.approx(snr_db, abs=0.01)


def test_mix_matches_channels() -> None:
    stereo, mono = np.ones((2, 8), dtype=np.float32), np.array([1.0, -1.0], dtype=np.float32)
    onto_stereo = effects.mix(stereo, mono, snr_db=0)
    assert np.array_equal(onto_stereo[0], onto_stereo[1])
    assert effects.mix(np.ones(8), stereo, snr_db=0).shape == (8,)
    with pytest.raises(AudioError, match="other has 3 channels and y has 2"):
        effects.mix(stereo, np.ones((3, 8)), snr_db=0)


def test_silence_cannot_be_mixed_at_a_ratio() -> None:
    with pytest.raises(AudioError, match="other is silent"):
        effects.mix(np.ones(8), np.zeros(8), snr_db=0)
