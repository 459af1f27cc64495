"""What every measurement says of where it was taken, and how its table is kept."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def describe(*packages: str) -> str:
    """Say in two lines which machine this is, and which versions of the packages."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = [f"Python {platform.python_version()}", *(f"{p} {version(p)}" for p in packages)]
    return (
        f"{cores} cores of {_cpu()}, {memory_gib:.0f} GiB, {platform.system()}, "
        f"load {os.getloadavg()[0]:.1f} at the start\n{', '.join(versions)}"
    )


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def keep(name: str, report: str) -> None:
    """Print a report and keep it as ``benchmarks/results/<name>.txt``."""
    print(report)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.txt").write_text(report.rstrip() + "\n", encoding="utf-8")


def verdict(claim: str, held: bool) -> str:
    """Say of a claim whether it held."""
    return f"{'holds' if held else 'FAILS'}: {claim}"
