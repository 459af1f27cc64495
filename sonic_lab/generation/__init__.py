"""Music from words: one call for the bundled model and for the hub's, with an engine of our own.

`generate` returns the sound, `stream` yields it while it is being made, and a `Job` can be
watched, looked into and stopped. Names open on first use, since they bring torch, and
``sonic-lab`` opens the shell of every room for each command.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .calls import generate, generate_many, stream
    from .catalogue import ModelInfo, info, models
    from .jobs import Cancelled, Distribution, Job, Progress
    from .loading import load
    from .model import Model
    from .player import Player
    from .settings import Settings
    from .takes import Take

__all__ = [
    "Cancelled",
    "Distribution",
    "Job",
    "Model",
    "ModelInfo",
    "Player",
    "Progress",
    "Settings",
    "Take",
    "generate",
    "generate_many",
    "info",
    "load",
    "models",
    "stream",
]

_HOMES = {
    "calls": ("generate", "generate_many", "stream"),
    "catalogue": ("ModelInfo", "info", "models"),
    "jobs": ("Cancelled", "Distribution", "Job", "Progress"),
    "loading": ("load",),
    "model": ("Model",),
    "player": ("Player",),
    "settings": ("Settings",),
    "takes": ("Take",),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f".{home}", __name__), name)
    raise AttributeError(f"sonic_lab.generation has no {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return list(__all__)
