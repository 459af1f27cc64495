"""Badges and the Colab cell: from one setting, everywhere the same, and a second run is idle."""

import builtins
import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import sys
import types
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import nbformat
import pytest
from nbformat import v4

from tools import badges, notebook_format
from tools.badges import Repository

ROOT = notebook_format.ROOT
JANE = Repository("jane", "sonic-lab", "autumn/2026")


def setting(folder, repository):
    (folder / "pyproject.toml").write_text(f'[tool.sonic-lab]\nrepository = "{repository}"\n')


@pytest.fixture
def fork(tmp_path):
    """A small repository with one notebook that nobody has touched yet."""
    (tmp_path / "notebooks").mkdir()
    setting(tmp_path, JANE)
    (tmp_path / "README.md").write_text(f"# Course\n\n{badges.START}\n{badges.END}\n\nMore.\n")
    shown = v4.new_output("stream", text="2\n")
    own = [v4.new_markdown_cell("# One"), v4.new_code_cell("print(2)", outputs=[shown])]
    nbformat.write(v4.new_notebook(cells=own), tmp_path / "notebooks" / "00_start_here.ipynb")
    return tmp_path


def all_bytes(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_setting_is_read_and_a_wrong_one_is_explained(tmp_path):
    setting(tmp_path, "jane/sonic-lab@autumn/2026")
    assert Repository.of(tmp_path) == JANE

    for wrong in ("jane/sonic-lab", "sonic-lab@main", "jane/a b@main", "https://x/jane/y@main"):
        setting(tmp_path, wrong)
        with pytest.raises(SystemExit, match=r"must read owner/repo@ref"):
            Repository.of(tmp_path)


def test_badges_lead_to_the_notebook_on_both_services():
    row = badges.badge_row(JANE, "notebooks/05 é.ipynb", images="images")

    # Binder takes the ref as one part of the path, so its slash must not read as another.
    assert (
        "(https://mybinder.org/v2/gh/jane/sonic-lab/autumn%2F2026"
        "?urlpath=lab%2Ftree%2Fnotebooks%2F05%20%C3%A9.ipynb)"
    ) in row
    assert (
        "(https://colab.research.google.com/github/jane/sonic-lab/blob/autumn/2026/"
        "notebooks/05%20%C3%A9.ipynb)"
    ) in row


def test_badge_pictures_need_no_network_and_speak():
    pictures = re.findall(r"!\[(.+?)\]\((.+?)\)", badges.badge_row(JANE, "a", images="images"))

    assert [alt for alt, _ in pictures] == ["Open in Binder", "Open in Colab"]
    for alt, path in pictures:
        root = ET.parse(ROOT / "notebooks" / path).getroot()
        assert root.attrib["aria-label"] == alt
        assert "http" not in re.sub(r'xmlns="[^"]+"', "", (ROOT / "notebooks" / path).read_text())


def test_a_second_run_changes_nothing(fork, capsys):
    badges.main(fork)
    assert "2 files changed" in capsys.readouterr().out
    first = all_bytes(fork)

    badges.main(fork)

    assert all_bytes(fork) == first
    assert "0 files changed" in capsys.readouterr().out


def test_what_the_notebook_says_is_left_alone(fork):
    badges.main(fork)

    notebook = notebook_format.read(fork / "notebooks" / "00_start_here.ipynb")
    assert [cell.source for cell in notebook.cells[2:]] == ["# One", "print(2)"]
    assert notebook.cells[3].outputs[0].text == "2\n"
    assert (fork / "README.md").read_text().endswith(f"{badges.END}\n\nMore.\n")


def test_a_fork_changes_one_line_and_runs_one_command(fork):
    badges.main(fork)
    setting(fork, "ada/other@v1")
    badges.main(fork)

    path = fork / "notebooks" / "00_start_here.ipynb"
    assert len(notebook_format.read(path).cells) == 4
    for text in (path.read_text(), (fork / "README.md").read_text()):
        assert "jane" not in text
        assert "ada/other" in text


def test_a_readme_without_its_place_is_refused(fork):
    (fork / "README.md").write_text("# Course\n")

    with pytest.raises(SystemExit, match="needs one <!-- badges -->"):
        badges.main(fork)


@pytest.mark.parametrize("path", notebook_format.course_notebooks(), ids=lambda path: path.stem)
def test_every_notebook_begins_with_the_canonical_cells(path):
    cells = notebook_format.read(path).cells
    where = Repository.of(ROOT)

    for found, wanted in zip(
        cells[:2], badges.head_cells(where, f"notebooks/{path.name}"), strict=True
    ):
        for key in ("cell_type", "source", "metadata"):
            assert found[key] == wanted[key], "run `make badges`"
    tags = [tag for cell in cells for tag in cell.metadata.get("tags", [])]
    assert (tags.count("badges"), tags.count("colab")) == (1, 1)


def test_notebooks_and_readme_are_as_the_tool_leaves_them(tmp_path, capsys):
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)

    badges.main(tmp_path)

    assert "0 files changed" in capsys.readouterr().out, "run `make badges`"


def test_ids_made_for_cells_without_one_stay(tmp_path):
    path = tmp_path / "old.ipynb"
    same = '{"cell_type": "markdown", "metadata": {}, "source": ["twice"]}'
    path.write_text(
        f'{{"cells": [{same}, {same}], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 4}}'
    )

    once = [cell.id for cell in notebook_format.read(path).cells]

    assert once == [cell.id for cell in notebook_format.read(path).cells]
    assert len(set(once)) == 2
    assert notebook_format.write(path, notebook_format.read(path)) is True
    assert notebook_format.write(path, notebook_format.read(path)) is False


# --- the Colab cell, run in a Colab that is made up ------------------------------------------


class Colab:
    """A machine with some packages, and a pip that is recorded instead of run."""

    def __init__(self, monkeypatch, before, after, returncode=0):
        self.versions, self.after, self.returncode = dict(before), after, returncode
        self.command = self.constraints = None
        monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
        monkeypatch.setattr(importlib.metadata, "distributions", self.distributions)
        monkeypatch.setattr(importlib.util, "find_spec", self.find_spec)
        monkeypatch.setattr(subprocess, "run", self.pip)

    def distributions(self):
        return [SimpleNamespace(name=name, version=v) for name, v in self.versions.items()]

    def find_spec(self, name):
        assert name == "sonic_lab"
        return object() if "sonic-lab" in self.versions else None

    def pip(self, command, **options):
        self.command = command
        with open(command[command.index("--constraint") + 1]) as file:
            self.constraints = file.read().splitlines()
        if self.returncode == 0:
            self.versions |= self.after
        return SimpleNamespace(returncode=self.returncode, stdout="", stderr="no such thing")


def run_cell():
    exec(compile(badges.colab_source(JANE), "colab", "exec"), {"__builtins__": builtins})


PREINSTALLED = {
    "torch": "2.9.0+cu126",
    "numpy": "2.0.2",
    "torchvision": "0.24.0+cu126",
    "soxr": "0.5.0",
}


def test_outside_colab_the_cell_does_nothing(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "google.colab", raising=False)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("it ran something"))

    run_cell()

    assert capsys.readouterr().out == ""


def test_the_cell_installs_the_course_and_holds_torch_and_numpy(monkeypatch, capsys):
    colab = Colab(monkeypatch, PREINSTALLED, {"sonic-lab": "0.1.0"})

    run_cell()

    assert colab.command[:4] == [sys.executable, "-m", "pip", "install"]
    assert "--quiet" in colab.command
    assert "--upgrade" not in colab.command
    assert colab.command[-1] == (
        "sonic-lab[loudness,provenance] @ git+https://github.com/jane/sonic-lab@autumn/2026"
    )
    assert sorted(colab.constraints) == [
        "numpy==2.0.2",
        "torch==2.9.0+cu126",
        "torchvision==0.24.0+cu126",
    ]
    assert "sonic-lab: not there -> 0.1.0" in capsys.readouterr().out


def test_the_cell_prints_what_changed_and_only_that(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "soxr", raising=False)
    Colab(monkeypatch, PREINSTALLED, {"sonic-lab": "0.1.0", "soxr": "0.6.0"})

    run_cell()

    out = capsys.readouterr().out
    assert "soxr: 0.5.0 -> 0.6.0" in out
    assert "torch:" not in out
    assert "2 packages changed" in out
    assert "Restart" not in out  # nothing that changed had been imported


def test_the_cell_asks_for_a_restart_when_a_loaded_package_changed(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "soxr", types.ModuleType("soxr"))
    Colab(monkeypatch, PREINSTALLED, {"sonic-lab": "0.1.0", "soxr": "0.6.0"})

    run_cell()

    assert "Runtime > Restart session" in capsys.readouterr().out


def test_a_second_run_of_the_cell_installs_nothing(monkeypatch, capsys):
    colab = Colab(monkeypatch, PREINSTALLED, {"sonic-lab": "0.1.0"})
    run_cell()
    colab.command = None

    run_cell()

    assert colab.command is None
    assert capsys.readouterr().out.endswith("ready, 0 packages changed.\n")


def test_the_cell_says_so_when_pip_fails(monkeypatch, capsys):
    Colab(monkeypatch, PREINSTALLED, {}, returncode=1)

    with pytest.raises(RuntimeError, match="its reason stands above"):
        run_cell()

    assert "no such thing" in capsys.readouterr().out
