"""``sonic-lab generate`` from a shell."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sonic_lab import audio
from sonic_lab.cli import main
from sonic_lab.generation import Job, loading


@pytest.fixture(autouse=True)
def not_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_announced", set())


def test_a_take_with_its_record_and_licence(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "sad.wav"
    words = ["generate", "sad piano 🎹", "--seconds", "1", "--seed", "4", "--out", str(out)]
    assert main([*words, "--model", str(folder), "--device", "cpu", "--top-k", "0"]) == 0
    said = capsys.readouterr()
    assert "cc0-1.0" in said.err
    assert "has no word for 🎹" in said.err
    assert "1 s, seed 4" in said.out
    record = json.loads((tmp_path / "sad.wav.json").read_text(encoding="utf-8"))
    assert (record["prompt"], record["seed"]) == ("sad piano 🎹", 4)
    assert record["settings"]["top_k"] is None
    y, _ = audio.load(out)
    take = Job("sad piano 🎹", model=folder, device="cpu", duration_s=1, seed=4, top_k=None).run()
    assert np.abs(y - take.y).max() <= 1 / 32768  # sixteen bits


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([""], "says nothing"),
        (["piano", "--seconds", "0"], "duration_s=0"),
        (["piano", "--model", "tinny"], "did you mean 'tiny'"),
        (["piano", "--device", "tpu"], "must be 'auto', 'cpu' or 'cuda'"),
        (["piano", "--out", "take.txt"], "must end in one of .wav"),
        (["piano", "--out", "nowhere/take.wav"], "there is no folder nowhere"),
    ],
)
def test_a_mistake_is_one_line_before_anything_is_loaded(
    words: list[str],
    reason: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loading, "load", lambda *_, **__: pytest.fail("it was loaded"))
    assert main(["generate", *words]) == 2
    said = capsys.readouterr().err
    assert reason in said
    assert said.count("\n") == 1


def test_the_shell_of_the_room_does_not_load_torch() -> None:
    code = "import sonic_lab.generation.shell, sys; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
