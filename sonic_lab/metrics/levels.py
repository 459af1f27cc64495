"""Ratios of energies."""

from __future__ import annotations

import numpy as np

from .pairs import check_pair


def snr_db(reference: np.ndarray, changed: np.ndarray) -> float:
    """Signal-to-noise ratio: energy of the reference over that of the difference, all channels.

    Parameters
    ----------
    reference, changed : float arrays of one shape, (n,) or (c, n); the reference is not silent

    Returns
    -------
    dB; inf where the two are equal

    Examples
    --------
    >>> round(snr_db(np.array([1.0, -1.0]), np.array([1.1, -1.1])), 2)
    20.0
    """
    first, second = check_pair(reference, changed)
    return _ratio_db(np.sum(first**2), np.sum((second - first) ** 2))


def si_sdr_db(reference: np.ndarray, changed: np.ndarray) -> float:
    """Scale-invariant signal-to-distortion ratio: as `snr_db`, after the best gain.

    A change of level alone costs nothing. One gain is found for all channels.

    Returns
    -------
    dB; inf where one is the other at another level, -inf where they have nothing in common

    References
    ----------
    J. Le Roux, S. Wisdom, H. Erdogan, J. Hershey, "SDR: half-baked or well done?", ICASSP 2019.

    Examples
    --------
    >>> si_sdr_db(np.array([1.0, -1.0]), np.array([0.5, -0.5]))
    inf
    """
    first, second = check_pair(reference, changed)
    gain = np.sum(first * second) / np.sum(first**2)
    target = gain * first
    return _ratio_db(np.sum(target**2), np.sum((second - target) ** 2))


def _ratio_db(signal: float, noise: float) -> float:
    if noise == 0:
        return float("inf") if signal > 0 else float("-inf")
    return float(10 * np.log10(signal / noise)) if signal > 0 else float("-inf")
