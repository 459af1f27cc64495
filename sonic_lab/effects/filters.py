"""Let some frequencies through: Butterworth filters and a notch.

They run forwards in time, as a filter in a mixing desk does: nothing sounds before its cause,
and phases are turned near the cutoff.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import scipy.signal

from ..audio import check_number, check_rate, check_sound, check_whole
from ..errors import ParameterError
from .parameters import check_frequency, contiguous


def low_pass(y: np.ndarray, *, sr: int, cutoff_hz: float, order: int = 4) -> np.ndarray:
    """Keep what lies below `cutoff_hz`, where the level has fallen by 3 dB.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    sr : Hz
    cutoff_hz : between 0 and sr / 2
    order : 1 to 16; far above the cutoff the level falls by 6 dB an octave for each
    """
    return _butterworth(y, "lowpass", sr=sr, order=order, cutoff_hz=cutoff_hz)


def high_pass(y: np.ndarray, *, sr: int, cutoff_hz: float, order: int = 4) -> np.ndarray:
    """Keep what lies above `cutoff_hz`, where the level has fallen by 3 dB. As `low_pass` else."""
    return _butterworth(y, "highpass", sr=sr, order=order, cutoff_hz=cutoff_hz)


def band_pass(
    y: np.ndarray, *, sr: int, low_hz: float, high_hz: float, order: int = 4
) -> np.ndarray:
    """Keep what lies between `low_hz` and `high_hz`, where the level has fallen by 3 dB.

    `order` counts the poles at each of the two edges.
    """
    low = check_frequency(low_hz, name="low_hz", sr=check_rate(sr))
    if not low < check_frequency(high_hz, name="high_hz", sr=check_rate(sr)):
        raise ParameterError(f"low_hz={low_hz!r} must lie below high_hz={high_hz!r}")
    return _butterworth(y, "bandpass", sr=sr, order=order, low_hz=low_hz, high_hz=high_hz)


def notch(y: np.ndarray, *, sr: int, center_hz: float, q: float = 30.0) -> np.ndarray:
    """Remove one frequency and little beside it.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    sr : Hz
    center_hz : the frequency to remove, between 0 and sr / 2
    q : `center_hz` over the width in Hz between the -3 dB points, 0.1 to 1000
    """
    sound, rate = check_sound(y), check_rate(sr)
    center = check_frequency(center_hz, name="center_hz", sr=rate)
    width = check_number(q, name="q", low=0.1, high=1000)
    b, a = scipy.signal.iirnotch(center, width, fs=rate)
    return filtered(sound, np.concatenate([b, a])[np.newaxis])


def filtered(sound: np.ndarray, sos: np.ndarray) -> np.ndarray:
    """Run second-order sections over each channel, in float64, as low cutoffs need."""
    return contiguous(scipy.signal.sosfilt(sos, sound.astype(np.float64), axis=-1))


def _butterworth(
    y: np.ndarray,
    kind: Literal["lowpass", "highpass", "bandpass"],
    *,
    sr: int,
    order: int,
    **edges_hz: float,
) -> np.ndarray:
    sound, rate = check_sound(y), check_rate(sr)
    poles = check_whole(order, name="order", low=1, high=16)
    edges = [check_frequency(value, name=name, sr=rate) for name, value in edges_hz.items()]
    wanted = edges if kind == "bandpass" else edges[0]
    sos = scipy.signal.butter(poles, wanted, btype=kind, fs=rate, output="sos")
    return filtered(sound, sos)
