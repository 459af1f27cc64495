"""How long each notebook takes from a fresh kernel, and how much memory it needs at most.

Run it with ``python -m benchmarks.notebooks`` (and beginnings of names, such as ``01``). Memory
is that of the kernel with all it starts, sampled; what JupyterLab itself needs comes on top.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.machine import describe, keep, verdict
from tools.notebook_checks import read
from tools.notebook_format import course_notebooks
from tools.notebooks import execute

MAX_GB = 1.5
MAX_S = {"00": 60, "01": 60, "02": 60}  # section 1; from section 2 on, a notebook may take longer
MAX_LATER_S = 90
SAMPLE_EVERY_S = 0.05


class PeakMemory(threading.Thread):
    """Samples the resident memory of this process's children until it is stopped."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.bytes = 0
        self._over = threading.Event()

    def run(self) -> None:
        """Sample until `stop`."""
        while not self._over.wait(SAMPLE_EVERY_S):
            self.bytes = max(self.bytes, sum(map(_resident, psutil.Process().children(True))))

    def stop(self) -> int:
        """End the sampling and return the peak, in bytes."""
        self._over.set()
        self.join()
        return self.bytes


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.NoSuchProcess:  # it ended between being listed and being asked
        return 0


@dataclass(frozen=True)
class Cost:
    """What one notebook took: seconds with and without the start of the kernel, and memory."""

    name: str
    seconds: float
    slowest_cell_s: float
    memory_gb: float

    @property
    def affordable(self) -> bool:
        """Whether it keeps within the limits."""
        most_s = MAX_S.get(self.name[:2], MAX_LATER_S)
        return self.seconds <= most_s and self.memory_gb <= MAX_GB


def measure(path: Path) -> Cost:
    """Execute a copy of a notebook, so that nothing is written beside the original."""
    with tempfile.TemporaryDirectory() as scratch:
        notebook = read(Path(shutil.copy(path, scratch)))
        memory, start = PeakMemory(), time.perf_counter()
        memory.start()
        cells = _CellTimes()
        execute(
            notebook,
            folder=Path(scratch),
            home=f"{scratch}/home",
            on_cell_execute=cells.begin,
            on_cell_executed=cells.end,
        )
        seconds = time.perf_counter() - start
    return Cost(path.name, seconds, cells.slowest, memory.stop() / 1e9)


class _CellTimes:
    """Told by nbclient when a cell begins and ends."""

    def __init__(self) -> None:
        self.slowest = self._start = 0.0

    def begin(self, **_: object) -> None:
        self._start = time.perf_counter()

    def end(self, **_: object) -> None:
        self.slowest = max(self.slowest, time.perf_counter() - self._start)


def main(beginnings: list[str]) -> int:
    """Measure the notebooks, print the table and keep it; 1 when one is too dear."""
    paths = [p for p in course_notebooks() if p.name.startswith(tuple(beginnings or [""]))]
    report = [
        "Each notebook from a fresh kernel, the kernel's start included",
        describe("torch", "librosa", "ipykernel"),
        "",
        f"{'notebook':36}{'s':>8}{'slowest cell s':>16}{'peak GB':>10}",
    ]
    costs = [measure(path) for path in paths]
    report += [
        f"{c.name:36}{c.seconds:>8.1f}{c.slowest_cell_s:>16.1f}{c.memory_gb:>10.2f}" for c in costs
    ]
    held = bool(costs) and all(cost.affordable for cost in costs)
    claim = f"each takes at most {MAX_LATER_S} s (00 to 02: 60 s) and {MAX_GB} GB"
    keep("notebooks", "\n".join([*report, "", verdict(claim, held)]))
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
