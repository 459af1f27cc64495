"""Read a bundled clip, after checking that it is the file the catalogue describes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from .. import audio
from ..errors import AudioFileError
from . import listing


def path(name: str) -> Path:
    """Say where a clip's file is.

    >>> path("rain").name
    'rain.flac'
    """
    return listing.FOLDER / listing.info(name).file


def load(name: str, *, sr: int | None = None, mono: bool = True) -> tuple[np.ndarray, int]:
    """Load a bundled clip.

    Parameters
    ----------
    name : one of `names()`
    sr : resample to this rate in Hz; None keeps the clip's own
    mono : average the channels to one; matters for the stereo clips alone

    Returns
    -------
    y : float32, shape (n,), or (2, n) where `mono` is false and the clip is stereo
    sr : Hz

    Raises
    ------
    UnknownNameError
        There is no such clip.
    AudioFileError
        The clip's file is missing, or is not the one that was bundled.

    Examples
    --------
    >>> y, sr = load("trumpet")
    >>> y.dtype, sr
    (dtype('float32'), 22050)
    """
    clip = listing.info(name)
    data = checked_bytes(clip.file, clip.sha256)
    return audio.decode(data, sr=sr, mono=mono, name=f"the clip {name!r}")


def checked_bytes(file: str, sha256: str) -> bytes:
    """Read a bundled file whose sha256 must be the one given."""
    where = listing.FOLDER / file
    cure = "put it back with `git restore` or reinstall sonic-lab"
    try:
        data = where.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise AudioFileError(f"the bundled {where} cannot be read ({reason}): {cure}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise AudioFileError(
            f"the bundled {where} is damaged: its sha256 begins {found[:8]} and should begin "
            f"{sha256[:8]}: {cure}"
        )
    return data
