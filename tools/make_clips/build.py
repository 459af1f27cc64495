"""From samples to files and catalogue rows."""

from __future__ import annotations

import hashlib
import io
import json
import re
from pathlib import Path

import numpy as np
import soundfile

from . import notes, ogg
from .entries import Entry
from .room import finish

LICENCE = "CC0-1.0"
CREATOR = "The Sonic Lab authors"
FOLDER = Path(__file__).parents[2] / "sonic_lab" / "clips"
NOTES_FILE = "notes.ogg"
_NOTES_QUALITY = 0.2  # Vorbis: 0 smallest to 1 best


def samples_of(entry: Entry) -> np.ndarray:
    """Make one clip: int16, (n,) or (2, n)."""
    return finish(entry.make(), sr=entry.sr, bits=entry.bits)


def samples_hash(samples: np.ndarray) -> str:
    """Return the sha256 of int16 samples, little-endian, channels interleaved."""
    return hashlib.sha256(np.ascontiguousarray(samples.T.astype("<i2")).tobytes()).hexdigest()


def flac(samples: np.ndarray, sr: int) -> bytes:
    """Encode int16 samples without loss."""
    file = io.BytesIO()
    soundfile.write(file, samples.T, sr, format="FLAC", subtype="PCM_16", compression_level=1.0)
    return file.getvalue()


def row_of(entry: Entry, samples: np.ndarray, data: bytes) -> dict[str, object]:
    """Describe one clip, as the catalogue holds it."""
    return {
        "name": entry.name,
        "title": entry.title,
        "labels": list(entry.labels),
        "file": f"{entry.name}.flac",
        "sr": entry.sr,
        "channels": 1 if samples.ndim == 1 else len(samples),
        "n_samples": samples.shape[-1],
        "bits": entry.bits,
        "licence": LICENCE,
        "creator": CREATOR,
        "sha256": hashlib.sha256(data).hexdigest(),
        "samples_sha256": samples_hash(samples),
        "description": entry.description,
        "recipe": entry.recipe,
    }


def write_clip(entry: Entry, folder: Path) -> dict[str, object]:
    """Make one clip and its file; return its row."""
    samples = samples_of(entry)
    data = flac(samples, entry.sr)
    (folder / f"{entry.name}.flac").write_bytes(data)
    return row_of(entry, samples, data)


def notes_ogg(samples: np.ndarray) -> bytes:
    """Encode the notes one after another: OGG, since FLAC would take five times the room."""
    file = io.BytesIO()
    soundfile.write(
        file, samples.ravel(), notes.SR, format="OGG", subtype="VORBIS",
        compression_level=1 - _NOTES_QUALITY,
    )  # fmt: skip
    return ogg.with_serial(file.getvalue(), serial=1)


def write_notes(folder: Path) -> dict[str, object]:
    """Make the set of notes and its file; return its part of the catalogue."""
    sounds, rows = notes.make_all()
    samples = np.round(sounds * 32768).astype(np.int16)  # (N, n)
    data = notes_ogg(samples)
    (folder / NOTES_FILE).write_bytes(data)
    return {
        "file": NOTES_FILE,
        "sr": notes.SR,
        "n_samples": samples.shape[1],
        "names": list(notes.NAMES),
        "licence": LICENCE,
        "creator": CREATOR,
        "sha256": hashlib.sha256(data).hexdigest(),
        "samples_sha256": samples_hash(samples.ravel()),
        "description": notes.DESCRIPTION,
        "recipe": notes.RECIPE,
        **{key: [row[key] for row in rows] for key in ("label", "midi", "split")},
    }


def write_catalogue(clips: list[dict[str, object]], note_set: dict[str, object], folder: Path):
    """Write the catalogue: one key a line, lists on one line."""
    text = json.dumps({"clips": clips, "notes": note_set}, indent=1, ensure_ascii=False)
    # json gives every value of a list a line of its own: join those of plain values again.
    text = re.sub(r"\[\s+([^\[\]{}]+?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text)
    (folder / "catalogue.json").write_text(text + "\n", encoding="utf-8")
