"""The record of a training, and the model card that is written from it.

``record.json`` says what went in (data and its hash, code and its version, settings) and what
was measured. ``README.md`` beside it is made from nothing else, so the two cannot disagree.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sonic_lab

FORMAT = 1


@dataclass(frozen=True)
class Record:
    """What is known of a trained model.

    Attributes
    ----------
    name, summary : the model, and what it is in a sentence or two
    data : what it learned from: at least "name", "sha256", "clips", "licence"
    settings : of the model and the training
    figures : what was measured on it, by name
    limits : what it does not do, one sentence each
    files : sha256 by file name
    """

    name: str
    summary: str
    data: Mapping[str, Any]
    settings: Mapping[str, Any]
    figures: Mapping[str, Any]
    limits: tuple[str, ...] = ()
    licence: str = "BSD-3-Clause"
    code: Mapping[str, str] = field(default_factory=lambda: code_version())
    files: Mapping[str, str] = field(default_factory=dict)


def write(folder: Path, record: Record) -> None:
    """Write ``record.json`` and, from it, ``README.md``."""
    weights = sorted(folder.glob("*.safetensors"))
    files = {path.name: sha256(path) for path in weights}
    kept = {"format": FORMAT, **vars(record), "files": files}
    text = json.dumps(kept, indent=2, ensure_ascii=False, sort_keys=True)
    (folder / "record.json").write_text(text + "\n", encoding="utf-8")
    (folder / "README.md").write_text(card(json.loads(text)), encoding="utf-8")


def card(record: Mapping[str, Any]) -> str:
    """Write the model card of a record, in Markdown with the hub's front matter."""
    parts = [
        f"---\nlicense: {record['licence'].lower()}\ntags: [audio, music, sonic-lab]\n---",
        f"# {record['name']}\n\n{record['summary']}",
        "## Learned from\n\n" + _table(record["data"]),
        "## How\n\n" + _table({**record["settings"], **_prefixed("code", record["code"])}),
        "## Measured\n\n" + _table(record["figures"]),
    ]
    if record["limits"]:
        parts.append("## Not to expect\n\n" + "\n".join(f"- {one}" for one in record["limits"]))
    parts.append("## Files\n\n" + _table(record["files"]))
    return "\n\n".join(parts) + "\n"


def _table(values: Mapping[str, Any]) -> str:
    rows = [f"| {name} | {_said(value)} |" for name, value in values.items()]
    return "\n".join(["| | |", "|---|---|", *rows])


def _said(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_said(one) for one in value)
    return str(value)


def _prefixed(word: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{word} {name}": value for name, value in values.items()}


def code_version() -> dict[str, str]:
    """Return the package's version, and the commit where there is a repository."""
    here = Path(__file__).parent
    try:
        said = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],
            cwd=here, capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        said = "not in a repository"
    return {"sonic_lab": sonic_lab.__version__, "commit": said}


def of_tokens(folder: Path) -> dict[str, Any]:
    """Say what a language model learned from: the corpus, as ``tools.train.tokens`` coded it."""
    lines = (folder / "index.jsonl").read_text("utf-8").splitlines()
    return {
        "name": "Sonic Lab's corpus, composed and played by code",
        "sha256": sha256_of_all([folder / "codes.npy", folder / "index.jsonl"]),
        "clips": len(lines),
        "hours": round(len(lines) * 10 / 3600, 1),
        "licence": "CC0-1.0",
    }


def sha256(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_all(paths: Iterable[Path]) -> str:
    """Hash a set of files by their names and hashes, in the order of their names."""
    lines = [f"{sha256(path)}  {path.name}\n" for path in sorted(paths)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
