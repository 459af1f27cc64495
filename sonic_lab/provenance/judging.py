"""What one clip's own papers come to: its licence, its credit, the consent of who is heard."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from .findings import Finding, find
from .licences import Part, Terms, may_become, read
from .rows import Row


def judge(row: Row, *, use: str) -> list[Finding]:
    """Find what a clip's own papers say against a use."""
    return [*_licence(row, use=use), *_consent(row, use=use)]


def best_way(row: Row, *, use: str) -> tuple[Part, ...]:
    """Return the licences a clip is under, of the alternatives the one that suits the use best."""
    terms = read(row.licence)
    if terms is None or not terms.alternatives:
        return ()
    return min(terms.alternatives, key=lambda way: _weight(_way(row, way, use=use)))


def _licence(row: Row, *, use: str) -> list[Finding]:
    terms = read(row.licence)
    if terms is None:
        return find("licence-missing", row.path, use=use, source=row.source or "not stated either")
    if terms.problem:
        return _unreadable(row, terms, use=use)
    return _way(row, best_way(row, use=use), use=use)


def _unreadable(row: Row, terms: Terms, *, use: str) -> list[Finding]:
    values = {"problem": terms.problem, "suggestion": terms.suggestion}
    return find("licence-unreadable", row.path, use=use, licence=row.licence, **values)


def _way(row: Row, way: Sequence[Part], *, use: str) -> list[Finding]:
    return [
        *(finding for part in way for finding in _part(row, part, use=use)),
        *clash(row.path, way, use=use),
    ]


def _part(row: Row, part: Part, *, use: str) -> list[Finding]:
    found: list[Finding] = []
    say = functools.partial(find, clip=row.path, use=use, part=part.id)
    creator = row.creator or "its creator"
    if part.exception:
        found += say("licence-exception", exception=part.exception)
    licence = part.licence
    if licence is None:
        return [*found, *say("licence-own-terms" if part.own_terms else "licence-unknown")]
    if licence.remark:
        found += say(licence.remark)
    if licence.remark == "all-rights-reserved":
        return found  # it says all that the rules below would say again
    if not licence.commercial:
        found += say("non-commercial", creator=creator)
    if not licence.adapt:
        found += say("no-derivatives", creator=creator)
    if licence.share_alike:
        found += say("share-alike")
    if licence.credit and not (row.creator or row.attribution):
        found += say("attribution-missing", source=row.source or "not stated either")
    return found


def clash(path: str, parts: Sequence[Part], *, use: str) -> list[Finding]:
    """Find two share-alike licences that cannot both have their way over one sound."""
    spreading = [p for p in parts if p.licence is not None and p.licence.share_alike]
    for i, a in enumerate(spreading):
        for b in spreading[i + 1 :]:
            if not (follows(a, b) or follows(b, a)):
                return find("share-alike-clash", path, use=use, part=a.id, other=b.id)
    return []


def follows(parent: Part, child: Part) -> bool:
    """Say whether a changed version of a work under `parent` may be shared under `child`.

    >>> from sonic_lab.provenance.licences import read
    >>> old, new = (read(f"CC-BY-SA-{v}").alternatives[0][0] for v in ("3.0", "4.0"))
    >>> follows(old, new), follows(new, old)
    (True, False)
    """
    if parent.licence is None or child.licence is None or not child.licence.share_alike:
        return False
    if parent.licence.share_alike == child.licence.share_alike:
        return _version(child.id) >= _version(parent.id)
    return child.licence.share_alike in may_become(parent.licence.share_alike)


def _version(id: str) -> tuple[int, ...]:
    match = re.search(r"(\d+)\.(\d+)", id)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _consent(row: Row, *, use: str) -> list[Finding]:
    consent = row.consent
    if consent is not None and use not in consent.covers:
        covers = ", ".join(consent.covers) or "nothing"
        return find("consent-too-narrow", row.path, use=use, person=consent.by, covers=covers)
    if row.voice and consent is None:
        return find("consent-missing", row.path, use=use)
    return []


def _weight(findings: Sequence[Finding]) -> tuple[int, int, int]:
    """Order alternatives: errors count before warnings, and these before notes."""
    ranks = [finding.severity.rank for finding in findings]
    return ranks.count(0), ranks.count(1), ranks.count(2)
