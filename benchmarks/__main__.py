"""Run the measurements that are named, or all that take minutes, or with ``--slow`` all.

A script that takes longer says so in a line of its own: ``TAKES = "hours on two cores"``.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NOT_MEASUREMENTS = {"__init__", "__main__", "machine"}


def names() -> list[str]:
    """Return the measurements there are."""
    return sorted({path.stem for path in HERE.glob("*.py")} - NOT_MEASUREMENTS)


def takes(name: str) -> str:
    """Return how long a measurement says it takes; empty for minutes. Nothing is imported."""
    for line in ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8")).body:
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "TAKES":
            return str(ast.literal_eval(line.value))
    return ""


def main(arguments: list[str]) -> int:
    """Run each in an interpreter of its own; 1 when a claim failed."""
    slow = "--slow" in arguments
    chosen = [argument for argument in arguments if argument != "--slow"]
    unknown = set(chosen) - set(names())
    if unknown:
        print(f"no measurement named {', '.join(sorted(unknown))}: there are {', '.join(names())}")
        return 2
    failed = 0
    for name in chosen or names():
        if not (chosen or slow) and (long := takes(name)):
            print(f"── {name} is left out: it takes {long}. Name it, or pass --slow.\n", flush=True)
            continue
        print(f"── {name}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"benchmarks.{name}"]).returncode != 0
        print(flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
