"""The short-time Fourier transform, there and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..audio import check_rate, check_sound, check_whole
from ..errors import AudioError, ParameterError

WINDOWS = ("hann", "hamming", "blackman", "blackmanharris", "boxcar", "bartlett")
_MAX_N_FFT = 2**17


def check_window(window: Any) -> str:
    """Return the name of a window, or name the ones there are.

    >>> check_window("hann")
    'hann'
    """
    if isinstance(window, str) and window in WINDOWS:
        return window
    raise ParameterError(f"window={window!r} must be one of {', '.join(WINDOWS)}")


def check_stft(n_fft: Any, hop_length: Any, win_length: Any, window: Any) -> dict[str, Any]:
    """Return STFT settings that work together, as keywords for librosa."""
    size = check_whole(n_fft, name="n_fft", low=2, high=_MAX_N_FFT)
    hop = check_whole(hop_length, name="hop_length", low=1, high=2**20)
    length = size if win_length is None else win_length
    return {
        "n_fft": size,
        "hop_length": hop,
        "win_length": check_whole(length, name="win_length", low=1, high=size),
        "window": check_window(window),
    }


def check_overlap(settings: dict[str, Any]) -> None:
    """Refuse hops and windows that lose samples: the nonzero overlap-add condition of NOLA."""
    from scipy.signal import check_NOLA

    length, hop = settings["win_length"], settings["hop_length"]
    if hop > length or not check_NOLA(settings["window"], length, length - hop):
        raise ParameterError(
            f"hop_length={hop} is too long for a {settings['window']} window of {length} "
            "samples: what lies between two frames is lost. Use a hop of at most half the window."
        )


def stft(
    y: np.ndarray,
    *,
    n_fft: int = 2048,
    hop_length: int = 512,
    win_length: int | None = None,
    window: str = "hann",
    center: bool = True,
) -> np.ndarray:
    """Short-time Fourier transform: how the spectrum moves.

    Parameters
    ----------
    y : float, shape (n,) or (c, n), with n >= n_fft
    n_fft : samples a frame, and the size of its FFT
    hop_length : samples from one frame to the next
    win_length : samples that the window covers, at most `n_fft` (the default)
    window : one of `WINDOWS`, in its periodic form
    center : put frame t around sample ``t * hop_length``, with zeros beyond both ends

    Returns
    -------
    complex64, shape (..., 1 + n_fft // 2, t), with t = 1 + n // hop_length when centred

    Raises
    ------
    AudioError, ParameterError
        The sound is not usable or shorter than a frame, or a setting cannot work.

    Examples
    --------
    >>> stft(np.zeros(22050)).shape
    (1025, 44)
    """
    import librosa

    settings = check_stft(n_fft, hop_length, win_length, window)
    sound = _long_enough(y, n_fft=settings["n_fft"])
    return librosa.stft(sound, center=center, **settings)


def istft(
    D: np.ndarray,
    *,
    n_fft: int | None = None,
    hop_length: int = 512,
    win_length: int | None = None,
    window: str = "hann",
    center: bool = True,
    length: int | None = None,
) -> np.ndarray:
    """Inverse of `stft`, by weighted overlap-add (Griffin and Lim 1984, equation 6).

    Parameters
    ----------
    D : complex, shape (..., 1 + n_fft // 2, t)
    n_fft : as it was in `stft`; None takes the even one that fits the rows of `D`
    hop_length, win_length, window, center : as they were in `stft`
    length : samples to return; None gives as many as the frames cover

    Returns
    -------
    float32, shape (..., n)

    Raises
    ------
    ParameterError
        The hops leave samples that no frame covers, or that a window multiplies by zero in every
        frame, so that there is no way back; or `n_fft` does not fit `D`.

    Examples
    --------
    >>> y = np.sin(np.arange(8192) / 10).astype(np.float32)
    >>> bool(np.abs(istft(stft(y), length=len(y)) - y).max() < 1e-6)
    True
    """
    import librosa

    frames = _check_frames(D)
    rows = frames.shape[-2]
    settings = check_stft(
        2 * (rows - 1) if n_fft is None else n_fft, hop_length, win_length, window
    )
    if 1 + settings["n_fft"] // 2 != rows:
        raise ParameterError(f"n_fft={n_fft} has {1 + settings['n_fft'] // 2} rows; D has {rows}")
    check_overlap(settings)
    if length is not None:
        length = check_whole(length, name="length", low=1, high=2**31)
    # In double precision: the rounding of a thousand overlapped frames stays below 1e-6.
    y = librosa.istft(
        frames.astype(np.complex128), center=center, length=length, **settings, dtype=np.float64
    )
    return y.astype(np.float32)


def power_spectrogram(
    y: np.ndarray,
    *,
    sr: int,
    n_fft: int = 2048,
    hop_length: int = 512,
    win_length: int | None = None,
    window: str = "hann",
    center: bool = True,
) -> np.ndarray:
    """Squared magnitude of the STFT, float32, shape (..., 1 + n_fft // 2, t).

    Row k stands for the frequency ``k * sr / n_fft`` Hz. Settings and errors as in `stft`.
    """
    check_rate(sr)
    D = stft(
        y,
        n_fft=n_fft,
        hop_length=hop_length,
        win_length=win_length,
        window=window,
        center=center,
    )
    return D.real**2 + D.imag**2


def _long_enough(y: Any, *, n_fft: int) -> np.ndarray:
    sound = check_sound(y)
    if sound.shape[-1] < n_fft:
        raise AudioError(
            f"y is too short: {sound.shape[-1]} samples, and a frame takes n_fft={n_fft}. "
            "Use a smaller n_fft or a longer sound."
        )
    return sound


def _check_frames(D: Any) -> np.ndarray:
    frames = np.asarray(D)
    if frames.dtype.kind not in "fc" or frames.ndim < 2 or min(frames.shape) < 1:
        raise AudioError(
            f"D has shape {frames.shape} and dtype {frames.dtype}: it must be a complex STFT "
            "of shape (..., 1 + n_fft // 2, frames)"
        )
    if frames.shape[-2] < 2:
        raise AudioError(f"D has {frames.shape[-2]} frequency rows: an STFT has at least 2")
    if not np.isfinite(frames).all():
        raise AudioError("D has NaN or infinite values")
    return frames
