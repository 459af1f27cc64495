"""Weights & Biases: offline in the folder, to be sent later with ``wandb sync``, or online."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..optional import need
from .backends import refuse_options
from .ledger import Artefact, Dataset


class WandB:
    """A run in W&B. Options: `entity`, the team it belongs to."""

    name = "wandb"

    def __init__(
        self,
        *,
        id: str,
        project: str,
        name: str,
        folder: Path,
        online: bool,
        options: Mapping[str, Any],
    ) -> None:
        refuse_options(self.name, options, ("entity",))
        self.wandb = need("wandb", extra="wandb")
        self.online = online
        self.run = self.wandb.init(
            mode="online" if online else "offline",
            dir=str(folder),
            project=project,
            name=name,
            id=id,
            reinit="create_new",  # leave a run that a notebook opened for itself alone
            settings=self.wandb.Settings(silent=True, console="off", disable_git=True),
            **options,
        )

    def params(self, values: Mapping[str, Any]) -> None:
        """Log settings, as the run's config."""
        self.run.config.update(dict(values))

    def metrics(self, values: Mapping[str, float], *, step: int | None) -> None:
        """Log measurements.

        W&B's own counter refuses to go back, so the step is a value like the others, and curves
        are drawn over it.
        """
        if step is None:
            self.run.log(dict(values))
            return
        for name in values:
            self.run.define_metric(name, step_metric="step")
        self.run.log({**values, "step": step})

    def dataset(self, data: Dataset, path: Path) -> None:
        """Log the rows as an artifact, and online link it to the run as its input.

        Offline W&B cannot link inputs, so the digest stands in the run's config as well.
        """
        self.run.config.update(
            {f"dataset_{data.role}": {"name": data.name, "digest": data.digest}},
            allow_val_change=True,
        )
        artifact = self.wandb.Artifact(_name(data.name), type="dataset", metadata=vars(data))
        artifact.add_file(str(path), name="rows.jsonl")
        if self.online:
            self.run.use_artifact(artifact)
        else:
            self.run.log_artifact(artifact)

    def artefact(self, made: Artefact, path: Path) -> None:
        """Log a file as an artifact, with its hash among the metadata."""
        artifact = self.wandb.Artifact(_name(made.name), type=made.kind, metadata=vars(made))
        artifact.add_file(str(path))
        self.run.log_artifact(artifact)

    def finish(self, *, failed: bool) -> None:
        """End the run."""
        self.run.finish(exit_code=int(failed))

    def where(self) -> dict[str, Any]:
        """Say where the run can be found again."""
        home = str(Path(self.run.dir).parent)  # its files are in a folder below it
        return {"url": self.run.url, "run_id": self.run.id} if self.online else {"folder": home}


def _name(text: str) -> str:
    """Bring a name to what W&B allows for artifacts."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in text)
    return kept[:128] or "unnamed"
