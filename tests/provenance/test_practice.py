"""The practice set: its faults are found, each under its own name, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from sonic_lab.provenance import Manifest, practice_set


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("found") / "sounds"
    practice_set(folder)
    return folder


def test_five_bad_clips_and_a_leak_and_no_others(folder: Path) -> None:
    audit = Manifest.load(folder / "manifest.jsonl").audit(use="commercial")
    found: dict[str, set[str]] = {}
    for finding in audit:
        found.setdefault(finding.clip, set()).add(finding.code)
    assert found == {
        "train/rain_1.flac": {"licence-missing"},
        "train/siren_1.flac": {"non-commercial"},
        "train/speech_2.flac": {"consent-missing"},
        "train/strings_2.flac": {"file-changed"},
        "train/slow_siren.flac": {"parent-unclean", "licence-too-wide"},
        "test/woodwind.mp3": {"leak"},
    }


def test_papers_alone_do_not_show_what_only_the_files_tell(folder: Path) -> None:
    m = Manifest.load(folder / "manifest.jsonl")
    codes = {finding.code for finding in m.audit(use="commercial", files=False)}
    assert {"file-changed", "leak"}.isdisjoint(codes)
    assert {"licence-missing", "consent-missing"} <= codes


def test_a_second_call_makes_the_same(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    assert practice_set(folder) == Manifest.load(folder / "manifest.jsonl")
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before
