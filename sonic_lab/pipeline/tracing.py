"""Say of a sound whether it is marked, how sure that is, and what made it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..audio import load
from ..errors import SignatureError, SonicLabError, UnknownNameError
from ..provenance import Entry, Registry
from ..watermark.words import verdict


@dataclass(frozen=True)
class Trace:
    """What could be found out about a file.

    Attributes
    ----------
    path : the file
    judged : whether it holds enough sound to say anything
    marked : whether this key's mark is in it
    score : −log10 of the p-value; 0 where it could not be judged
    payload : the number that was read, or None
    entry : the registry's signed entry for it, or None
    same_file : whether it is, byte for byte, the file that was recorded
    text : all of it in words, with what it does not prove
    """

    path: Path
    judged: bool
    marked: bool
    score: float
    payload: int | None
    entry: Entry | None
    same_file: bool
    text: str

    def __str__(self) -> str:
        return f"{self.path.name}: {self.text}"


def trace(path: str | os.PathLike[str], *, mark: Any, registry: Registry | None = None) -> Trace:
    """Look for a mark in a file, and follow its number to the model and the data.

    Parameters
    ----------
    path : a sound file
    mark : has `detect`, with the key that may have been used
    registry : what the numbers stand for; None leaves it at the number

    Raises
    ------
    AudioFileError
        The file cannot be read.
    """
    file = Path(path)
    y, sr = load(file, mono=False)
    try:
        hit = mark.detect(y, sr=sr)
    except SonicLabError as error:  # too short or too silent: neither marked nor clean
        return Trace(file, False, False, 0.0, None, None, False, str(error))
    if not hit.present:
        return Trace(file, True, False, float(hit.score), None, None, False, verdict(hit))
    entry, what = _look_up(hit.payload, registry)
    same = entry is not None and entry.clip_sha256 == _sha256(file)
    text = f"{verdict(hit)} {what}{_identity(entry, same)}"
    return Trace(file, True, True, float(hit.score), hit.payload, entry, same, text)


def _look_up(payload: int, registry: Registry | None) -> tuple[Entry | None, str]:
    if registry is None:
        return None, "Without a registry, nobody can say what that number stands for."
    try:
        entry = registry.lookup(payload)
    except UnknownNameError:
        return None, (
            "The registry does not know that number: the mark is of this key, and somebody wrote "
            "it without recording it here."
        )
    except SignatureError as error:
        return None, f"Its entry cannot be trusted: {error}."
    if entry.state != "recorded":
        return entry, "The registry reserved that number and never learned what for."
    made = entry.model_card or "a model that was not named"
    run = f", run {entry.run}" if entry.run else ""
    data = f", from data {entry.manifest}" if entry.manifest else ""
    return entry, f"By the signed registry it was made by {made}{run}{data}, on {entry.at[:10]}."


def _identity(entry: Entry | None, same: bool) -> str:
    if entry is None or entry.state != "recorded":
        return ""
    if same:
        return " It is the recorded file, byte for byte."
    return (
        " It is not the recorded file byte for byte, but a copy, a conversion or a part of it, or "
        "another sound onto which the mark was moved."
    )


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
