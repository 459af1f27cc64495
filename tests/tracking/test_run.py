"""A run's own ledger: what was logged is read back, and what cannot be is refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonic_lab import tracking
from sonic_lab.errors import MissingDependencyError, TrackingError, UnknownNameError
from sonic_lab.provenance import Manifest, bundled
from sonic_lab.tracking.ledger import dataset_rows
from sonic_lab.tracking.run import Run
from tests.provenance.papers import row


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return tracking.start("json", folder=tmp_path, name="first", project="course")


def test_all_that_was_logged_is_read_back(run: Run, tmp_path: Path) -> None:
    weights = tmp_path / "w.bin"
    weights.write_bytes(b"weights")
    run.params({"lr": 1e-3}, layers=[8, 8], device=None, augment=True)
    run.params(lr=2e-3)
    for step in range(3):
        run.metrics(loss=1 / (step + 1), step=step)
    run.metrics({"accuracy": np.float32(0.5)})
    data = run.dataset(bundled())
    made = run.artefact(weights, name="tiny")
    run.finish()
    record = tracking.read(tmp_path, run.id)
    assert record.params == {"lr": 2e-3, "layers": [8, 8], "device": None, "augment": True}
    assert record.metrics == {"loss": [(0, 1.0), (1, 0.5), (2, 1 / 3)], "accuracy": [(None, 0.5)]}
    assert record.datasets == [data]
    assert data.digest == bundled().digest
    assert record.artefacts == [made]
    assert (record.state, record.name, record.project) == ("finished", "first", "course")
    assert record.damage == []
    assert dataset_rows(tmp_path, data.digest) == bundled()
    assert [r.id for r in tracking.runs(tmp_path)] == [run.id]


values = st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.floats(
    allow_nan=False, allow_infinity=False
)  # fmt: skip


@given(st.dictionaries(st.text(max_size=9), values | st.lists(values, max_size=3), max_size=5))
def test_any_settings_survive(tmp_path_factory: Any, settings: dict[str, Any]) -> None:
    folder = tmp_path_factory.mktemp("runs")
    with tracking.start("json", folder=folder) as run:
        run.params(settings)
    assert tracking.read(folder, run.id).params == settings


def test_exception_ends_the_run_as_failed(tmp_path: Path) -> None:
    def train() -> None:
        with tracking.start("json", folder=tmp_path) as run:
            run.params(lr=1.0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train()
    assert [record.state for record in tracking.runs(tmp_path)] == ["failed"]


def test_runs_of_one_second_are_read_in_the_order_in_which_they_began(tmp_path: Path) -> None:
    begun = []
    for i in range(8):
        with tracking.start("json", folder=tmp_path, name=f"run {i}"):
            begun.append(f"run {i}")
        time.sleep(0.002)  # the ledger tells milliseconds
    assert [record.name for record in tracking.runs(tmp_path)] == begun


def test_data_set_is_kept_once_for_each_version(run: Run, tmp_path: Path) -> None:
    m = Manifest([row("a.wav")])
    run.dataset(m)
    run.dataset(m, name="again", role="evaluation")
    run.dataset(m.revise("a.wav", creator="Grace"))
    assert len(list((tmp_path / "datasets").glob("*.jsonl"))) == 2


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill so hard")
def test_killed_training_leaves_all_that_was_logged(tmp_path: Path) -> None:
    code = (
        "import sys; from sonic_lab import tracking\n"
        "run = tracking.start('json', folder=sys.argv[1])\n"
        "for step in range(10**6):\n"
        "    run.metrics(loss=1.0, step=step)\n"
        "    print(step, flush=True)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "0\n"
    time.sleep(0.2)
    child.kill()
    said = [0, *map(int, child.communicate()[0].split())]
    [record] = tracking.runs(tmp_path)
    assert record.state == "running"
    steps = [step for step, _ in record.metrics["loss"]]
    assert steps[: len(said)] == said
    assert len(steps) - len(said) in (0, 1)  # the last may be written and not yet said


def test_broken_lines_are_named_and_the_others_read(run: Run, tmp_path: Path) -> None:
    run.params(lr=1.0)
    with (tmp_path / f"{run.id}.jsonl").open("a") as file:
        file.write('not json\n{"event": "metrics"}\n{"event": "party"}\n[]\n')
    run.finish()
    record = tracking.read(tmp_path, run.id)
    assert (record.params, record.state) == ({"lr": 1.0}, "finished")
    assert [text.split(" cannot")[0] for text in record.damage] == [
        f"line {n}" for n in (3, 4, 5, 6)
    ]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda run: run.params(y=np.zeros(2)), "the setting y=array"),
        (lambda run: run.params(lr=float("nan")), "the setting lr=nan"),
        (lambda run: run.metrics(loss=float("nan")), "the metric loss=nan is not a finite number"),
        (lambda run: run.metrics(loss="low"), "the metric loss='low'"),
        (lambda run: run.metrics(loss=True), "the metric loss=True"),
        (lambda run: run.metrics(loss=1.0, step=1.5), "step=1.5 must be a whole number"),
        (lambda run: run.dataset("folder"), "dataset must be a Manifest, not str"),
        (lambda run: run.artefact("none.bin"), "none.bin cannot be read: No such file"),
    ],
)
def test_what_cannot_be_logged_is_refused(run: Run, call: Any, message: str) -> None:
    with pytest.raises(TrackingError, match=message):
        call(run)


def test_finished_run_takes_no_more(run: Run) -> None:
    run.finish()
    run.finish()  # a second time does no harm
    with pytest.raises(TrackingError, match="has finished: start another"):
        run.params(lr=1.0)


def test_unknown_names(tmp_path: Path, run: Run) -> None:
    with pytest.raises(UnknownNameError, match="no tracker named 'mlfow': did you mean 'mlflow'"):
        tracking.start("mlfow", folder=tmp_path)
    with pytest.raises(UnknownNameError, match="role of a data set named 'testing'"):
        run.dataset(bundled(), role="testing")
    with pytest.raises(UnknownNameError, match="no state named 'done'"):
        run.finish("done")
    with pytest.raises(TrackingError, match="no run 'x' in"):
        tracking.read(tmp_path, "x")
    with pytest.raises(TrackingError, match="json takes no option 'colour'"):
        tracking.start("json", folder=tmp_path, colour="red")
    with pytest.raises(TrackingError, match="project='' must be a text"):
        tracking.start("json", folder=tmp_path, project="")


def test_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TrackingError, match="cannot be made"):
        tracking.start("json", folder=tmp_path / "file")


@pytest.mark.parametrize("backend", ["mlflow", "wandb", "clearml"])
def test_missing_library_is_named_with_its_extra(backend: str, tmp_path: Path) -> None:
    if find_spec(backend) is not None:
        pytest.skip(f"{backend} is installed")
    with pytest.raises(MissingDependencyError, match=rf"pip install 'sonic-lab\[{backend}\]'"):
        tracking.start(backend, folder=tmp_path)


def test_tracker_that_fails_loses_nothing(run: Run, tmp_path: Path) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise ConnectionError("no route")

    run._backend.metrics = refuse  # type: ignore[method-assign]
    with pytest.raises(
        TrackingError, match=r"json would not take it \(ConnectionError: no route\)"
    ):
        run.metrics(loss=0.5, step=1)
    assert tracking.read(tmp_path, run.id).metrics == {"loss": [(1, 0.5)]}
