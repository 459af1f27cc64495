"""What a clip inherits from those that it was made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .findings import Finding, Severity, find
from .judging import best_way, clash, follows
from .licences import Part
from .rows import Row

# What is wrong with a parent's place in a data set (a copy, a leak) is no fault of its sound.
_OF_THE_SET = frozenset({"leak", "duplicate", "facts-wrong", "file-missing"})


def inherited(rows: Sequence[Row], own: Mapping[str, list[Finding]], *, use: str) -> list[Finding]:
    """Find what derivations bring in.

    Parameters
    ----------
    rows : the whole manifest
    own : what each clip's own papers and file came to, by path
    use : what the sounds are for
    """
    by_hash: dict[str, list[Row]] = {}
    for row in rows:
        by_hash.setdefault(row.sha256, []).append(row)
    made = [row for row in rows if row.derivation]
    circles = _circles(made, by_hash)
    found: list[Finding] = []
    bad = {path: _grave(findings) for path, findings in own.items() if _grave(findings)}
    for row in _parents_first(made, by_hash):
        if row.path in circles:
            news = find("parent-circle", row.path, use=use, circle=", ".join(sorted(circles)))
        else:
            news = _of_one(row, by_hash, bad, use=use)
        found += news
        if codes := _grave(news):
            bad[row.path] = bad.get(row.path, []) + codes
    return found


def _of_one(
    row: Row, by_hash: Mapping[str, list[Row]], bad: Mapping[str, list[str]], *, use: str
) -> list[Finding]:
    found: list[Finding] = []
    mine = best_way(row, use=use)
    everything: list[Part] = []
    for hash_ in row.parents:
        # A file may lie in the folder twice; papers of one copy that are clean are enough.
        parents = sorted(by_hash.get(hash_, ()), key=lambda p: (p.path in bad, p.path))
        if not parents:
            found += find("parent-unknown", row.path, use=use, parent=f"{hash_[:12]}...")
            continue
        parent = parents[0]
        if parent.path in bad:
            codes = ", ".join(dict.fromkeys(bad[parent.path]))
            found += find("parent-unclean", row.path, use=use, parent=parent.path, findings=codes)
        theirs = best_way(parent, use=use)
        everything += theirs
        found += _conditions(row, mine, parent, theirs, use=use)
    return [*found, *clash(row.path, tuple(dict.fromkeys(everything)), use=use)]


def _conditions(
    row: Row, mine: Sequence[Part], parent: Row, theirs: Sequence[Part], *, use: str
) -> list[Finding]:
    """Find conditions of a parent's licence that the child's does not pass on."""
    found: list[Finding] = []
    for part in theirs:
        licence = part.licence
        if licence is None:
            continue
        names = {"parent": parent.path, "part": part.id, "licence": row.licence}
        if not licence.adapt:
            found += find("no-derivatives-changed", row.path, use=use, **names)
        if licence.share_alike and mine and not any(follows(part, child) for child in mine):
            found += find("share-alike-broken", row.path, use=use, **names)
        elif mine and (wider := _wider(part, mine)):
            found += find("licence-too-wide", row.path, use=use, wider=wider, **names)
    return found


def _wider(part: Part, mine: Sequence[Part]) -> str:
    """Say what the child's licences allow that this one of the parent's does not."""
    known = [child.licence for child in mine if child.licence is not None]
    if part.licence is None or len(known) < len(mine):
        return ""
    if not part.licence.commercial and all(child.commercial for child in known):
        return "allows commercial use"
    if part.licence.credit and not any(child.credit for child in known):
        return "does not ask for credit"
    return ""


def _grave(findings: Iterable[Finding]) -> list[str]:
    return [f.code for f in findings if f.severity is Severity.ERROR and f.code not in _OF_THE_SET]


def _parents_first(made: Sequence[Row], by_hash: Mapping[str, list[Row]]) -> list[Row]:
    """Order the made clips so that each comes after those it was made from, without recursion."""
    order: list[Row] = []
    seen: set[str] = set()
    for start in made:
        stack = [(start, False)]
        while stack:
            row, done = stack.pop()
            if done:
                order.append(row)
            elif row.path not in seen:
                seen.add(row.path)
                stack.append((row, True))
                stack += [(p, False) for p in _made_parents(row, by_hash) if p.path not in seen]
    return order


def _made_parents(row: Row, by_hash: Mapping[str, list[Row]]) -> list[Row]:
    return [p for hash_ in row.parents for p in by_hash.get(hash_, ()) if p.derivation]


def _circles(made: Sequence[Row], by_hash: Mapping[str, list[Row]]) -> set[str]:
    """Return the paths that are their own ancestors: what is left when all others are peeled."""
    children: dict[str, list[str]] = {row.path: [] for row in made}
    waits = dict.fromkeys(children, 0)
    for row in made:
        for parent in _made_parents(row, by_hash):
            children[parent.path].append(row.path)
            waits[row.path] += 1
    left = _peel(children, waits)
    # What hangs below a circle is left too; peeling from the other end takes it away.
    parents: dict[str, list[str]] = {path: [] for path in left}
    waits = dict.fromkeys(left, 0)
    for path in left:
        for child in children[path]:
            if child in left:
                parents[child].append(path)
                waits[path] += 1
    return _peel(parents, waits)


def _peel(edges: Mapping[str, list[str]], waits: dict[str, int]) -> set[str]:
    free = [path for path, count in waits.items() if count == 0]
    left = set(waits)
    while free:
        path = free.pop()
        left.discard(path)
        for other in edges[path]:
            waits[other] -= 1
            if waits[other] == 0:
                free.append(other)
    return left
