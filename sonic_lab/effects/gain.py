"""Louder, quieter, upside down, and trembling."""

from __future__ import annotations

import numpy as np

from ..audio import check_number, check_rate, check_sound
from .parameters import contiguous


def gain(y: np.ndarray, *, gain_db: float) -> np.ndarray:
    """Multiply every sample, so that the level rises by `gain_db` (and falls, if negative).

    >>> gain(np.array([0.1, -0.2]), gain_db=20).round(4).tolist()
    [1.0, -2.0]
    """
    level = check_number(gain_db, name="gain_db", low=-120, high=120, unit="dB")
    return contiguous(check_sound(y) * np.float32(10 ** (level / 20)))


def invert(y: np.ndarray) -> np.ndarray:
    """Turn the polarity round. It sounds the same, and cancels the original when added to it."""
    return contiguous(-check_sound(y))


def tremolo(y: np.ndarray, *, sr: int, rate_hz: float = 4.0, depth_db: float = 6.0) -> np.ndarray:
    """Let the level swing between 0 and -`depth_db`, `rate_hz` times a second, starting at 0.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    sr : Hz
    rate_hz : swings a second, from 0.01 to 50
    depth_db : how far the level falls, 0 to 60 dB; the swing is a sine in decibels
    """
    sound, rate = check_sound(y), check_rate(sr)
    swings = check_number(rate_hz, name="rate_hz", low=0.01, high=50, unit="Hz")
    depth = check_number(depth_db, name="depth_db", low=0, high=60, unit="dB")
    time_s = np.arange(sound.shape[-1]) / rate
    level_db = -depth * (1 - np.cos(2 * np.pi * swings * time_s)) / 2
    return contiguous(sound * 10 ** (level_db / 20))
