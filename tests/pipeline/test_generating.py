"""Words to a marked file and back to the model and its data, with a model of random weights."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sonic_lab as sl
from sonic_lab.cli import main
from sonic_lab.pipeline import Seal
from tests.widgets.random_model import write_random_model

pytest.importorskip("cryptography")

DATA = "5e" * 32


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of noise, beside it the record that a training leaves."""
    path = write_random_model(tmp_path_factory.mktemp("weights") / "random")
    record = {"data": {"name": "a corpus", "sha256": DATA}, "code": {"commit": "c0ffee"}}
    (path / "record.json").write_text(json.dumps(record))
    return path


@pytest.fixture(scope="module")
def take(folder: Path) -> Any:
    job = sl.generation.Job("slow sad piano", model=folder, device="cpu", duration_s=3, seed=0)
    return job.run()


@pytest.fixture
def seal(tmp_path: Path) -> Seal:
    return Seal(tmp_path / "seal")


def test_words_become_a_file_that_is_traced_to_model_run_and_data(folder, seal, tmp_path):
    out = sl.pipeline.generate(
        "slow sad piano", tmp_path / "a.wav", seal=seal, model=folder, device="cpu",
        duration_s=3, seed=0,
    )  # fmt: skip
    trace = sl.pipeline.trace(out.path, mark=seal.mark, registry=seal.registry)
    assert trace.marked
    assert trace.same_file
    assert trace.payload == out.published.payload
    assert trace.entry.manifest == DATA
    assert trace.entry.run == "c0ffee"
    assert trace.entry.model_card.startswith(
        f"{folder}, weights {out.take.record['weights_sha256'][:16]}"
    )
    assert f"made by {folder}" in trace.text
    assert f"from data {DATA}" in trace.text


def test_the_mark_is_all_that_tells_the_file_from_the_take(take, seal, tmp_path):
    marked = sl.pipeline.release(take, tmp_path / "m.wav", seal=seal)
    plain = sl.pipeline.release(take, tmp_path / "p.wav", seal=seal, marked=False)
    y, z = (sl.audio.load(out.path)[0] for out in (plain, marked))
    assert np.abs(y - take.y).max() <= 1 / 32768  # sixteen bits
    # 30 dB is what `gentle` means; sixteen bits and the limiter take a hundredth off
    assert sl.metrics.snr_db(y, z) == pytest.approx(30, abs=0.1)
    assert not seal.mark.detect(y, sr=take.sr).present


def test_the_record_beside_it_says_how_it_is_marked(take, seal, tmp_path):
    out = sl.pipeline.release(take, tmp_path / "a.flac", seal=seal)
    record = json.loads(out.record.read_text())
    assert out.record.name == "a.flac.json"
    assert {k: record[k] for k in take.record} == take.record
    assert record["watermark"]["marked"] is True
    assert record["watermark"]["payload"] == out.published.payload
    assert seal.registry.lookup(out.published.payload).signature == record["watermark"]["signature"]


def test_marking_can_be_switched_off_and_that_is_recorded(take, seal, tmp_path):
    out = sl.pipeline.release(take, tmp_path / "a.wav", seal=seal, marked=False)
    assert out.published is None
    assert json.loads(out.record.read_text())["watermark"] == {
        "marked": False,
        "because": "marking was switched off",
    }
    assert not seal.exists  # no key was made for it
    with pytest.raises(sl.errors.ParameterError, match="marked='no' must be True or False"):
        sl.pipeline.release(take, tmp_path / "b.wav", seal=seal, marked="no")


@pytest.mark.parametrize(("kept", "reason"), [(1.0, "lasts 1.00 s"), (0.0, "too silent")])
def test_what_cannot_be_marked_is_saved_and_says_so(take, seal, tmp_path, kept, reason):
    y = take.y[: take.sr] if kept else np.zeros_like(take.y)
    out = sl.pipeline.release(replace(take, y=y), tmp_path / "a.wav", seal=seal)
    assert out.path.exists()
    assert out.published is None
    assert reason in out.unmarked_because
    assert reason in json.loads(out.record.read_text())["watermark"]["because"]
    assert "not marked" in out.words
    assert list(seal.registry) == []  # no number was spent


def test_a_mark_that_a_format_destroys_is_not_claimed(take, seal, tmp_path, monkeypatch):
    monkeypatch.setattr(type(seal.mark), "embed", lambda self, y, *, sr, payload: y)
    out = sl.pipeline.release(take, tmp_path / "a.wav", seal=seal)
    assert out.path.exists()
    assert out.published is None
    assert "could not be read back" in out.words


def test_a_seal_is_made_once_and_found_again(seal, take, tmp_path):
    out = sl.pipeline.release(take, tmp_path / "a.wav", seal=seal)
    again = Seal(seal.folder)
    assert again.registry.public_key == seal.registry.public_key
    assert sl.pipeline.trace(out.path, mark=again.mark, registry=again.registry).entry is not None
    other = Seal(tmp_path / "another")
    assert not sl.pipeline.trace(out.path, mark=other.mark, registry=other.registry).marked


def test_a_seal_shows_no_secret_and_lets_nobody_else_read(seal):
    assert seal.mark is not None
    secret = (seal.folder / "mark.key").read_text().strip()
    assert len(secret) == 32
    assert secret not in repr(seal)
    assert seal.registry.public_key
    for name in ("mark.key", "registry.key"):
        assert (seal.folder / name).stat().st_mode & 0o077 == 0


def test_a_seal_that_lost_its_secret_says_so(seal):
    assert seal.registry.public_key
    (seal.folder / "mark.key").write_text("\n")
    with pytest.raises(sl.errors.SignatureError, match=r"mark\.key is empty"):
        _ = seal.mark
    (seal.folder / "file").write_text("")
    with pytest.raises(sl.errors.SignatureError, match="name another folder"):
        _ = Seal(seal.folder / "file" / "seal").mark


def test_the_own_seal_lies_where_a_persons_things_lie(monkeypatch, tmp_path):
    monkeypatch.setenv("SONIC_LAB_HOME", str(tmp_path / "me"))
    assert Seal().folder == tmp_path / "me" / "seal"


def test_a_hub_model_leads_to_no_data_and_a_bundled_one_to_its_own():
    record = {"model": "facebook/musicgen-small", "weights_sha256": "ab" * 32}
    assert sl.pipeline.made_from(record) == {
        "model_card": f"facebook/musicgen-small, weights {'ab' * 8}",
        "run": "",
        "manifest": "",
    }
    if "musicgen" in sl.models.names():
        bundled = json.loads((sl.models.path("musicgen") / "record.json").read_text())
        assert sl.pipeline.made_from({"model": "tiny"})["manifest"] == bundled["data"]["sha256"]


def test_a_damaged_training_record_leads_nowhere(tmp_path):
    (tmp_path / "record.json").write_text("[")
    assert sl.pipeline.made_from({"model": str(tmp_path)})["manifest"] == ""
    (tmp_path / "record.json").write_text('{"data": [], "code": "x"}')
    assert sl.pipeline.made_from({"model": str(tmp_path)})["run"] == ""


def test_a_file_that_could_not_be_written_is_refused_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(sl.generation.Job, "run", lambda *_: pytest.fail("it was made"))
    with pytest.raises(sl.errors.ParameterError, match=r"must end in one of \.wav"):
        sl.pipeline.generate("piano", tmp_path / "a.txt")
    with pytest.raises(sl.errors.AudioFileError, match="there is no folder"):
        sl.pipeline.generate("piano", tmp_path / "no" / "a.wav")


def test_a_seal_that_cannot_be_used_is_said_before_anything_is_made(tmp_path, monkeypatch, capsys):
    """A take that took minutes must not be lost to a key that could not be written."""
    from sonic_lab.generation import shell

    monkeypatch.setattr(sl.generation.Job, "run", lambda *_: pytest.fail("it was made"))
    monkeypatch.setattr(shell, "make", lambda *_: pytest.fail("it was made"))
    (tmp_path / "file").write_text("")
    unusable = tmp_path / "file" / "seal"
    with pytest.raises(sl.errors.SignatureError, match="name another folder"):
        sl.pipeline.generate("piano", tmp_path / "a.wav", seal=Seal(unusable))
    out = ["--out", str(tmp_path / "a.wav"), "--seal", str(unusable)]
    assert main(["generate", "piano", *out]) == 2
    assert "name another folder" in capsys.readouterr().err


def test_the_shell_generates_marks_and_verifies_with_no_key_to_name(
    folder, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SONIC_LAB_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SONIC_LAB_KEY", raising=False)
    words = ["generate", "sad piano", "--seconds", "3", "--seed", "4", "--model", str(folder)]
    assert main([*words, "--device", "cpu", "--out", "a.wav"]) == 0
    assert "It is marked as number 0x" in capsys.readouterr().out
    assert main(["verify", "a.wav"]) == 0
    said = capsys.readouterr().out
    assert f"made by {folder}" in said
    assert DATA in said
    assert main([*words, "--device", "cpu", "--out", "b.wav", "--no-mark"]) == 0
    assert "marking was switched off" in capsys.readouterr().out
    assert main(["verify", "b.wav"]) == 1
    assert "does not prove there is none" in capsys.readouterr().out
    assert main(["verify", "a.wav", "--seal", "elsewhere"]) == 2
    assert "holds no keys" in capsys.readouterr().err
    assert main(["verify", "a.wav", "--seal", "home/seal", "--key-file", "k"]) == 2
    assert "two keys" in capsys.readouterr().err
