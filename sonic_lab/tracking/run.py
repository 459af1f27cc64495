"""Start a run, and log into it, whichever tracker takes it."""

from __future__ import annotations

import contextlib
import hashlib
import math
import numbers
import os
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from ..errors import SonicLabError, TrackingError, unknown_name
from ..provenance import Manifest
from .backends import BACKENDS, Backend, open_backend
from .ledger import STATES, Artefact, Dataset, Ledger

ROLES = ("training", "evaluation")


class Run:
    """A run that is under way; made by `start`.

    Used with ``with``, it ends as failed where an exception passes. What is logged goes to our
    ledger first, then to the tracker: where the tracker fails, nothing that was logged is lost.

    Attributes
    ----------
    id : ours, and where the tracker lets us choose, its too
    folder : of the ledgers
    tracker : where the tracker keeps its own record
    """

    def __init__(self, id: str, ledger: Ledger, backend: Backend) -> None:
        self.id, self.folder = id, ledger.folder
        self._ledger, self._backend = ledger, backend
        self.state = "running"

    @property
    def tracker(self) -> dict[str, Any]:
        """Where the tracker keeps its own record of this run."""
        return self._backend.where()

    def params(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        """Log settings: texts, numbers, booleans, None, and lists of them.

        Raises
        ------
        TrackingError
            A value is something else, or was logged before with another value.
        """
        together = {str(k): _plain(k, v) for k, v in {**(values or {}), **more}.items()}
        self._check_open()
        self._ledger.add("params", values=together)
        with self._telling():
            self._backend.params(together)

    def metrics(
        self,
        values: Mapping[str, float] | None = None,
        /,
        *,
        step: int | None = None,
        **more: float,
    ) -> None:
        """Log measurements at a step of the training.

        Raises
        ------
        TrackingError
            A value is not a finite number: a loss that is NaN is a fault to be looked into.
        """
        together = {str(k): _number(k, v) for k, v in {**(values or {}), **more}.items()}
        if step is not None and (isinstance(step, bool) or not isinstance(step, numbers.Integral)):
            raise TrackingError(f"step={step!r} must be a whole number")
        at = None if step is None else int(step)
        self._check_open()
        self._ledger.add("metrics", step=at, values=together)
        with self._telling():
            self._backend.metrics(together, step=at)

    def dataset(self, manifest: Manifest, *, name: str = "", role: str = "training") -> Dataset:
        """Log what is learned from, with its rows and their hash.

        Parameters
        ----------
        manifest : its rows are kept beside the ledger, once for each version
        name : default, the manifest's title
        role : ``"training"`` or ``"evaluation"``; lineage follows the first alone
        """
        if not isinstance(manifest, Manifest):
            raise TrackingError(f"dataset must be a Manifest, not {type(manifest).__name__}")
        if role not in ROLES:
            raise unknown_name("role of a data set", role, ROLES)
        self._check_open()
        path = self._ledger.keep(manifest)
        called = name or manifest.title or "dataset"
        data = Dataset(called, manifest.digest, role, len(manifest))
        self._ledger.add("dataset", **vars(data))
        with self._telling():
            self._backend.dataset(data, path)
        return data

    def artefact(
        self, path: str | os.PathLike[str], *, name: str = "", kind: str = "model"
    ) -> Artefact:
        """Log a file that the run made, such as weights, with its hash.

        Raises
        ------
        TrackingError
            There is no such file.
        """
        file = Path(path)
        try:
            sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        except OSError as error:
            raise TrackingError(f"{file} cannot be read: {error.strerror or error}") from error
        self._check_open()
        made = Artefact(name or file.name, sha256, kind, str(file.resolve()))
        self._ledger.add("artefact", **vars(made))
        with self._telling():
            self._backend.artefact(made, file)
        return made

    def finish(self, state: str = "finished") -> None:
        """End the run, as ``"finished"`` or ``"failed"``. A second call does nothing."""
        if state not in STATES:
            raise unknown_name("state", state, STATES)
        if self.state != "running":
            return
        self.state = state
        self._ledger.add("finish", state=state, at=_now())
        with self._telling():
            self._backend.finish(failed=state == "failed")

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            self.finish("finished" if kind is None else "failed")
        except SonicLabError as failure:
            if error is None:
                raise
            error.add_note(f"and the run could not be ended: {failure}")

    def __repr__(self) -> str:
        return f"Run({self.id}, {self.state}, {self.tracker})"

    def _check_open(self) -> None:
        if self.state != "running":
            raise TrackingError(f"run {self.id} has {self.state}: start another")

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        """Put a tracker's failure in words. What was logged is in the ledger by now."""
        try:
            yield
        except SonicLabError:
            raise
        except Exception as error:
            raise TrackingError(
                f"{self._backend.name} would not take it ({type(error).__name__}: {error}); "
                f"it is in {self._ledger.path}"
            ) from error


def start(
    backend: str = "json",
    *,
    project: str = "sonic-lab",
    name: str = "",
    folder: str | os.PathLike[str] = "runs",
    online: bool = False,
    **options: Any,
) -> Run:
    """Start a run.

    Parameters
    ----------
    backend : ``"json"``, which needs nothing, ``"mlflow"``, ``"wandb"`` or ``"clearml"``
    project, name : what to call it
    folder : for our ledger, and for what the tracker keeps on this machine
    online : let the tracker send to its server (W&B, ClearML); false keeps all on this machine
    options : the tracker's own, such as MLflow's ``tracking_uri``

    Raises
    ------
    UnknownNameError
        No such tracker.
    MissingDependencyError
        Its library is not installed.
    TrackingError
        It would not start.

    Examples
    --------
    >>> import tempfile
    >>> from sonic_lab import tracking
    >>> from sonic_lab.provenance import bundled
    >>> folder = tempfile.mkdtemp()
    >>> with tracking.start("json", folder=folder, name="first") as run:
    ...     run.params(lr=1e-3)
    ...     _ = run.dataset(bundled())
    ...     run.metrics(loss=0.5, step=1)
    >>> tracking.read(folder, run.id).metrics
    {'loss': [(1, 0.5)]}
    """
    if backend not in BACKENDS:
        raise unknown_name("tracker", backend, BACKENDS)
    for key, text in (("project", project), ("name", name)):
        if not isinstance(text, str) or (key == "project" and not text):
            raise TrackingError(f"{key}={text!r} must be a text")
    at = datetime.now(UTC)
    id = f"{at:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    ledger = Ledger(Path(folder), id)
    try:
        opened = open_backend(
            backend,
            id=id,
            project=project,
            name=name or id,
            folder=Path(folder),
            online=online,
            options=options,
        )
    except SonicLabError:
        raise
    except Exception as error:
        raise TrackingError(
            f"{backend} would not start: {type(error).__name__}: {error}"
        ) from error
    ledger.add(
        "start",
        format=1,
        name=name,
        project=project,
        backend=backend,
        tracker=opened.where(),
        at=_now(),
    )
    return Run(id, ledger, opened)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _plain(name: Any, value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(name, inner) for inner in value]
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real) and math.isfinite(value):
        return float(value)
    raise TrackingError(f"the setting {name}={value!r} is no text, finite number, or list of them")


def _number(name: Any, value: Any) -> float:
    whole = getattr(value, "item", lambda: value)()  # an array or a tensor of one number
    if isinstance(whole, numbers.Real) and not isinstance(whole, bool) and math.isfinite(whole):
        return float(whole)
    raise TrackingError(f"the metric {name}={value!r} is not a finite number")
