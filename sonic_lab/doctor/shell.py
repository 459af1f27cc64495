"""``sonic-lab doctor``: the report in a shell."""

from __future__ import annotations

import argparse
import json
from typing import Any


def register(subparsers: Any) -> None:
    """Add ``doctor`` to the parsers of `sonic-lab`. It sets ``run``: arguments -> exit code."""
    parser = subparsers.add_parser(
        "doctor",
        help="say whether this machine is ready for the course",
        epilog="The exit code is 1 where something is broken, else 0.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, for a program to read")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from . import examine

    report = examine()
    print(json.dumps(report.to_dict(), indent=2) if arguments.json else report)
    return report.exit_code
