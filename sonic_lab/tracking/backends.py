"""The one protocol that all trackers stand behind, and the one that needs nothing."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from ..errors import TrackingError
from .ledger import Artefact, Dataset


class Backend(Protocol):
    """What a tracker must be able to do. Values arrive checked; an exception is put in words."""

    name: str

    def params(self, values: Mapping[str, Any]) -> None:
        """Log settings."""

    def metrics(self, values: Mapping[str, float], *, step: int | None) -> None:
        """Log measurements."""

    def dataset(self, data: Dataset, path: Path) -> None:
        """Log a data set whose rows are at `path`."""

    def artefact(self, made: Artefact, path: Path) -> None:
        """Log a file."""

    def finish(self, *, failed: bool) -> None:
        """End the run."""

    def where(self) -> dict[str, Any]:
        """Say where the run can be found again."""
        ...


class Json:
    """Our ledger alone: there is nobody else to tell."""

    name = "json"

    def __init__(self, **setup: Any) -> None:
        refuse_options(self.name, setup["options"])

    def params(self, values: Mapping[str, Any]) -> None:
        """Log settings."""

    def metrics(self, values: Mapping[str, float], *, step: int | None) -> None:
        """Log measurements."""

    def dataset(self, data: Dataset, path: Path) -> None:
        """Log a data set."""

    def artefact(self, made: Artefact, path: Path) -> None:
        """Log a file."""

    def finish(self, *, failed: bool) -> None:
        """End the run."""

    def where(self) -> dict[str, Any]:
        """Say where the run can be found again."""
        return {}


BACKENDS = {
    "json": "backends.Json",
    "mlflow": "with_mlflow.MLflow",
    "wandb": "with_wandb.WandB",
    "clearml": "with_clearml.ClearML",
}


def open_backend(backend: str, **setup: Any) -> Backend:
    """Open a tracker by name: ``id, project, name, folder, online, options``."""
    module, kind = BACKENDS[backend].split(".")
    opened: Backend = getattr(importlib.import_module(f".{module}", __package__), kind)(**setup)
    return opened


def refuse_options(backend: str, options: Mapping[str, Any], known: tuple[str, ...] = ()) -> None:
    """Refuse keywords that a tracker does not take."""
    for option in options.keys() - set(known):
        takes = ", ".join(known) or "none"
        raise TrackingError(f"{backend} takes no option {option!r} (it takes: {takes})")
