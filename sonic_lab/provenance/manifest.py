"""A manifest: the papers of every clip of a data set, to merge, compare and audit."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ManifestError, unknown_name
from . import storage
from .rows import Row
from .storage import Problem

if TYPE_CHECKING:
    from .audit import Audit

_SHOWN = 20


class ManifestWarning(UserWarning):
    """Some of what was read is broken; the rest is there."""


@dataclass(frozen=True)
class Difference:
    """What turns one manifest into another.

    Attributes
    ----------
    added, removed : rows, in the order of their manifests
    """

    added: tuple[Row, ...] = ()
    removed: tuple[Row, ...] = ()

    @property
    def changed(self) -> dict[str, tuple[str, ...]]:
        """For each path with one row before and one after: the names of the fields that differ."""
        before, after = _group(self.removed), _group(self.added)
        return {
            path: _fields_apart(before[path][0], after[path][0])
            for path in after
            if len(after[path]) == 1 and len(before.get(path, ())) == 1
        }

    @property
    def inverse(self) -> Difference:
        """The way back."""
        return Difference(added=self.removed, removed=self.added)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    def __str__(self) -> str:
        changed = self.changed
        lines = [f"~ {path} ({', '.join(names)})" for path, names in changed.items()]
        lines += [f"- {row.path}" for row in self.removed if row.path not in changed]
        lines += [f"+ {row.path}" for row in self.added if row.path not in changed]
        return "\n".join(lines) or "no difference"


class Manifest:
    """Rows of papers, each found by its path. It never changes: every change makes a new one.

    Two rows for one path can both be kept only where their `revision` is the same, as after a
    merge of two corrections: such a conflict is an error in the audit. Equal manifests hold equal
    rows, in whatever order.

    Parameters
    ----------
    rows : in the order to keep
    folder : where the paths lead from; None where the sound is not at hand
    title, description : for people
    problems : what could not be read on the way here

    Examples
    --------
    >>> from sonic_lab.provenance import bundled
    >>> m = bundled()
    >>> m["trumpet.flac"].licence
    'CC0-1.0'
    >>> better = m.revise("trumpet.flac", obtained="2026-11-23")
    >>> print(m.diff(better))
    ~ trumpet.flac (obtained, revision)
    >>> m.merge(better) == better
    True
    """

    def __init__(
        self,
        rows: Iterable[Row] = (),
        *,
        folder: str | os.PathLike[str] | None = None,
        title: str = "",
        description: str = "",
        problems: Iterable[Problem] = (),
    ) -> None:
        self._by_path = _newest(rows)
        self.folder = None if folder is None else Path(folder)
        self.title, self.description = title, description
        self.problems = tuple(dict.fromkeys(problems))
        self._loaded: tuple[Path, str] | None = None

    # -- reading and writing ---------------------------------------------------------------

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, strict: bool = False) -> Manifest:
        """Read a manifest: ``.jsonl``, or Croissant's ``.json`` with the table it points to.

        Broken rows do not stop it: all are listed at once in a `ManifestWarning` and kept in
        `problems`, and the good rows are there.

        Parameters
        ----------
        path : the file; its folder is where the rows' paths lead from
        strict : raise where a row is broken, instead of warning

        Raises
        ------
        ManifestError
            There is no such file, or no manifest in it; or `strict`, and a row is broken.
        """
        source = Path(path)
        if source.suffix == ".json":
            from . import croissant

            manifest = croissant.load(source)
        elif source.suffix == ".jsonl":
            data = storage.read_bytes(source)
            rows, problems = storage.parse(data)
            manifest = cls(rows, folder=source.parent, problems=problems)
            manifest._loaded = source.resolve(), hashlib.sha256(data).hexdigest()
        else:
            raise ManifestError(f"{source} must end in .jsonl (the table) or .json (Croissant)")
        report_problems(manifest.problems, what=str(source), strict=strict)
        return manifest

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the manifest, whole or not at all.

        Lines that could not be read are written back as they were. What others have added to the
        file since this manifest was loaded from it is never overwritten unasked.

        Parameters
        ----------
        path : ends in ``.jsonl``; or in ``.json``, which writes Croissant and beside it the table
        overwrite : replace a file that holds other rows

        Raises
        ------
        ManifestError
            The file cannot be written, or holds what this manifest does not know of.
        """
        target = Path(path)
        if target.suffix == ".json":
            from . import croissant

            return croissant.save(self, target, overwrite=overwrite)
        if target.suffix != ".jsonl":
            raise ManifestError(f"{target} must end in .jsonl (the table) or .json (Croissant)")
        data = storage.lay_out(self, self.problems)
        with storage.locked(target):
            if not overwrite:
                self._check_unchanged(target, data)
            storage.replace(target, data)
        self._loaded = target.resolve(), hashlib.sha256(data).hexdigest()
        return target

    def _check_unchanged(self, target: Path, data: bytes) -> None:
        if not target.exists():
            return
        now = target.read_bytes()
        known = (target.resolve(), hashlib.sha256(now).hexdigest())
        if now == data or not now.strip() or known == self._loaded:
            return
        since = "has changed since it was read" if self._loaded else "is there already"
        raise ManifestError(
            f"{target} {since}: take in what it holds with m.merge(Manifest.load(path)), "
            "or pass overwrite=True"
        )

    @classmethod
    def from_folder(cls, folder: str | os.PathLike[str], **options: Any) -> Manifest:
        """Write the papers of every sound file in a folder. See `scan_folder` for `options`."""
        from .scanning import scan_folder

        return scan_folder(folder, **options)

    # -- looking ---------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Row]:
        for rows in self._by_path.values():
            yield from rows

    def __len__(self) -> int:
        return sum(map(len, self._by_path.values()))

    def __contains__(self, path: object) -> bool:
        return path in self._by_path

    def __getitem__(self, path: str) -> Row:
        rows = self._by_path.get(path)
        if rows is None:
            raise unknown_name("clip in the manifest", path, self._by_path)
        if len(rows) > 1:
            raise ManifestError(
                f"{path} has {len(rows)} rows that contradict each other: "
                f"look at m.conflicts[{path!r}], then settle it with m.revise"
            )
        return rows[0]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Manifest) and self._lines() == other._lines()

    __hash__ = None  # type: ignore[assignment]  # equal whatever the order: nothing cheap to hash

    def __repr__(self) -> str:
        hours = sum(row.duration_s for row in self) / 3600
        broken = f", {len(self.problems)} problems" if self.problems else ""
        return f"Manifest({len(self)} clips, {hours:.2f} h, {self.digest[:12]}{broken})"

    @property
    def paths(self) -> tuple[str, ...]:
        """The clips' paths, in order."""
        return tuple(self._by_path)

    @property
    def conflicts(self) -> dict[str, tuple[Row, ...]]:
        """The paths for which several rows speak, none newer than the others."""
        return {path: rows for path, rows in self._by_path.items() if len(rows) > 1}

    @property
    def digest(self) -> str:
        """The sha256 of all rows in the order of their text: the version of this data set."""
        return hashlib.sha256("\n".join(self._lines()).encode()).hexdigest()

    def _lines(self) -> list[str]:
        return sorted(row.line for row in self)

    # -- changing --------------------------------------------------------------------------

    def with_rows(self, rows: Iterable[Row]) -> Manifest:
        """Return a manifest with other rows, and all else as here."""
        changed = Manifest(
            rows,
            folder=self.folder,
            title=self.title,
            description=self.description,
            problems=self.problems,
        )
        changed._loaded = self._loaded  # so that saving it sees what others did to the file since
        return changed

    def select(self, keep: Callable[[Row], bool]) -> Manifest:
        """Return the rows for which `keep` is true.

        >>> from sonic_lab.provenance import bundled
        >>> bundled().select(lambda row: row.channels == 2).paths
        ('band.flac', 'rain.flac')
        """
        return self.with_rows(row for row in self if keep(row))

    def revise(self, path: str, **changes: Any) -> Manifest:
        """Correct a row. Its revision is raised, so the correction wins in every merge.

        It also settles a conflict: the last of the rows that contradict each other is taken.
        """
        if path not in self._by_path:
            raise unknown_name("clip in the manifest", path, self._by_path)
        old = self._by_path[path][-1]
        unknown = changes.keys() - {f for f in Row.__dataclass_fields__ if f != "revision"}
        if unknown:
            raise unknown_name("field of a row", min(unknown), Row.__dataclass_fields__)
        new = replace(old, **changes, revision=old.revision + 1)
        others = (new if row is old else row for row in self)
        return self.with_rows(others)

    def merge(self, other: Manifest) -> Manifest:
        """Join two manifests: all paths of both, and of each the rows with the highest revision.

        The result holds the same rows whichever of the two is asked, however often, and in
        whatever grouping. Rows of one path and one revision that differ are both kept.
        """
        if not isinstance(other, Manifest):
            raise ManifestError(f"only a Manifest can be merged, not {type(other).__name__}")
        merged = self.with_rows([*self, *other])
        merged.problems = tuple(dict.fromkeys((*self.problems, *other.problems)))
        return merged

    def diff(self, other: Manifest) -> Difference:
        """Say what turns this manifest into another: ``a.patch(a.diff(b)) == b``."""
        mine = {row.line for row in self}
        theirs = {row.line for row in other}
        return Difference(
            added=tuple(row for row in other if row.line not in mine),
            removed=tuple(row for row in self if row.line not in theirs),
        )

    def patch(self, difference: Difference) -> Manifest:
        """Apply a difference.

        Raises
        ------
        ManifestError
            It takes away a row that is not here: it was made from another manifest.
        """
        here = {row.line for row in self}
        missing = [row.path for row in difference.removed if row.line not in here]
        if missing:
            raise ManifestError(
                f"the difference takes away rows that are not here: {', '.join(missing[:_SHOWN])}"
            )
        gone = {row.line for row in difference.removed}
        kept = [row for row in self if row.line not in gone]
        return self.with_rows([*kept, *difference.added])

    # -- judging and telling ---------------------------------------------------------------

    def audit(self, use: str = "commercial", **options: Any) -> Audit:
        """Find what stands in the way of a use. See `sonic_lab.provenance.audit` for `options`.

        >>> from sonic_lab.provenance import bundled
        >>> bundled().audit(use="teaching", files=False).errors
        ()
        """
        from .audit import audit

        return audit(self, use=use, **options)

    def attribution(self) -> str:
        """Write the credits: who made what, under which licence, and what was changed."""
        from .papers import attribution

        return attribution(self)

    def card(self) -> str:
        """Write the data card, in Markdown."""
        from .papers import card

        return card(self)


def report_problems(problems: tuple[Problem, ...], *, what: str, strict: bool) -> None:
    """Tell of all problems at once, as a warning, or as an error where `strict`."""
    if not problems:
        return
    listed = [str(problem) for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        listed.append(f"... and {len(problems) - _SHOWN} more, in .problems")
    count = f"{len(problems)} {'part' if len(problems) == 1 else 'parts'}"
    text = f"{count} of {what} cannot be used:\n  " + "\n  ".join(listed)
    if strict:
        raise ManifestError(text)
    warnings.warn(text, ManifestWarning, stacklevel=3)


def _newest(rows: Iterable[Row]) -> dict[str, tuple[Row, ...]]:
    """Keep, of each path, the rows with the highest revision, each once."""
    kept: dict[str, tuple[Row, ...]] = {}
    for row in rows:
        if not isinstance(row, Row):
            raise ManifestError(f"rows holds {row!r}, which is not a Row")
        old = kept.get(row.path)
        if old is None or row.revision > old[0].revision:
            kept[row.path] = (row,)
        elif row.revision == old[0].revision and row.line not in {r.line for r in old}:
            kept[row.path] = (*old, row)
    return kept


def _group(rows: Iterable[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.path, []).append(row)
    return groups


def _fields_apart(a: Row, b: Row) -> tuple[str, ...]:
    return tuple(name for name in Row.__dataclass_fields__ if getattr(a, name) != getattr(b, name))
