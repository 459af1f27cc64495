from pathlib import Path

import pytest

from sonic_lab.doctor import Status, chromium


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine with no browser at all."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "APPLICATIONS", {})
    return tmp_path


def program(path):
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_none_is_a_note_with_a_cure(bare):
    finding = chromium.chromium()

    assert finding.status is Status.AMBER
    assert "sudo apt install chromium" in finding.cure
    assert "brew install" in finding.cure


@pytest.mark.parametrize("name", ["chromium", "google-chrome"])
def test_one_on_the_path_is_found(bare, name):
    path = program(bare / name)

    assert chromium.find_chromium() == path
    assert chromium.chromium().status is Status.GREEN


def test_one_that_is_named_comes_first(bare, monkeypatch):
    program(bare / "chromium")
    mine = program(bare / "mine")
    monkeypatch.setenv("CHROMIUM", mine)

    assert chromium.find_chromium() == mine


def test_a_named_one_that_is_not_there_is_not_replaced_in_silence(bare, monkeypatch):
    program(bare / "chromium")
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")

    assert chromium.find_chromium() is None


def test_an_application_is_found(bare, monkeypatch):
    app = Path(program(bare / "Google Chrome"))
    monkeypatch.setattr(chromium, "APPLICATIONS", {"Darwin": (str(app),)})
    monkeypatch.setattr(chromium.platform, "system", lambda: "Darwin")

    assert chromium.find_chromium() == str(app)
