"""Lay one sound over another at a ratio that was asked for."""

from __future__ import annotations

import numpy as np

from ..audio import check_number, check_sound, to_mono
from ..errors import AudioError
from .parameters import contiguous


def mix(y: np.ndarray, other: np.ndarray, *, snr_db: float) -> np.ndarray:
    """Add `other` so that its power lies `snr_db` below the power of `y`.

    `other` is repeated or cut to the length of `y`, averaged to mono where `y` is mono, and
    copied to every channel where only `y` has several. Both must have the same sample rate.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n), not silent
    other : float array, shape (m,) or (c, m), not silent in the part that is heard
    snr_db : power of `y` over power of what is added, -100 to 100 dB

    Raises
    ------
    AudioError
        One of them is no sound or is silent, or the channels cannot be matched.

    Examples
    --------
    >>> mixed = mix(np.ones(8), np.array([1.0, -1.0]), snr_db=20)
    >>> mixed.round(2)
    array([1.1, 0.9, 1.1, 0.9, 1.1, 0.9, 1.1, 0.9], dtype=float32)
    """
    ratio = check_number(snr_db, name="snr_db", low=-100, high=100, unit="dB")
    sound, added = check_sound(y), _fit(check_sound(other, name="other"), check_sound(y))
    power, added_power = _power(sound), _power(added)
    if power == 0 or added_power == 0:
        silent = "y" if power == 0 else "other"
        raise AudioError(f"{silent} is silent: no signal-to-noise ratio of {ratio:g} dB exists")
    scale = np.sqrt(power / added_power / 10 ** (ratio / 10))
    return contiguous(sound + scale * added.astype(np.float64))


def _fit(other: np.ndarray, sound: np.ndarray) -> np.ndarray:
    if sound.ndim == 1:
        other = to_mono(other)
    elif other.ndim == 1:
        other = np.broadcast_to(other, (sound.shape[0], other.shape[-1]))
    elif other.shape[0] != sound.shape[0]:
        raise AudioError(
            f"other has {other.shape[0]} channels and y has {sound.shape[0]}: pass as many, or one"
        )
    n = sound.shape[-1]
    repeats = -(-n // other.shape[-1])
    return np.tile(other, repeats)[..., :n] if repeats > 1 else other[..., :n]


def _power(y: np.ndarray) -> float:
    return float(np.mean(np.square(y, dtype=np.float64)))
