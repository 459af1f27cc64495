"""How loud a sound is, and how to keep it from being too loud."""

from __future__ import annotations

import math
import numbers
from typing import Any

import numpy as np

from ..errors import AudioError, ParameterError
from ..optional import need
from .checks import check_rate, check_sound
from .rates import resample

CEILING_DB = -1.0  # what a player may reach at most, in dBFS
_BLOCK_S = 0.4  # the gating block of ITU-R BS.1770
_LOWEST_RATE = 8000  # its filters reach up to 1.7 kHz and bend where that nears half the rate


def peak_db(y: np.ndarray) -> float:
    """Peak sample level in dBFS: 0 is full scale, and silence is -inf.

    >>> round(peak_db(np.array([0.0, -0.5])), 2)
    -6.02
    """
    peak = float(np.abs(check_sound(y)).max())
    return float(20 * np.log10(peak)) if peak > 0 else float("-inf")


def limit(y: np.ndarray, *, ceiling_db: float = CEILING_DB) -> np.ndarray:
    """Turn the whole sound down, if need be, so that no sample exceeds `ceiling_db`.

    One gain for every sample, so nothing is distorted; what is quiet enough already comes back
    as it was.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    ceiling_db : highest peak, dBFS, at most 0

    Examples
    --------
    >>> round(peak_db(limit(np.array([0.0, 4.0]))), 2)
    -1.0
    """
    sound = check_sound(y)
    if not _is_number(ceiling_db) or ceiling_db > 0:
        raise ParameterError(f"ceiling_db={ceiling_db!r} must be a number of dBFS, at most 0")
    ceiling = 10 ** (ceiling_db / 20)
    peak = float(np.abs(sound).max())
    if peak <= ceiling:
        return sound.copy()
    # In float64, since the gain for a peak near the largest float32 would round to nothing.
    limited = (sound.astype(np.float64) * (ceiling / peak)).astype(np.float32)
    return np.clip(limited, -ceiling, ceiling, dtype=np.float32)


def loudness(y: np.ndarray, *, sr: int) -> float:
    """Integrated loudness in LUFS, as broadcasters measure it. Silence is -inf.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n) with at most five channels, at least 0.4 s long
    sr : Hz; below 8000 the sound is resampled to 8000 first, where the ear's curve still fits

    Raises
    ------
    AudioError
        The sound is shorter than one measuring block of 0.4 s, or has too many channels.
    MissingDependencyError
        pyloudnorm is not installed.

    References
    ----------
    ITU-R BS.1770-4, Algorithms to measure audio programme loudness (2015).
    """
    rate = check_rate(sr)
    sound = check_sound(y, min_samples=int(np.ceil(_BLOCK_S * rate)) + 1)
    if sound.ndim == 2 and sound.shape[0] > 5:
        raise AudioError(f"loudness is defined for one to five channels, not {sound.shape[0]}")
    if rate < _LOWEST_RATE:
        sound, rate = resample(sound, orig_sr=rate, target_sr=_LOWEST_RATE), _LOWEST_RATE
    meter = need("pyloudnorm", extra="loudness").Meter(rate, block_size=_BLOCK_S)
    with np.errstate(divide="ignore"):  # the logarithm of silence is -inf, and that is the answer
        return float(meter.integrated_loudness(sound.T.astype(np.float64)))


def match_loudness(y: np.ndarray, *, sr: int, lufs: float = -23.0) -> np.ndarray:
    """Bring a sound to a loudness, without letting its peak pass -1 dBFS.

    Where the peak is in the way the sound stays a little quieter than asked. Silence comes
    back as silence.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n), at least 0.4 s
    sr : Hz
    lufs : the loudness to reach; -23 is the level of European broadcasting (EBU R 128)
    """
    if not _is_number(lufs) or not -70 <= lufs <= 0:
        raise ParameterError(f"lufs={lufs!r} must lie between -70 and 0")
    sound = check_sound(y)
    now = loudness(sound, sr=sr)
    if not np.isfinite(now):
        return sound.copy()
    return limit(sound * np.float32(10 ** ((lufs - now) / 20)))


def _is_number(value: Any) -> bool:
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return real and math.isfinite(value)
