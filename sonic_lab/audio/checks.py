"""Refuse what is no sound, rate or setting, in words, before it reaches a library's depths."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from ..errors import AudioError, ParameterError

MAX_RATE = 768_000
MAX_CHANNELS = 64


def check_rate(sr: Any, *, name: str = "sr") -> int:
    """Return a sample rate as an int, or say what is wrong with it.

    >>> check_rate(44100.0)
    44100
    """
    real = isinstance(sr, numbers.Real) and not isinstance(sr, bool)
    if real and 1 <= sr <= MAX_RATE and float(sr).is_integer():
        return int(sr)
    raise ParameterError(
        f"{name}={sr!r} must be a sample rate in Hz: a whole number from 1 to {MAX_RATE}"
    )


def check_number(value: Any, *, name: str, low: float, high: float, unit: str = "") -> float:
    """Return a setting as a float within [low, high], or say what it must be.

    >>> check_number(3, name="gain_db", low=-120, high=120, unit="dB")
    3.0
    >>> check_number(float("nan"), name="gain_db", low=-120, high=120, unit="dB")
    Traceback (most recent call last):
    sonic_lab.errors.ParameterError: gain_db=nan must be a number from -120 to 120 dB
    """
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        number = float(value)
        if low <= number <= high:  # false for NaN, too
            return number
    raise ParameterError(
        f"{name}={value!r} must be a number from {low:g} to {high:g} {unit}".rstrip()
    )


def check_whole(value: Any, *, name: str, low: int, high: int) -> int:
    """Return a setting as an int within [low, high], or say what it must be.

    >>> check_whole(512, name="hop_length", low=1, high=1024)
    512
    """
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if whole and low <= value <= high:
        return int(value)
    raise ParameterError(f"{name}={value!r} must be a whole number from {low} to {high}")


def check_sound(y: Any, *, min_samples: int = 1, name: str = "y") -> np.ndarray:
    """Return sound as a float32 array of shape (n,) or (c, n), or say what is wrong with it.

    Samples outside [-1, 1] are let through (sums and gains pass there on their way);
    `save` and the players are where full scale is enforced.

    Parameters
    ----------
    y : array of float, shape (n,) or (c, n)
    min_samples : the fewest samples a channel that the caller can work with
    name : what to call the array in an error

    Raises
    ------
    AudioError
        `y` is no float array, has NaN or infinite samples, or is empty, too short, or misshapen.

    Examples
    --------
    >>> check_sound([0.0, 0.5]).dtype
    dtype('float32')
    """
    try:
        sound = np.asarray(y)
    except (ValueError, TypeError) as error:
        raise AudioError(f"{name} must be an array of samples, not {type(y).__name__}") from error
    if sound.dtype.kind in "iu" and sound.size and isinstance(y, np.ndarray):
        raise AudioError(
            f"{name} has dtype {sound.dtype}: sound here is float in [-1, 1]. "
            f"{_cure_for_integers(sound.dtype)}"
        )
    if sound.dtype.kind not in "iuf":
        raise AudioError(f"{name} must hold real numbers, but has dtype {sound.dtype}")
    _check_shape(sound, min_samples=min_samples, name=name)
    with np.errstate(over="ignore"):
        sound = sound.astype(np.float32, copy=False)
    if not np.isfinite(sound).all():
        bad = int(np.size(sound) - np.isfinite(sound).sum())
        raise AudioError(f"{name} has {bad} NaN or infinite samples of {sound.size}")
    return sound


def _cure_for_integers(dtype: np.dtype) -> str:
    if dtype.itemsize > 4:  # no recording is: it came from arithmetic, and its scale is unknown
        return "Divide it by its full scale (32768 where it began as 16 bits)."
    if dtype.kind == "u":  # silence lies in the middle
        middle = (int(np.iinfo(dtype).max) + 1) // 2
        return f"Subtract {middle}, divide by {middle} and convert it to float32."
    return f"Divide it by {int(np.iinfo(dtype).max) + 1} and convert it to float32."


def _check_shape(sound: np.ndarray, *, min_samples: int, name: str) -> None:
    if sound.ndim not in (1, 2):
        raise AudioError(f"{name} has shape {sound.shape}: it must be (n,) or (channels, n)")
    if sound.size == 0:
        raise AudioError(f"{name} is empty: it has shape {sound.shape}")
    if sound.ndim == 2 and sound.shape[0] > MAX_CHANNELS:
        raise AudioError(
            f"{name} has shape {sound.shape}: channels come first, so that is {sound.shape[0]} "
            f"channels; if they are samples, pass {name}.T"
        )
    if sound.shape[-1] < min_samples:
        raise AudioError(
            f"{name} is too short: {sound.shape[-1]} samples, and {min_samples} are needed"
        )
