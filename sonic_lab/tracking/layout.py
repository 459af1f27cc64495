"""Place the boxes of a graph in columns, so that every arrow points to the right where it can.

Plain geometry: it knows ids and links, and nothing of what they stand for.

References
----------
K. Sugiyama, S. Tagawa and M. Toda, "Methods for visual understanding of hierarchical system
structures", IEEE Transactions on Systems, Man, and Cybernetics 11(2), 1981: columns, stand-ins for
links that pass a column, and order by the middle of the neighbours.
R. Barlow et al., "Statistical Inference under Order Restrictions", 1972: pooling neighbours that
are in the wrong order is the closest row of numbers in the right order.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

BOX = (138, 40)  # px, width and height
GAP = (36, 12)  # px between columns, and between boxes of a column
MARGIN = 12
_SWEEPS = 8  # more never helped any graph that was tried

Point = tuple[float, float]


@dataclass(frozen=True)
class Layout:
    """Where everything is, in px from the upper left.

    Attributes
    ----------
    places : the upper left corner of each box
    curves : for each link the points of cubic Bézier curves: a start, then three points a curve
    columns : the boxes of each column, from the top
    width, height : of the whole
    """

    places: Mapping[str, Point]
    curves: Mapping[tuple[str, str], tuple[Point, ...]]
    columns: tuple[tuple[str, ...], ...]
    width: float
    height: float


def lay_out(ids: Sequence[str], links: Iterable[tuple[str, str]]) -> Layout:
    """Place boxes so that links point right, cross little, and are short.

    Parameters
    ----------
    ids : the boxes
    links : pairs of ids, source first; circles and links from a box to itself are allowed

    Examples
    --------
    >>> lay_out(["clip", "set", "run"], [("clip", "set"), ("set", "run")]).columns
    (('clip',), ('set',), ('run',))
    """
    asked = list(dict.fromkeys(links))
    pairs = _without_circles(ids, [link for link in asked if link[0] != link[1]])
    column = _columns(ids, pairs)
    routes = {pair: _route(pair, column) for pair in pairs}
    steps = [step for route in routes.values() for step in pairwise(route)]
    layers = _ordered(_layers(ids, routes, column), steps)
    centres = _centres(layers, steps)
    x = {id: MARGIN + i * (BOX[0] + GAP[0]) for i, layer in enumerate(layers) for id in layer}
    top = min(centres.values(), default=0.0) - BOX[1] / 2 - MARGIN
    y = {id: centre - top for id, centre in centres.items()}
    curves = {
        (a, b): _curve([*routes.get((a, b), ()), *reversed(routes.get((b, a), ()))], x, y)
        for a, b in asked
        if a != b
    }
    return Layout(
        places={id: (x[id], round(y[id] - BOX[1] / 2, 1)) for id in ids},
        curves=curves,
        columns=tuple(tuple(id for id in layer if id in column) for layer in layers),
        width=2 * MARGIN + len(layers) * (BOX[0] + GAP[0]) - GAP[0] if layers else 2 * MARGIN,
        height=round(max(y.values(), default=0.0) + BOX[1] / 2 + MARGIN, 1),
    )


def _without_circles(ids: Sequence[str], links: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Turn round each link that closes a circle, as a walk in depth meets it."""
    targets: dict[str, list[str]] = {id: [] for id in ids}
    for source, target in links:
        targets[source].append(target)
    state: dict[str, int] = {}  # 1 while what comes after it is visited, 2 afterwards
    kept: dict[tuple[str, str], None] = {}
    for start in ids:
        stack = [(start, iter(targets[start]))] if start not in state else []
        state.setdefault(start, 1)
        while stack:
            here, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                state[here] = 2
                stack.pop()
                continue
            kept[(following, here) if state.get(following) == 1 else (here, following)] = None
            if following not in state:
                state[following] = 1
                stack.append((following, iter(targets[following])))
    return list(kept)


def _columns(ids: Sequence[str], links: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Give each box the column after the last of its sources; a source stands before its first use.

    Without the second half every clip would stand in the first column, however late it comes in.
    """
    after: dict[str, list[str]] = {id: [] for id in ids}
    waits = dict.fromkeys(ids, 0)
    for source, target in links:
        after[source].append(target)
        waits[target] += 1
    sources = [id for id in ids if not waits[id]]
    column = dict.fromkeys(ids, 0)
    free = list(sources)
    while free:
        here = free.pop()
        for target in after[here]:
            column[target] = max(column[target], column[here] + 1)
            waits[target] -= 1
            if not waits[target]:
                free.append(target)
    for id in sources:
        column[id] = min((column[target] for target in after[id]), default=1) - 1
    return column


def _route(pair: tuple[str, str], column: Mapping[str, int]) -> tuple[Any, ...]:
    """Name what a link passes: its source, a stand-in in each column between, its target."""
    source, target = pair
    between = ((pair, i) for i in range(column[source] + 1, column[target]))
    return (source, *between, target)


def _layers(
    ids: Sequence[str], routes: Mapping[Any, tuple[Any, ...]], column: Mapping[str, int]
) -> list[list[Any]]:
    layers: list[list[Any]] = [[] for _ in range(max(column.values(), default=-1) + 1)]
    for id in ids:
        layers[column[id]].append(id)
    for route in routes.values():
        for stand_in in route[1:-1]:
            layers[stand_in[1]].append(stand_in)
    return layers


def _ordered(layers: list[list[Any]], steps: Sequence[tuple[Any, Any]]) -> list[list[Any]]:
    """Order each column by the middle of its neighbours, to and fro; keep what crosses least."""
    best, least = layers, _crossings(layers, steps)
    before, after = _neighbours(steps)
    for sweep in range(_SWEEPS):
        if not least:
            break
        backwards = sweep % 2 == 1
        layers = [list(layer) for layer in layers]
        for layer in reversed(layers) if backwards else layers:
            place = {id: i for column in layers for i, id in enumerate(column)}
            near = after if backwards else before
            middle = {id: _mean([place[n] for n in near.get(id, ())], place[id]) for id in layer}
            layer.sort(key=middle.__getitem__)
        if (crossings := _crossings(layers, steps)) < least:
            best, least = layers, crossings
    return best


def _crossings(layers: Sequence[Sequence[Any]], steps: Sequence[tuple[Any, Any]]) -> int:
    """Count the links that cross: pairs whose ends stand in opposite orders."""
    where = {id: (c, i) for c, layer in enumerate(layers) for i, id in enumerate(layer)}
    seen: dict[int, list[int]] = {}
    count = 0
    for (column, _), (_, end) in sorted((where[a], where[b]) for a, b in steps):
        ends = seen.setdefault(column, [])
        count += len(ends) - bisect_left(ends, end + 1)
        insort(ends, end)
    return count


def _centres(layers: Sequence[Sequence[Any]], steps: Sequence[tuple[Any, Any]]) -> dict[Any, float]:
    """Move each box towards its neighbours' height, as far as the others of its column allow."""
    rows = [_rows(layer) for layer in layers]
    centres = {
        id: row - at[-1] / 2
        for layer, at in zip(layers, rows, strict=True)
        for id, row in zip(layer, at, strict=True)
    }
    before, after = _neighbours(steps)
    for sweep in range(_SWEEPS):
        near = before if sweep % 2 == 0 else after
        order = range(len(layers)) if sweep % 2 == 0 else reversed(range(len(layers)))
        for i in order:
            layer = layers[i]
            wished = [_mean([centres[n] for n in near.get(id, ())], centres[id]) for id in layer]
            centres.update(zip(layer, _apart(wished, rows[i]), strict=True))
    return centres


def _rows(layer: Sequence[Any]) -> list[float]:
    """Return the heights of a column set as tight as it goes. Stand-ins are lines, and thin."""
    sizes = [0 if isinstance(id, tuple) else BOX[1] for id in layer]
    return list(accumulate(((a + b) / 2 + GAP[1] for a, b in pairwise(sizes)), initial=0.0))


def _apart(wished: Sequence[float], rows: Sequence[float]) -> list[float]:
    """Return the heights closest to those wished for that lie nowhere tighter than `rows`."""
    pools: list[tuple[float, int]] = []  # mean and size of what moves together
    for wish, row in zip(wished, rows, strict=True):
        mean, size = wish - row, 1
        while pools and pools[-1][0] > mean:
            other, count = pools.pop()
            mean, size = (mean * size + other * count) / (size + count), size + count
        pools.append((mean, size))
    moved = [mean for mean, size in pools for _ in range(size)]
    return [mean + row for mean, row in zip(moved, rows, strict=True)]


def _curve(
    route: Sequence[Any], x: Mapping[Any, float], y: Mapping[Any, float]
) -> tuple[Point, ...]:
    """Lead a link along its route; one that was turned round is drawn from where it starts."""
    forward = x[route[0]] < x[route[-1]]
    points: list[Point] = []
    for i, id in enumerate(route):
        stand_in = 0 < i < len(route) - 1
        left, right = (x[id], round(y[id], 1)), (x[id] + BOX[0], round(y[id], 1))
        ends = (left, right) if forward else (right, left)
        points += ends if stand_in else [ends[1] if i == 0 else ends[0]]
    drawn = [points[0]]
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (x0 + x1) / 2
        drawn += [(middle, y0), (middle, y1), (x1, y1)]
    return tuple(drawn)


def _neighbours(steps: Sequence[tuple[Any, Any]]) -> tuple[dict[Any, list[Any]], ...]:
    before: dict[Any, list[Any]] = {}
    after: dict[Any, list[Any]] = {}
    for a, b in steps:
        after.setdefault(a, []).append(b)
        before.setdefault(b, []).append(a)
    return before, after


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
