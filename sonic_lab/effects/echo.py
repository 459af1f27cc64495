"""One reflection, a while later."""

from __future__ import annotations

import numpy as np

from ..audio import check_number, check_rate, check_sound
from .parameters import contiguous


def echo(y: np.ndarray, *, sr: int, delay_ms: float = 120.0, level_db: float = -6.0) -> np.ndarray:
    """Add the sound to itself once, `delay_ms` later and `level_db` louder (so quieter, below 0).

    The length stays: what of the echo would come after the end is cut.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    sr : Hz
    delay_ms : 0 to 10000 ms, rounded to whole samples
    level_db : -120 to 20 dB

    Examples
    --------
    >>> echo(np.array([1.0, 0, 0]), sr=1000, delay_ms=2, level_db=-20).round(3)
    array([1. , 0. , 0.1], dtype=float32)
    """
    sound, rate = check_sound(y), check_rate(sr)
    delay = round(
        check_number(delay_ms, name="delay_ms", low=0, high=10_000, unit="ms") * rate / 1000
    )
    level = 10 ** (check_number(level_db, name="level_db", low=-120, high=20, unit="dB") / 20)
    out = sound.copy()
    out[..., delay:] += np.float32(level) * sound[..., : max(0, sound.shape[-1] - delay)]
    return contiguous(out)
