"""Where a take is written: a folder that the learner names, and a name that overwrites nothing."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

from ..errors import AudioFileError, PathError
from ..pipeline import Released, release

_LONGEST = 48  # letters of the prompt in a file's name


def file_stem(prompt: str, *, seed: int | None) -> str:
    """Make a file name of a prompt: small Latin letters, digits and hyphens, nothing else.

    >>> file_stem("Slow, sad piano & café 🎹", seed=7)
    'slow-sad-piano-cafe-seed-7'
    >>> file_stem("../../🎹", seed=0)
    'take-seed-0'
    """
    plain = unicodedata.normalize("NFKD", prompt).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain[: 4 * _LONGEST]).strip("-")[:_LONGEST].strip("-")
    return f"{words or 'take'}-seed-{seed}"


def folder_inside(folder: str, *, root: Path) -> Path:
    """Return `folder` inside `root`, or say that it leaves it.

    Raises
    ------
    PathError
        It is absolute, goes up, or follows a link to elsewhere.
    """
    cure = "name one inside it, or write elsewhere with studio.takes[-1].save('/path/name.wav')"
    home = root.resolve()
    if "\0" in folder:
        raise PathError(f"folder={folder!r} is no name of a folder: {cure}")
    inside = (home / folder).resolve()
    if Path(folder).is_absolute() or folder.startswith("~") or not inside.is_relative_to(home):
        raise PathError(f"folder={folder!r} lies outside of {home}: {cure}")
    return inside


def save_take(take: Any, folder: str, *, marked: bool = True, root: Path | None = None) -> Released:
    """Mark a take and write it as WAV with its record beside it; say where, and what marks it.

    A name that is taken gets a number, so nothing is ever overwritten. The mark and the registry
    are the learner's own.

    Raises
    ------
    PathError
        The folder lies outside of `root`, the working folder if None.
    AudioFileError
        It cannot be made, or not written to.
    SignatureError, ManifestError, MissingDependencyError
        The learner's keys or registry cannot be used.
    """
    target = folder_inside(folder, root=Path.cwd() if root is None else root)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AudioFileError(f"{target} cannot be made: {error.strerror or error}") from error
    stem = file_stem(take.prompt, seed=take.settings.seed)
    number, path = 1, target / f"{stem}.wav"
    while path.exists() or path.with_name(path.name + ".json").exists():
        number += 1
        path = target / f"{stem}-{number}.wav"
    return release(take, path, marked=marked)
