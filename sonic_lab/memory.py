"""How much memory is free for this process: the machine's, or the container's where it is less."""

from __future__ import annotations

from pathlib import Path

from .cgroup import Groups


def free_bytes(
    groups: Groups = Groups(),  # noqa: B008 - frozen, it holds two paths
    meminfo: Path = Path("/proc/meminfo"),
) -> int | None:
    """Return how much more memory may be taken, or None where that cannot be read."""
    known = [room for room in (_machine_free(meminfo), groups.free_bytes()) if room is not None]
    return min(known, default=None)


def _machine_free(meminfo: Path) -> int | None:
    try:
        rows = dict(line.split(":", 1) for line in meminfo.read_text().splitlines() if ":" in line)
        return int(rows["MemAvailable"].split()[0]) * 1024  # the file counts in KiB
    except (OSError, KeyError):
        pass
    try:
        import psutil  # type: ignore[import-untyped]  # comes with Jupyter's kernel, and reads macOS and Windows
    except ImportError:
        return None
    return int(psutil.virtual_memory().available)
