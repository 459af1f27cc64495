"""Our own record of a run: JSON lines in a folder, which any program can read.

::

    runs/
      20261123-141502-3f9ac1.jsonl      one event a line: start, params, metrics, dataset, ...
      datasets/<digest>.jsonl           the rows that were learned from, once for each version
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import TrackingError
from ..provenance import Manifest, storage
from ..provenance.rows import canonical

FORMAT = 1
STATES = ("finished", "failed")


@dataclass(frozen=True)
class Dataset:
    """A data set as a run used it. `digest` is the manifest's, `role` training or evaluation.

    `licence` is that of all its clips, where their rows are not kept, and empty elsewhere.
    """

    name: str
    digest: str
    role: str
    clips: int
    licence: str = ""


@dataclass(frozen=True)
class Artefact:
    """A file that a run made. `kind` is such as ``"model"`` or ``"clip"``."""

    name: str
    sha256: str
    kind: str
    path: str


@dataclass
class RunRecord:
    """A run, read back.

    Attributes
    ----------
    id, name, project, backend : what it is
    state : ``"running"`` (or killed), ``"finished"``, ``"failed"``
    params : settings
    metrics : for each name its (step, value) pairs in the order logged; a step may be None
    datasets, artefacts : what went in and what came out
    tracker : where the tracker keeps its own record
    damage : lines that could not be read
    """

    id: str
    name: str = ""
    project: str = ""
    backend: str = "json"
    state: str = "running"
    params: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, list[tuple[int | None, float]]] = field(default_factory=dict)
    datasets: list[Dataset] = field(default_factory=list)
    artefacts: list[Artefact] = field(default_factory=list)
    tracker: dict[str, Any] = field(default_factory=dict)
    started: str = ""
    ended: str = ""
    damage: list[str] = field(default_factory=list)


class Ledger:
    """The file of one run, to which events are added."""

    def __init__(self, folder: Path, id: str) -> None:
        self.folder, self.id = folder, id
        self.path = folder / f"{id}.jsonl"
        try:
            (folder / "datasets").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrackingError(f"{folder} cannot be made: {error.strerror or error}") from error

    def add(self, event: str, **values: Any) -> None:
        """Add an event; it is on the disk when this returns."""
        try:
            line = canonical({"event": event, **values})
        except (TypeError, ValueError) as error:
            raise TrackingError(f"{event} cannot be kept as JSON: {error}") from error
        try:
            storage.append_bytes(self.path, line.encode() + b"\n")
        except OSError as error:
            raise TrackingError(
                f"{self.path} cannot be written: {error.strerror or error}"
            ) from error

    def keep(self, manifest: Manifest) -> Path:
        """Keep the rows of a data set, once for each version."""
        target = self.folder / "datasets" / f"{manifest.digest}.jsonl"
        if not target.exists():
            with storage.locked(target):
                storage.replace(target, storage.lay_out(manifest))
        return target


def read(folder: str | os.PathLike[str], id: str) -> RunRecord:
    """Read one run back. Lines that are broken are listed in `damage`.

    Raises
    ------
    TrackingError
        There is no such run.
    """
    path = Path(folder) / f"{id}.jsonl"
    if not path.is_file():
        known = ", ".join(record.stem for record in _files(Path(folder))) or "none"
        raise TrackingError(f"no run {id!r} in {folder} (runs there: {known})")
    record = RunRecord(id)
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        if line.strip():
            try:
                _apply(record, json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                record.damage.append(f"line {number} cannot be read: {error}")
    return record


def runs(folder: str | os.PathLike[str]) -> list[RunRecord]:
    """Read all runs in a folder, oldest first."""
    records = [read(folder, path.stem) for path in _files(Path(folder))]
    return sorted(records, key=lambda record: (record.started, record.id))  # ids tell seconds only


def dataset_rows(folder: str | os.PathLike[str], digest: str) -> Manifest:
    """Return the rows that runs kept of a version of a data set."""
    return Manifest.load(Path(folder) / "datasets" / f"{digest}.jsonl")


def _files(folder: Path) -> Iterator[Path]:
    return iter(sorted(folder.glob("*.jsonl")))


def _apply(record: RunRecord, event: dict[str, Any]) -> None:
    kind = event.pop("event")
    if kind == "start":
        for name in ("name", "project", "backend", "tracker"):
            setattr(record, name, event[name])
        record.started = event["at"]
    elif kind == "params":
        record.params.update(event["values"])
    elif kind == "metrics":
        for name, value in event["values"].items():
            pair = (event["step"], float(value))
            record.metrics.setdefault(name, []).append(pair)
    elif kind == "dataset":
        record.datasets.append(Dataset(**event))
    elif kind == "artefact":
        record.artefacts.append(Artefact(**event))
    elif kind == "finish":
        record.state, record.ended = event["state"], event["at"]
    else:
        raise ValueError(f"unknown event {kind!r}")
