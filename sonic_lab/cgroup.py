"""What a container lets this process have, which is less than what the machine has.

Linux control groups, of both versions; elsewhere there is nothing to read and no limit. Limits
hold at every level, so the folders from the process's own group up to the root are all read.

References: Linux kernel, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_NO_LIMIT = 2**60  # version 1 says "none" with a number near 2**63


@dataclass(frozen=True)
class Groups:
    """The control groups of a process: where they are mounted, and which ones it is in."""

    mount: Path = Path("/sys/fs/cgroup")
    membership: Path = Path("/proc/self/cgroup")

    def cpus(self) -> float | None:
        """Return how many CPUs' worth of time may be used, or None where there is no limit."""
        shares = [share for folder in self._folders("cpu") if (share := _cpu_share(folder))]
        return min(shares, default=None)

    def free_bytes(self) -> int | None:
        """Return how much more memory may be taken, or None where there is no limit."""
        rooms = [room for folder in self._folders("memory") if (room := _room(folder)) is not None]
        return min(rooms, default=None)

    def _folders(self, controller: str) -> Iterator[Path]:
        try:
            lines = self.membership.read_text().splitlines()
        except OSError:
            return
        for line in lines:
            _, controllers, path = line.split(":", 2)
            if controllers and controller not in controllers.split(","):
                continue
            root = self.mount / controllers if controllers else self.mount
            # Inside a container the path is often the host's, and only the root can be seen.
            own = root / path.lstrip("/")
            yield from (f for f in (own, *own.parents) if f.is_relative_to(root) and f.is_dir())


def _cpu_share(folder: Path) -> float | None:
    if text := _text(folder / "cpu.max"):
        quota, period = text.split()
        return None if quota == "max" else int(quota) / int(period)
    allowed, each = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
    return allowed / each if allowed and each and allowed > 0 else None


def _room(folder: Path) -> int | None:
    for limit_file, used_file, cache_key in (
        ("memory.max", "memory.current", "inactive_file"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ):
        limit, used = _number(folder / limit_file), _number(folder / used_file)
        if limit is not None and used is not None and limit < _NO_LIMIT:
            # What the kernel keeps of files read long ago, it gives back when memory is short.
            cached = _statistic(folder / "memory.stat", cache_key)
            return max(0, limit - used + min(cached, used))
    return None


def _statistic(file: Path, key: str) -> int:
    pairs = (line.split() for line in _text(file).splitlines())
    return next((int(pair[1]) for pair in pairs if pair[0] == key), 0)


def _number(file: Path) -> int | None:
    text = _text(file)
    return int(text) if text.lstrip("-").isdigit() else None  # "max" is no limit


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
