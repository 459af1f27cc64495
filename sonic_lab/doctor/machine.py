"""Threads, memory and disk: as much as this process may really have."""

from __future__ import annotations

import math
import os
import shutil
import tempfile
from pathlib import Path

from .. import devices
from ..cgroup import Groups
from ..memory import free_bytes
from .findings import Finding, amber, green, red

GB = 1e9
# The heaviest notebook peaks below 1.5 GB; below half of one, not even torch and librosa load.
MEMORY_AMBER, MEMORY_RED = 1.5 * GB, 0.5 * GB
# A hub model and its cache want 2 GB; a progress record and some exported sound, next to nothing.
DISK_AMBER, DISK_RED = 2 * GB, 0.2 * GB


def threads(groups: Groups = Groups()) -> Finding:  # noqa: B008 - frozen, it holds two paths
    """Check that torch starts no more threads than there are cores to run them."""
    import torch

    quota, cores = groups.cpus(), devices.cores()
    usable = min(cores, max(1, math.ceil(quota))) if quota else cores
    running, asked = torch.get_num_threads(), os.environ.get("OMP_NUM_THREADS")
    details = {
        "torch_threads": running,
        "cores": cores,
        "cpu_quota": quota,
        "omp_num_threads": asked,
    }
    limit = f", of which this container may use {quota:g}" if quota and quota < cores else ""
    found = f"torch uses {running} on {cores} {'core' if cores == 1 else 'cores'}{limit}"
    if running > usable:
        return amber(
            f"{found}: more than can run at once, which makes small networks many times slower",
            f"`torch.set_num_threads({usable})` now, or set OMP_NUM_THREADS={usable} before "
            "JupyterLab starts",
            **details,
        )
    return green(found, **details)


def memory(groups: Groups = Groups(), meminfo: Path = Path("/proc/meminfo")) -> Finding:  # noqa: B008
    """Check how much memory is free: the machine's, or the container's where that is less."""
    free = free_bytes(groups, meminfo)
    if free is None:
        return green("how much is free cannot be read on this system", free_bytes=None)
    found, details = f"{free / GB:.1f} GB free", {"free_bytes": free}
    cure = (
        "shut down kernels that you do not use (Kernel > Shut Down All Kernels) and close other "
        "programs"
    )
    if free < MEMORY_RED:
        return red(f"{found}, and half a GB is needed to begin", cure, **details)
    if free < MEMORY_AMBER:
        return amber(f"{found}; the heaviest notebooks want 1.5 GB", cure, **details)
    return green(found, **details)


def disk() -> Finding:
    """Check the space where the course works, and where temporary files go."""
    places = {str(Path.cwd()), tempfile.gettempdir()}
    free, where = min((shutil.disk_usage(place).free, place) for place in places)
    found, details = f"{free / GB:.1f} GB free in {where}", {"free_bytes": free, "where": where}
    cure = "empty the wastebasket, old downloads, and the cache of models (`hf cache prune`)"
    if free < DISK_RED:
        return red(f"{found}: too little to save work", cure, **details)
    if free < DISK_AMBER:
        return amber(f"{found}; models from the hub want 2 GB", cure, **details)
    return green(found, **details)
