"""``sonic-lab audit FOLDER``: audit any folder of sound from a shell."""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ManifestError

if TYPE_CHECKING:
    from .findings import Audit
    from .manifest import Manifest

# Given here, not imported: the shell of every room is opened for each command, and must be light.
_USES = ("commercial", "research", "teaching", "redistribute")
_ENGINES = ("processes", "ray", "serial")
TABLE = "manifest.jsonl"


def register(subparsers: Any) -> None:
    """Add ``audit`` to the parsers of `sonic-lab`. It sets ``run``: arguments -> exit code."""
    parser = subparsers.add_parser(
        "audit",
        help="find what stands in the way of using a folder of sound",
        description=f"Audits the clips of a folder by its {TABLE}. A folder without one is audited "
        "as it is: every clip then lacks a licence.",
        epilog="The exit code is 1 where an error is found, else 0. It informs; it is no lawyer.",
    )
    parser.add_argument(
        "folder", help=f"a folder of sound, or a manifest ({TABLE}, croissant.json)"
    )
    parser.add_argument("--use", choices=_USES, default="commercial", help="default: commercial")
    parser.add_argument("--json", action="store_true", help="print JSON, for a program to read")
    parser.add_argument("--html", metavar="FILE", help="write a page for a browser")
    parser.add_argument(
        "--write", action="store_true", help=f"write {TABLE} where there is none, to be filled in"
    )
    parser.add_argument("--engine", choices=_ENGINES, default="processes", help="what to run on")
    parser.add_argument("--workers", type=int, metavar="N", help="default: one a core")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    audit = _audit(arguments)
    if arguments.html:
        target = Path(arguments.html)
        try:
            target.write_text(audit.html(), encoding="utf-8")
        except OSError as error:
            raise ManifestError(f"{target} cannot be written: {error.strerror}") from error
    if arguments.json:
        print(json.dumps(audit.to_dict(), indent=2, ensure_ascii=False))
    elif arguments.html:
        print(f"{audit.summary} The report is in {arguments.html}.")
    else:
        print(_printable(str(audit)))
    return 1 if audit.errors else 0


def _audit(arguments: argparse.Namespace) -> Audit:
    from ..audio import SUFFIXES
    from .audit import unlisted, with_findings
    from .progress import Bar

    how = {"engine": arguments.engine, "workers": arguments.workers}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # broken rows and files become findings just below
        manifest = _manifest(Path(arguments.folder), write=arguments.write, how=how)
    found = manifest.audit(use=arguments.use, progress=Bar("auditing"), **how)
    if manifest.folder is not None:
        found = with_findings(found, unlisted(manifest, manifest.folder, use=arguments.use))
    if not found.clips and not found.findings:  # a wrong folder must not look like a clean one
        raise ManifestError(
            f"{arguments.folder} holds no sound: an audit looks there and below for "
            f"{', '.join(SUFFIXES)}"
        )
    return found


def _manifest(place: Path, *, write: bool, how: dict[str, Any]) -> Manifest:
    from .manifest import Manifest
    from .progress import Bar

    if place.is_file():
        return Manifest.load(place)
    if (place / TABLE).exists():
        return Manifest.load(place / TABLE)
    manifest = Manifest.from_folder(place, progress=Bar("reading"), **how)
    if write:
        manifest.save(place / TABLE)
    return manifest


def _printable(text: str) -> str:
    """Keep a terminal from obeying what a file name says."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)
