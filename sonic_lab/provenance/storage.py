"""A manifest as a flat file: one row a line, whole or not at all, whoever else writes.

JSON lines rather than Parquet or CSV: a line can be added without touching those before it, a
file torn by a power cut loses the last line alone, a version control shows which clip changed,
and derivations nest, which CSV cannot hold. Parquet is smaller and faster past a million rows.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from ..errors import ManifestError, SonicLabError
from ..optional import need
from .rows import Row

LOCK_WAIT_S = 30.0


@dataclass(frozen=True)
class Problem:
    """Something that could not be read: a line of a manifest, or a file of sound.

    `where` names it, `reason` says why, and `raw` keeps the line, so that nothing is lost.
    """

    where: str
    reason: str
    raw: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


def read_bytes(path: Path) -> bytes:
    """Read a whole file, or say in words why it cannot be."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ManifestError(f"there is no file {path} (looked from {Path.cwd()})") from None
    except OSError as error:
        raise ManifestError(f"{path} cannot be read: {error.strerror or error}") from error


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Hold the garbage collector off while many objects are made, none of which is garbage.

    It would go through all of them again and again, for a quarter of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_uncollected()
def parse(data: bytes) -> tuple[list[Row], list[Problem]]:
    """Read the lines of a manifest: all good rows, and what is wrong with each of the others."""
    rows: list[Row] = []
    problems: list[Problem] = []
    lines = data.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line or line.isspace():
            continue
        try:
            rows.append(Row.from_dict(_decode(line.decode("utf-8"))))
        except (SonicLabError, ValueError, RecursionError) as error:
            torn = number == len(lines) and not isinstance(error, SonicLabError)
            raw = line.decode("utf-8", "surrogateescape")
            problems.append(Problem(f"line {number}", _reason(error, torn), raw))
    return rows, problems


def _reason(error: Exception, torn: bool) -> str:
    if torn:
        return "is cut short: its writer was stopped, or is still at it"
    if isinstance(error, UnicodeDecodeError):
        return f"is not UTF-8 at its byte {error.start}"
    if isinstance(error, json.JSONDecodeError):
        return f"is not JSON at its character {error.colno}: {error.msg}"
    return str(error)


def _refuse(word: str) -> NoReturn:
    raise ManifestError(f"{word} is not a number that JSON knows")


_decode = json.JSONDecoder(parse_constant=_refuse).decode


def lay_out(rows: Iterable[Row], problems: Iterable[Problem] = ()) -> bytes:
    """Return the bytes of a manifest: its rows, then the lines that could not be read."""
    good = "".join(f"{row.line}\n" for row in rows).encode()
    kept = [problem.raw.encode("utf-8", "surrogateescape") for problem in problems if problem.raw]
    return good + b"".join(line + b"\n" for line in kept)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other writers of the same file out. The lock of a writer that died is free at once."""
    filelock = need("filelock", extra="provenance")
    if not path.parent.is_dir():
        raise ManifestError(f"{path} cannot be written: there is no folder {path.parent}")
    try:
        # An own object for each use: one that is shared lets the same process in twice.
        with filelock.FileLock(f"{path}.lock", timeout=LOCK_WAIT_S):
            yield
    except filelock.Timeout:
        raise ManifestError(
            f"{path} is being written by another program since {LOCK_WAIT_S:g} s: try again, "
            "or end that program"
        ) from None
    except OSError as error:
        raise ManifestError(f"{path} cannot be written: {error.strerror or error}") from error


def replace(path: Path, data: bytes) -> None:
    """Put new bytes in a file's place in one step. Call it under the lock."""
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}-", delete=False
        ) as handle:
            temporary = Path(handle.name)
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        temporary.chmod(mode)  # a temporary file is private; what it replaces was not
        temporary.replace(path)
    except BaseException:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise


def append(path: str | os.PathLike[str], rows: Iterable[Row]) -> int:
    """Add rows to a manifest file, which is made where there is none.

    Any number of programs may do this at once. When the call returns, the rows are on the disk; a
    program that is killed in the middle leaves whole rows, and at most one torn line, which the
    next writer moves to ``<file>.torn``.

    Parameters
    ----------
    path : a ``.jsonl`` file
    rows : what to add; a row with a path that is there already must have a higher `revision`

    Returns
    -------
    How many rows were added.

    Raises
    ------
    ManifestError
        The file cannot be written, or another program keeps it locked.
    """
    target, new = Path(path), list(rows)
    for row in new:
        if not isinstance(row, Row):
            raise ManifestError(f"rows holds {row!r}, which is not a Row")
    data = lay_out(new)  # before the lock, since it may fail
    with locked(target):
        append_bytes(target, data)
    return len(new)


def append_bytes(path: Path, data: bytes) -> None:
    """Add whole lines to a file, on the disk when it returns. Call it under the lock."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
    try:
        start = _mend_tail(descriptor, path)
        try:
            os.lseek(descriptor, start, os.SEEK_SET)
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, start)  # half a line on a full disk helps nobody
            raise
    finally:
        os.close(descriptor)


def _mend_tail(descriptor: int, path: Path) -> int:
    """See that the file ends with a whole line, and return its length.

    A last line without an end is either a good one that an editor left so, or what a killed writer
    left. The second was never promised to anyone, and is put aside.
    """
    size = os.lseek(descriptor, 0, os.SEEK_END)
    tail, start = b"", size
    while start and b"\n" not in tail:
        step = min(start, 65536)
        start -= step
        os.lseek(descriptor, start, os.SEEK_SET)
        tail = os.read(descriptor, step) + tail
    torn = tail[tail.rfind(b"\n") + 1 :]
    if not torn:
        return size
    try:
        json.loads(torn)
    except (ValueError, RecursionError):
        with Path(f"{path}.torn").open("ab") as aside:
            aside.write(torn + b"\n")
        os.ftruncate(descriptor, size - len(torn))
        return size - len(torn)
    os.lseek(descriptor, size, os.SEEK_SET)
    os.write(descriptor, b"\n")
    return size + 1
