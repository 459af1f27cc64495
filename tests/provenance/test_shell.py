"""``sonic-lab audit`` as a person or a program runs it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from sonic_lab import audio, cli
from sonic_lab.provenance import Manifest
from sonic_lab.provenance.progress import Bar
from tests.provenance.papers import SR, tune

SERIAL = ("--engine", "serial")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "set"
    place.mkdir()
    for i in range(3):
        audio.save(place / f"{i}.wav", tune(i, 1.5), sr=SR)
    return place


def papers(folder: Path) -> None:
    m = Manifest.from_folder(folder, engine="serial", licence="CC-BY-NC-4.0", creator="Ada")
    m.save(folder / "manifest.jsonl")


def test_folder_without_papers_lacks_licences(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["audit", str(folder), *SERIAL]) == 1
    shown = capsys.readouterr()
    assert shown.out.count("[licence-missing]") == 3
    assert "This audit cannot judge:" in shown.out
    assert shown.err == ""  # no bar where nobody watches


def test_papers_in_the_folder_are_used(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    papers(folder)
    assert cli.main(["audit", str(folder), "--use", "research", *SERIAL]) == 0
    assert "3 clips for research use: 3 notes" in capsys.readouterr().out
    assert cli.main(["audit", str(folder / "manifest.jsonl"), *SERIAL]) == 1
    assert "[non-commercial]" in capsys.readouterr().out


def test_json_and_html(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    papers(folder)
    page = folder / "report.html"
    assert cli.main(["audit", str(folder), "--json", "--html", str(page), *SERIAL]) == 1
    plain = json.loads(capsys.readouterr().out)
    assert plain["counts"]["error"] == 3
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert cli.main(["audit", str(folder), "--html", str(page), *SERIAL]) == 1
    assert "The report is in" in capsys.readouterr().out


def test_files_without_papers_and_broken_rows_are_found(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    papers(folder)
    audio.save(folder / "new.wav", tune(9, 1.5), sr=SR)
    with (folder / "manifest.jsonl").open("a") as file:
        file.write("half a row\n")
    assert cli.main(["audit", str(folder), "--use", "research", *SERIAL]) == 1
    out = capsys.readouterr().out
    assert "error: new.wav: the file lies in the folder and has no papers" in out
    assert "error: line 4: its papers cannot be read: is not JSON" in out


def test_write_starts_the_papers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["audit", str(folder), "--write", *SERIAL])
    assert len(Manifest.load(folder / "manifest.jsonl")) == 3


def test_mistakes_are_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["audit", str(folder / "none")]) == 2
    assert capsys.readouterr().err.startswith("sonic-lab: the folder ")
    page = str(folder / "no" / "page.html")
    assert cli.main(["audit", str(folder), "--html", page, *SERIAL]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_folder_without_sound_is_no_clean_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("no sound")
    assert cli.main(["audit", str(tmp_path), *SERIAL]) == 2
    assert "holds no sound: an audit looks there and below for .wav" in capsys.readouterr().err


def test_more_broken_files_than_clips_are_counted_as_files(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for i in range(3):
        (folder / f"{i}.wav").rename(folder / f"{i}.flac")
        (folder / f"{i}.wav").write_bytes(b"not a sound")
        (folder / f"{i}.ogg").write_bytes(b"")
    assert cli.main(["audit", str(folder), *SERIAL]) == 1
    assert "3 clips for commercial use: 9 errors; 9 files cannot" in capsys.readouterr().out


def test_names_cannot_command_a_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "0.wav").rename(folder / "evil\x1b[2J.wav")
    cli.main(["audit", str(folder), *SERIAL])
    assert "\x1b" not in capsys.readouterr().out


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_bar_moves_and_leaves() -> None:
    out = Terminal()
    bar = Bar("auditing", out=out)
    bar(1, 4)
    assert "auditing [########......................] 1/4" in out.getvalue()
    bar(2, 4)  # a moment later: not drawn again
    assert "2/4" not in out.getvalue()
    bar(4, 4)
    assert out.getvalue().endswith("\r\x1b[K")
