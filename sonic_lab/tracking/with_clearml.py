"""ClearML: offline in the folder, to be imported to a server later, or online."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import TrackingError
from ..optional import need
from .backends import refuse_options
from .ledger import Artefact, Dataset


class ClearML:
    """A task in ClearML. It allows one at a time in a process. Options: `output_uri`."""

    name = "clearml"

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
        refuse_options(self.name, options, ("output_uri",))
        if not online:
            _stay_offline(folder)
        clearml = need("clearml", extra="clearml")
        if clearml.Task.current_task() is not None:
            raise TrackingError("ClearML has a task under way in this process: finish it first")
        if not online:
            clearml.Task.set_offline(True)
        self.online = online
        self.task = clearml.Task.init(
            project_name=project,
            task_name=name,
            tags=[f"sonic-lab {id}"],
            reuse_last_task_id=False,
            output_uri=options.get("output_uri"),
            # It would hook into argparse, torch and the streams of the whole process.
            auto_connect_arg_parser=False,
            auto_connect_frameworks=False,
            auto_connect_streams=False,
            auto_resource_monitoring=False,
        )
        self.count = 0
        self.settings: dict[str, Any] = {}
        self.session = None if online else str(self.task.get_offline_mode_folder())

    def params(self, values: Mapping[str, Any]) -> None:
        """Log settings. ClearML keeps a section as a whole, so all of it is handed over again."""
        self.settings.update(values)
        self.task.connect(dict(self.settings), name="General")

    def metrics(self, values: Mapping[str, float], *, step: int | None) -> None:
        """Log measurements; a step is asked for, so one that is not given is counted."""
        self.count = self.count + 1 if step is None else step
        logger = self.task.get_logger()
        for name, value in values.items():
            logger.report_scalar(title=name, series=name, value=value, iteration=self.count)

    def dataset(self, data: Dataset, path: Path) -> None:
        """Log the rows as an artifact with their digest, and the digest in the configuration."""
        facts = vars(data)
        self.task.upload_artifact(
            f"dataset {data.role}", str(path), metadata=facts, wait_on_upload=True
        )
        self.task.set_configuration_object(f"dataset {data.role}", config_dict=dict(facts))

    def artefact(self, made: Artefact, path: Path) -> None:
        """Log a file as an artifact, with its hash."""
        self.task.upload_artifact(made.name, str(path), metadata=vars(made), wait_on_upload=True)

    def finish(self, *, failed: bool) -> None:
        """End the task."""
        if failed:
            self.task.mark_failed(status_reason="an exception ended the run", force=True)
        self.task.flush(wait_for_uploads=True)
        self.task.close()

    def where(self) -> dict[str, Any]:
        """Say where the task can be found again."""
        if self.session is None:
            return {"task_id": self.task.id, "url": self.task.get_output_log_web_page()}
        return {"task_id": self.task.id, "folder": self.session, "archive": f"{self.session}.zip"}


def _stay_offline(folder: Path) -> None:
    """Keep ClearML's session in our folder, and keep it from asking the network for updates.

    Without this it waits for minutes where there is no network. The cache folder is read when the
    library is imported; where that was done before, sessions stay in its own.
    """
    os.environ.setdefault("CLEARML_OFFLINE_MODE", "1")
    os.environ.setdefault("CLEARML_CACHE_DIR", str((folder / "clearml").resolve()))
    updates = need("clearml.utilities.check_updates", extra="clearml")
    updates.CheckPackageUpdates._package_version_checked = True
