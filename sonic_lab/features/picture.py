"""A spectrogram made to be looked at: no more pixels than a screen has, in dB, with its axes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ..audio import check_rate, check_whole, to_mono
from ..errors import ParameterError
from .mel import mel_filterbank, mel_to_hz
from .spectrum import check_stft, power_spectrogram

AXES = ("mel", "linear", "log")
FLOOR_DB = -120.0
_MAX_CELLS = 2**26  # half a gigabyte of complex numbers
_LOWEST_HZ = 32.70319566257483  # C1, where the logarithmic axis begins


@dataclass(frozen=True)
class Resolution:
    """What STFT settings can tell apart, and what they cost.

    Attributes
    ----------
    n_fft : samples a frame
    window_s : how long a frame looks, s
    hop_s : from one frame to the next, s
    bin_hz : from one FFT bin to the next, Hz
    bandwidth_hz : equivalent noise bandwidth of the window, Hz: what one bin really hears
    shape : (rows, frames) of the tensor that a network would see
    size_bytes : its size as float32
    empty_bands : mel bands that no FFT bin falls into (0 on the other axes)
    """

    n_fft: int
    window_s: float
    hop_s: float
    bin_hz: float
    bandwidth_hz: float
    shape: tuple[int, int]
    size_bytes: int
    empty_bands: int


@dataclass(frozen=True)
class Picture:
    """A spectrogram for the eye.

    Attributes
    ----------
    db : float32, shape (rows, columns), in dB below the loudest value, lowest frequency first
    hz : float64, shape (rows,), the frequency at each row's centre
    duration_s : time from the left edge to the right one
    axis : "mel", "linear" or "log"
    """

    db: np.ndarray
    hz: np.ndarray
    duration_s: float
    axis: str

    def levels(self) -> np.ndarray:
        """Return one byte a pixel, uint8: 0 is `FLOOR_DB`, 255 the loudest, 0.47 dB a step."""
        return np.rint((1 - self.db / FLOOR_DB) * 255).astype(np.uint8)


def resolution(
    *,
    sr: int,
    n_samples: int,
    n_fft: int = 2048,
    hop_length: int = 512,
    window: str = "hann",
    axis: str = "mel",
    n_mels: int = 128,
) -> Resolution:
    """Work out what these settings can tell apart. Settings as in `picture`.

    >>> r = resolution(sr=22050, n_samples=22050)
    >>> round(r.window_s * 1000, 1), round(r.bin_hz, 1), r.shape
    (92.9, 10.8, (128, 44))
    """
    from scipy.signal import get_window

    rate, settings = check_rate(sr), check_stft(n_fft, hop_length, None, window)
    samples = check_whole(n_samples, name="n_samples", low=1, high=2**40)
    taper = get_window(settings["window"], n_fft)
    noise_bins = n_fft * np.sum(taper**2) / np.sum(taper) ** 2  # Harris 1978, equation 11
    rows, empty = 1 + n_fft // 2, 0
    if check_axis(axis) == "mel":
        bank = _sparse_bank(rate, n_fft, n_mels)
        rows, empty = n_mels, int((np.diff(bank.indptr) == 0).sum())
    odd = n_fft % 2  # an odd frame has no middle, and centring it takes one sample less
    shape = (rows, 1 + (samples - odd) // hop_length)
    return Resolution(
        n_fft=n_fft,
        window_s=n_fft / rate,
        hop_s=hop_length / rate,
        bin_hz=rate / n_fft,
        bandwidth_hz=float(noise_bins * rate / n_fft),
        shape=shape,
        size_bytes=4 * shape[0] * shape[1],
        empty_bands=empty,
    )


def picture(
    y: np.ndarray,
    *,
    sr: int,
    n_fft: int = 2048,
    hop_length: int = 512,
    window: str = "hann",
    axis: str = "mel",
    n_mels: int = 128,
    max_rows: int = 384,
    max_columns: int = 1024,
) -> Picture:
    """Compute a spectrogram and reduce it to at most `max_rows` x `max_columns` pixels.

    A pixel that stands for several values shows the loudest of them, so that a short click
    and a thin partial both stay visible.

    Parameters
    ----------
    y : float, shape (n,) or (c, n); channels are averaged
    sr : Hz
    n_fft, hop_length, window : as in `stft`
    axis : ``"mel"`` (bands), ``"linear"`` (FFT bins) or ``"log"`` (octaves, from C1 up)
    n_mels : bands of the mel axis
    max_rows, max_columns : the most pixels

    Returns
    -------
    Picture, in dB from `FLOOR_DB` to 0

    Raises
    ------
    AudioError, ParameterError
        The sound or a setting cannot work, or the spectrogram would not fit into memory.
    """
    mono, rate = to_mono(y), check_rate(sr)
    rows_at_most = check_whole(max_rows, name="max_rows", low=2, high=8192)
    columns = check_whole(max_columns, name="max_columns", low=2, high=65536)
    _check_size(len(mono), **check_stft(n_fft, hop_length, None, window))
    S = power_spectrogram(mono, sr=rate, n_fft=n_fft, hop_length=hop_length, window=window)
    duration_s = len(mono) / rate
    if check_axis(axis) == "mel":
        S = _sparse_bank(rate, n_fft, n_mels) @ S  # (M, F) @ (F, T)
        hz = mel_to_hz(np.linspace(0, _top_mel(rate), n_mels + 2)[1:-1])
    else:
        hz = np.arange(len(S)) * rate / n_fft
    S = _pool(S, columns, axis=1)
    S, hz = _log_rows(S, hz, rows_at_most) if axis == "log" else _linear_rows(S, hz, rows_at_most)
    peak = max(float(S.max()), 1e-20)
    heard = np.maximum(S / np.float32(peak), np.float32(10 ** (FLOOR_DB / 10)))
    db = np.maximum(10 * np.log10(heard), FLOOR_DB)  # the logarithm rounds, now and then below it
    return Picture(db=db.astype(np.float32, copy=False), hz=hz, duration_s=duration_s, axis=axis)


def envelope(y: np.ndarray, *, max_columns: int = 1024) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest sample in each of at most `max_columns` equal steps: a waveform's outline.

    Parameters
    ----------
    y : float, shape (n,) or (c, n); channels are averaged
    max_columns : the most steps

    Returns
    -------
    low, high : float32, shape (columns,)

    Examples
    --------
    >>> low, high = envelope(np.array([0.25, -0.5, 0.75, 0.5]), max_columns=2)
    >>> low.tolist(), high.tolist()
    ([-0.5, 0.5], [0.25, 0.75])
    """
    mono = to_mono(y)
    columns = check_whole(max_columns, name="max_columns", low=2, high=65536)
    return -_pool(-mono, columns, axis=0), _pool(mono, columns, axis=0)


def check_axis(axis: Any) -> str:
    """Return the name of a frequency axis, or name the ones there are."""
    if axis in AXES:
        return axis
    raise ParameterError(f"axis={axis!r} must be one of {', '.join(AXES)}")


@lru_cache(maxsize=32)
def _sparse_bank(sr: int, n_fft: int, n_mels: int) -> Any:
    """The mel filterbank without its zeros: a slider should not wait for a dense product."""
    from scipy.sparse import csr_array

    return csr_array(mel_filterbank(sr=sr, n_fft=n_fft, n_mels=n_mels))


def _check_size(n: int, *, n_fft: int, hop_length: int, **_: Any) -> None:
    """Refuse a spectrogram that would fill the memory of a small machine."""
    bins = 1 + n_fft // 2
    if n // hop_length * bins > _MAX_CELLS:
        gigabytes = n // hop_length * bins * 8 / 1e9
        raise ParameterError(
            f"hop_length={hop_length} with n_fft={n_fft} would take {gigabytes:.1f} GB for this "
            f"sound: use a hop_length of at least {-(-n * bins // _MAX_CELLS)}"
        )


def _top_mel(rate: int) -> float:
    import librosa

    return float(librosa.hz_to_mel(rate / 2))


def _pool(S: np.ndarray, at_most: int, *, axis: int) -> np.ndarray:
    """Take the largest of each of `at_most` equal groups along an axis."""
    size = S.shape[axis]
    if size <= at_most:
        return S
    starts = np.arange(at_most) * size // at_most
    return np.maximum.reduceat(S, starts, axis=axis)


def _linear_rows(S: np.ndarray, hz: np.ndarray, at_most: int) -> tuple[np.ndarray, np.ndarray]:
    if len(S) <= at_most:
        return S, hz
    starts = np.arange(at_most) * len(S) // at_most
    middles = (starts + np.append(starts[1:], len(S)) - 1) / 2
    return _pool(S, at_most, axis=0), np.interp(middles, np.arange(len(hz)), hz)


def _log_rows(S: np.ndarray, hz: np.ndarray, at_most: int) -> tuple[np.ndarray, np.ndarray]:
    """Warp FFT bins to rows of equal musical width, the loudest bin of each row's span."""
    top = hz[-1]
    lowest = min(_LOWEST_HZ, top / 2)
    edges = np.geomspace(lowest, top, at_most + 1)
    centres = np.sqrt(edges[:-1] * edges[1:])
    width = hz[1]
    first = np.rint(edges[:-1] / width).astype(int).clip(0, len(S) - 1)
    last = np.rint(edges[1:] / width).astype(int).clip(0, len(S) - 1)
    last = np.maximum(last, first + 1)
    # reduceat over [first, last): where a row is narrower than a bin it shows that bin.
    pairs = np.stack([first, np.minimum(last, len(S) - 1)], axis=1).ravel()
    rows = np.maximum.reduceat(S, pairs, axis=0)[::2]
    return rows, centres
