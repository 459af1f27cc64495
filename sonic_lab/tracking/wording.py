"""Say in words what a lineage shows: titles, papers, and what follows if a clip is withdrawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .lineage import KINDS, Lineage, Node

_PLURAL = {"clip": "clips", "dataset": "data sets", "run": "runs", "model": "models"}
SINGLE = {**{kind: kind for kind in KINDS}, "dataset": "data set"}
_WIDTH = 18  # characters that fit into a box
_FEW = 6  # names in a sentence


def title(nodes: Sequence[Node]) -> str:
    """Return what a box is called, in at most 18 characters; a path may lose its folders."""
    name = nodes[0].name if len(nodes) == 1 else count(len(nodes), nodes[0].kind)
    if len(name) > _WIDTH:
        name = name.rsplit("/", 1)[-1]
    if len(name) <= _WIDTH:
        return name
    return f"{name[: _WIDTH - 8]}…{name[-7:]}"  # names that differ at their end stay apart


def note(nodes: Sequence[Node]) -> str:
    """Return the second line of a box: what matters most about its kind."""
    kind, papers = nodes[0].kind, nodes[0].papers
    if kind == "clip":
        return _clip_note(nodes)
    if len(nodes) > 1:
        return ""
    if kind == "dataset":
        clips = papers.get("clips")
        return "data set" if clips is None else f"data set, {count(clips, 'clip')}"
    if kind == "run":
        metrics = papers.get("metrics") or {}
        best = next((m for m in ("accuracy", "loss") if m in metrics), next(iter(metrics), ""))
        return f"run, {best} {metrics[best]:.3g}"[:26] if best else "run"
    return f"model {nodes[0].id.split(':')[1][:8]}"


def _clip_note(nodes: Sequence[Node]) -> str:
    hows = {how for node in nodes for how in node.papers.get("derivation") or ()}
    licences = {str(node.papers.get("licence", "")) for node in nodes}
    licence = next(iter(licences)) or "no licence" if len(licences) == 1 else "several licences"
    if not any(node.papers for node in nodes):
        return "no papers"
    done = next(iter(hows)) if len(hows) == 1 else "changed" if hows else ""
    return ", ".join(filter(None, (done, licence)))[:26]


def papers(lineage: Lineage, ids: Sequence[str]) -> list[tuple[str, str]]:
    """Return what is known of a thing as pairs of name and text; of several, what they share."""
    nodes = [lineage.nodes[id] for id in ids]
    if not nodes:
        return []
    if len(nodes) > 1:
        shared = [pair for pair in _papers(nodes[0]) if all(pair in _papers(n) for n in nodes[1:])]
        names = ", ".join(node.name for node in nodes[:_FEW])
        more = f" and {len(nodes) - _FEW} more" if len(nodes) > _FEW else ""
        return [(_PLURAL[nodes[0].kind], names + more), *shared]
    return _papers(nodes[0])


def _papers(node: Node) -> list[tuple[str, str]]:
    key = node.id.split(":", 1)[1]
    rows = [(SINGLE[node.kind], node.name)]
    rows.append(("id" if node.kind == "run" else "sha256", key))
    hidden = {"sha256", "digest", "name", "card", "kind", "derivation"}
    if node.kind == "clip":
        hidden.add("settings")
        rows += _steps(node.papers)
    for name, value in node.papers.items():
        if name in hidden or value in (None, "", [], (), {}, node.name):
            continue
        if isinstance(value, Mapping):
            rows += [(f"{name}: {inner}", _text(told)) for inner, told in value.items()]
        else:
            rows.append((_unit(name), _text(value)))
    if node.kind == "clip" and not node.papers.get("licence"):
        rows.append(("licence", "not stated"))
    return rows


def _steps(known: Mapping[str, Any]) -> list[tuple[str, str]]:
    hows: Sequence[str] = known.get("derivation") or ()
    settings: Sequence[Mapping[str, Any]] = known.get("settings") or [{} for _ in hows]
    told = []
    for how, values in zip(hows, settings, strict=True):
        drawn = ", ".join(f"{name} {_text(value)}" for name, value in values.items())
        told.append(("made by", f"{how} ({drawn})" if drawn else how))
    return told


def _unit(name: str) -> str:
    return f"{name[:-2]}, s" if name.endswith("_s") else name


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def verdict(lineage: Lineage, ids: Sequence[str]) -> str:
    """Answer which models must be retrained if this is withdrawn, and where it comes from."""
    if not ids:
        return ""
    kind = lineage.nodes[ids[0]].kind
    what = lineage.nodes[ids[0]].name if len(ids) == 1 else f"these {count(len(ids), kind)}"
    own = set(ids)
    after = _known(lineage, (node for id in ids for node in lineage.forward(id)), own)
    before = _known(lineage, (node for id in ids for node in lineage.back(id)), own)
    return " ".join(filter(None, (_forward(what, kind, len(ids), after), _back(what, before))))


def _known(lineage: Lineage, nodes: Iterable[Node], own: set[str]) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {kind: [] for kind in KINDS}
    for id in dict.fromkeys(node.id for node in nodes):
        if id not in own:
            found[lineage.nodes[id].kind].append(lineage.nodes[id])
    return found


def _forward(what: str, kind: str, number: int, after: Mapping[str, list[Node]]) -> str:
    models, clips = after["model"], after["clip"]
    made = f" {count(len(clips), 'clip')} came of it: {_named(clips)}." if clips else ""
    if kind not in ("clip", "dataset"):
        return made.strip()
    verb = "is" if number == 1 else "are"
    if not models:
        return (
            f"If {what} {verb} withdrawn, no model must be retrained: none learned from it.{made}"
        )
    must = f"{count(len(models), 'model')} must be retrained: {_named(models)}."
    return f"If {what} {verb} withdrawn, {must}{made}"


def _back(what: str, before: Mapping[str, list[Node]]) -> str:
    clips = before["clip"]
    through = [_named(before[kind]) for kind in ("model", "run") if before[kind]]
    via = f" through {', '.join(through)}" if through else ""
    if not clips:
        return f"{what} goes back{via}." if via else ""
    found = Counter(str(node.papers.get("licence") or "no licence stated") for node in clips)
    licences = ", ".join(f"{name} ({n})" for name, n in found.most_common())
    return f"{what} goes back to {count(len(clips), 'clip')}{via}; licences: {licences}."


def describe(
    columns: Sequence[Sequence[str]],
    titles: Mapping[str, str],
    lineage: Lineage,
    told: str,
) -> str:
    """Say what a drawing shows, column by column."""
    counts = Counter(node.kind for node in lineage)
    whole = ", ".join(count(counts[kind], kind) for kind in KINDS if counts[kind]) or "nothing"
    named = [_listed([titles[id] for id in column]) for column in columns if column]
    order = f" From left to right: {'; then '.join(named)}." if named else ""
    return f"A lineage of {whole}.{order} {told}".strip()


def count(number: int, kind: str) -> str:
    """Return a number and what it counts.

    >>> count(1, "dataset"), count(3, "clip")
    ('1 data set', '3 clips')
    """
    return f"{number} {SINGLE[kind] if number == 1 else _PLURAL[kind]}"


def _named(nodes: Sequence[Node]) -> str:
    return _listed([node.name for node in nodes])


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more
