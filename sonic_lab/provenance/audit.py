"""Audit a manifest: what stands in the way of a use, clip by clip.

It informs; it is no lawyer. What it cannot judge, it lists.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ManifestError, unknown_name
from .ancestry import inherited
from .copies import copies
from .engine import Progress, each
from .findings import Audit, Finding, find
from .hashing import Facts, facts_of
from .judging import judge
from .licences import read, table
from .rows import USES, Row

if TYPE_CHECKING:
    from .manifest import Manifest


def audit(
    manifest: Manifest,
    *,
    use: str = "commercial",
    files: bool | None = None,
    engine: str = "processes",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Audit:
    """Find what stands in the way of a use.

    Parameters
    ----------
    manifest : the papers
    use : ``"commercial"``, ``"research"``, ``"teaching"``, or ``"redistribute"`` (pass them on)
    files : read the sound files too, for their hashes and for copies of one recording; None does
        so where the manifest knows its folder
    engine, workers, progress : see `sonic_lab.provenance.each`

    Returns
    -------
    Findings, worst first, and what could not be judged

    Raises
    ------
    UnknownNameError
        No such use or engine.
    ManifestError
        The files are to be read, and the manifest does not know its folder.
    MissingDependencyError
        license-expression is not installed.
    """
    if use not in USES:
        raise unknown_name("use", use, USES)
    facts = _read_files(manifest, files, engine=engine, workers=workers, progress=progress)
    rows = tuple(manifest)
    own: dict[str, list[Finding]] = {}
    for row in rows:
        found = own.setdefault(row.path, [])
        found += judge(row, use=use)
        if row.path in facts:
            found += _compare(row, facts[row.path], use=use)
    findings = [finding for found in own.values() for finding in found]
    findings += inherited(rows, own, use=use)
    prints = {path: fact.acoustic for path, fact in facts.items()}
    findings += copies(_one_a_path(rows), prints, use=use)
    findings += _of_the_whole(manifest, use=use)
    unique = sorted(dict.fromkeys(findings), key=lambda finding: finding.severity.rank)
    return Audit(use, tuple(unique), len(manifest.paths), _unjudged(rows, facts))


def _read_files(
    manifest: Manifest,
    files: bool | None,
    *,
    engine: str,
    workers: int | None,
    progress: Progress | None,
) -> dict[str, Facts]:
    if files is False or (files is None and manifest.folder is None):
        return {}
    if manifest.folder is None:
        raise ManifestError(
            "files=True needs a manifest that knows its folder: load it from there, "
            "or pass Manifest(rows, folder=...)"
        )
    read_one = functools.partial(facts_of, prints=True)
    full = [manifest.folder / path for path in manifest.paths]
    facts = each(read_one, full, engine=engine, workers=workers, progress=progress)
    return dict(zip(manifest.paths, facts, strict=True))


def _compare(row: Row, facts: Facts, *, use: str) -> list[Finding]:
    """Hold a row against its file."""
    if not facts.sha256:
        return find("file-missing", row.path, use=use, problem=facts.error)
    if facts.sha256 != row.sha256:
        same = facts.samples_sha256 == row.samples_sha256
        sound = ", though its samples are the same" if same else ""
        values = {"found": facts.sha256[:8], "stated": row.sha256[:8], "sound": sound}
        return find("file-changed", row.path, use=use, **values)
    if facts.error:
        source = row.source or "not stated"
        return find("file-broken", row.path, use=use, problem=facts.error, source=source)
    wrong = _misstated(row, facts)
    return find("facts-wrong", row.path, use=use, fields=", ".join(wrong)) if wrong else []


def _misstated(row: Row, facts: Facts) -> list[str]:
    wrong = [
        name
        for name in ("samples_sha256", "sr", "channels")
        if getattr(row, name) != getattr(facts, name)
    ]
    # A millisecond: people round durations.
    return wrong + ["duration_s"] * (abs(row.duration_s - facts.duration_s) > 1e-3)


def _one_a_path(rows: Sequence[Row]) -> list[Row]:
    return list({row.path: row for row in rows}.values())


def _of_the_whole(manifest: Manifest, *, use: str) -> list[Finding]:
    found: list[Finding] = []
    for path, rows in manifest.conflicts.items():
        apart = [
            name
            for name in Row.__dataclass_fields__
            if any(getattr(row, name) != getattr(rows[0], name) for row in rows)
        ]
        found += find("row-conflict", path, use=use, count=len(rows), fields=", ".join(apart))
    for problem in manifest.problems:
        if problem.raw:
            found += find("row-broken", problem.where, use=use, problem=problem.reason)
        else:
            values = {"problem": problem.reason, "source": "not stated"}
            found += find("file-broken", problem.where, use=use, **values)
    return found


def unlisted(manifest: Manifest, folder: Path, *, use: str) -> list[Finding]:
    """Find sound files in a folder that the manifest has no row for."""
    from .scanning import sound_files

    broken = {problem.where for problem in manifest.problems}
    return [
        finding
        for path in sound_files(folder)
        if path not in manifest and path not in broken
        for finding in find("file-unlisted", path, use=use)
    ]


def with_findings(audit: Audit, findings: Sequence[Finding]) -> Audit:
    """Return an audit with more findings, worst first as before."""
    together = sorted([*audit.findings, *findings], key=lambda finding: finding.severity.rank)
    return Audit(audit.use, tuple(together), audit.clips, audit.unjudged)


def _unjudged(rows: Sequence[Row], facts: dict[str, Facts]) -> tuple[str, ...]:
    """List what this audit leaves open, in general and for these clips."""
    texts = [row["text"] for row in table()["unjudged"]]
    if silent := sum(row.voice is None for row in rows):
        texts.append(f"whether a voice is heard in {silent} clips, of which nobody has said so")
    foreign = {
        part.id
        for terms in {row.licence: read(row.licence) for row in rows}.values()
        for way in (terms.alternatives if terms else ())
        for part in way
        if part.licence is None
    }
    if foreign:
        texts.append(f"licences that the table does not know: {', '.join(sorted(foreign))}")
    if not facts and rows:
        texts.append("the files themselves, which were not read: hashes, copies and leaks by ear")
    short = sum(f.acoustic is not None and not f.acoustic.enough for f in facts.values())
    if short:
        texts.append(
            f"whether {short} clips are copies by ear: they are silent, shorter than "
            "1.4 s, or empty between 300 and 2000 Hz"
        )
    if facts:
        texts.append("copies that were changed in pitch or speed, or lie under a louder sound")
    return tuple(texts)
