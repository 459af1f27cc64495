"""A manifest as Croissant: what machines that search for data sets read, and Google's index too.

The JSON-LD names the table beside it with its sha256, describes its columns, and sums up in the
fields of the responsible-AI vocabulary what the rows say. Rows live in the table alone, so that
the two cannot say different things, and a hundred thousand rows do not pass through JSON-LD.

References
----------
M. Akhtar et al., "Croissant: a metadata format for ML-ready datasets", NeurIPS 2024.
Croissant RAI vocabulary 1.0, https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import warnings
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ManifestError
from ..optional import need
from . import storage
from .licences import licences, table
from .rows import Row

if TYPE_CHECKING:
    from .manifest import Manifest

TABLE_ID = "rows"
RECORDS = "clips"
# Columns that a flat reader understands; consent and derivation nest, and stay in the table.
_COLUMNS = {
    "path": "TEXT",
    "sha256": "TEXT",
    "samples_sha256": "TEXT",
    "duration_s": "FLOAT",
    "sr": "INTEGER",
    "channels": "INTEGER",
    "source": "TEXT",
    "creator": "TEXT",
    "licence": "TEXT",
    "attribution": "TEXT",
    "voice": "BOOL",
    "obtained": "TEXT",
    "split": "TEXT",
}
_MEANING = {
    "path": "file, from the folder of the table",
    "sha256": "sha256 of the file",
    "samples_sha256": "sha256 of the decoded samples as interleaved little-endian int16",
    "duration_s": "seconds",
    "sr": "samples a second, Hz",
    "channels": "number of channels",
    "source": "where it was got",
    "creator": "who made it",
    "licence": "SPDX expression",
    "attribution": "credit line",
    "voice": "whether a person's voice is heard",
    "obtained": "when it was got, ISO date",
    "split": "part of the data set",
}


def save(manifest: Manifest, path: Path, *, overwrite: bool = False) -> Path:
    """Write the table (``<stem>.jsonl``), then the JSON-LD that names it. See `Manifest.save`."""
    need("mlcroissant", extra="provenance")  # before anything is written
    rows = path.with_suffix(".jsonl")
    data = storage.lay_out(manifest, manifest.problems)
    text = json.dumps(describe(manifest, rows.name, data), indent=2, ensure_ascii=False)
    if path.exists() and not overwrite and path.read_text(encoding="utf-8") != text:
        _refuse_other(path, rows.name)
    manifest.save(rows, overwrite=overwrite)
    with storage.locked(path):
        storage.replace(path, text.encode())
    return path


def _refuse_other(path: Path, table_name: str) -> None:
    """Refuse to write over a description that is not of this table."""
    with contextlib.suppress(ManifestError):
        if _table_of(path)[0] == table_name:
            return
    raise ManifestError(f"{path} is something else already: pass overwrite=True to replace it")


def load(path: Path) -> Manifest:
    """Read a manifest by its JSON-LD, after checking that the table is the one described."""
    from .manifest import Manifest

    name, sha256, plain = _table_of(path)
    rows = path.parent / name
    data = storage.read_bytes(rows)
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise ManifestError(
            f"{path} describes a {name} whose sha256 begins {sha256[:8]}, and the one there begins "
            f"{found[:8]}: load {name} itself, look what is new in it, and save it as {path.name}"
        )
    good, problems = storage.parse(data)
    manifest = Manifest(
        good,
        folder=path.parent,
        title=str(plain.get("alternateName", "")),
        description=str(plain.get("description", "")),
        problems=problems,
    )
    manifest._loaded = rows.resolve(), found
    return manifest


def _table_of(path: Path) -> tuple[str, str, dict[str, Any]]:
    """Return name and sha256 of the table that a description names, and the description."""
    try:
        plain = json.loads(storage.read_bytes(path))
        files = {entry["@id"]: entry for entry in plain["distribution"]}
        entry = files[TABLE_ID]
        name, sha256 = entry["contentUrl"], entry["sha256"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ManifestError(f"{path} is not a Croissant description of a manifest") from error
    if not isinstance(name, str) or Path(name).name != name or not isinstance(sha256, str):
        raise ManifestError(f"{path} names the table {name!r}, which is not a file beside it")
    return name, sha256, plain


def describe(manifest: Manifest, table_name: str, data: bytes) -> dict[str, Any]:
    """Return the JSON-LD of a manifest, made and validated by mlcroissant.

    Parameters
    ----------
    manifest : with at least one row
    table_name, data : name and bytes of the table that holds the rows

    Raises
    ------
    ManifestError
        mlcroissant finds a fault; the message gives it.
    """
    if not len(manifest):
        raise ManifestError("an empty manifest has nothing for Croissant to describe: add rows")
    mlc = need("mlcroissant", extra="provenance")
    with _quiet():
        try:
            metadata = _metadata(mlc, manifest, table_name, data)
        except mlc.ValidationError as error:
            raise ManifestError(f"mlcroissant refuses the description: {error}") from error
        plain: dict[str, Any] = json.loads(json.dumps(metadata.to_json(), default=str))
    plain["alternateName"] = manifest.title  # `name` must be an identifier of few characters
    return plain


def _metadata(mlc: Any, manifest: Manifest, table_name: str, data: bytes) -> Any:
    rows = list(manifest)
    known = {row.licence for row in rows if row.licence in licences()}
    creators = dict.fromkeys(row.creator for row in rows if row.creator)
    newest = max((row.obtained for row in rows), default="")
    return mlc.Metadata(
        name=_identifier(manifest.title),
        description=manifest.description or f"{len(rows)} clips of sound, with their papers.",
        license=[licences()[id].source.split(" (")[0] for id in sorted(known)] or None,
        creators=[mlc.Person(name=name) for name in list(creators)[:50]],
        date_published=datetime.fromisoformat(newest) if newest else None,
        version=f"1.0.0+{manifest.digest[:16]}",
        cite_as=manifest.title or None,
        distribution=_files(mlc, table_name, data),
        record_sets=[_records(mlc, rows)],
        **_responsible(manifest),
    )


def _files(mlc: Any, table_name: str, data: bytes) -> list[Any]:
    return [
        mlc.FileObject(
            id=TABLE_ID,
            name=TABLE_ID,
            description="One row a clip, with consent and derivations.",
            content_url=table_name,
            content_size=f"{len(data)} B",
            encoding_formats=["application/jsonlines"],
            sha256=hashlib.sha256(data).hexdigest(),
        )
    ]


def _records(mlc: Any, rows: list[Row]) -> Any:
    # A column that no row fills is not in the table, and its reader would miss it.
    filled = [n for n in _COLUMNS if any(getattr(row, n) not in ("", None) for row in rows)]
    fields = [
        mlc.Field(
            id=f"{RECORDS}/{name}",
            name=name,
            description=_MEANING[name],
            data_types=[getattr(mlc.DataType, _COLUMNS[name])],
            source=mlc.Source(file_object=TABLE_ID, extract=mlc.Extract(column=name)),
        )
        for name in filled
    ]
    description = "The papers of each clip. Consent and derivations stand in the table only."
    return mlc.RecordSet(id=RECORDS, name=RECORDS, description=description, fields=fields)


def _responsible(manifest: Manifest) -> dict[str, Any]:
    """Sum the rows up in the vocabulary for responsible AI. Nothing is said that no row says."""
    rows = list(manifest)
    sources = Counter(row.source or "not stated" for row in rows)
    steps = Counter(step.how for row in rows for step in row.derivation)
    voices = [row for row in rows if row.voice]
    agreed = sum(row.consent is not None for row in voices)
    silent = sum(row.voice is None for row in rows)
    dates = sorted(row.obtained for row in rows if row.obtained)
    times = [datetime.fromisoformat(day) for day in dict.fromkeys(dates[:1] + dates[-1:])]
    return {
        "data_collection": f"Sources: {_listed(sources)}.",
        "data_collection_timeframe": times or None,
        "data_manipulation_protocol": f"Clips made or changed by: {_listed(steps)}."
        if steps
        else None,
        "personal_sensitive_information": [
            f"{len(voices)} clips with a person's voice, consent on file for {agreed}; "
            f"for {silent} clips nobody has said whether a voice is heard."
        ],
        "data_limitations": [f"Not judged: {row['text']}." for row in table()["unjudged"]],
    }


def _listed(counts: Counter[str], most: int = 20) -> str:
    shown = ", ".join(f"{name} ({n})" for name, n in counts.most_common(most))
    return shown + (f" and {len(counts) - most} more" if len(counts) > most else "")


def _identifier(title: str) -> str:
    words = "".join(c if c.isascii() and c.isalnum() else "-" for c in title.lower())
    return "-".join(filter(None, words.split("-"))) or "manifest"


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep mlcroissant's advice on optional fields out of the learner's way; errors still come."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
