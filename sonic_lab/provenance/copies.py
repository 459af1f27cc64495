"""Find what occurs twice: the same file, the same samples, or the same recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .findings import Finding, find
from .fingerprint import Fingerprint
from .neighbours import near_duplicates
from .rows import Row

# The part that is learnt from comes first: the clip to take out is the one in the other part.
_LEARNT = ("train", "training")


def copies(
    rows: Sequence[Row], prints: Mapping[str, Fingerprint | None], *, use: str
) -> list[Finding]:
    """Find duplicates, and those across the parts of a data set, which are leaks.

    Parameters
    ----------
    rows : the manifest
    prints : acoustic fingerprints by path; empty where no sound was read
    use : what the sounds are for
    """
    same_file = _chains(rows, [row.sha256 for row in rows], "it is the same file")
    same_sound = _chains(rows, [row.samples_sha256 for row in rows], "it has the same samples")
    pairs = {**same_sound, **same_file}
    kin = _kin(rows)
    for pair in near_duplicates([prints.get(row.path) for row in rows]):
        key = (pair.first, pair.second)
        a, b = rows[pair.first], rows[pair.second]
        # A clip and what was made from it sound alike, as their papers say; only a leak matters.
        if key not in pairs and not (kin[a.sha256] == kin[b.sha256] and a.split == b.split):
            pairs[key] = f"it is the same recording (likeness {pair.likeness:.2f})"
    found: list[Finding] = []
    for (i, j), how in sorted(pairs.items()):
        found += _tell(rows[i], rows[j], how, use=use)
    return found


def _tell(a: Row, b: Row, how: str, *, use: str) -> list[Finding]:
    if a.split == b.split or not (a.split and b.split):
        return find("duplicate", b.path, use=use, how=how, other=a.path)
    if b.split in _LEARNT:
        a, b = b, a
    values = {"how": how, "other": a.path, "other_split": a.split, "split": b.split}
    return find("leak", b.path, use=use, **values)


def _chains(rows: Sequence[Row], hashes: Sequence[str], how: str) -> dict[tuple[int, int], str]:
    """Pair each clip with the first that has its hash, and with the first in each other part."""
    firsts: dict[str, dict[str, int]] = {}
    pairs = {}
    for i, (row, hash_) in enumerate(zip(rows, hashes, strict=True)):
        by_split = firsts.setdefault(hash_, {})
        for j in by_split.values():
            pairs[j, i] = how
        by_split.setdefault(row.split, i)
    return pairs


def _kin(rows: Sequence[Row]) -> dict[str, str]:
    """Name for each file hash the family that derivations put it in."""
    head: dict[str, str] = {}

    def find_head(x: str) -> str:
        head.setdefault(x, x)
        while head[x] != x:
            head[x] = head[head[x]]
            x = head[x]
        return x

    for row in rows:
        find_head(row.sha256)
        for parent in row.parents:
            head[find_head(row.sha256)] = find_head(parent)
    return {hash_: find_head(hash_) for hash_ in list(head)}
