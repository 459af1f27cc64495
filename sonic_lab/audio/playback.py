"""Make sound safe to play: whatever comes in, nobody's ears are startled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import AudioError
from .checks import check_rate, check_sound
from .levels import CEILING_DB
from .rates import resample, to_mono

RMS_CEILING_DB = -14.0  # noise at full scale is legal in a file and painful in headphones
RATES = (8_000, 96_000)  # what every browser must accept in an AudioBuffer
BLOCK_S = 0.4


@dataclass(frozen=True)
class Playback:
    """Sound as a player takes it.

    Attributes
    ----------
    pcm : samples as little-endian int16, channels interleaved
    sr : Hz, within what browsers accept
    channels : 1 or 2
    samples : samples a channel
    gain_db : what the sound was turned down by, dB, at most 0
    """

    pcm: bytes
    sr: int
    channels: int
    samples: int
    gain_db: float


def for_playback(
    sounds: Sequence[np.ndarray], *, sr: int, at_most_db: float = 0.0
) -> list[Playback]:
    """Prepare sounds that are to be compared: all get the same gain, so differences stay true.

    The gain, never above 0 dB, holds every peak at -1 dBFS and the loudest 0.4 s at -14 dBFS RMS.

    Parameters
    ----------
    sounds : float arrays of shape (n,) or (c, n); more than two channels are averaged
    sr : Hz; rates that a browser would refuse are converted
    at_most_db : dB that the gain does not pass: that of a sound which was prepared before, and
        which these are compared with

    Returns
    -------
    One `Playback` a sound, in order

    Examples
    --------
    >>> round(for_playback([np.full(8000, 0.5)], sr=8000)[0].gain_db, 1)
    -8.0
    """
    rate = check_rate(sr)
    if not sounds:
        raise AudioError("there is no sound to play")
    target = int(np.clip(rate, *RATES))
    ready = [resample(narrow(y), orig_sr=rate, target_sr=target) for y in sounds]
    gain_db = min(0.0, at_most_db, *(headroom_db(y, target) for y in ready))
    return [_pack(y, target, gain_db) for y in ready]


def narrow(y: np.ndarray) -> np.ndarray:
    """Check a sound and leave it at most two channels."""
    sound = check_sound(y)
    return to_mono(sound) if sound.ndim == 2 and len(sound) > 2 else sound


def headroom_db(y: np.ndarray, sr: int) -> float:
    """How far the gain may go up before a ceiling is touched, dB."""
    peak = max(float(y.max()), -float(y.min()))
    block = max(1, min(int(BLOCK_S * sr), y.shape[-1]))
    power = np.square(y, dtype=np.float64)
    energy = np.cumsum(power if power.ndim == 1 else power.max(axis=0))
    windows = energy[block - 1 :].copy()
    windows[1:] -= energy[:-block]
    rms = np.sqrt(max(float(windows.max()), 0.0) / block)
    with np.errstate(divide="ignore"):
        room = min(CEILING_DB - 20 * np.log10(peak), RMS_CEILING_DB - 20 * np.log10(rms))
    return float(room)


def _pack(y: np.ndarray, sr: int, gain_db: float) -> Playback:
    scaled = np.multiply(np.atleast_2d(y), 32767 * 10 ** (gain_db / 20), dtype=np.float64)  # (c, n)
    pcm = scaled.astype("<i2")  # towards zero, so the ceiling holds
    channels, samples = pcm.shape
    return Playback(pcm.T.tobytes(), sr, channels, samples, gain_db)
