"""The picture shows what the spectrogram holds, in no more pixels than a screen has."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sonic_lab.errors import AudioError, ParameterError
from sonic_lab.features import (
    envelope,
    log_mel,
    picture,
    power_spectrogram,
    power_to_db,
    resolution,
)
from sonic_lab.features.picture import AXES, FLOOR_DB

from .sounds import clip, noise, tone


def test_a_small_mel_picture_is_the_log_mel() -> None:
    y = noise(22050)
    image = picture(y, sr=22050, n_mels=64)
    want = log_mel(y, sr=22050, n_mels=64, top_db=None)
    # The bank without its zeros adds the same float32 products in another order.
    np.testing.assert_allclose(image.db, want, atol=1e-4)
    assert image.duration_s == 1.0


def test_a_small_linear_picture_is_the_spectrogram_in_db() -> None:
    y = noise(22050)
    image = picture(y, sr=22050, n_fft=512, axis="linear")
    S = power_spectrogram(y, sr=22050, n_fft=512)
    np.testing.assert_allclose(image.db, power_to_db(S, ref=np.max, top_db=None), atol=1e-4)
    np.testing.assert_allclose(image.hz, np.arange(257) * 22050 / 512)


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(2048, 60000),
    axis=st.sampled_from(AXES),
    rows=st.integers(2, 200),
    columns=st.integers(2, 100),
    n_mels=st.integers(8, 128),
    n_fft=st.sampled_from([256, 1024, 2048]),
)
@example(n=2048, axis="mel", rows=39, columns=2, n_mels=77, n_fft=256)  # a band without a bin
def test_no_more_pixels_than_asked_and_the_loudest_stays(n, axis, rows, columns, n_mels, n_fft):
    image = picture(
        noise(n), sr=22050, axis=axis, n_fft=n_fft, hop_length=128, n_mels=n_mels,
        max_rows=rows, max_columns=columns,
    )  # fmt: skip
    assert image.db.shape == (len(image.hz), image.db.shape[1])
    assert image.db.shape[0] <= max(rows, 2)
    assert image.db.shape[1] <= columns
    assert image.db.max() == pytest.approx(0, abs=1e-5)
    assert image.db.min() >= FLOOR_DB
    assert (np.diff(image.hz) > 0).all()
    assert image.duration_s == n / 22050


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("hz", [220.0, 1000.0, 4000.0])
def test_a_tone_is_shown_at_its_frequency(axis: str, hz: float) -> None:
    image = picture(tone(hz), sr=22050, axis=axis, n_fft=4096)
    row = int(image.db.mean(axis=1).argmax())
    # Within a row's height, or a bin's where that is wider.
    height = max(np.diff(image.hz)[max(row - 1, 0) : row + 1].max(), 22050 / 4096)
    assert image.hz[row] == pytest.approx(hz, abs=height)


@pytest.mark.parametrize("axis", AXES)
def test_a_click_stays_visible_however_few_the_columns(axis: str) -> None:
    y = np.zeros(5 * 22050, np.float32)
    y[60000] = 1
    image = picture(y, sr=22050, axis=axis, n_fft=256, hop_length=64, max_columns=40)
    column = int(image.db.max(axis=0).argmax())
    assert column == 60000 * 40 // len(y)
    assert image.db[:, column].max() == 0


def test_channels_are_averaged() -> None:
    y = noise(8000)
    image = picture(np.stack([y, -y, y]), sr=8000)
    np.testing.assert_allclose(image.db, picture(y, sr=8000).db, atol=1e-3)


def test_levels_are_bytes_from_the_floor_to_the_loudest() -> None:
    image = picture(clip("drums")[0], sr=22050)
    levels = image.levels()
    assert levels.dtype == np.uint8
    assert levels.max() == 255
    # A byte is 120 / 255 dB, so it is off by at most half of that.
    np.testing.assert_allclose(-FLOOR_DB * (levels / 255 - 1), image.db, atol=0.236)


def test_silence_has_a_picture() -> None:
    assert np.isfinite(picture(np.zeros(4096), sr=8000).db).all()


@pytest.mark.parametrize(
    ("y", "setting", "error", "message"),
    [
        (np.zeros(100), {}, AudioError, "too short"),
        (np.zeros(0), {}, AudioError, "empty"),
        (np.full(4096, np.nan), {}, AudioError, "NaN"),
        (np.zeros(4096), {"sr": 0}, ParameterError, "sr=0"),
        (np.zeros(4096), {"axis": "bark"}, ParameterError, "axis='bark' must be one of mel"),
        (np.zeros(4096), {"axis": None}, ParameterError, "axis=None"),
        (np.zeros(4096), {"axis": ["mel"]}, ParameterError, "axis="),
        (np.zeros(4096), {"max_rows": 1}, ParameterError, "max_rows=1"),
        (np.zeros(4096), {"max_columns": 0}, ParameterError, "max_columns=0"),
        (np.zeros(4096), {"n_mels": 0}, ParameterError, "n_mels=0"),
        (np.zeros(4096), {"hop_length": 0}, ParameterError, "hop_length=0"),
    ],
)
def test_what_has_no_picture_is_refused(y, setting, error, message) -> None:
    with pytest.raises(error, match=message):
        picture(y, **{"sr": 22050, **setting})


# --- resolution ---------------------------------------------------------------------------------


@pytest.mark.parametrize("n_fft", [256, 1024, 8192])
@pytest.mark.parametrize(
    ("window", "bins"),  # equivalent noise bandwidth in bins: Harris 1978, table 1
    [("boxcar", 1.0), ("hann", 1.5), ("hamming", 1.36), ("blackman", 1.73)],
)
def test_time_and_frequency_trade(n_fft: int, window: str, bins: float) -> None:
    r = resolution(sr=22050, n_samples=22050, n_fft=n_fft, window=window)
    assert r.window_s * r.bin_hz == pytest.approx(1)
    # Harris prints two decimals.
    assert r.bandwidth_hz / r.bin_hz == pytest.approx(bins, abs=0.006)


@settings(max_examples=30, deadline=None)
@given(
    n=st.integers(2048, 50000),
    hop=st.integers(1, 3000),
    n_fft=st.integers(2, 2048),
    axis=st.sampled_from(AXES),
)
def test_shape_and_bytes_are_those_of_the_tensor(n, hop, n_fft, axis) -> None:
    r = resolution(sr=22050, n_samples=n, n_fft=n_fft, hop_length=hop, axis=axis, n_mels=40)
    y = noise(n)
    if axis == "mel":
        D = log_mel(y, sr=22050, n_fft=n_fft, hop_length=hop, n_mels=40)
    else:
        D = power_spectrogram(y, sr=22050, n_fft=n_fft, hop_length=hop)
    assert r.shape == D.shape
    assert r.size_bytes == D.nbytes


def test_bands_without_a_bin_are_counted() -> None:
    assert resolution(sr=22050, n_samples=9999, n_fft=2048, n_mels=128).empty_bands == 0
    assert resolution(sr=22050, n_samples=9999, n_fft=256, n_mels=256).empty_bands > 50


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"sr": 0}, "sr=0"),
        ({"n_fft": 1}, "n_fft=1"),
        ({"hop_length": 0}, "hop_length=0"),
        ({"window": "flat"}, "window='flat'"),
        ({"axis": "bark"}, "axis='bark'"),
        ({"n_mels": 0}, "n_mels=0"),
        ({"n_samples": -1}, "n_samples=-1"),
        ({"n_samples": 1.5}, "n_samples=1.5"),
    ],
)
def test_impossible_settings_have_no_resolution(setting: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        resolution(**{"sr": 22050, "n_samples": 22050, **setting})


# --- envelope -----------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(n=st.integers(1, 5000), columns=st.integers(2, 300), seed=st.integers(0, 9))
def test_the_outline_holds_every_sample(n: int, columns: int, seed: int) -> None:
    y = noise(n, seed=seed)
    low, high = envelope(y, max_columns=columns)
    assert low.shape == high.shape
    assert len(low) == min(n, columns)
    assert (low <= high).all()
    assert (low.min(), high.max()) == (y.min(), y.max())
    starts = np.arange(len(low)) * n // len(low)
    step = np.searchsorted(starts, np.arange(n), side="right") - 1
    assert (low[step] <= y).all()
    assert (y <= high[step]).all()


@pytest.mark.parametrize(
    ("y", "columns", "error", "message"),
    [
        (np.zeros(0), 100, AudioError, "empty"),
        (np.zeros(10), 1, ParameterError, "max_columns=1"),
        (np.array([np.nan]), 100, AudioError, "NaN"),
    ],
)
def test_what_has_no_outline_is_refused(y, columns, error, message) -> None:
    with pytest.raises(error, match=message):
        envelope(y, max_columns=columns)


def test_a_picture_too_large_for_memory_is_refused_with_the_hop_that_fits():
    y = np.zeros(60 * 22050, np.float32)
    with pytest.raises(ParameterError, match=r"would take 10\.8 GB .* at least 21"):
        picture(y, sr=22050, n_fft=2048, hop_length=1)
    picture(y, sr=22050, n_fft=2048, hop_length=21)
