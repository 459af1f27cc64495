"""What is kept of every clip: where it came from, what is in it, what may be done with it."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import numpy as np

from .mixing import samples
from .moods import pace
from .scores import SR, Piece

LICENCE = "CC0-1.0"
CREATOR = "The Sonic Lab authors"
_HERE = Path(__file__).parent


def record(piece: Piece, sound: np.ndarray | None = None) -> dict[str, object]:
    """Return a piece's provenance record, plain values that JSON can hold.

    Parameters
    ----------
    piece : what `compose` gave
    sound : its int16 samples where they are at hand; rendered where not
    """
    heard = samples(piece) if sound is None else sound
    notes = [
        [one.instrument, one.start_s, one.duration_s, one.midi, one.velocity] for one in piece.notes
    ]
    row = asdict(piece) | {"notes": notes}
    return row | {
        "drums": piece.drums,
        "pace": pace(piece.tempo_bpm),
        "sr": SR,
        "licence": LICENCE,
        "creator": CREATOR,
        "code": code_version(),
        "revision": revision(),
        "samples_sha256": samples_hash(heard),
    }


def samples_hash(sound: np.ndarray) -> str:
    """Return the sha256 of int16 samples, little-endian."""
    return hashlib.sha256(np.ascontiguousarray(sound.astype("<i2")).tobytes()).hexdigest()


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return the sha256 of this room's sources, names and texts in order."""
    digest = hashlib.sha256()
    for path in sorted(_HERE.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        digest.update(f"{path.name}\0{text}\0".encode())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def revision() -> str | None:
    """Return the revision of the repository this code lies in, or None where it lies in none."""
    try:
        told = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=_HERE, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return told.stdout.strip()
