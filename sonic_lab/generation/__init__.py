"""Music from words: one call for the bundled model and for the hub's, with an engine of our own.

`generate` returns the sound, `stream` yields it while it is being made, and a `Job` can be
watched, looked into and stopped.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .catalogue import ModelInfo, info, models
from .jobs import Cancelled, Distribution, Job, Progress
from .settings import Settings
from .takes import Take

__all__ = [
    "Cancelled",
    "Distribution",
    "Job",
    "ModelInfo",
    "Progress",
    "Settings",
    "Take",
    "generate",
    "info",
    "models",
    "stream",
]


def generate(
    prompt: str, *, model: Any = "tiny", device: str = "auto", **settings: Any
) -> tuple[np.ndarray, int]:
    """Make music from words; the keywords are those of `Settings`."""
    take = Job(prompt, model=model, device=device, **settings).run()
    return take.y, take.sr


def stream(prompt: str, *, model: Any = "tiny", device: str = "auto", **settings: Any) -> Job:
    """Make music from words and hand it out in chunks: iterate what this returns."""
    return Job(prompt, model=model, device=device, **settings)
