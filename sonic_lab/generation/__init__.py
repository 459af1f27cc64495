"""Music from words: one call for the bundled model and for the hub's, with an engine of our own.

`generate` returns the sound, `stream` yields it while it is being made, and a `Job` can be
watched, looked into and stopped.
"""

from .calls import generate, generate_many, stream
from .catalogue import ModelInfo, info, models
from .jobs import Cancelled, Distribution, Job, Progress
from .loading import load
from .model import Model
from .settings import Settings
from .takes import Take

__all__ = [
    "Cancelled",
    "Distribution",
    "Job",
    "Model",
    "ModelInfo",
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
