"""Writers that die, writers that meet, disks that fill: nothing lost, never half a row."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sonic_lab.errors import ManifestError
from sonic_lab.provenance import Manifest, append, storage
from tests.provenance.papers import row

# Appends row after row, and says after each that it is on the disk.
APPENDER = """
import sys
from sonic_lab.provenance import append
from tests.provenance.papers import row
path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
for i in range(count):
    append(path, [row(f"{name}-{i}-{j}.wav", source="x" * 3000) for j in range(3)])
    print(i, flush=True)
"""
# Saves one of two manifests over the other, again and again.
SAVER = """
import sys
from sonic_lab.provenance import Manifest
from tests.provenance.papers import row
a, b = (Manifest(row(f"{n}{i}.wav", source="x" * 500) for i in range(200)) for n in "ab")
print("ready", flush=True)
while True:
    for m in (a, b):
        m.save(sys.argv[1], overwrite=True)
"""


def _child(code: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *arguments]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "ready\n"
    except BaseException:  # a time-out too: it would write for ever
        child.kill()
        child.communicate()
        raise
    return child


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill so hard")
def test_killed_appender_loses_nothing_that_it_promised(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    promised: set[str] = set()
    for moment in range(12):
        child = _child(APPENDER, str(path), f"writer{moment}", "100000")
        assert child.stdout is not None
        said = [child.stdout.readline().strip() for _ in range(moment % 4)]
        time.sleep(0.001 * moment)
        child.kill()
        said += child.communicate()[0].split()
        promised |= {f"writer{moment}-{i}-{j}.wav" for i in said for j in range(3)}
    append(path, [row("last.wav")])  # mends what the last of them left
    rows, problems = storage.parse(path.read_bytes())
    assert problems == []
    assert promised <= {r.path for r in rows}
    assert all(r.source == "x" * 3000 for r in rows if r.path != "last.wav")
    assert len(promised) >= 3 * 18  # those that were waited for


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill so hard")
def test_killed_saver_leaves_the_one_or_the_other(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    whole = {
        storage.lay_out(row(f"{name}{i}.wav", source="x" * 500) for i in range(200))
        for name in "ab"
    }
    Manifest(row(f"a{i}.wav", source="x" * 500) for i in range(200)).save(path)
    for moment in range(12):
        child = _child(SAVER, str(path))
        time.sleep(0.004 * moment)
        child.kill()
        child.communicate()
        assert path.read_bytes() in whole


@pytest.mark.parametrize("cut", range(1, len(row("b.wav").line) + 1, 7))
def test_row_torn_anywhere_is_put_aside_and_the_others_stay(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "m.jsonl"
    append(path, [row("a.wav")])
    torn = row("b.wav").line.encode()[:-cut]
    with path.open("ab") as file:
        file.write(torn)
    rows, problems = storage.parse(path.read_bytes())
    assert [r.path for r in rows] == ["a.wav"]
    assert len(problems) == bool(torn)
    append(path, [row("c.wav")])
    assert [r.path for r in Manifest.load(path, strict=True)] == ["a.wav", "c.wav"]
    if torn:
        assert (tmp_path / "m.jsonl.torn").read_bytes() == torn + b"\n"


def test_good_last_line_without_an_end_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text(row("a.wav").line)  # as an editor may leave it
    append(path, [row("b.wav")])
    assert Manifest.load(path, strict=True).paths == ("a.wav", "b.wav")


@pytest.mark.slow
def test_two_writers_at_once_keep_all_rows(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    children = [_child(APPENDER, str(path), name, "60") for name in ("left", "right")]
    for child in children:
        child.communicate(timeout=120)
        assert child.returncode == 0
    m = Manifest.load(path, strict=True)
    assert set(m.paths) == {
        f"{name}-{i}-{j}.wav" for name in ("left", "right") for i in range(60) for j in range(3)
    }


def test_full_disk_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.jsonl"
    append(path, [row("a.wav")])
    before = path.read_bytes()
    real = os.write

    def stingy(descriptor: int, data: bytes) -> int:
        if len(data) > 100:
            return real(descriptor, data[:100])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", stingy)
    with pytest.raises(ManifestError, match=r"m\.jsonl cannot be written: No space left"):
        append(path, [row("b.wav")])
    assert path.read_bytes() == before


def test_save_does_not_overwrite_what_others_added(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    append(path, [row("a.wav")])
    m = Manifest.load(path)
    append(path, [row("b.wav")])
    with pytest.raises(ManifestError, match="has changed since it was read: take in what it holds"):
        m.revise("a.wav", creator="Grace").save(path)
    m.merge(Manifest.load(path)).save(path, overwrite=True)
    assert Manifest.load(path).paths == ("a.wav", "b.wav")


def test_save_after_load_and_change_needs_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    append(path, [row("a.wav")])
    m = Manifest.load(path).revise("a.wav", creator="Grace")
    m.save(path)
    m.revise("a.wav", creator="Hedy").save(path)
    assert Manifest.load(path)["a.wav"].creator == "Hedy"
    assert len(path.read_text().splitlines()) == 1


def test_save_over_another_manifest_needs_permission(tmp_path: Path) -> None:
    path = Manifest([row("a.wav")]).save(tmp_path / "m.jsonl")
    Manifest([row("a.wav")]).save(path)  # the same rows: nothing to lose
    with pytest.raises(ManifestError, match=r"is there already: .* overwrite=True"):
        Manifest([row("b.wav")]).save(path)
    assert Manifest([row("b.wav")]).save(path, overwrite=True) == path


def test_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    Manifest([row()]).save(tmp_path / "m.jsonl")
    left = {path.name for path in tmp_path.iterdir()}
    assert left - {"m.jsonl.lock"} == {"m.jsonl"}


def test_writer_waits_no_longer_than_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "LOCK_WAIT_S", 0.1)
    with (
        storage.locked(tmp_path / "m.jsonl"),
        pytest.raises(ManifestError, match="another program"),
    ):
        append(tmp_path / "m.jsonl", [row()])


def test_every_line_is_json_of_its_own(tmp_path: Path) -> None:
    path = Manifest([row("a.wav", creator="línea\nnueva\u2028")]).save(tmp_path / "m.jsonl")
    [line] = path.read_bytes().split(b"\n")[:-1]
    assert json.loads(line)["creator"] == "línea\nnueva\u2028"
