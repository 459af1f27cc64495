"""Published weights are followed back to their data by the record that lies beside them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from sonic_lab.errors import TrackingError
from sonic_lab.provenance import Manifest, Step
from sonic_lab.tracking import Lineage, trained
from tests.provenance.papers import digest, row
from tools.train import records


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A folder as `tools.train` publishes it."""
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    made = records.Record(
        name="Tiny",
        summary="A model.",
        data={"name": "corpus", "sha256": digest("corpus"), "clips": 9, "licence": "CC0-1.0"},
        settings={"steps": 100, "often": [1, 2]},
        figures={"loss": 0.5, "by name": {"a": 1}},
    )
    records.write(tmp_path, made)
    return tmp_path


def test_weights_are_followed_back_to_their_data(weights: Path) -> None:
    lineage = Lineage(runs=[trained(weights)])
    model, run, data = weights / "model.safetensors", *lineage.back(weights / "model.safetensors")
    assert (run.kind, run.name) == ("run", "training of Tiny")
    assert run.papers["params"]["steps"] == 100
    assert run.papers["metrics"] == {"loss": 0.5}
    assert data.id == f"dataset:{digest('corpus')}"
    assert lineage.licences(model) == {"CC0-1.0": ["corpus"]}
    assert lineage.card(model).startswith("---\nlicense:")


def test_clip_that_they_generated_leads_to_the_data(weights: Path) -> None:
    sha256 = hashlib.sha256(b"weights").hexdigest()
    made = row("made.wav", derivation=(Step("generate", model=sha256),))
    lineage = Lineage([Manifest([made])], runs=[trained(weights)])
    assert [node.kind for node in lineage.back("made.wav")] == ["model", "run", "dataset"]
    assert lineage.node("model.safetensors").id == f"model:{sha256}"


def test_the_same_weights_are_the_same_run(weights: Path) -> None:
    assert trained(weights) == trained(weights)
    before = trained(weights).id
    (weights / "model.safetensors").write_bytes(b"others")
    record = (weights / "record.json").read_text()
    (weights / "record.json").write_text(
        record.replace(
            hashlib.sha256(b"weights").hexdigest(), hashlib.sha256(b"others").hexdigest()
        )
    )
    assert trained(weights).id != before


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (None, r"record\.json cannot be read .*such as sl\.models\.path\('codec'\)"),
        ("not json", "is not the record of a training: JSONDecodeError"),
        ("[]", "is not the record of a training: TypeError"),
        ('{"data": {}, "files": {}}', "is not the record of a training: KeyError: 'figures'"),
    ],
)
def test_what_is_no_record_is_said(tmp_path: Path, content: str | None, match: str) -> None:
    if content is not None:
        (tmp_path / "record.json").write_text(content)
    with pytest.raises(TrackingError, match=match):
        trained(tmp_path)
