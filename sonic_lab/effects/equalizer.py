"""Raise or lower a range of frequencies: the three equalizers of every mixing desk.

References
----------
R. Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients"
(W3C Working Group Note, 2021). The names `w0`, `alpha` and `A` below are his.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..audio import check_number, check_rate, check_sound
from .filters import filtered
from .parameters import check_frequency

Number = Any  # a float, or a float array of any shape


def peak(y: np.ndarray, *, sr: int, center_hz: float, gain_db: float, q: float = 1.0) -> np.ndarray:
    """Raise (or lower) the level around `center_hz` by `gain_db`, far away by nothing.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    sr : Hz
    center_hz : where the gain is `gain_db`, between 0 and sr / 2
    gain_db : -40 to 40 dB
    q : `center_hz` over the bandwidth in Hz, measured where half of `gain_db` is reached
    """
    sound, A, w0 = _checked(y, sr=sr, gain_db=gain_db, center_hz=center_hz)
    return _run(sound, *peak_section(A, w0, check_number(q, name="q", low=0.05, high=100)))


def low_shelf(y: np.ndarray, *, sr: int, corner_hz: float, gain_db: float) -> np.ndarray:
    """Raise (or lower) everything well below `corner_hz` by `gain_db`.

    At `corner_hz` the gain is half of `gain_db`; the slope is the steepest with no overshoot.
    """
    sound, A, w0 = _checked(y, sr=sr, gain_db=gain_db, corner_hz=corner_hz)
    return _run(sound, *shelf_section(A, np.cos(w0), np.sin(w0), side=1))


def high_shelf(y: np.ndarray, *, sr: int, corner_hz: float, gain_db: float) -> np.ndarray:
    """Raise (or lower) everything well above `corner_hz` by `gain_db`. As `low_shelf` else."""
    sound, A, w0 = _checked(y, sr=sr, gain_db=gain_db, corner_hz=corner_hz)
    return _run(sound, *shelf_section(A, np.cos(w0), np.sin(w0), side=-1))


def peak_section(A: Number, w0: Number, q: Number) -> tuple[list[Number], list[Number]]:
    """Give b and a of a peak, for one filter or for an array of them."""
    alpha, cos = np.sin(w0) / (2 * q), np.cos(w0)
    b = [1 + alpha * A, -2 * cos, 1 - alpha * A]
    a = [1 + alpha / A, -2 * cos, 1 - alpha / A]
    return b, a


def shelf_section(
    A: Number, cos: Number, sin: Number, *, side: int
) -> tuple[list[Number], list[Number]]:
    """Give b and a of a shelf. The high one (side = -1) is the low one mirrored in frequency.

    Mirroring puts -z for z: the cosine changes sign, and so do the odd coefficients.
    """
    cos = side * cos
    root = np.sqrt(2 * A) * sin  # 2 sqrt(A) alpha, with the shelf slope S = 1
    up, down = A + 1, A - 1
    b = [
        A * (up - down * cos + root),
        side * 2 * A * (down - up * cos),
        A * (up - down * cos - root),
    ]
    a = [up + down * cos + root, side * -2 * (down + up * cos), up + down * cos - root]
    return b, a


def _checked(
    y: np.ndarray, *, sr: int, gain_db: float, **frequency_hz: float
) -> tuple[np.ndarray, float, float]:
    sound, rate = check_sound(y), check_rate(sr)
    [(name, value)] = frequency_hz.items()
    hertz = check_frequency(value, name=name, sr=rate)
    level = check_number(gain_db, name="gain_db", low=-40, high=40, unit="dB")
    return sound, 10 ** (level / 40), 2 * np.pi * hertz / rate


def _run(sound: np.ndarray, b: list[float], a: list[float]) -> np.ndarray:
    return filtered(sound, np.array([b + a]) / a[0])
