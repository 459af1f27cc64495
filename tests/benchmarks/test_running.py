"""Which measurements run when none is named."""

from __future__ import annotations

import re
import subprocess

import pytest

from benchmarks import __main__ as benchmarks


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note what would run; nothing does."""
    started: list[str] = []

    def note(command: list[str]) -> subprocess.CompletedProcess[str]:
        started.append(command[-1].removeprefix("benchmarks."))
        return subprocess.CompletedProcess(command, returncode=int(started[-1] == "effects"))

    monkeypatch.setattr(subprocess, "run", note)
    return started


def test_slow_ones_are_left_out_and_named(
    ran: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    benchmarks.main([])
    assert ran == [name for name in benchmarks.names() if not benchmarks.takes(name)]
    assert "watermark" not in ran
    assert "watermark is left out: it takes hours" in capsys.readouterr().out


def test_slow_ones_run_when_asked_for(ran: list[str]) -> None:
    benchmarks.main(["--slow"])
    assert ran == benchmarks.names()
    ran.clear()
    benchmarks.main(["watermark", "manifest"])
    assert ran == ["watermark", "manifest"]


def test_a_failed_claim_and_a_wrong_name_are_told(
    ran: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmarks.main(["effects", "manifest"]) == 1
    assert ran == ["effects", "manifest"]
    assert benchmarks.main(["manifest"]) == 0
    assert benchmarks.main(["watermerk"]) == 2
    assert "no measurement named watermerk" in capsys.readouterr().out


def test_each_is_told_of_in_the_readme() -> None:
    table = (benchmarks.HERE / "README.md").read_text("utf-8")
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) != []
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(benchmarks.names())
