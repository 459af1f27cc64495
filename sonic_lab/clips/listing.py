"""What the bundled clips are: names, licences, hashes, and words for what is heard."""

from __future__ import annotations

import functools
import html
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ..errors import unknown_name

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class ClipInfo:
    """One bundled clip.

    `licence` is an SPDX identifier; `sha256` is of the file, `samples_sha256` of its decoded
    16-bit samples (little-endian, channels interleaved); `bits` of those 16 are used.
    """

    name: str
    title: str
    description: str
    recipe: str
    labels: tuple[str, ...]
    sr: int
    channels: int
    n_samples: int
    bits: int
    licence: str
    creator: str
    file: str
    sha256: str
    samples_sha256: str

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.n_samples / self.sr

    def __str__(self) -> str:
        facts = f"{self.duration_s:.1f} s, {self.sr} Hz, {_channels(self)}, {self.licence}"
        return f"{self.title} ({self.name}): {facts}\n{self.description}\n{self.recipe}"

    def _repr_html_(self) -> str:
        rows = {
            "what is heard": self.description,
            "how it was made": self.recipe,
            "sound": f"{self.duration_s:.1f} s, {self.sr} Hz, {_channels(self)}",
            "licence": f"{self.licence}, {self.creator}",
            "sha256": self.sha256,
        }
        cells = "".join(
            f"<tr><th scope='row'>{key}</th><td style='text-align:left'>{html.escape(value)}</td>"
            "</tr>"
            for key, value in rows.items()
        )
        return f"<table><caption>{html.escape(self.title)}</caption>{cells}</table>"


def names() -> tuple[str, ...]:
    """Name the bundled clips.

    >>> names()[:3]
    ('trumpet', 'piano', 'guitar')
    """
    return tuple(_clips())


def info(name: str) -> ClipInfo:
    """Say what a bundled clip is.

    Raises
    ------
    UnknownNameError
        There is no such clip; the message names those there are.

    Examples
    --------
    >>> info("trumpet").licence
    'CC0-1.0'
    >>> info("trumpt")
    Traceback (most recent call last):
    sonic_lab.errors.UnknownNameError: no clip named 'trumpt': did you mean 'trumpet'? ...
    """
    if not isinstance(name, str) or name not in _clips():
        raise unknown_name("clip", name, names())
    return _clips()[name]


class Catalogue(tuple[ClipInfo, ...]):
    """The clips as a table, which a notebook shows as one."""

    def __str__(self) -> str:
        return "\n".join(
            f"{clip.name:8} {clip.duration_s:4.1f} s  {clip.sr:5} Hz  {_channels(clip):6}  "
            f"{clip.licence}  {clip.title}"
            for clip in self
        )

    def _repr_html_(self) -> str:
        head = "".join(
            f"<th scope='col'>{title}</th>"
            for title in ("name", "seconds", "Hz", "channels", "licence", "what is heard")
        )
        return f"<table><tr>{head}</tr>{''.join(_row(clip) for clip in self)}</table>"


def catalogue() -> Catalogue:
    """Return every clip's `ClipInfo`, as a table to look at.

    >>> print(catalogue())
    trumpet ... 22050 Hz  mono    CC0-1.0  A trumpet phrase
    ...
    """
    return Catalogue(_clips().values())


def _row(clip: ClipInfo) -> str:
    facts = (clip.name, f"{clip.duration_s:.1f}", str(clip.sr), _channels(clip), clip.licence)
    cells = "".join(f"<td>{html.escape(fact)}</td>" for fact in facts)
    description = html.escape(clip.description)
    return f"<tr>{cells}<td style='text-align:left'>{description}</td></tr>"


def _channels(clip: ClipInfo) -> str:
    return {1: "mono", 2: "stereo"}[clip.channels]


@functools.cache
def _clips() -> dict[str, ClipInfo]:
    return {row["name"]: ClipInfo(**_plain(row)) for row in read()["clips"]}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    known = {field.name for field in fields(ClipInfo)}
    return {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in row.items()
        if key in known
    }


@functools.cache
def read() -> dict[str, Any]:
    """Read the catalogue as it is kept."""
    return json.loads((FOLDER / "catalogue.json").read_text(encoding="utf-8"))
