"""A training of this course logs through tracking: from its weights back to its clips."""

from __future__ import annotations

from pathlib import Path

import torch

import sonic_lab as sl
from sonic_lab import tracking
from sonic_lab.models import Classifier, ClassifierConfig, TrainingConfig, fit


def test_a_classifier_is_followed_back_to_its_clips(tmp_path: Path) -> None:
    net = Classifier(ClassifierConfig(n_classes=3, widths=(4,)))
    pictures, names = torch.rand(12, 16, 16) * -80, torch.arange(12) % 3
    clips = sl.provenance.bundled()
    with tracking.start("json", folder=tmp_path, name="classifier") as run:
        run.dataset(clips)
        history = fit(net, pictures, names, config=TrainingConfig(epochs=2), log=run, device="cpu")
        torch.save(net.state_dict(), tmp_path / "net.pt")
        run.artefact(tmp_path / "net.pt", kind="model")
    record = tracking.read(tmp_path, run.id)
    assert record.metrics["loss"] == [(p.epoch, p.loss) for p in history]
    assert record.params["model.widths"] == [4]
    lineage = tracking.Lineage.of(tmp_path)
    found = {node.name for node in lineage.back(tmp_path / "net.pt") if node.kind == "clip"}
    assert found == set(clips.paths)
    assert [node.name for node in lineage.to_retrain("trumpet.flac")] == ["net.pt"]
