"""``sonic-lab progress``: show, export and verify progress records from a shell."""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from .catalogue import catalogue
from .standing import progress
from .verifying import Verification, export, verify

_TRUST = (
    "Right here means: right for that name, by this machine's own course, in a file that is whole."
    "\nNo file can show who answered, or with whose help: ask about one of the exercises."
)

_MOST_SHOWN = 4  # one edit near the beginning of a record spoils every line after it


def register(subparsers: Any) -> None:
    """Add ``progress`` to the parsers of `sonic-lab`. Each sets ``run``: arguments -> exit code."""
    group = subparsers.add_parser(
        "progress", help="show, hand in and verify the record of solved exercises"
    )
    commands = group.add_subparsers(dest="progress_command", required=True)
    show = commands.add_parser("show", help="show which exercises are passed")
    show.set_defaults(run=_show)
    out = commands.add_parser("export", help="write your record to a file to hand in")
    out.add_argument("file", help="such as ada.progress")
    out.set_defaults(run=_export)
    check = commands.add_parser("verify", help="judge handed-in records again", epilog=_TRUST)
    check.add_argument("files", nargs="+", metavar="file")
    form = check.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--csv", action="store_true", help="print CSV, a column an exercise")
    check.add_argument(
        "--earlier", metavar="JSON", help="an earlier --json result, to hold against"
    )
    check.set_defaults(run=_verify)


def _show(arguments: argparse.Namespace) -> int:
    print(progress())
    return 0


def _export(arguments: argparse.Namespace) -> int:
    print(f"Your record is in {export(arguments.file)}.")
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    results = verify(*arguments.files, earlier=arguments.earlier)
    if arguments.json:
        print(json.dumps([result.as_dict() for result in results], indent=2))
    elif arguments.csv:
        print(as_csv(results), end="")
    else:
        print(as_table(results))
    return 0 if all(result.sound for result in results) else 1


def as_table(results: Sequence[Verification]) -> str:
    """Lay results out for reading, with what is to be said of each below its row."""
    names = [_printable(r.learner) or "(no name)" for r in results]
    width = max(len("learner"), *(len(name) for name in names))
    lines = [f"{'learner':<{width}}  passed    file"]
    for name, result in zip(names, results, strict=True):
        score = f"{len(result.passed)} of {result.total}"
        lines.append(f"{name:<{width}}  {score:<8}  {_printable(result.file)}")
        shown = result.problems[:_MOST_SHOWN]
        lines += [f"  ! {_printable(problem)}" for problem in shown]
        if len(result.problems) > len(shown):
            lines.append(f"  ! and {len(result.problems) - len(shown)} more, which --json lists")
        lines += [f"  · {_printable(note)}" for note in result.notes]
    sound = sum(result.sound for result in results)
    return "\n".join([*lines, "", f"{sound} of {len(results)} files are sound.", _TRUST])


def as_csv(results: Sequence[Verification]) -> str:
    """Lay results out for a spreadsheet: one row a file, one column an exercise."""
    ids = list(catalogue())
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["file", "learner", "passed", "of", "sound", "problems", "notes", "head", *ids])
    for r in results:
        marks = [int(id in r.passed) for id in ids]
        said = ["; ".join(r.problems), "; ".join(r.notes)]
        texts = [_cell(text) for text in (r.file, r.learner)]
        said = [_cell(text) for text in said]
        writer.writerow([*texts, len(r.passed), r.total, int(r.sound), *said, r.head, *marks])
    return buffer.getvalue()


def _cell(text: str) -> str:
    """Keep a spreadsheet from running what a learner wrote as a formula."""
    text = _printable(text)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _printable(text: str) -> str:
    """Keep a terminal from obeying what a file says."""
    return "".join(c if c.isprintable() else "?" for c in text)
