"""Put together what plays the same part in a lineage, so that hundreds of clips are one box.

Two things are alike when they are of one kind and what they come from and lead to is alike, and so
on outwards. That is the coarsest bisimulation of the graph, found by refining a partition.

References
----------
R. Paige and R. E. Tarjan, "Three partition refinement algorithms", SIAM Journal on Computing
16(6), 1987. (Theirs is faster; the plain rounds below take as many as the graph is deep.)
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

MOST_ALIKE = 5  # up to so many are drawn one by one
MOST_BOXES = 40  # where more would be drawn, things that are less alike are put together

Link = tuple[str, str, str]


def groups(
    first: Mapping[str, Sequence[Hashable]],
    links: Iterable[Link],
    *,
    apart: Iterable[str] = (),
    most_alike: int = MOST_ALIKE,
    most_boxes: int = MOST_BOXES,
) -> list[tuple[str, ...]]:
    """Part ids into groups of things that are alike; those of a small group stand alone.

    Parameters
    ----------
    first : of each id what tells it apart to begin with, what matters most first
    links : source, target, and what happened between them
    apart : ids that are like no others, so that what they lead to is told from the rest, too
    most_alike : a group of so many or fewer is parted into its members
    most_boxes : where more groups would come of it, fewer rounds are made

    Examples
    --------
    >>> clips = {f"clip {i}": ["clip"] for i in range(9)}
    >>> found = groups({**clips, "set": ["set"]}, [(clip, "set", "is in") for clip in clips])
    >>> [len(group) for group in found]
    [9, 1]
    >>> len(groups(clips, [], apart=["clip 3"]))
    2
    """
    chosen: list[tuple[str, ...]] = []
    for partition in _finer(first, list(links), set(apart)):
        parted = list(_boxes(partition, most_alike))
        if chosen and len(parted) > most_boxes:
            break
        chosen = parted
    return chosen


def _finer(
    first: Mapping[str, Sequence[Hashable]], links: Sequence[Link], apart: set[str]
) -> Iterator[dict[str, int]]:
    """Yield partitions, as a number for each id, from the coarsest to the one that is stable."""
    depth = max(1, *map(len, first.values())) if first else 0
    colours: dict[str, int] = {}
    for n in range(1, depth + 1):
        colours = _numbered({id: (*told[:n], id in apart) for id, told in first.items()})
        yield colours
    while True:
        near: dict[str, set[Hashable]] = {id: set() for id in first}
        for source, target, how in links:
            near[source].add((how, "to", colours[target]))
            near[target].add((how, "from", colours[source]))
        finer = _numbered({id: (colours[id], frozenset(near[id])) for id in first})
        if len(set(finer.values())) == len(set(colours.values())):
            return
        colours = finer
        yield colours


def _numbered(keys: Mapping[str, Hashable]) -> dict[str, int]:
    numbers: dict[Hashable, int] = {}
    return {id: numbers.setdefault(key, len(numbers)) for id, key in keys.items()}


def _boxes(partition: Mapping[str, int], most_alike: int) -> Iterator[tuple[str, ...]]:
    members: dict[int, list[str]] = {}
    for id, number in partition.items():
        members.setdefault(number, []).append(id)
    for group in members.values():
        if len(group) > most_alike:
            yield tuple(group)
        else:
            yield from ((id,) for id in group)
