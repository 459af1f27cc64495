"""Compression of dynamics: what is loud is turned down, after a moment, by itself."""

from __future__ import annotations

import numpy as np

from ..audio import check_number, check_rate, check_sound
from .parameters import contiguous

_BLOCK_S = 0.001  # the level is watched and the gain set once a millisecond


def compress(
    y: np.ndarray,
    *,
    sr: int,
    threshold_db: float = -24.0,
    ratio: float = 4.0,
    attack_ms: float = 5.0,
    release_ms: float = 100.0,
    knee_db: float = 6.0,
    makeup_db: float = 0.0,
) -> np.ndarray:
    """Turn down what passes a level: every `ratio` dB above it become one.

    All channels get the same gain, that of the loudest, so a stereo image does not wander.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    sr : Hz
    threshold_db : the level, in dBFS of peak, -100 to 0
    ratio : 1 (nothing happens) to 1000 (a limiter, though not one that no peak can pass)
    attack_ms, release_ms : time constants of the gain on its way down, and back; 1 to 10000 ms
    knee_db : width of the bend at the threshold, 0 to 40 dB
    makeup_db : gain afterwards, -60 to 60 dB

    References
    ----------
    D. Giannoulis, M. Massberg, J. Reiss, "Digital dynamic range compressor design", J. Audio
    Eng. Soc. 60(6), 2012: the gain computer of equation 4 and the smooth, branching detector of
    equation 16.
    """
    sound, rate = check_sound(y), check_rate(sr)
    threshold = check_number(threshold_db, name="threshold_db", low=-100, high=0, unit="dB")
    slope = 1 - 1 / check_number(ratio, name="ratio", low=1, high=1000)
    attack = check_number(attack_ms, name="attack_ms", low=1, high=10_000, unit="ms") / 1000
    release = check_number(release_ms, name="release_ms", low=1, high=10_000, unit="ms") / 1000
    knee = check_number(knee_db, name="knee_db", low=0, high=40, unit="dB")
    makeup = check_number(makeup_db, name="makeup_db", low=-60, high=60, unit="dB")
    block = max(1, round(_BLOCK_S * rate))
    reduction = _overshoot_db(_block_peaks_db(sound, block), threshold, knee) * slope
    smooth = _follow(reduction, attack=attack, release=release, step=block / rate)
    centres = (np.arange(len(smooth)) + 0.5) * block
    gain_db = makeup - np.interp(np.arange(sound.shape[-1]), centres, smooth)
    return contiguous(sound * 10 ** (gain_db / 20))


def _block_peaks_db(sound: np.ndarray, block: int) -> np.ndarray:
    loudest = np.abs(np.atleast_2d(sound)).max(axis=0)
    padded = np.pad(loudest, (0, -len(loudest) % block))
    return 20 * np.log10(padded.reshape(-1, block).max(axis=1).astype(np.float64) + 1e-12)


def _overshoot_db(level_db: np.ndarray, threshold: float, knee: float) -> np.ndarray:
    """By how much a level passes the threshold: a straight line, with a parabola for a knee."""
    over = level_db - threshold
    if knee == 0:
        return np.maximum(over, 0)
    bend = np.clip(over + knee / 2, 0, knee) ** 2 / (2 * knee)
    return np.where(over > knee / 2, over, bend)


def _follow(target: np.ndarray, *, attack: float, release: float, step: float) -> np.ndarray:
    """Go after `target` with one time constant on the way up, another on the way down."""
    up, down = np.exp(-step / attack), np.exp(-step / release)
    out, now = np.empty_like(target), 0.0
    for i, aim in enumerate(target.tolist()):  # floats of Python: NumPy's are slow one by one
        keep = up if aim > now else down
        now = keep * now + (1 - keep) * aim
        out[i] = now
    return out
