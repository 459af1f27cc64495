"""Which device runs the networks, and on how many threads."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .errors import DeviceError, ParameterError

if TYPE_CHECKING:
    import torch


def choose(device: str = "auto") -> torch.device:
    """Turn a device name into a torch device that is really there.

    Parameters
    ----------
    device : ``"auto"`` (CUDA where there is one, else the CPU), ``"cpu"``, ``"cuda"``, ``"cuda:1"``

    Raises
    ------
    DeviceError
        The device was asked for by name and this machine does not have it.

    Examples
    --------
    >>> choose("cpu")
    device(type='cpu')
    """
    import torch

    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise ParameterError(f"device={device!r} must be 'auto', 'cpu' or 'cuda'") from error
    if chosen.type not in ("cpu", "cuda"):
        raise ParameterError(f"device={device!r} must be 'auto', 'cpu' or 'cuda'")
    if chosen.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (chosen.index or 0) >= count:
            raise DeviceError(
                f"device={device!r} is not there: this machine shows {count} CUDA devices. "
                "Use device='auto' to take what there is."
            )
    return chosen


def cores() -> int:
    """Count the cores this process may use, which in a container is fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
