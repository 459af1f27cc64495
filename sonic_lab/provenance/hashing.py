"""What a file says of itself: its hashes and the shape of its sound."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import audio
from ..errors import SonicLabError
from .fingerprint import Fingerprint, fingerprint


@dataclass(frozen=True)
class Facts:
    """What was read from one sound file, or why nothing was.

    Attributes
    ----------
    sha256 : of the file; empty where it cannot be read
    samples_sha256 : of its samples as 16-bit integers
    duration_s, sr, channels : of its sound
    acoustic : its acoustic fingerprint, where one was asked for
    error : why it could not be read or decoded; else empty
    """

    sha256: str = ""
    samples_sha256: str = ""
    duration_s: float = 0.0
    sr: int = 0
    channels: int = 0
    acoustic: Fingerprint | None = None
    error: str = ""


def samples_hash(y: np.ndarray) -> str:
    """Hash sound as 16-bit integers, little-endian, channels interleaved.

    Two files with the same hash sound the same to 16 bits, whatever their format or tags.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)

    Examples
    --------
    >>> from sonic_lab import clips
    >>> samples_hash(clips.load("trumpet")[0]) == clips.info("trumpet").samples_sha256
    True
    """
    sound = audio.check_sound(y)
    whole = np.clip(np.round(sound * np.float32(32768)), -32768, 32767).astype("<i2")
    return hashlib.sha256(np.ascontiguousarray(whole.T).tobytes()).hexdigest()


def facts_of(path: str | Path, *, decode: bool = True, prints: bool = False) -> Facts:
    """Read one file and say what it is. Never raises: what went wrong is in `error`.

    Parameters
    ----------
    path : a sound file
    decode : read the sound too, not the bytes alone
    prints : take the acoustic fingerprint; only with `decode`
    """
    file = Path(path)
    try:
        data = file.read_bytes()
    except OSError as error:
        return Facts(error=f"cannot be read: {error.strerror or error}")
    sha256 = hashlib.sha256(data).hexdigest()
    if not decode:
        return Facts(sha256=sha256)
    try:
        y, sr = audio.decode(data, mono=False, name=file.name)
        print_ = fingerprint(y, sr=sr) if prints else None
    except SonicLabError as error:
        return Facts(sha256=sha256, error=str(error))
    channels = 1 if y.ndim == 1 else len(y)
    return Facts(sha256, samples_hash(y), y.shape[-1] / sr, sr, channels, print_)
