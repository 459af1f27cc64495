"""Follow a sound back to what it came from, or forward to all that came of it.

A graph of plain data::

    clip -> rows of a data set -> run -> model -> generated clip

Clips are known by the sha256 of their file, models by that of their weights, data sets by their
digest, and runs by their id.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ParameterError, UnknownNameError, unknown_name
from ..provenance import Entry, Manifest, Row
from .ledger import RunRecord, dataset_rows
from .ledger import runs as read_runs

_LEAST = 6  # characters of a hash that may stand for the whole
KINDS = ("clip", "dataset", "run", "model")


@dataclass(frozen=True)
class Node:
    """One thing in the chain.

    Attributes
    ----------
    id : ``"clip:<sha256>"``, ``"dataset:<digest>"``, ``"run:<id>"`` or ``"model:<sha256>"``
    kind : one of `KINDS`
    name : for people
    papers : what is known of it, plain values
    """

    id: str
    kind: str
    name: str
    papers: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False)


@dataclass(frozen=True)
class Link:
    """From what came first to what was made of it. `how` says in a word what happened."""

    source: str
    target: str
    how: str


class Lineage:
    """The graph of all that is known.

    Parameters
    ----------
    manifests : papers of clips: what was learned from, and what was generated
    runs : records of runs
    datasets : for each digest that a run names, its rows; those in `manifests` are known already
    registry : entries of a watermark registry, which tie clips to runs

    Attributes
    ----------
    nodes : by id
    datasets : the rows of each version of a data set that is known, by digest

    Examples
    --------
    >>> import tempfile
    >>> from sonic_lab import tracking
    >>> from sonic_lab.provenance import bundled
    >>> folder = Path(tempfile.mkdtemp())
    >>> with tracking.start("json", folder=folder, name="first") as run:
    ...     _ = run.dataset(bundled())
    ...     _ = (folder / "w.bin").write_bytes(b"weights")
    ...     _ = run.artefact(folder / "w.bin", kind="model")
    >>> lineage = Lineage.of(folder)
    >>> [node.name for node in lineage.to_retrain("trumpet.flac")]
    ['w.bin']
    """

    def __init__(
        self,
        manifests: Iterable[Manifest] = (),
        *,
        runs: Iterable[RunRecord] = (),
        datasets: Mapping[str, Manifest] | None = None,
        registry: Iterable[Entry] = (),
    ) -> None:
        self.nodes: dict[str, Node] = {}
        self._links: dict[Link, None] = {}  # a set that keeps its order
        self._called: dict[str, dict[str, None]] = {}  # one sound may lie at several paths
        given = list(manifests)
        versions = self.datasets = {**{m.digest: m for m in given}, **(datasets or {})}
        records = list(runs)
        for manifest in (*given, *versions.values()):
            for row in manifest:
                self._add_row(row)
        for record in records:
            self._add_run(record, versions)
        for entry in registry:
            self._add_entry(entry)
        self._next = _adjacent((link.source, link.target) for link in self._links)
        self._before = _adjacent((link.target, link.source) for link in self._links)

    @classmethod
    def of(
        cls,
        folder: str | os.PathLike[str],
        *,
        manifests: Iterable[Manifest] = (),
        registry: Iterable[Entry] = (),
    ) -> Lineage:
        """Build the graph from a folder of runs, and from papers that lie elsewhere."""
        records = read_runs(folder)
        digests = dict.fromkeys(data.digest for record in records for data in record.datasets)
        kept = {
            digest: dataset_rows(folder, digest)
            for digest in digests
            if (Path(folder) / "datasets" / f"{digest}.jsonl").exists()
        }
        return cls(manifests, runs=records, datasets=kept, registry=registry)

    @property
    def links(self) -> tuple[Link, ...]:
        """All links, in the order found."""
        return tuple(self._links)

    def node(self, of: str | Row | os.PathLike[str]) -> Node:
        """Find a node: a clip, a data set, a run or a model.

        Parameters
        ----------
        of : its id, a clip's path or name, a hash or its first characters; or a `Path`, which
            leads to a file that is looked up by what is in it, wherever it lies now

        Raises
        ------
        UnknownNameError
            There is none.
        ParameterError
            There are several, which the message names, or the file cannot be read.
        """
        if isinstance(of, os.PathLike):
            return self._of_file(Path(of))
        wanted = f"clip:{of.sha256}" if isinstance(of, Row) else str(of)
        ids = self._called.get(wanted) or [
            id
            for id in self.nodes
            if len(wanted) >= _LEAST and wanted in (id[: len(wanted)], _key(id)[: len(wanted)])
        ]
        found = [self.nodes[id] for id in ids]
        if len(found) > 1:
            named = ", ".join(node.id for node in found[:8])
            raise ParameterError(f"{wanted!r} may mean {named}: pass one of these")
        if not found:
            raise unknown_name("thing in the lineage", wanted, [node.name for node in self])
        return found[0]

    def back(self, of: str | Row | os.PathLike[str]) -> tuple[Node, ...]:
        """Return all that a thing came from, nearest first."""
        return self._walk(self.node(of).id, self._before)

    def forward(self, of: str | Row | os.PathLike[str]) -> tuple[Node, ...]:
        """Return all that came of a thing, nearest first."""
        return self._walk(self.node(of).id, self._next)

    def to_retrain(self, clip: str | Row | os.PathLike[str]) -> tuple[Node, ...]:
        """Return the models that learned from a clip, or from what was made of it."""
        return tuple(node for node in self.forward(clip) if node.kind == "model")

    def licences(self, of: str | Row | os.PathLike[str]) -> dict[str, list[str]]:
        """Return the licences of all clips that a thing came from, each with these clips' names.

        Of a data set whose rows nobody kept, its own name and the licence of the whole are told.
        """
        found: dict[str, list[str]] = {}
        for node in self.back(of):
            whole = node.kind == "dataset" and node.papers.get("licence")
            if node.kind == "clip" or whole:
                found.setdefault(str(node.papers.get("licence", "")), []).append(node.name)
        return found

    def card(self, of: str | Row | os.PathLike[str]) -> str:
        """Return the card of a data set or a model, in Markdown; empty where none is known.

        A data set's is written from its rows. A model's is the artefact of the kind ``"card"`` that
        its run logged, as long as the file is where it was and what it was.
        """
        node = self.node(of)
        if node.kind == "dataset" and (manifest := self.datasets.get(_key(node.id))):
            return manifest.card()
        card = node.papers.get("card") or {}
        try:
            data = Path(card.get("path", "")).read_bytes()
        except OSError:
            return ""
        same = hashlib.sha256(data).hexdigest() == card["sha256"]
        return data.decode(errors="replace") if same else ""

    def to_dict(self) -> dict[str, Any]:
        """Return nodes and links as plain values, to draw or to keep."""
        return {
            "nodes": [{**vars(n), "papers": dict(n.papers)} for n in self],
            "links": [vars(link) for link in self.links],
        }

    def _of_file(self, path: Path) -> Node:
        try:
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise ParameterError(f"{path} cannot be read: {error.strerror or error}") from error
        for id in (f"clip:{sha256}", f"model:{sha256}"):
            if id in self.nodes:
                return self.nodes[id]
        raise UnknownNameError(
            f"nothing in the lineage is the file {path.name} (sha256 {sha256[:12]}...): "
            "it was changed since, or never recorded"
        )

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes.values())

    def __len__(self) -> int:
        return len(self.nodes)

    def __repr__(self) -> str:
        counts = ", ".join(f"{sum(n.kind == kind for n in self)} {kind}s" for kind in KINDS)
        return f"Lineage({counts}, {len(self._links)} links)"

    # -- building --------------------------------------------------------------------------

    def _put(self, kind: str, key: str, name: str, papers: Mapping[str, Any]) -> str:
        """Add a node, or add to what is known of it."""
        id = f"{kind}:{key}"
        for alias in (id, key, name):
            self._called.setdefault(alias, {})[id] = None
        old = self.nodes.get(id)
        known = {**papers, **(old.papers if old else {})}
        self.nodes[id] = Node(id, kind, old.name if old and old.papers else name, known)
        return id

    def _link(self, source: str, target: str, how: str) -> None:
        self._links[Link(source, target, how)] = None

    def _add_row(self, row: Row) -> None:
        clip = self._put("clip", row.sha256, row.path, _papers(row))
        for step in row.derivation:
            for parent in step.parents:
                self._link(self._put("clip", parent, parent[:12], {}), clip, step.how)
            if step.model:
                self._link(self._put("model", step.model, step.model[:12], {}), clip, step.how)
            if step.run and not step.model:
                self._link(self._put("run", step.run, step.run, {}), clip, step.how)
            elif step.run:
                model = f"model:{step.model}"
                self._link(self._put("run", step.run, step.run, {}), model, "trained")

    def _add_run(self, record: RunRecord, versions: Mapping[str, Manifest]) -> None:
        papers = {
            "project": record.project,
            "backend": record.backend,
            "state": record.state,
            "params": record.params,
            "metrics": {name: values[-1][1] for name, values in record.metrics.items()},
            "datasets": {data.role: data.name for data in record.datasets},
            "started": record.started,
            "tracker": record.tracker,
        }
        run = self._put("run", record.id, record.name or record.id, papers)
        for data in record.datasets:
            node = self._put("dataset", data.digest, data.name, vars(data))
            if data.role == "training":  # what it was only measured on, it did not learn from
                self._link(node, run, "learned from")
            for row in versions.get(data.digest, ()):
                self._link(f"clip:{row.sha256}", node, "is in")
        cards = {made.kind: vars(made) for made in record.artefacts}
        for made in record.artefacts:
            if made.kind not in ("model", "clip"):
                continue
            known = dict(vars(made))
            if made.kind == "model" and "card" in cards:
                known["card"] = cards["card"]
            self._link(run, self._put(made.kind, made.sha256, made.name, known), "made")

    def _add_entry(self, entry: Entry) -> None:
        if not entry.clip_sha256:
            return
        papers = {"payload": entry.payload, "model_card": entry.model_card}
        clip = self._put("clip", entry.clip_sha256, f"payload {entry.payload}", papers)
        if entry.run:
            run = self._put("run", entry.run, entry.run, {})
            made = [link.target for link in self._links if link.source == run]
            for source in [id for id in made if id.startswith("model:")] or [run]:
                self._link(source, clip, "generated")
        if entry.manifest:
            data = self._put("dataset", entry.manifest, entry.manifest[:12], {})
            if entry.run:
                self._link(data, f"run:{entry.run}", "learned from")

    def _walk(self, start: str, edges: Mapping[str, Sequence[str]]) -> tuple[Node, ...]:
        seen = {start: None}
        queue = deque([start])
        while queue:
            for other in edges.get(queue.popleft(), ()):
                if other not in seen:
                    seen[other] = None
                    queue.append(other)
        return tuple(self.nodes[id] for id in seen if id != start)


def _adjacent(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    edges: dict[str, list[str]] = {}
    for source, target in pairs:
        edges.setdefault(source, []).append(target)
    return edges


def _key(id: str) -> str:
    return id.split(":", 1)[1]


def _papers(row: Row) -> dict[str, Any]:
    names = ("path", "licence", "creator", "source", "attribution", "split", "labels", "duration_s")
    papers: dict[str, Any] = {name: getattr(row, name) for name in names}
    papers["derivation"] = [step.how for step in row.derivation]
    papers["settings"] = [dict(step.settings) for step in row.derivation]
    papers["consent"] = row.consent.by if row.consent else None
    return papers
