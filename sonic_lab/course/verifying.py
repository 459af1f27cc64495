"""Judge progress records again, on a teacher's machine, with nothing but the files.

What this shows: that every answer which counts is right for that name, by this machine's own
copy of the course; that the file is whole, as it was exported; that no two files are copies of
one record; and, with an earlier result at hand, that the past was not rewritten since.

What it cannot show: who gave the answers, when, or with whose help. Whoever reads the source of
the course can write a record by hand, since a secret in open source would be none. Two minutes
of talk about one of the exercises can show that, and so the result names the exercises.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import ParameterError, RecordError
from .answers import shorten
from .catalogue import catalogue
from .checking import learner_of, own_record
from .draw import clean_name
from .evidence import holds
from .record import MAX_BYTES, Entry, Reading, line_of, parse

Paths = str | os.PathLike[str]


@dataclass(frozen=True)
class Verification:
    """What a teacher learns from one file.

    Attributes
    ----------
    file : its path
    learner : the name it was last enrolled under; empty where there is none
    passed : the exercises whose recorded answer is right for this name
    total : how many exercises there are in the course that judged it
    problems : what is wrong with the file; empty where nothing is
    notes : what a teacher should know, and is no fault
    start, head : what marks the record's beginning, and its newest entry
    """

    file: str
    learner: str = ""
    passed: tuple[str, ...] = ()
    total: int = 0
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    start: str = ""
    head: str = ""

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with the file."""
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        """Return it all as plain values, ready for JSON."""
        return {**asdict(self), "sound": self.sound}


def export(path: Paths) -> Path:
    """Write your record to a file to hand in, with a seal at its end that shows a cut.

    Raises
    ------
    RecordError
        There is no record yet, or the file cannot be written.
    """
    target, record = Path(path), own_record()
    reading = record.read()
    if target.is_dir():
        raise RecordError(f"{target} is a folder: name a file, such as ada.progress")
    if not reading.entries:
        raise RecordError(f"there is nothing to export yet: {record.path} holds no answer")
    try:
        saved = record.path.read_bytes().rstrip(b"\n") if record.path.exists() else b""
        waiting = reading.entries[len(parse(saved).entries) :]
        seal = {"kind": "seal", "n": len(reading.entries), "prev": reading.head}
        lines = [line for line in (saved, *map(line_of, waiting), line_of(seal)) if line]
        _replace(target, b"\n".join(line.rstrip(b"\n") for line in lines) + b"\n")
    except OSError as error:
        raise RecordError(f"{target} cannot be written: {error.strerror or error}") from error
    return target


def _replace(target: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    temporary = target.with_name(f".{target.name}.part")
    try:
        temporary.write_bytes(data)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def verify(*paths: Paths, earlier: Paths | None = None) -> list[Verification]:
    """Judge the records of many learners again.

    Nothing in a file is trusted or run: the answers in it are compared with what this machine's
    course expects of the name they stand under.

    Parameters
    ----------
    *paths : files that `export` wrote
    earlier : what ``sonic-lab progress verify --json`` printed some time ago. Each learner's
        record must still contain what it held then.

    Returns
    -------
    One `Verification` a file, in order.

    Raises
    ------
    RecordError, ParameterError
        The `earlier` result cannot be read, or is none. (A record that cannot be read is a
        finding, not an error: thirty-nine others are waiting.)
    """
    heads = {} if earlier is None else _earlier_heads(Path(earlier))
    return _compared([_verify_file(Path(path), heads) for path in paths])


def _verify_file(path: Path, heads: dict[str, str]) -> Verification:
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        return Verification(str(path), problems=(f"cannot be read: {error.strerror or error}",))
    if size > MAX_BYTES:
        return Verification(str(path), problems=(f"{size} bytes are too many for a record",))
    reading = parse(data)
    if not reading.entries:
        return Verification(str(path), problems=("this is no progress record",))
    return _verify_entries(str(path), reading, heads)


def _verify_entries(file: str, reading: Reading, heads: dict[str, str]) -> Verification:
    body, problems, notes = _unsealed(reading)
    learner = learner_of(body)
    passed = _judged(body, learner, problems, notes)
    if not learner:
        notes.append("no name: these are the numbers that everybody without a name is asked")
    hashes = {str(entry["hash"]) for entry in body}
    if learner in heads and heads[learner] not in hashes:
        problems.append("does not contain what this learner's record held earlier")
    first = body[0] if body else {}
    start = first.get("nonce") if first.get("kind") == "start" else ""
    if not start:
        problems.append("its beginning is missing")
    return Verification(
        file=file,
        learner=learner,
        passed=tuple(sorted(passed)),
        total=len(catalogue()),
        problems=tuple(problems),
        notes=tuple(dict.fromkeys(notes)),
        start=str(start),
        head=str(body[-1]["hash"]) if body else "",
    )


def _unsealed(reading: Reading) -> tuple[list[Entry], list[str], list[str]]:
    """Split a record into what the learner did and what is to be said of the whole."""
    problems, notes = list(reading.damage), []
    seals = [i for i, entry in enumerate(reading.entries) if entry.get("kind") == "seal"]
    if not seals:
        notes.append("not exported by the course: answers at its end may be missing")
    elif seals != [len(reading.entries) - 1]:
        problems.append("something was added after it was exported")
    return [e for e in reading.entries if e.get("kind") != "seal"], problems, notes


def _judged(body: Sequence[Entry], learner: str, problems: list[str], notes: list[str]) -> set[str]:
    """Return the exercises whose answer is right for this learner; say what is not."""
    passed: set[str] = set()
    wrong: dict[str, str] = {}
    for entry in body:
        if entry.get("kind") != "answer" or entry.get("passed") is not True:
            continue
        id, version = shorten(entry.get("exercise"), quote=False), entry.get("course")
        if entry.get("learner") != learner:
            notes.append(f"{id} was answered under another name, or none, and does not count")
        elif id not in catalogue():
            notes.append(f"{id} is no exercise of this course ({__version__})")
        elif _right(entry, id, learner):
            passed.add(id)
        else:
            other = f" (by course {shorten(version)}, this is {__version__})"
            wrong[id] = other if version != __version__ else ""
    problems += [
        f"{id} is marked as passed, and the answer kept with it is not right{why}"
        for id, why in wrong.items()
        if id not in passed
    ]
    return passed


def _right(entry: Entry, id: str, learner: str) -> bool:
    exercise = catalogue()[id]
    try:
        return holds(entry.get("outputs"), exercise, exercise.cases(learner), learner=learner)
    except Exception:  # a file made to break this is not right, and must not stop the others
        return False


def _compared(results: Iterable[Verification]) -> list[Verification]:
    """Find files that began as one record, and names that come twice."""
    found = list(results)
    by_start, by_name = defaultdict(list), defaultdict(list)
    for result in found:
        if result.start:
            by_start[result.start].append(result.file)
        if result.learner:
            by_name[clean_name(result.learner).casefold()].append(result.file)
    for i, result in enumerate(found):
        twins = [file for file in by_start[result.start] if file != result.file]
        if twins:
            copied = f"began as the same record as {', '.join(twins)}"
            found[i] = replace(result, problems=(*result.problems, copied))
        namesakes = by_name[clean_name(result.learner).casefold()]
        if len(namesakes) > 1 and not twins:
            others = ", ".join(file for file in namesakes if file != result.file)
            found[i] = replace(result, notes=(*result.notes, f"the same name is on {others}"))
    return found


def _earlier_heads(path: Path) -> dict[str, str]:
    try:
        rows = json.loads(path.read_bytes())
    except OSError as error:
        raise RecordError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError):
        rows = None
    wanted = ("learner", "head")
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and all(isinstance(row.get(key), str) for key in wanted)
        for row in rows
    ):
        raise ParameterError(f"{path} is not what `sonic-lab progress verify --json` printed")
    return {row["learner"]: row["head"] for row in rows if row["learner"] and row["head"]}
