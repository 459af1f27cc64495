"""Write the papers of a folder of sound, as far as the files themselves tell."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

from .. import audio, clips
from ..errors import ManifestError, SonicLabError
from .engine import Progress, each
from .hashing import facts_of
from .manifest import Manifest, report_problems
from .rows import Row
from .storage import Problem


def sound_files(folder: str | os.PathLike[str]) -> list[str]:
    """List the sound files below a folder, as paths from it, in order; hidden ones are left out.

    Links to folders are not followed, so a scan ends, and stays inside.
    """
    root = Path(folder)
    if not root.is_dir():
        what = "is a file, not a folder" if root.exists() else "is not there"
        raise ManifestError(f"the folder {root} {what} (looked from {Path.cwd()})")
    found = []
    for parent, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            (Path(parent) / name).relative_to(root).as_posix()
            for name in files
            if not name.startswith(".") and Path(name).suffix.lower() in audio.SUFFIXES
        ]
    return sorted(found)


def scan_folder(
    folder: str | os.PathLike[str],
    *,
    strict: bool = False,
    engine: str = "processes",
    workers: int | None = None,
    progress: Progress | None = None,
    **papers: Any,
) -> Manifest:
    """Write a row for every sound file below a folder: hashes, rate, channels and length.

    Files that cannot be decoded are listed at once in a `ManifestWarning`, and in `problems`.

    Parameters
    ----------
    folder : where the sound is
    strict : raise where a file cannot be decoded, instead of warning
    engine, workers, progress : see `each`
    papers : what is true of all of them, such as ``licence="CC-BY-4.0", creator="Ada"``

    Raises
    ------
    ManifestError
        There is no such folder, or a field of `papers` cannot be.
    """
    unknown = papers.keys() - (Row.__dataclass_fields__.keys() - _FOUND)
    if unknown:
        raise ManifestError(f"{min(unknown)!r} is no field that can be stated for a whole folder")
    Row("any", "0" * 64, "0" * 64, 1.0, 1, 1, **papers)  # a wrong one is refused before the work
    root = Path(folder)
    paths = sound_files(root)
    full = [root / path for path in paths]
    everything = each(facts_of, full, engine=engine, workers=workers, progress=progress)
    rows, problems = [], []
    for path, facts in zip(paths, everything, strict=True):
        if facts.error:
            problems.append(Problem(path, facts.error))
            continue
        found = {name: getattr(facts, name) for name in _FOUND - {"path"}}
        try:
            rows.append(Row(path=path, **found, **papers))
        except SonicLabError as error:
            problems.append(Problem(path, str(error)))
    report_problems(tuple(problems), what=str(root), strict=strict)
    return Manifest(rows, folder=root, problems=problems)


_FOUND = frozenset({"path", "sha256", "samples_sha256", "duration_s", "sr", "channels"})


@functools.cache
def bundled() -> Manifest:
    """Return the papers of the clips that come with the course.

    >>> bundled()
    Manifest(11 clips, ...)
    """
    rows = (
        Row(
            path=clip.file,
            sha256=clip.sha256,
            samples_sha256=clip.samples_sha256,
            duration_s=clip.duration_s,
            sr=clip.sr,
            channels=clip.channels,
            source=f"made for this course: {clip.recipe}",
            creator=clip.creator,
            licence=clip.licence,
            voice=False,  # the one that speaks is a program, so nobody's consent is wanting
            labels=clip.labels,
        )
        for clip in clips.catalogue()
    )
    return Manifest(
        rows,
        folder=clips.path("trumpet").parent,
        title="Sonic Lab's bundled clips",
        description="Eleven short clips, all synthesised for the course.",
    )
