"""Sonic Lab: generative audio that you hear and touch.

``import sonic_lab as sl`` is quick, since every room opens on first use: ``sl.features`` loads
librosa, ``sl.widgets`` loads a UI, and torch comes only with what needs it.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_ROOMS = ("audio", "clips", "course", "devices", "doctor", "errors", "features", "models",
          "plots", "randomness", "widgets")  # fmt: skip

if TYPE_CHECKING:
    from . import (
        audio,
        clips,
        course,
        devices,
        doctor,
        errors,
        features,
        models,
        plots,
        randomness,
        widgets,
    )

__all__ = [*_ROOMS, "__version__"]  # noqa: PLE0604


def __getattr__(name: str) -> ModuleType:
    if name in _ROOMS:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module 'sonic_lab' has no room named {name!r}; it has {_ROOMS}")


def __dir__() -> list[str]:
    return sorted(__all__)
