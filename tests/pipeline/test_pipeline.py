"""The chain from a sound to its number and back, in Python and from a shell."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

import sonic_lab as sl
from sonic_lab.cli import main
from sonic_lab.provenance import Registry

pytest.importorskip("cryptography")


@pytest.fixture(scope="module")
def tune() -> tuple[np.ndarray, int]:
    y, sr = sl.clips.load("guitar")
    return y[: 4 * sr], sr


@pytest.fixture
def mark() -> sl.watermark.SpreadSpectrum:
    return sl.watermark.SpreadSpectrum(key="a secret", bits=32)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "registry.jsonl", key=Registry.new_key(tmp_path / "key"))


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3"])
def test_what_is_published_is_traced_to_its_model(tune, mark, registry, tmp_path, suffix):
    y, sr = tune
    out = sl.pipeline.publish(
        y, tmp_path / f"out{suffix}", sr=sr, mark=mark, registry=registry,
        model_card="tiny", run="r7", manifest="abc",
    )  # fmt: skip
    trace = sl.pipeline.trace(out.path, mark=mark, registry=registry)
    assert trace.marked
    assert trace.payload == out.payload
    assert (trace.entry.model_card, trace.entry.run, trace.entry.manifest) == ("tiny", "r7", "abc")
    assert trace.same_file
    assert "made by tiny, run r7, from data abc" in trace.text
    assert out.entry.clip_sha256 == hashlib.sha256(out.path.read_bytes()).hexdigest()


def test_a_copy_is_traced_but_not_called_the_same_file(tune, mark, registry, tmp_path):
    y, sr = tune
    out = sl.pipeline.publish(y, tmp_path / "a.flac", sr=sr, mark=mark, registry=registry)
    z, _ = sl.audio.load(out.path)
    copy = sl.audio.save(tmp_path / "copy.mp3", z, sr=sr)
    trace = sl.pipeline.trace(copy, mark=mark, registry=registry)
    assert trace.payload == out.payload
    assert not trace.same_file
    assert "onto which the mark was moved" in trace.text


def test_two_sounds_get_two_numbers(tune, mark, registry, tmp_path):
    y, sr = tune
    numbers = {
        sl.pipeline.publish(y, tmp_path / f"{i}.wav", sr=sr, mark=mark, registry=registry).payload
        for i in range(2)
    }
    assert len(numbers) == 2


def test_an_unmarked_sound_proves_nothing_and_is_told_so(tune, mark, registry, tmp_path):
    y, sr = tune
    file = sl.audio.save(tmp_path / "plain.wav", y, sr=sr)
    trace = sl.pipeline.trace(file, mark=mark, registry=registry)
    assert (trace.judged, trace.marked, trace.payload) == (True, False, None)
    assert "does not prove there is none" in trace.text


def test_a_short_sound_is_neither_marked_nor_clean(tune, mark, registry, tmp_path):
    y, sr = tune
    file = sl.audio.save(tmp_path / "short.wav", y[:sr], sr=sr)
    trace = sl.pipeline.trace(file, mark=mark, registry=registry)
    assert (trace.judged, trace.marked) == (False, False)
    with pytest.raises(sl.errors.AudioError, match="2 s"):
        sl.pipeline.publish(y[:sr], tmp_path / "no.wav", sr=sr, mark=mark, registry=registry)
    with pytest.raises(sl.errors.ParameterError, match="suffix"):
        sl.pipeline.publish(y, tmp_path / "no.xyz", sr=sr, mark=mark, registry=registry)
    assert not (tmp_path / "no.wav").exists()
    assert list(registry) == []  # no number was spent


def test_a_number_nobody_recorded_is_not_believed(tune, mark, registry, tmp_path):
    y, sr = tune
    z = mark.embed(y, sr=sr, payload=123456)
    file = sl.audio.save(tmp_path / "stray.wav", z, sr=sr)
    assert "does not know that number" in sl.pipeline.trace(file, mark=mark, registry=registry).text
    assert "Without a registry" in sl.pipeline.trace(file, mark=mark).text


def test_a_forged_entry_is_not_believed(tune, mark, registry, tmp_path):
    y, sr = tune
    out = sl.pipeline.publish(
        y, tmp_path / "a.wav", sr=sr, mark=mark, registry=registry, model_card="ours"
    )
    forged = registry.path.read_text().replace('"ours"', '"theirs"')
    registry.path.write_text(forged)
    trace = sl.pipeline.trace(out.path, mark=mark, registry=registry)
    assert "theirs" not in trace.text


def test_a_mark_that_a_format_destroys_goes_nowhere(tune, registry, tmp_path):
    class Forgetful(sl.watermark.SpreadSpectrum):
        def embed(self, y, *, sr, payload):
            return y

    with pytest.raises(sl.errors.AudioError, match="could not be read back"):
        sl.pipeline.publish(
            tune[0], tmp_path / "a.wav", sr=tune[1], mark=Forgetful(key="k"), registry=registry
        )
    assert not (tmp_path / "a.wav").exists()


def test_the_shell_marks_and_verifies(tune, tmp_path, monkeypatch, capsys):
    y, sr = tune
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SONIC_LAB_KEY", "a secret")
    sl.audio.save("in.wav", y, sr=sr)
    assert main(["mark", "in.wav", "out.flac", "--model-card", "tiny"]) == 0
    public = capsys.readouterr().out.split("public key is ")[1].strip()
    check = ["verify", "out.flac", "--registry", "registry.jsonl", "--public-key", public]
    assert main(check) == 0
    assert "made by tiny" in capsys.readouterr().out
    assert main(["verify", "in.wav", "out.flac", "--json"]) == 1
    plain, marked = json.loads(capsys.readouterr().out)
    assert (plain["marked"], marked["marked"]) == (False, True)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["verify", "in.wav"], "there is no key"),
        (["verify", "in.wav", "--key-file", "none"], "cannot be read"),
        (["verify", "in.wav", "--key-file", "k", "--registry", "r"], "go together"),
        (["verify", "none.wav", "--key-file", "k"], "there is no file"),
        (["mark", "in.wav", "out.xyz", "--key-file", "k"], "suffix '.xyz'"),
    ],
)
def test_the_shell_names_mistakes(tune, tmp_path, monkeypatch, capsys, arguments, match):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SONIC_LAB_KEY", raising=False)
    monkeypatch.setenv("SONIC_LAB_HOME", str(tmp_path / "home"))  # no seal of another test
    (tmp_path / "k").write_text("a secret\n")
    sl.audio.save("in.wav", tune[0], sr=tune[1])
    assert main(arguments) == 2
    assert match in capsys.readouterr().err
