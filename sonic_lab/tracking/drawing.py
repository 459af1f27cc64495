"""Turn a lineage into boxes, lines and words, for a page or a figure to show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..errors import ParameterError
from .grouping import MOST_ALIKE, groups
from .layout import BOX, Layout, lay_out
from .lineage import Lineage, Node
from .wording import SINGLE, describe, note, title, verdict

_GROUP = "group:"
# Mid tones, which read on a light and on a dark page.
COLOURS = {"clip": "#3a9d6a", "dataset": "#a08020", "run": "#7a6fd0", "model": "#b5559b"}


@dataclass(frozen=True)
class Box:
    """One thing, or many that are alike.

    Attributes
    ----------
    id : of the node; of a group ``"group:"`` and its first member's
    kind, colour : one of `sonic_lab.tracking.lineage.KINDS`, and the colour that stands for it
    title, note : the two lines that stand in it
    state : ``"selected"``, ``"back"`` (the selection came from it), ``"forward"``, ``"retrain"``
        (a model that learned from the selection), or ``""``
    label : all of that in words
    members : ids of the nodes
    x, y : upper left corner, px
    near : the box that each arrow key leads to
    """

    id: str
    kind: str
    colour: str
    title: str
    note: str
    state: str
    label: str
    members: tuple[str, ...]
    x: float
    y: float
    near: Mapping[str, str]


@dataclass(frozen=True)
class Line:
    """A link between boxes. `points` are those of Bézier curves; `state` as that of a box."""

    source: str
    target: str
    how: str
    state: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Drawing:
    """A lineage as it is to be drawn, in px, and in words."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: float
    height: float
    box_size: tuple[float, float]
    selected: tuple[str, ...]
    verdict: str
    description: str


def draw(
    lineage: Lineage,
    selected: Any = "",
    *,
    connected: bool = False,
    most_alike: int = MOST_ALIKE,
) -> Drawing:
    """Draw a lineage from left to right, and what it means if something is withdrawn.

    Parameters
    ----------
    lineage : what to draw
    selected : anything that `Lineage.node` takes, the id of a group, or ``""`` for nothing
    connected : leave out what the selection neither came from nor led to
    most_alike : things that are alike are drawn one by one up to this number, else as one box

    Raises
    ------
    UnknownNameError, ParameterError
        There is no such thing, or the name may mean several.

    Examples
    --------
    >>> from sonic_lab.provenance import bundled
    >>> drawing = draw(Lineage([bundled()]))
    >>> [(box.title, box.note) for box in drawing.boxes]
    [('11 clips', 'CC0-1.0')]
    """
    chosen = _chosen(lineage, selected, most_alike)
    back = _all(lineage.back(id) for id in chosen) - {*chosen}
    forward = _all(lineage.forward(id) for id in chosen) - {*chosen}
    shown = {*chosen, *back, *forward} if connected and chosen else set(lineage.nodes)
    parts = _groups(lineage, shown, chosen, most_alike)
    names = {id: part[0] if len(part) == 1 else _GROUP + part[0] for part in parts for id in part}
    links = _links(lineage, names)
    placed = lay_out([names[part[0]] for part in parts], links)
    near = _near(placed, links)
    states = dict.fromkeys(back, "back") | dict.fromkeys(forward, "forward")
    if chosen and lineage.nodes[chosen[0]].kind in ("clip", "dataset"):  # what can be withdrawn
        states |= {id: "retrain" for id in forward if lineage.nodes[id].kind == "model"}
    states |= dict.fromkeys(chosen, "selected")
    boxes = tuple(_box(lineage, part, names[part[0]], placed, states, near) for part in parts)
    told = verdict(lineage, chosen)
    return Drawing(
        boxes=boxes,
        lines=_lines(boxes, links, placed),
        width=placed.width,
        height=placed.height,
        box_size=BOX,
        selected=chosen,
        verdict=told,
        description=describe(placed.columns, {box.id: box.title for box in boxes}, lineage, told),
    )


def resolve(lineage: Lineage, selected: Any, *, most_alike: int = MOST_ALIKE) -> str:
    """Return the id of the node or the group that is meant; of nothing, ``""``."""
    chosen = _chosen(lineage, selected, most_alike)
    return chosen[0] if len(chosen) == 1 else _GROUP + chosen[0] if chosen else ""


def _chosen(lineage: Lineage, selected: Any, most_alike: int) -> tuple[str, ...]:
    """Return the ids that are meant."""
    if isinstance(selected, str) and selected.startswith(_GROUP):
        first = selected.removeprefix(_GROUP)
        for part in _groups(lineage, set(lineage.nodes), (), most_alike):
            if part[0] == first and len(part) > 1:
                return part
        raise ParameterError(f"{selected!r} is no group of this lineage as it is drawn now")
    return () if selected == "" else (lineage.node(selected).id,)


def _groups(
    lineage: Lineage, shown: set[str], chosen: Sequence[str], most_alike: int
) -> list[tuple[str, ...]]:
    first = {
        node.id: (node.kind, str(node.papers.get("licence", "")))
        for node in lineage
        if node.id in shown
    }
    links = [
        (link.source, link.target, link.how)
        for link in lineage.links
        if link.source in shown and link.target in shown
    ]
    return groups(first, links, apart=chosen, most_alike=most_alike)


def _links(lineage: Lineage, names: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """Return the links between boxes, each with all that happened along it."""
    hows: dict[tuple[str, str], dict[str, None]] = {}
    for link in lineage.links:
        if link.source in names and link.target in names:
            ends = names[link.source], names[link.target]
            hows.setdefault(ends, {})[link.how] = None
    return {ends: ", ".join(how) for ends, how in hows.items()}


def _box(
    lineage: Lineage,
    part: Sequence[str],
    id: str,
    placed: Layout,
    states: Mapping[str, str],
    near: Mapping[str, Mapping[str, str]],
) -> Box:
    nodes = [lineage.nodes[member] for member in part]
    found = Counter(states.get(member, "") for member in part)
    state = next((s for s in ("selected", "retrain", "forward", "back") if found[s]), "")
    x, y = placed.places[id]
    kind, shown, small = nodes[0].kind, title(nodes), note(nodes)
    meant = _meant(state, found[state], len(part))
    named = f"{SINGLE[kind]} {shown}" if len(part) == 1 and kind == "clip" else shown
    label = ", ".join(filter(None, (named, small, meant)))  # other notes name the kind themselves
    if state == "retrain" or found[state] < len(part):
        small = meant
    return Box(id, kind, COLOURS[kind], shown, small, state, label, tuple(part), x, y, near[id])


def _meant(state: str, hit: int, of: int) -> str:
    """Say what the selection means for a box."""
    words = {"retrain": "must be retrained", "back": "came before", "forward": "came of it"}
    meant = words.get(state, state)
    return meant if hit == of else f"{hit} of {of} {meant}"


def _near(placed: Layout, links: Iterable[tuple[str, str]]) -> dict[str, dict[str, str]]:
    """Say where the arrow keys lead: along links to the sides, and up and down a column."""
    near: dict[str, dict[str, str]] = {id: {} for id in placed.places}
    for column in placed.columns:
        for above, below in pairwise(column):
            near[above]["down"], near[below]["up"] = below, above
    sides: dict[tuple[str, str], list[str]] = {}
    for a, b in links:
        if a != b:
            left, right = sorted((a, b), key=lambda id: placed.places[id][0])
            sides.setdefault((left, "right"), []).append(right)
            sides.setdefault((right, "left"), []).append(left)
    for (id, side), others in sides.items():
        height = placed.places[id][1]
        near[id][side] = min(others, key=lambda other: abs(placed.places[other][1] - height))
    return near


def _lines(
    boxes: Sequence[Box], links: Mapping[tuple[str, str], str], placed: Layout
) -> tuple[Line, ...]:
    back = {box.id for box in boxes if box.state in ("back", "selected")}
    forward = {box.id for box in boxes if box.state in ("forward", "retrain", "selected")}

    def state(a: str, b: str) -> str:
        if a in back and b in back:
            return "back"
        return "forward" if a in forward and b in forward else ""

    lines = [
        Line(a, b, how, state(a, b), placed.curves[a, b]) for (a, b), how in links.items() if a != b
    ]
    return tuple(sorted(lines, key=lambda line: line.state != ""))  # what is marked lies on top


def _all(found: Iterable[Sequence[Node]]) -> set[str]:
    return {node.id for nodes in found for node in nodes}
