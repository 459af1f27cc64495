"""A small folder of sound with papers, some of them bad, to learn to read papers on.

The sounds are cut from the bundled clips. Their papers are invented: nobody named in them lives,
and nothing in them is true but hashes and lengths.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import audio, clips, effects
from .manifest import Manifest
from .rows import Consent, Row, Step

TABLE = "manifest.jsonl"
_PIECE_S = 2.2
_HOLT = {"creator": "Mira Holt", "licence": "CC-BY-4.0", "source": "https://example.org/holt"}
_ROY = {"creator": "Anselm Roy", "licence": "CC0-1.0", "source": "https://example.org/roy"}
_LIND = {"creator": "Tove Lind", "licence": "CC-BY-3.0", "source": "https://example.org/lind"}
_VALE = {"creator": "Jon Vale", "licence": "CC-BY-NC-4.0", "source": "https://example.org/vale"}
_AGREED = Consent(by="Ida Moss", on="2026-02-11", covers=("commercial", "research", "teaching"))

# How many pieces are cut from each clip, and what their papers say.
_CUT: dict[str, tuple[int, dict[str, Any]]] = {
    "trumpet": (2, _HOLT),
    "strings": (2, _HOLT),
    "piano": (3, _ROY),
    "guitar": (3, _ROY),
    "drums": (2, _ROY),
    "flute": (3, _LIND),
    "bells": (3, _LIND),
    "speech": (2, {**_HOLT, "voice": True}),
    "siren": (1, _VALE),
    "rain": (1, {**_ROY, "licence": ""}),
}
_TESTED = ("trumpet_2", "guitar_3", "bells_3", "piano_3")


def practice_set(folder: str | os.PathLike[str]) -> Manifest:
    """Write a small data set with faults into a folder, and return its manifest.

    Five clips must not go into a product, each for a reason of its own, and one recording is both
    learned from and tested on. Which they are, an audit tells; guess first.

    Parameters
    ----------
    folder : made where it is not there; the same files come of every call

    Returns
    -------
    The manifest, as it also stands in ``manifest.jsonl`` in the folder

    Examples
    --------
    >>> import tempfile
    >>> practice_set(tempfile.mkdtemp())
    Manifest(24 clips, 0.01 h, ...)
    """
    root = Path(folder)
    papers: dict[str, dict[str, Any]] = {}
    for path, y, sr, known in _sounds():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        audio.save(root / path, y, sr=sr)
        papers[path] = {"voice": False, "obtained": "2026-03-02", **known}
    found = Manifest.from_folder(root, engine="serial")
    rows = [replace(row, **papers[row.path]) for row in found if row.path in papers]
    manifest = Manifest(
        [_with_parent(row, rows) for row in rows],
        folder=root,
        title="A practice set",
        description="Short clips of the course with invented papers, to practise on.",
    )
    manifest.save(root / TABLE, overwrite=True)
    louder, sr = audio.load(root / "train/strings_2.flac")  # somebody touches a file afterwards
    audio.save(root / "train/strings_2.flac", effects.gain(louder, gain_db=-3), sr=sr)
    return manifest


def _sounds() -> Iterator[tuple[str, np.ndarray, int, dict[str, Any]]]:
    """Yield path, sound, rate and papers of each clip."""
    for name, (count, papers) in _CUT.items():
        y, sr = clips.load(name)
        for i in range(count):
            start, length = round(i * _PIECE_S * sr), round(_PIECE_S * sr)
            title = f"{name}_{i + 1}"
            part = "test" if title in _TESTED else "train"
            own = {**papers, "labels": (name,), "split": part}
            if title == "speech_1":
                own["consent"] = _AGREED
            yield f"{part}/{title}.flac", y[start : start + length], sr, own
    y, sr = clips.load("siren")
    slow = effects.time_stretch(y[: round(_PIECE_S * sr)], sr=sr, factor=1.25)
    remix = {"creator": "DJ Quill", "licence": "CC0-1.0", "source": "https://example.org/quill"}
    yield "train/slow_siren.flac", slow, sr, {**remix, "labels": ("siren",), "split": "train"}
    y, sr = clips.load("flute")
    quiet = effects.gain(y[: round(_PIECE_S * sr)], gain_db=-4)
    leak = {**_ROY, "source": "https://example.org/flutes", "labels": ("flute",), "split": "test"}
    yield "test/woodwind.mp3", quiet, sr, leak


def _with_parent(row: Row, rows: list[Row]) -> Row:
    """Say of the remix what it was made from."""
    if row.path != "train/slow_siren.flac":
        return row
    parent = next(other.sha256 for other in rows if other.path == "train/siren_1.flac")
    step = Step("time_stretch", (parent,), by="DJ Quill", settings={"factor": 1.25})
    return replace(row, derivation=(step,))
