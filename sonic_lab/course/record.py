"""The progress record: one line of JSON for each answer, each holding the hash of the one before.

The chain shows a line that was edited, moved or taken out. It cannot show who wrote it: anyone
can compute these hashes, since a secret inside open source would be none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Entry = dict[str, Any]
MAX_BYTES = 16_000_000
_STALE_S = 10.0  # no writer holds the lock for longer than a slow disk takes for one line
_WAIT_S = 2.0


@dataclass
class Reading:
    """What a record holds: its good entries in order, and what is wrong with the rest."""

    entries: list[Entry] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)

    @property
    def head(self) -> str:
        """The hash of the last good entry; empty where there is none."""
        return str(self.entries[-1]["hash"]) if self.entries else ""


def seal(entry: Entry) -> Entry:
    """Return an entry with the hash of everything else in it."""
    body = {key: value for key, value in entry.items() if key != "hash"}
    return {**body, "hash": hashlib.sha256(_canonical(body)).hexdigest()}


def line_of(entry: Entry) -> bytes:
    """Return an entry as a line of a record, with its hash and a line end."""
    return _canonical(seal(entry)) + b"\n"


def parse(data: bytes) -> Reading:
    """Read a record's bytes. Never raises: what cannot be read is listed as damage."""
    reading = Reading()
    if len(data) > MAX_BYTES:
        reading.damage.append(f"{len(data)} bytes are too many for a record")
        return reading
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        entry, problem = _parse_line(line)
        if problem:
            reading.damage.append(f"line {number} {problem}")
            continue
        if entry.get("prev") != reading.head:
            reading.damage.append(f"line {number} does not follow the line before it")
        reading.entries.append(entry)
    return reading


class Record:
    """A record file that is only ever added to.

    Where the disk fails, entries wait in memory and are written with the next one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.waiting: list[Entry] = []

    def read(self) -> Reading:
        """Read the file, and after it what still waits to be written."""
        try:
            reading = parse(self.path.read_bytes())
        except FileNotFoundError:
            reading = Reading()
        except OSError as error:
            reading = Reading(damage=[f"cannot be read: {error.strerror or error}"])
        for body in self.waiting:
            reading.entries.append(_chained(body, reading))
        return reading

    def append(self, body: Entry) -> str:
        """Add an entry. Returns an empty text, or why it could not be saved yet."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self.waiting.append({**body, "at": now})
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _locked(self.path.with_suffix(".lock")):
                self._write()
        except OSError as error:
            return (
                f"Your progress is kept in this session but could not be saved to {self.path}: "
                f"{error.strerror or error}"
            )
        return ""

    def _write(self) -> None:
        old = self.path.read_bytes() if self.path.exists() else b""
        reading = parse(old)
        new: list[Entry] = []
        if not old.strip():
            new.append({"kind": "start", "format": 1, "nonce": secrets.token_hex(8)})
        lines = []
        for body in [*new, *self.waiting]:
            entry = _chained(body, reading)
            reading.entries.append(entry)
            lines.append(line_of(entry))
        # A line that was torn by a power cut stays as it is; ours begin on a line of their own.
        gap = b"\n" if old and not old.endswith(b"\n") else b""
        with self.path.open("ab") as file:
            start = file.tell()
            try:
                file.write(gap + b"".join(lines))
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                with contextlib.suppress(OSError):
                    file.truncate(start)  # half a line on a full disk helps nobody
                raise
        self.waiting.clear()


def _chained(body: Entry, reading: Reading) -> Entry:
    return seal({**body, "n": len(reading.entries), "prev": reading.head})


def _parse_line(line: bytes) -> tuple[Entry, str]:
    try:
        entry = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return {}, "is damaged or cut short"
    if not isinstance(entry, dict) or not isinstance(entry.get("hash"), str):
        return {}, "is not an entry of a record"
    try:
        intact = seal(entry)["hash"] == entry["hash"]
    except (ValueError, RecursionError):
        intact = False
    return entry, "" if intact else "was changed after it was written"


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def _canonical(entry: Entry) -> bytes:
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock file, so that two notebooks do not write into the same line."""
    deadline = time.monotonic() + _WAIT_S
    while True:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            break
        except FileExistsError:
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _STALE_S:
                    path.unlink()  # its writer died
                    continue
            if time.monotonic() > deadline:
                raise TimeoutError(0, "another notebook is writing to it") from None
            time.sleep(0.02)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
