"""The mel scale and its bands against their formulas; log-mel and MFCC against librosa's own."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sonic_lab as sl
from sonic_lab.errors import AudioError, ParameterError
from sonic_lab.features import (
    hz_to_mel,
    log_mel,
    mel_filterbank,
    mel_spectrogram,
    mel_to_hz,
    mfcc,
)

from .sounds import GRID, clip, noise, tone

BOTH = pytest.mark.parametrize("htk", [False, True])


# --- the scale ----------------------------------------------------------------------------------


def slaney(hz: np.ndarray) -> np.ndarray:
    """Even steps of 200/3 Hz up to 1 kHz, then 27 steps for each factor of 6.4."""
    return np.where(
        hz < 1000, hz * 3 / 200, 15 + 27 * np.log(np.maximum(hz, 1) / 1000) / np.log(6.4)
    )


def test_the_scale_is_its_formula() -> None:
    hz = np.linspace(0, 24000, 997)
    # Double precision on both sides: a few units in the last place.
    np.testing.assert_allclose(hz_to_mel(hz), slaney(hz), rtol=1e-12)
    np.testing.assert_allclose(hz_to_mel(hz, htk=True), 2595 * np.log10(1 + hz / 700), rtol=1e-12)


def test_golden_points() -> None:
    assert hz_to_mel(1000) == pytest.approx(15)  # Slaney's knee
    assert hz_to_mel(6400) == pytest.approx(42)
    assert hz_to_mel(1000, htk=True) == pytest.approx(1000, abs=0.02)  # what HTK's 2595 is for
    assert hz_to_mel([0, 0]).tolist() == [0, 0]


@settings(max_examples=60, deadline=None)
@given(hz=st.floats(0, 1e5), htk=st.booleans())
def test_there_and_back(hz: float, htk: bool) -> None:
    assert mel_to_hz(hz_to_mel(hz, htk=htk), htk=htk) == pytest.approx(hz, rel=1e-9, abs=1e-9)


@BOTH
def test_higher_stays_higher(htk: bool) -> None:
    assert (np.diff(hz_to_mel(np.arange(0, 20000, 7.0), htk=htk)) > 0).all()


@pytest.mark.parametrize("convert", [hz_to_mel, mel_to_hz])
@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf, "440", None, [100.0, -1.0], 1j])
def test_what_is_no_frequency_is_refused(convert, bad) -> None:
    with pytest.raises(ParameterError, match="must be finite and not negative"):
        convert(bad)


# --- the bands ----------------------------------------------------------------------------------


def triangles(freqs: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Triangles of unit peak by interpolation, another way than librosa's slopes."""
    return np.stack(
        [
            np.interp(freqs, edges[m : m + 3], [0, 1, 0], left=0, right=0)
            for m in range(len(edges) - 2)
        ]
    )


@BOTH
@pytest.mark.parametrize("norm", ["slaney", None])
@pytest.mark.parametrize(
    ("sr", "n_fft", "n_mels", "fmin", "fmax"),
    [
        (22050, 2048, 128, 0.0, None),
        (16000, 512, 40, 20.0, 7600.0),
        (44100, 4096, 96, 0.0, 20000.0),
    ],
)
def test_bands_are_triangles(htk, norm, sr, n_fft, n_mels, fmin, fmax) -> None:
    freqs = np.arange(1 + n_fft // 2) * sr / n_fft
    low, high = hz_to_mel(fmin, htk=htk), hz_to_mel(fmax or sr / 2, htk=htk)
    edges = mel_to_hz(np.linspace(low, high, n_mels + 2), htk=htk)
    want = triangles(freqs, edges)
    if norm == "slaney":
        want *= (2 / (edges[2:] - edges[:-2]))[:, None]
    bank = mel_filterbank(
        sr=sr, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax, htk=htk, norm=norm
    )
    assert bank.dtype == np.float32
    # The bank is float32, whose numbers are right to 6e-8; peaks are at most 1.
    np.testing.assert_allclose(bank, want, atol=1e-7)


def test_slaney_bands_have_unit_area() -> None:
    """So a flat spectrum gives every band the same power."""
    bank = mel_filterbank(sr=22050, n_fft=16384, n_mels=40)
    area = bank.sum(axis=1) * 22050 / 16384
    # A triangle is at least 60 bins wide here; a sum in place of an integral errs by 1/60² or so.
    np.testing.assert_allclose(area, 1, atol=2e-3)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"sr": 0}, "sr=0 must be a sample rate"),
        ({"n_mels": 0}, "n_mels=0 must be a whole number from 1"),
        ({"n_mels": 12.5}, "n_mels=12.5"),
        ({"n_mels": 10**6}, "n_mels=1000000"),
        ({"fmin": -1}, "fmin=-1 and fmax=None must satisfy|fmin=-1 and fmax=11025"),
        ({"fmin": 5000, "fmax": 5000}, "fmin=5000 and fmax=5000"),
        ({"fmax": 11026}, "sr/2 = 11025 Hz"),
        ({"fmax": np.nan}, "fmax=nan"),
        ({"fmax": "high"}, "fmax='?high"),
        ({"norm": "l2"}, "norm='l2' must be 'slaney' or None"),
        ({"n_fft": 1}, "n_fft=1 must be"),
    ],
)
def test_impossible_bands_are_refused(setting: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        mel_filterbank(**{"sr": 22050, **setting})


# --- the spectrogram ----------------------------------------------------------------------------


@pytest.mark.parametrize("setting", GRID, ids=str)
@pytest.mark.parametrize("name", sl.clips.names())
def test_log_mel_equals_librosa_on_every_clip(name: str, setting: dict) -> None:
    y, sr = clip(name)
    power = librosa.feature.melspectrogram(y=y, sr=sr, **setting)
    theirs = librosa.power_to_db(power, ref=np.max)
    ours = log_mel(y, sr=sr, **setting)
    assert (ours.shape, ours.dtype) == (theirs.shape, np.float32)
    # What the issue asks; the rest is the order of float32 sums in the product with the bank.
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_the_setting_of_the_article() -> None:
    y, sr = clip("trumpet")
    D = log_mel(y, sr=sr, n_fft=2048, hop_length=512, n_mels=128)
    assert D.shape == (128, 1 + len(y) // 512)
    assert D.max() == 0
    assert D.min() == -80


@settings(max_examples=20, deadline=None)
@given(gain_db=st.floats(-40, 40), seed=st.integers(0, 5))
def test_log_mel_does_not_know_the_volume(gain_db: float, seed: int) -> None:
    y = noise(4096, seed=seed)
    loud = (y * 10 ** (gain_db / 20)).astype(np.float32)
    # A gain in float32 moves each sample by 6e-8 of itself: 1e-6 dB, and more in quiet bands.
    np.testing.assert_allclose(log_mel(loud, sr=22050), log_mel(y, sr=22050), atol=1e-3)


def test_power_is_what_the_bands_collect() -> None:
    y = noise(8192)
    M = mel_spectrogram(y, sr=16000, n_fft=512, hop_length=128, n_mels=20)
    S = sl.features.power_spectrogram(y, sr=16000, n_fft=512, hop_length=128)
    np.testing.assert_allclose(M, mel_filterbank(sr=16000, n_fft=512, n_mels=20) @ S, rtol=1e-5)


def test_channels_stay_apart() -> None:
    stereo = np.stack([tone(440), noise(22050)])
    M = mel_spectrogram(stereo, sr=22050)
    assert M.shape == (2, 128, 44)
    for channel, y in zip(M, stereo, strict=True):
        np.testing.assert_allclose(channel, mel_spectrogram(y, sr=22050), rtol=1e-5, atol=1e-9)


def test_silence_is_the_floor_and_not_minus_infinity() -> None:
    assert (log_mel(np.zeros(4096), sr=22050) == 0).all()  # its loudest value is the floor itself


def test_bands_that_no_bin_falls_into_raise_no_warning() -> None:
    M = mel_spectrogram(noise(4096), sr=22050, n_fft=256, n_mels=256)
    assert (M.max(axis=1) == 0).any()


@pytest.mark.parametrize("transform", [mel_spectrogram, log_mel, mfcc])
@pytest.mark.parametrize(
    ("y", "setting", "error", "message"),
    [
        (np.zeros(100), {}, AudioError, "too short"),
        (np.full(4096, np.inf), {}, AudioError, "infinite"),
        (np.zeros(4096), {"hop_length": 0}, ParameterError, "hop_length=0"),
        (np.zeros(4096), {"n_mels": -3}, ParameterError, "n_mels=-3"),
        (np.zeros(4096), {"fmax": 1e5}, ParameterError, "fmax=100000"),
    ],
)
def test_what_has_no_spectrogram_is_refused(transform, y, setting, error, message) -> None:
    with pytest.raises(error, match=message):
        transform(y, sr=22050, **setting)


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(TypeError, match="n_mel"):
        log_mel(noise(4096), sr=22050, n_mel=3)


# --- MFCC ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sl.clips.names())
def test_mfcc_equals_librosa_on_every_clip(name: str) -> None:
    y, sr = clip(name)
    ours = mfcc(y, sr=sr, n_mfcc=13, n_mels=40)
    theirs = librosa.feature.mfcc(y=y, sr=sr, n_mfcc=13, n_mels=40)
    # Sums of 40 decibels in float32: up to 80 * 40 * 6e-8.
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_mfcc_of_a_louder_sound_differs_in_its_first_row_alone() -> None:
    """The others measure the shape: a gain adds a constant, and a cosine has none of it."""
    y = noise(8192)
    quiet, loud = (mfcc(g * y, sr=22050) for g in (1, 10))
    # 20 dB over 128 bands: the orthonormal row of ones is 1 / sqrt(128).
    np.testing.assert_allclose((loud - quiet)[0], 20 * np.sqrt(128), rtol=1e-4)
    np.testing.assert_allclose((loud - quiet)[1:], 0, atol=1e-3)


@pytest.mark.parametrize("n_mfcc", [0, 129, -1, 13.0, None])
def test_an_impossible_number_of_coefficients_is_refused(n_mfcc) -> None:
    with pytest.raises(ParameterError, match=r"n_mfcc=.* must be from 1 to n_mels=128"):
        mfcc(noise(4096), sr=22050, n_mfcc=n_mfcc)
