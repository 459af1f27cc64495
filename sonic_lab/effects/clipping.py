"""Too loud for the system: peaks cut off, or bent."""

from __future__ import annotations

import numpy as np

from ..audio import check_number, check_sound
from .parameters import contiguous


def clip(y: np.ndarray, *, threshold_db: float) -> np.ndarray:
    """Cut off what passes a level below the sound's own peak.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    threshold_db : where the cut is, relative to the highest peak, -60 to 0 dB

    Examples
    --------
    >>> clip(np.array([0.5, -0.1, -1.0]), threshold_db=-6.0206).round(3)
    array([ 0.5, -0.1, -0.5], dtype=float32)
    """
    sound = check_sound(y)
    ceiling = _ceiling(sound, threshold_db)
    return contiguous(np.clip(sound, -ceiling, ceiling))


def soft_clip(y: np.ndarray, *, drive_db: float) -> np.ndarray:
    """Bend the peaks as an overdriven valve does: the louder, the less it follows.

    The peak stays where it was; the quiet parts rise by up to `drive_db`.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    drive_db : 0 (nearly straight) to 60 (nearly a square wave) dB
    """
    sound = check_sound(y)
    drive = 10 ** (check_number(drive_db, name="drive_db", low=0, high=60, unit="dB") / 20)
    peak = float(np.abs(sound).max())
    if peak == 0:
        return sound.copy()
    # Steepness: at 0 dB of drive the curve's slope at zero is near 1, and it grows with it.
    return contiguous(peak * np.tanh(sound * (drive / peak)) / np.tanh(drive))


def _ceiling(sound: np.ndarray, threshold_db: float) -> float:
    threshold = check_number(threshold_db, name="threshold_db", low=-60, high=0, unit="dB")
    return float(np.abs(sound).max()) * 10 ** (threshold / 20)
