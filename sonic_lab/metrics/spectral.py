"""How far two spectrograms lie apart."""

from __future__ import annotations

import numpy as np

from ..features import power_spectrogram
from .pairs import check_pair

_RANGE_DB = 80.0


def log_spectral_distance_db(
    reference: np.ndarray,
    changed: np.ndarray,
    *,
    sr: int,
    n_fft: int = 2048,
    hop_length: int = 512,
) -> float:
    """Log-spectral distance: the RMS difference in dB over each frame's bins, then the mean.

    Levels more than 80 dB below the reference's highest are raised to there first, so that what
    nobody hears does not decide.

    Parameters
    ----------
    reference, changed : float arrays of one shape, (n,) or (c, n), with n >= n_fft
    sr : Hz
    n_fft, hop_length : of the STFT, samples

    Returns
    -------
    dB, 0 where the power spectra are equal

    References
    ----------
    A. Gray, J. Markel, "Distance measures for speech processing", IEEE Trans. Acoustics, Speech
    and Signal Processing 24(5), 1976.
    """
    first, second = check_pair(reference, changed, min_samples=n_fft)
    powers = [
        power_spectrogram(one.astype(np.float32), sr=sr, n_fft=n_fft, hop_length=hop_length)
        for one in (first, second)
    ]
    floor = powers[0].max() * 10 ** (-_RANGE_DB / 10)
    before, after = (10 * np.log10(np.maximum(power, floor)) for power in powers)
    # (..., F, T): over the bins of a frame first, then over frames and channels.
    return float(np.mean(np.sqrt(np.mean((after - before) ** 2, axis=-2))))
