"""Each tracker for real, offline; what was written is read back by the library's own reader.

Each runs in a process of its own, since the libraries warn, hook and start servers as they please.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from sonic_lab import tracking
from sonic_lab.provenance import bundled

LOG = """
import sys
from pathlib import Path
from sonic_lab import tracking
from sonic_lab.provenance import bundled
folder = Path(sys.argv[1])
(folder / "w.bin").write_bytes(b"weights")
with tracking.start(sys.argv[2], folder=folder, project="course", name="first") as run:
    run.params(lr=0.001, layers=[8, 8])
    run.params(augment=True)
    for step in range(3):
        run.metrics(loss=1 / (step + 1), step=10 * step)
    run.dataset(bundled())
    run.artefact(folder / "w.bin", name="tiny", kind="model")
"""
FAIL = """
import sys
from sonic_lab import tracking
with tracking.start(sys.argv[2], folder=sys.argv[1], project="course", name="second") as run:
    run.params(lr=0.001)
    raise SystemExit(0)
"""


def child(code: str, *arguments: str) -> str:
    shown = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=400,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr[-4000:]
    return shown.stdout


def needs(library: str) -> pytest.MarkDecorator:
    missing = find_spec(library) is None
    return pytest.mark.skipif(missing, reason=f"{library} is not installed (extra: {library})")


def check_ledger(folder: Path, backend: str) -> tracking.RunRecord:
    record = next(r for r in tracking.runs(folder) if r.name == "first")
    assert record.params == {"lr": 0.001, "layers": [8, 8], "augment": True}
    assert record.metrics["loss"] == [(0, 1.0), (10, 0.5), (20, 1 / 3)]
    assert (record.backend, record.state) == (backend, "finished")
    return record


READ_MLFLOW = """
import json, sys
from mlflow.tracking import MlflowClient
client = MlflowClient(tracking_uri=sys.argv[1])
[experiment] = [e for e in client.search_experiments() if e.name == "course"]
runs = {r.info.run_name: r for r in client.search_runs([experiment.experiment_id])}
run = runs["first"]
[data] = run.inputs.dataset_inputs
print("RESULT" + json.dumps({
    "params": run.data.params, "status": run.info.status, "failed": runs["second"].info.status,
    "loss": [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, "loss")],
    "dataset": [data.dataset.name, data.dataset.digest, data.dataset.source_type],
    "tags": {t.key: t.value for t in data.tags}, "run_tags": run.data.tags,
    "files": [f.path for d in ("model", "datasets")
              for f in client.list_artifacts(run.info.run_id, d)],
}))
"""


@pytest.mark.slow
@needs("mlflow")
def test_mlflow(tmp_path: Path) -> None:
    child(LOG, str(tmp_path), "mlflow")
    child(FAIL, str(tmp_path), "mlflow")
    record = check_ledger(tmp_path, "mlflow")
    told = result(child(READ_MLFLOW, record.tracker["tracking_uri"]))
    assert told["params"] == {"lr": "0.001", "layers": "[8, 8]", "augment": "True"}
    assert told["loss"] == [[0, 1.0], [10, 0.5], [20, 1 / 3]]
    assert (told["status"], told["failed"]) == ("FINISHED", "FAILED")
    digest = bundled().digest
    assert told["dataset"] == ["Sonic Lab's bundled clips", digest[:36], "local"]
    assert told["tags"]["sonic_lab.digest"] == digest
    assert told["tags"]["mlflow.data.context"] == "training"
    assert told["run_tags"]["sonic_lab.sha256.tiny"] == record.artefacts[0].sha256
    assert set(told["files"]) == {"model/w.bin", f"datasets/{digest}.jsonl"}


# W&B's own reader of its offline files is a program for terminals; its messages are read here with
# its own protobuf classes, out of the blocks of LevelDB's log format that hold them.
READ_WANDB = """
import json, struct, sys
from pathlib import Path
from wandb.proto import wandb_internal_pb2 as pb
data = next(Path(sys.argv[1]).glob("*.wandb")).read_bytes()
assert data[:4] == b":W&B"
at, parts, told = 7, b"", {"config": {}, "history": [], "artifacts": [], "exit": None}
while at + 7 <= len(data):
    if 32768 - at % 32768 < 7:
        at += 32768 - at % 32768
        continue
    _, size, kind = struct.unpack("<IHB", data[at:at + 7])
    parts += data[at + 7:at + 7 + size]
    at += 7 + size
    if kind in (1, 4):
        record = pb.Record.FromString(parts)
        parts = b""
        which = record.WhichOneof("record_type")
        if which == "run":
            told["run"] = [record.run.project, record.run.display_name, record.run.run_id]
        if which in ("run", "config"):
            config = record.run.config if which == "run" else record.config
            for item in config.update:
                told["config"][item.key or ".".join(item.nested_key)] = json.loads(item.value_json)
        if which == "history":
            told["history"].append({i.key or ".".join(i.nested_key): json.loads(i.value_json)
                                    for i in record.history.item})
        if which == "request" and record.request.HasField("log_artifact"):
            which, record = "artifact", record.request.log_artifact
        if which == "artifact":
            artifact = record.artifact
            told["artifacts"].append([artifact.type, artifact.name, json.loads(artifact.metadata),
                                      [e.path for e in artifact.manifest.contents]])
        if which == "exit":
            told["exit"] = record.exit.exit_code
print("RESULT" + json.dumps(told))
"""


@pytest.mark.slow
@needs("wandb")
def test_wandb(tmp_path: Path) -> None:
    child(LOG, str(tmp_path), "wandb")
    record = check_ledger(tmp_path, "wandb")
    told = result(child(READ_WANDB, record.tracker["folder"]))
    assert told["run"] == ["course", "first", record.id]
    assert told["config"]["lr"] == 0.001
    assert told["config"]["layers"] == [8, 8]
    assert told["config"]["augment"] is True
    assert told["config"]["dataset_training"]["digest"] == bundled().digest
    logged = [(row["step"], row["loss"]) for row in told["history"]]
    assert logged == [(0, 1.0), (10, 0.5), (20, 1 / 3)]
    found = {kind: (metadata, files) for kind, _, metadata, files in told["artifacts"]}
    assert found["dataset"][0]["digest"] == bundled().digest
    assert found["dataset"][1] == ["rows.jsonl"]
    assert found["model"][0]["sha256"] == record.artefacts[0].sha256
    assert told["exit"] == 0


# ClearML writes a session as a file that its server imports: its task is read with its own class.
READ_CLEARML = """
import json, os, sys, zipfile
os.environ["CLEARML_OFFLINE_MODE"] = "1"
from clearml.backend_api.services import tasks
from clearml.utilities.check_updates import CheckPackageUpdates
CheckPackageUpdates._package_version_checked = True
archive = zipfile.ZipFile(sys.argv[1])
plain = json.loads(archive.read("task.json"))
task = tasks.Task(**{k: v for k, v in plain.items() if k in tasks.Task._get_data_props()})
events = [e for line in archive.read("metrics.jsonl").decode().splitlines() if line
          for e in json.loads(line)]
print("RESULT" + json.dumps({
    "name": task.name,
    "params": {k: v["value"] for k, v in plain["hyperparams"]["General"].items()},
    "artifacts": {a["key"]: [a["hash"], dict(a["display_data"])]
                  for a in plain["execution"]["artifacts"]},
    "configuration": {k: v["value"] for k, v in plain["configuration"].items()},
    "events": [[e["metric"], e["iter"], e["value"]] for e in events if "scalar" in e["type"]],
    "files": archive.namelist(),
}))
"""


@pytest.mark.slow
@needs("clearml")
def test_clearml(tmp_path: Path) -> None:
    child(LOG, str(tmp_path), "clearml")
    record = check_ledger(tmp_path, "clearml")
    assert Path(record.tracker["folder"]).is_relative_to(tmp_path)
    told = result(child(READ_CLEARML, record.tracker["archive"]))
    assert told["name"] == "first"
    assert told["params"] == {"lr": "0.001", "layers": "[8, 8]", "augment": "True"}
    assert told["events"] == [["loss", 0, 1.0], ["loss", 10, 0.5], ["loss", 20, 1 / 3]]
    sha256, facts = told["artifacts"]["tiny"]
    assert sha256 == facts["sha256"] == record.artefacts[0].sha256
    assert told["artifacts"]["dataset training"][1]["digest"] == bundled().digest
    assert bundled().digest in told["configuration"]["dataset training"]
    assert any(name.endswith("w.bin") for name in told["files"])


def result(shown: str) -> Any:
    [line] = [line for line in shown.splitlines() if line.startswith("RESULT")]
    return json.loads(line.removeprefix("RESULT"))
