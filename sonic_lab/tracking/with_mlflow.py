"""MLflow: runs in a SQLite file, or on a server; data sets through its own dataset API.

The client is used throughout, never the fluent functions, whose active run is a global that a
notebook may have set for itself.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..optional import need
from .backends import refuse_options
from .ledger import Artefact, Dataset

_DIGEST = 36  # characters that MLflow gives a digest; the whole of ours goes into a tag


class MLflow:
    """A run in MLflow.

    Options: `tracking_uri`, default a SQLite file in the folder; MLflow's file store is refused by
    MLflow itself by now.
    """

    name = "mlflow"

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
        refuse_options(self.name, options, ("tracking_uri",))
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        tracking = need("mlflow.tracking", extra="mlflow")
        self.uri = options.get("tracking_uri") or f"sqlite:///{(folder / 'mlflow.db').resolve()}"
        self.client = tracking.MlflowClient(tracking_uri=self.uri)
        artifacts = (folder / "mlflow-artifacts").resolve().as_uri()
        found = self.client.get_experiment_by_name(project)
        local = {"artifact_location": artifacts} if self.uri.startswith("sqlite") else {}
        self.experiment = (
            found.experiment_id if found else self.client.create_experiment(project, **local)
        )
        run = self.client.create_run(self.experiment, run_name=name, tags={"sonic_lab.run": id})
        self.run_id: str = run.info.run_id

    def params(self, values: Mapping[str, Any]) -> None:
        """Log settings. MLflow keeps them as text, and refuses to change one."""
        for key, value in values.items():
            self.client.log_param(self.run_id, key, value)

    def metrics(self, values: Mapping[str, float], *, step: int | None) -> None:
        """Log measurements."""
        for key, value in values.items():
            self.client.log_metric(self.run_id, key, value, step=step or 0)

    def dataset(self, data: Dataset, path: Path) -> None:
        """Log a data set as an input of the run, and its rows as an artifact."""
        entities = need("mlflow.entities", extra="mlflow")
        meta = need("mlflow.data.meta_dataset", extra="mlflow")
        sources = need("mlflow.data.dataset_source_registry", extra="mlflow")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it registers local files twice, and warns of that
            source = sources.resolve_dataset_source(str(path.resolve()))
        digest = data.digest[:_DIGEST]
        described = meta.MetaDataset(source=source, name=data.name, digest=digest)
        facts = described.to_dict()
        tags = {
            "mlflow.data.context": data.role,
            "sonic_lab.digest": data.digest,
            "sonic_lab.clips": str(data.clips),
        }
        linked = entities.DatasetInput(
            entities.Dataset(
                name=facts["name"],
                digest=facts["digest"],
                source_type=facts["source_type"],
                source=facts["source"],
                schema=facts.get("schema"),
                profile=facts.get("profile"),
            ),
            [entities.InputTag(key, value) for key, value in tags.items()],
        )
        self.client.log_inputs(self.run_id, datasets=[linked])
        self.client.log_artifact(self.run_id, str(path), "datasets")

    def artefact(self, made: Artefact, path: Path) -> None:
        """Log a file, and its hash as a tag."""
        self.client.log_artifact(self.run_id, str(path), made.kind)
        self.client.set_tag(self.run_id, f"sonic_lab.sha256.{made.name}", made.sha256)

    def finish(self, *, failed: bool) -> None:
        """End the run."""
        self.client.set_terminated(self.run_id, "FAILED" if failed else "FINISHED")

    def where(self) -> dict[str, Any]:
        """Say where the run can be found again."""
        return {"tracking_uri": self.uri, "run_id": self.run_id}
