"""The STFT against its definition, against librosa, and against the laws of Fourier."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

import sonic_lab as sl
from sonic_lab.errors import AudioError, ParameterError
from sonic_lab.features import WINDOWS, istft, power_spectrogram, stft

from .sounds import GRID, clip, noise, tone

STFT_GRID = [
    {k: v for k, v in setting.items() if k in ("n_fft", "hop_length", "win_length", "window")}
    for setting in GRID
]


# --- oracles ------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", WINDOWS)
def test_a_frame_is_the_fourier_sum_of_the_windowed_samples(window: str) -> None:
    n_fft, hop, t = 64, 16, 5
    y = noise(400).astype(np.float64)
    taper = scipy.signal.get_window(window, n_fft)
    frame = y[t * hop : t * hop + n_fft] * taper
    k, n = np.arange(33)[:, None], np.arange(n_fft)
    by_definition = (frame * np.exp(-2j * np.pi * k * n / n_fft)).sum(axis=1)
    D = stft(y, n_fft=n_fft, hop_length=hop, window=window, center=False)
    # float32: 64 products of size 0.1, each off by 6e-8 of itself.
    np.testing.assert_allclose(D[:, t], by_definition, atol=1e-6)


@pytest.mark.parametrize("setting", STFT_GRID, ids=str)
@pytest.mark.parametrize("name", sl.clips.names())
def test_equals_librosa_on_every_clip(name: str, setting: dict) -> None:
    y, _ = clip(name)
    ours, theirs = stft(y, **setting), librosa.stft(y, **setting)
    assert ours.dtype == np.complex64
    np.testing.assert_array_equal(ours, theirs)


def test_a_centred_frame_stands_around_its_sample() -> None:
    y = noise(5000)
    padded = np.pad(y, 256)
    for center, sound in ((True, y), (False, padded)):
        D = stft(sound, n_fft=512, hop_length=100, center=center)
        assert D.shape == (257, 1 + len(y) // 100)
        np.testing.assert_allclose(D, stft(y, n_fft=512, hop_length=100), atol=1e-6)


# --- laws ---------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(a=st.floats(-4, 4), b=st.floats(-4, 4), seed=st.integers(0, 9))
def test_is_linear(a: float, b: float, seed: int) -> None:
    x, y = noise(3000, seed=seed), noise(3000, seed=seed + 1)
    D = stft(np.float32(a) * x + np.float32(b) * y, n_fft=256, hop_length=64)
    sum_of_parts = a * stft(x, n_fft=256, hop_length=64) + b * stft(y, n_fft=256, hop_length=64)
    # Values reach about 0.1 * 8 * sqrt(256) = 13; float32 keeps 6e-8 of that, a few times over.
    np.testing.assert_allclose(D, sum_of_parts, atol=1e-5)


def test_a_delay_of_one_hop_moves_every_frame_by_one() -> None:
    y = noise(6000)
    late = np.concatenate([np.zeros(128, np.float32), y])
    here, there = (stft(s, n_fft=512, hop_length=128) for s in (y, late))
    # The same samples under the same window; only frames past y's end see its zeros elsewhere.
    np.testing.assert_array_equal(there[:, 1 : here.shape[1] - 4], here[:, : here.shape[1] - 5])


@pytest.mark.parametrize("n_fft", [256, 1024])
def test_keeps_the_energy(n_fft: int) -> None:
    """Parseval, summed over frames: squared Hann windows a quarter apart add up to 1.5."""
    y = np.pad(noise(9000), n_fft)  # silence around, so that every sample has all its frames
    S = power_spectrogram(y, sr=22050, n_fft=n_fft, hop_length=n_fft // 4).astype(np.float64)
    two_sided = 2 * S.sum() - S[0].sum() - S[-1].sum()
    energy = 1.5 * np.square(y.astype(np.float64)).sum()
    # Sums of thousands of positive float32 numbers, each rounded by at most 6e-8 of itself.
    assert two_sided / n_fft == pytest.approx(energy, rel=1e-5)


@pytest.mark.parametrize("k", [3, 40, 200])
def test_a_tone_on_a_bin_stands_in_that_row(k: int) -> None:
    sr, n_fft = 22050, 1024
    S = power_spectrogram(tone(k * sr / n_fft), sr=sr, n_fft=n_fft)
    assert (S[:, 4:-4].argmax(axis=0) == k).all()
    # A sine of amplitude 0.5 under a Hann window (mean 1/2) has a peak of 0.5 * n_fft / 4.
    np.testing.assert_allclose(np.sqrt(S[k, 4:-4]), 0.5 * n_fft / 4, rtol=1e-5)


@pytest.mark.parametrize("setting", STFT_GRID, ids=str)
@pytest.mark.parametrize("name", sl.clips.names())
def test_there_and_back_on_every_clip(name: str, setting: dict) -> None:
    y, _ = clip(name)
    kept = {k: v for k, v in setting.items() if k != "n_fft"}
    z = istft(stft(y, **setting), length=len(y), **kept)
    assert z.dtype == np.float32
    # What the issue asks. complex64 frames are off by 6e-8 of their largest value, and overlapped
    # windows do not add to it.
    np.testing.assert_allclose(z, y, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    n_fft=st.integers(8, 300).map(lambda half: 2 * half),
    share=st.floats(0.05, 0.5),
    extra=st.integers(0, 3000),
    window=st.sampled_from(WINDOWS),
    channels=st.sampled_from([None, 1, 2]),
)
def test_there_and_back_at_any_size(n_fft, share, extra, window, channels) -> None:
    hop = max(1, int(n_fft * share))
    n = n_fft + extra
    y = noise(n) if channels is None else np.stack([noise(n, seed=c) for c in range(channels)])
    D = stft(y, n_fft=n_fft, hop_length=hop, window=window)
    assert D.shape == (*y.shape[:-1], 1 + n_fft // 2, 1 + n // hop)
    z = istft(D, hop_length=hop, window=window, length=n)
    last = (D.shape[-1] - 1) * hop  # beyond the middle of the last frame windows fade to nothing
    # Blackman-Harris windows half a frame apart add up to as little as 0.07 of their peak power:
    # rounding of 6e-8 * sqrt(n_fft) * 0.5 grows by 1 / sqrt(0.07).
    np.testing.assert_allclose(z[..., :last], y[..., :last], atol=1e-5)


def test_there_and_back_uncentred() -> None:
    y = noise(4096)
    z = istft(stft(y, n_fft=512, hop_length=128, center=False), hop_length=128, center=False)
    # The first and last samples lie under the very feet of the window, where nothing is kept.
    np.testing.assert_allclose(z[32:-32], y[32 : len(z) - 32], atol=1e-5)


@pytest.mark.parametrize("n_fft", [512, 513])
def test_there_and_back_with_an_odd_frame(n_fft: int) -> None:
    y = noise(4096)
    D = stft(y, n_fft=n_fft, hop_length=128)
    np.testing.assert_allclose(istft(D, n_fft=n_fft, hop_length=128, length=4096), y, atol=1e-6)


def test_silence_is_silent() -> None:
    assert not stft(np.zeros(4096)).any()
    assert not istft(stft(np.zeros(4096)), length=4096).any()


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize("transform", [stft, lambda y, **k: power_spectrogram(y, sr=22050, **k)])
@pytest.mark.parametrize(
    ("y", "setting", "error", "message"),
    [
        (np.zeros(100), {}, AudioError, "too short: 100 samples, and a frame takes n_fft=2048"),
        (np.zeros(0), {}, AudioError, "empty"),
        (np.full(4096, np.nan), {}, AudioError, "4096 NaN or infinite samples"),
        (np.zeros((2, 2, 4096)), {}, AudioError, r"shape \(2, 2, 4096\)"),
        (np.zeros(4096, np.int16), {}, AudioError, "dtype int16"),
        (np.zeros(4096, complex), {}, AudioError, "complex128"),
        ("trumpet", {}, AudioError, "real numbers"),
        (np.zeros(4096), {"n_fft": 0}, ParameterError, "n_fft=0 must be a whole number from 2"),
        (np.zeros(4096), {"n_fft": 1024.0}, ParameterError, "n_fft=1024.0"),
        (np.zeros(4096), {"n_fft": True}, ParameterError, "n_fft=True"),
        (np.zeros(4096), {"n_fft": 2**40}, ParameterError, "n_fft=1099511627776"),
        (np.zeros(4096), {"hop_length": 0}, ParameterError, "hop_length=0 must be"),
        (np.zeros(4096), {"hop_length": -512}, ParameterError, "hop_length=-512 must be"),
        (np.zeros(4096), {"win_length": 4096}, ParameterError, "win_length=4096 .* to 2048"),
        (np.zeros(4096), {"window": "han"}, ParameterError, "window='han' must be one of hann"),
        (np.zeros(4096), {"window": None}, ParameterError, "window=None"),
    ],
)
def test_what_cannot_be_transformed_is_refused(transform, y, setting, error, message) -> None:
    with pytest.raises(error, match=message):
        transform(y, **setting)


@pytest.mark.parametrize("sr", [0, -22050, 22050.5, None, "22050"])
def test_an_impossible_rate_is_refused(sr) -> None:
    with pytest.raises(ParameterError, match="must be a sample rate"):
        power_spectrogram(np.zeros(4096), sr=sr)


@pytest.mark.parametrize(
    ("D", "setting", "error", "message"),
    [
        (np.zeros(1025, complex), {}, AudioError, r"shape \(1025,\)"),
        (np.zeros((1025, 0), complex), {}, AudioError, r"shape \(1025, 0\)"),
        (np.zeros((1, 40), complex), {}, AudioError, "1 frequency rows"),
        (np.full((1025, 4), np.nan + 0j), {}, AudioError, "NaN"),
        (np.array([["a"]]), {}, AudioError, "dtype <U1"),
        (
            np.zeros((513, 9), complex),
            {"hop_length": 2000},
            ParameterError,
            "hop_length=2000 is too",
        ),
        (np.zeros((513, 9), complex), {"hop_length": 1024}, ParameterError, "at most half"),
        (np.zeros((513, 9), complex), {"n_fft": 2048}, ParameterError, "n_fft=2048 has 1025 rows"),
        (np.zeros((513, 9), complex), {"hop_length": 0}, ParameterError, "hop_length=0"),
        (np.zeros((513, 9), complex), {"length": -1}, ParameterError, "length=-1"),
        (np.zeros((513, 9), complex), {"win_length": 1025}, ParameterError, "win_length=1025"),
        (np.zeros((513, 9), complex), {"window": "kaiser"}, ParameterError, "window='kaiser'"),
    ],
)
def test_what_cannot_be_turned_back_is_refused(D, setting, error, message) -> None:
    with pytest.raises(error, match=message):
        istft(D, **setting)


def test_a_rectangle_needs_no_overlap() -> None:
    y = noise(8192)
    D = stft(y, n_fft=1024, hop_length=1024, window="boxcar")
    z = istft(D, hop_length=1024, window="boxcar", length=len(y))
    np.testing.assert_allclose(z, y, atol=1e-6)
