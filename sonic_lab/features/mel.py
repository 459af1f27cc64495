"""The mel scale, its filterbank, and spectrograms on it."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np

from ..audio import check_rate, check_whole
from ..errors import ParameterError
from .decibels import power_to_db
from .spectrum import check_stft, power_spectrogram

_MAX_N_MELS = 1024


def hz_to_mel(frequencies: Any, *, htk: bool = False) -> np.ndarray:
    """Frequency in Hz to mel, after Slaney's Auditory Toolbox (1998) or HTK.

    >>> float(hz_to_mel(1000.0).round(6))
    15.0
    """
    import librosa

    return librosa.hz_to_mel(_check_positive(frequencies, name="frequencies"), htk=htk)


def mel_to_hz(mels: Any, *, htk: bool = False) -> np.ndarray:
    """Inverse of `hz_to_mel`.

    >>> float(mel_to_hz(15.0).round(6))
    1000.0
    """
    import librosa

    return librosa.mel_to_hz(_check_positive(mels, name="mels"), htk=htk)


def check_mel(sr: int, n_mels: Any, fmin: Any, fmax: Any) -> dict[str, Any]:
    """Return mel settings that work together, as keywords for librosa."""
    bands = check_whole(n_mels, name="n_mels", low=1, high=_MAX_N_MELS)
    nyquist = sr / 2
    top = nyquist if fmax is None else fmax
    if not (np.isreal(fmin) and np.isreal(top) and 0 <= fmin < top <= nyquist):
        raise ParameterError(
            f"fmin={fmin} and fmax={fmax} must satisfy 0 <= fmin < fmax <= sr/2 = {nyquist:g} Hz"
        )
    return {"n_mels": bands, "fmin": float(fmin), "fmax": float(top)}


def mel_filterbank(
    *,
    sr: int,
    n_fft: int = 2048,
    n_mels: int = 128,
    fmin: float = 0.0,
    fmax: float | None = None,
    htk: bool = False,
    norm: Literal["slaney"] | None = "slaney",
) -> np.ndarray:
    """Triangular mel filters, float32, shape (n_mels, 1 + n_fft // 2).

    With many bands and a short FFT the lowest triangles fall between two bins and stay empty;
    `Resolution.empty_bands` counts them.

    Parameters
    ----------
    sr : Hz
    n_fft : size of the FFT
    n_mels : number of bands
    fmin, fmax : where the lowest band begins and the highest ends, Hz; None is sr/2
    htk : HTK's mel formula in place of Slaney's
    norm : ``"slaney"`` scales each triangle to unit area, None leaves unit peaks

    References
    ----------
    M. Slaney, Auditory Toolbox: Version 2, Interval Research TR 1998-010.
    S. Young et al., The HTK Book, section 5.6.
    """
    import librosa

    rate = check_rate(sr)
    size = check_stft(n_fft, 1, None, "hann")["n_fft"]
    if norm not in (None, "slaney"):
        raise ParameterError(f"norm={norm!r} must be 'slaney' or None")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Empty filters detected")
        return librosa.filters.mel(
            sr=rate, n_fft=size, htk=htk, norm=norm, **check_mel(rate, n_mels, fmin, fmax)
        )


def mel_spectrogram(
    y: np.ndarray,
    *,
    sr: int,
    n_fft: int = 2048,
    hop_length: int = 512,
    win_length: int | None = None,
    window: str = "hann",
    center: bool = True,
    n_mels: int = 128,
    fmin: float = 0.0,
    fmax: float | None = None,
    htk: bool = False,
) -> np.ndarray:
    """Power in mel bands, float32, shape (..., n_mels, t).

    The STFT's settings are those of `stft`, the bands' those of `mel_filterbank`.

    >>> mel_spectrogram(np.zeros(22050), sr=22050).shape
    (128, 44)
    """
    bank = mel_filterbank(sr=sr, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax, htk=htk)
    S = power_spectrogram(
        y,
        sr=sr,
        n_fft=n_fft,
        hop_length=hop_length,
        win_length=win_length,
        window=window,
        center=center,
    )
    return np.matmul(bank, S)  # (M, F) @ (..., F, T) -> (..., M, T)


def log_mel(y: np.ndarray, *, sr: int, top_db: float | None = 80.0, **settings: Any) -> np.ndarray:
    """Log-mel spectrogram in dB below its loudest value: what most audio networks are fed.

    Equals ``librosa.power_to_db(librosa.feature.melspectrogram(...), ref=np.max)``.

    Parameters
    ----------
    y : float, shape (n,) or (c, n)
    sr : Hz
    top_db : nothing lies further than this below the loudest value
    **settings : those of `mel_spectrogram`

    Returns
    -------
    float32, shape (..., n_mels, t), at most 0

    Examples
    --------
    >>> log_mel(np.sin(np.arange(22050) / 10), sr=22050).shape
    (128, 44)
    """
    return power_to_db(mel_spectrogram(y, sr=sr, **settings), ref=np.max, top_db=top_db)


def _check_positive(values: Any, *, name: str) -> np.ndarray:
    numbers = np.asarray(values)
    if numbers.dtype.kind not in "iuf" or not np.isfinite(numbers).all() or (numbers < 0).any():
        raise ParameterError(f"{name}={values!r} must be finite and not negative")
    return numbers.astype(float)
