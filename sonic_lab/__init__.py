"""Sonic Lab: generative audio that you hear and touch.

``import sonic_lab as sl`` is quick, since every room opens on first use: ``sl.features`` loads
librosa, ``sl.widgets`` loads a UI, and torch comes only with what needs it.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:  # what an editor completes after ``sl.``
    from . import (
        audio,
        augment,
        clips,
        corpus,
        course,
        devices,
        doctor,
        effects,
        errors,
        features,
        generation,
        metrics,
        models,
        pipeline,
        plots,
        provenance,
        tracking,
        watermark,
        widgets,
    )

__all__ = [
    "audio",
    "augment",
    "clips",
    "corpus",
    "course",
    "devices",
    "doctor",
    "effects",
    "errors",
    "features",
    "generation",
    "metrics",
    "models",
    "pipeline",
    "plots",
    "provenance",
    "tracking",
    "watermark",
    "widgets",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"sonic_lab has no room named {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
