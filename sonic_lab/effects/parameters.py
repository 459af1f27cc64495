"""Check an effect's settings before any sound is touched."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from ..errors import ParameterError


def check_frequency(value: Any, *, name: str, sr: int) -> float:
    """Return a frequency in Hz that lies between zero and half the sample rate.

    >>> check_frequency(9000, name="cutoff_hz", sr=16000)
    Traceback (most recent call last):
    sonic_lab.errors.ParameterError: cutoff_hz=9000 must lie between 0 and 8000 Hz, half of sr=16000
    """
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        frequency = float(value)
        if 0 < frequency < sr / 2:
            return frequency
    raise ParameterError(f"{name}={value!r} must lie between 0 and {sr / 2:g} Hz, half of sr={sr}")


def contiguous(y: np.ndarray) -> np.ndarray:
    """Return sound as float32 that owns its samples, however an effect computed it."""
    return np.ascontiguousarray(y, dtype=np.float32)
