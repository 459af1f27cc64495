"""Papers for people: the credits of a data set, and its card.

References
----------
T. Gebru et al., "Datasheets for datasets", Communications of the ACM 64(12), 2021.
Creative Commons, "Recommended practices for attribution" (title, author, source, licence, changes).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from .audit import audit
from .licences import licences, read, table
from .rows import USES, Row

if TYPE_CHECKING:
    from .manifest import Manifest


def attribution(manifest: Manifest) -> str:
    """Return the credits file, in Markdown: a section a licence, a line a clip.

    >>> from sonic_lab.provenance import bundled
    >>> print(bundled().attribution())
    # Credits: Sonic Lab's bundled clips
    <BLANKLINE>
    ## CC0-1.0
    CC0-1.0: <https://creativecommons.org/publicdomain/zero/1.0/legalcode>
    <BLANKLINE>
    - **trumpet.flac** by The Sonic Lab authors. Source: made for this course: ...
    """
    lines = [f"# Credits{f': {_md(manifest.title)}' if manifest.title else ''}", ""]
    groups: dict[str, list[Row]] = {}
    for row in sorted(manifest, key=lambda row: row.path):
        groups.setdefault(row.licence or "No licence stated", []).append(row)
    for licence in sorted(groups):
        lines += [f"## {_md(licence)}", *_addresses(licence)]
        lines += [_credit(row) for row in _as_ordered(groups[licence], manifest)]
        lines.append("")
    return "\n".join(lines)


def _as_ordered(rows: list[Row], manifest: Manifest) -> list[Row]:
    place = {path: i for i, path in enumerate(manifest.paths)}
    return sorted(rows, key=lambda row: place[row.path])


def _addresses(licence: str) -> list[str]:
    """List where the texts of the licences in an expression are."""
    terms = read(licence) if licence != "No licence stated" else None
    parts = [part for way in terms.alternatives for part in way] if terms else []
    known = {part.id: part.licence.source.split(" (")[0] for part in parts if part.licence}
    listed = "; ".join(f"{id}: <{address}>" for id, address in known.items())
    return [listed, ""] if listed else [""]


def _credit(row: Row) -> str:
    text = f"- **{_md(row.path)}**"
    text += f" by {_md(row.creator)}." if row.creator else " by an unknown creator."
    if row.attribution:
        text += f" {_md(row.attribution)}".rstrip(".") + "."
    if row.source:
        text += f" Source: {_md(row.source)}".rstrip(".") + "."
    if row.derivation:  # CC BY 4.0, section 3(a)(1)(B): say that it was changed
        steps = ", then ".join(
            _md(f"{step.how}{f' by {step.by}' if step.by else ''}") for step in row.derivation
        )
        text += f" Changed: {steps}."
    return text


def card(manifest: Manifest) -> str:
    """Return the data card, in Markdown: what is in it, from where, and what may be done with it.

    Every number in it is counted from the rows; no file is read.
    """
    sections = [
        f"# {_md(manifest.title) or 'Data card'}",
        _md(manifest.description),
        _composition(manifest),
        _origin(manifest),
        _people(manifest),
        _changes(manifest),
        _permitted(manifest),
        _limits(),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _composition(manifest: Manifest) -> str:
    rows = list(manifest)
    hours = sum(row.duration_s for row in rows) / 3600
    lines = [
        "## What is in it",
        "",
        f"- {len(manifest.paths)} clips, {hours:.3g} hours; version `{manifest.digest[:16]}`",
        f"- rates: {_count(rows, lambda row: f'{row.sr} Hz')}",
        f"- channels: {_count(rows, lambda row: str(row.channels))}",
        f"- parts: {_count(rows, lambda row: row.split or 'none stated')}",
    ]
    labels = Counter(label for row in rows for label in row.labels)
    if labels:
        lines.append("- labels: " + _listed(labels))
    if manifest.problems:
        lines.append(f"- {len(manifest.problems)} rows or files could not be read")
    return "\n".join(lines)


def _origin(manifest: Manifest) -> str:
    rows = list(manifest)
    dates = sorted(row.obtained for row in rows if row.obtained)
    span = f"{dates[0]} to {dates[-1]}" if dates else "not stated"
    return "\n".join(
        [
            "## Where it came from",
            "",
            f"- creators: {_count(rows, lambda row: row.creator or 'not stated')}",
            f"- sources: {_count(rows, lambda row: row.source or 'not stated')}",
            f"- obtained: {span}",
        ]
    )


def _people(manifest: Manifest) -> str:
    rows = list(manifest)
    heard = {True: "voice heard", False: "no voice", None: "not stated"}
    agreed = sum(row.consent is not None for row in rows if row.voice)
    voices = sum(bool(row.voice) for row in rows)
    return "\n".join(
        [
            "## Who is heard",
            "",
            f"- {_count(rows, lambda row: heard[row.voice])}",
            f"- consent on file for {agreed} of {voices} clips with a voice",
        ]
    )


def _changes(manifest: Manifest) -> str:
    steps = Counter(step.how for row in manifest for step in row.derivation)
    if not steps:
        return ""
    made = sum(bool(row.derivation) for row in manifest)
    return f"## What was done to it\n\n- {made} clips were made or changed: {_listed(steps)}"


def _permitted(manifest: Manifest) -> str:
    lines = [
        "## What may be done with it",
        "",
        "| licence | clips | |",
        "|---|---:|---|",
    ]
    for licence, count in Counter(row.licence for row in manifest).most_common():
        known = licences().get(licence)
        name = known.name if known else ""
        lines.append(f"| {_md(licence) or 'none stated'} | {count} | {name} |")
    lines += ["", "| use | errors | warnings | clips in the way |", "|---|---:|---:|---:|"]
    for use in USES:
        found = audit(manifest, use=use, files=False)
        bad = len({finding.clip for finding in found.errors})
        lines.append(f"| {use} | {len(found.errors)} | {len(found.warnings)} | {bad} |")
    return "\n".join(lines)


def _limits() -> str:
    texts = [f"- {row['text']}" for row in table()["unjudged"]]
    return "\n".join(["## What this card cannot tell", "", *texts])


def _count(rows: Iterable[Row], name: Callable[[Row], str]) -> str:
    return _listed(Counter(name(row) for row in rows))


def _listed(counts: Counter[str], most: int = 12) -> str:
    shown = ", ".join(f"{_md(name)} ({n})" for name, n in counts.most_common(most))
    return shown + (f" and {len(counts) - most} more" if len(counts) > most else "") or "none"


def _md(text: str) -> str:
    """Keep what a manifest says from becoming markup."""
    flat = " ".join(text.split())
    for mark in "\\`*_[]<>|#":
        flat = flat.replace(mark, f"\\{mark}")
    return flat
