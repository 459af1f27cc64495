"""Mel-frequency cepstral coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ParameterError
from .decibels import power_to_db
from .mel import mel_spectrogram


def mfcc(y: np.ndarray, *, sr: int, n_mfcc: int = 20, **settings: Any) -> np.ndarray:
    """Cosine transform of the log-mel spectrum: its broad shape in a few numbers.

    Equals ``librosa.feature.mfcc`` (orthonormal DCT-II of mel power in dB, re 1).

    Parameters
    ----------
    y : float, shape (n,) or (c, n)
    sr : Hz
    n_mfcc : coefficients to keep, at most `n_mels`
    **settings : those of `mel_spectrogram`

    Returns
    -------
    float32, shape (..., n_mfcc, t)

    References
    ----------
    S. Davis and P. Mermelstein, Comparison of parametric representations for monosyllabic word
    recognition, IEEE Trans. ASSP 28(4), 1980.
    """
    import librosa

    n_mels = settings.get("n_mels", 128)
    if not (isinstance(n_mfcc, (int, np.integer)) and 1 <= n_mfcc <= n_mels):
        raise ParameterError(f"n_mfcc={n_mfcc!r} must be from 1 to n_mels={n_mels}")
    return librosa.feature.mfcc(S=power_to_db(mel_spectrogram(y, sr=sr, **settings)), n_mfcc=n_mfcc)
