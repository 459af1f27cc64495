"""Run the measurements that are named, or all of them, one after the other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NOT_MEASUREMENTS = {"__init__", "__main__", "machine"}


def names() -> list[str]:
    """Return the measurements there are."""
    return sorted({path.stem for path in HERE.glob("*.py")} - NOT_MEASUREMENTS)


def main(chosen: list[str]) -> int:
    """Run each in an interpreter of its own; 1 when a claim failed."""
    unknown = set(chosen) - set(names())
    if unknown:
        print(f"no measurement named {', '.join(sorted(unknown))}: there are {', '.join(names())}")
        return 2
    failed = 0
    for name in chosen or names():
        print(f"── {name}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"benchmarks.{name}"]).returncode != 0
        print(flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
