"""The bootstrap: what it installs when, what it never touches, and what it says when it cannot."""

import ast
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import environment
from tools.environment import InstallError

TOOLS = environment.ROOT / "tools"
RUN_BY_ANY_PYTHON = ("bootstrap.py", "environment.py", "open_lab.py", "warm_up.py")


class Machine:
    """Records the commands of the install instead of running them; some of them may fail."""

    def __init__(self, monkeypatch):
        self.commands, self.failing = [], ()
        monkeypatch.setattr(environment, "step", self.step)
        monkeypatch.setattr(environment, "_has_torch", lambda *_: False)
        monkeypatch.setattr(platform, "system", lambda: "Linux")
        monkeypatch.setattr(shutil, "which", lambda name: None)
        monkeypatch.delenv("PIP_NO_INDEX", raising=False)

    def step(self, title, command, *, cure):
        self.commands.append(" ".join(command))
        if "-m venv" in self.commands[-1]:
            self.make(Path(command[-2] if command[-1] == "--clear" else command[-1]), command)
        works = not any(word in self.commands[-1] for word in self.failing)
        if not works and cure is not None:
            raise InstallError(cure)
        return works

    def make(self, venv, command):
        if "--clear" in command:
            shutil.rmtree(venv)
        environment.python_of(venv).parent.mkdir(parents=True)
        environment.python_of(venv).touch()

    def ran(self, word):
        return [command for command in self.commands if word in command]


@pytest.fixture
def machine(monkeypatch):
    return Machine(monkeypatch)


@pytest.fixture
def venv(tmp_path):
    return tmp_path / "with a space" / ".venv"


def install(machine, venv, *extras, torch=""):
    machine.commands = []
    environment.install(venv, set(extras or ["lab"]), torch)


def test_a_fresh_machine_gets_torch_first_and_then_the_lock(machine, venv):
    install(machine, venv)

    titles = ["-m venv", "uv", "torch==", "--editable", "warm_up"]
    places = [next(i for i, c in enumerate(machine.commands) if word in c) for word in titles]
    assert places == sorted(places)
    (project,) = machine.ran("--editable")
    assert f"--constraint {environment.CONSTRAINTS}" in project
    assert project.endswith(f"{environment.ROOT}[lab]")


def test_a_second_run_installs_nothing(machine, venv, capsys):
    install(machine, venv)
    capsys.readouterr()

    install(machine, venv)

    assert machine.commands == []
    assert capsys.readouterr().out == ""


def test_what_is_installed_already_covers_what_asks_for_less(machine, venv):
    install(machine, venv, "lab", "test")
    install(machine, venv, "lab")
    assert machine.commands == []


def test_new_extras_are_added_to_the_old_ones(machine, venv):
    install(machine, venv, "lab")
    install(machine, venv, "test")

    assert not machine.ran("-m venv")
    assert machine.ran("--editable")[0].endswith("[lab,test]")


def test_a_new_lock_is_installed_into_the_same_environment(machine, venv, monkeypatch, tmp_path):
    install(machine, venv)
    lock = tmp_path / "constraints.txt"
    lock.write_text(environment.CONSTRAINTS.read_text() + "\nnew==1.0\n")
    monkeypatch.setattr(environment, "CONSTRAINTS", lock)

    install(machine, venv)

    assert not machine.ran("-m venv")
    assert machine.ran("--editable")


def test_settings_of_our_tools_ask_for_no_install(monkeypatch, tmp_path):
    before = environment._needs()
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(environment.ROOT / name, tmp_path)
    project = tmp_path / "pyproject.toml"
    monkeypatch.setattr(environment, "ROOT", tmp_path)

    project.write_text(project.read_text().replace("line-length = 100", "line-length = 99"))
    assert environment._needs() == before

    project.write_text(project.read_text().replace('"numpy>=1.26"', '"numpy>=1.27"'))
    assert environment._needs() != before


@pytest.mark.parametrize("torn", ["-m venv", "--editable", "torch=="])
def test_an_interrupted_install_heals(machine, venv, torn, monkeypatch):
    def stop(title, command, *, cure):
        if torn in " ".join(command):
            raise KeyboardInterrupt
        return Machine.step(machine, title, command, cure=cure)

    monkeypatch.setattr(environment, "step", stop)
    with pytest.raises(KeyboardInterrupt):
        install(machine, venv)
    monkeypatch.setattr(environment, "step", machine.step)

    install(machine, venv)

    assert machine.ran("-m venv")  # made again from nothing, since nobody knows what was torn
    install(machine, venv)
    assert machine.commands == []


def test_an_environment_of_somebody_else_is_added_to_and_never_wiped(machine, venv):
    machine.make(venv, [])
    (venv / "precious").touch()

    install(machine, venv)

    assert not machine.ran("-m venv")
    assert machine.ran("--editable")
    assert (venv / "precious").exists()


def test_a_folder_that_is_no_environment_is_left_alone(machine, venv):
    venv.mkdir(parents=True)

    with pytest.raises(InstallError, match="is in the way: it is no virtual environment"):
        install(machine, venv)


@pytest.mark.parametrize("change", ["moved", "python gone", "other torch", "stamp unreadable"])
def test_an_environment_that_cannot_be_trusted_is_made_again(machine, venv, change):
    install(machine, venv)
    stamp = venv / environment.STAMP
    if change == "moved":
        stamp.write_text(json.dumps({**json.loads(stamp.read_text()), "place": ["elsewhere"]}))
    elif change == "python gone":  # an upgrade of the system's Python takes the link's target away
        environment.python_of(venv).unlink()
    elif change == "stamp unreadable":
        stamp.write_text("{")

    install(machine, venv, torch="default" if change == "other torch" else "")

    assert machine.ran("--clear")


def test_a_chosen_torch_is_remembered(machine, venv):
    install(machine, venv, torch="cu130")
    assert machine.ran("--torch-backend=cu130")

    install(machine, venv)
    assert machine.commands == []


@pytest.mark.parametrize(
    ("system", "has_card", "build"),
    [
        ("Linux", False, "cpu"),
        ("Linux", True, "auto"),
        ("Darwin", False, "default"),
        ("Windows", True, "default"),
    ],
)
def test_torch_suits_the_machine(monkeypatch, system, has_card, build):
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(shutil, "which", lambda name: "/bin/nvidia-smi" if has_card else None)

    assert environment.wanted_torch() == build


def test_a_wheelhouse_spares_the_network(machine, venv):
    install(machine, venv)

    (torch,) = machine.ran("torch==")
    assert "--no-index --no-deps" in torch


def test_without_a_wheelhouse_uv_finds_the_cpu_build(machine, venv):
    machine.failing = ("--no-index",)
    install(machine, venv)

    assert "uv pip install" in machine.ran("--torch-backend=cpu")[0]


def test_a_card_asks_no_wheelhouse(machine, venv):
    install(machine, venv, torch="auto")

    assert not machine.ran("--no-index")
    assert machine.ran("--torch-backend=auto")


def test_without_uv_pip_does_the_rest(machine, venv):
    machine.failing = ("constraints.txt uv",)
    install(machine, venv)

    assert "-m pip" in machine.ran("--editable")[0]


def test_where_uv_fails_pip_is_asked_with_its_own_mirrors(machine, venv):
    machine.failing = ("-m uv pip install",)
    install(machine, venv)

    first, second = machine.ran("--editable")
    assert "-m uv" in first
    assert "-m pip" in second


def test_a_folder_of_wheels_and_no_index_leaves_it_all_to_pip(machine, venv, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    install(machine, venv)

    assert not machine.ran("uv")
    assert len(machine.ran("--editable")) == 1


def test_no_network_is_explained(machine, venv):
    machine.failing = ("-m uv", "--editable")

    with pytest.raises(InstallError, match="run the same command again when it is back"):
        install(machine, venv)


def test_a_cpu_build_that_is_not_to_be_had_names_the_choice(machine, venv):
    machine.failing = ("torch==",)

    with pytest.raises(InstallError, match="make lab TORCH=default"):
        install(machine, venv)


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_how_to_get_it(machine, venv, monkeypatch, module):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda n: None if n == module else find(n))

    with pytest.raises(InstallError, match="sudo apt install python3-venv"):
        install(machine, venv)
    assert not venv.exists()


def test_missing_chromium_fails_before_anything_long(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "none"))
    monkeypatch.setattr(
        sys, "argv", ["bootstrap.py", "test", "--venv", str(tmp_path / "v"), "--browser", ""]
    )

    with pytest.raises(SystemExit, match=r"(?s)need Chromium.*apt install chromium.*BROWSER=0"):
        environment.main()
    assert not (tmp_path / "v").exists()


def test_the_browser_can_be_left_out(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/nowhere")

    environment.check_outside(browser=False)


def test_missing_espeak_is_a_note_and_no_more(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "/nowhere")

    environment.check_outside(browser=False)

    assert "sudo apt install espeak-ng" in capsys.readouterr().out


# --- for real -----------------------------------------------------------------------------------


def test_a_step_that_fails_shows_its_words_and_the_cure():
    command = [sys.executable, "-c", "import sys; print('the reason'); sys.exit(3)"]

    with pytest.raises(InstallError, match=r"(?s)packages +failed.*the reason.*do this"):
        environment.step("packages", command, cure="do this")
    assert environment.step("packages", command, cure=None) is False


def test_a_step_says_what_and_how_long(capsys):
    assert environment.step("packages", [sys.executable, "-c", ""], cure="-") is True

    assert capsys.readouterr().out.startswith("  packages ")


def test_an_older_python_gets_a_sentence(tmp_path):
    """Stands in for an old Python by its version number; the file must parse there too."""
    code = (
        "import runpy, sys; sys.version_info = (3, 8, 1, 'final', 0);"
        f"runpy.run_path({str(TOOLS / 'bootstrap.py')!r})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert run.returncode == 1
    assert "needs Python 3.11 or newer" in run.stderr
    assert "is 3.8.1" in run.stderr
    assert "Traceback" not in run.stderr


def test_the_gate_can_be_read_by_an_old_python():
    ast.parse((TOOLS / "bootstrap.py").read_text(), feature_version=(3, 4))


@pytest.mark.parametrize("name", RUN_BY_ANY_PYTHON)
def test_the_bootstrap_stands_on_the_standard_library(name):
    tree = ast.parse((TOOLS / name).read_text())
    allowed = sys.stdlib_module_names | {"environment", "sonic_lab"}  # what lies beside it

    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom):
            assert node.module.split(".")[0] in allowed


def test_looking_for_chromium_needs_no_packages():
    """-S leaves site-packages out, as on a machine where nothing is installed yet."""
    code = "import sonic_lab.doctor.chromium as c; c.find_chromium(); print('found out')"
    run = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=environment.ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": ""},
        check=False,
    )

    assert run.stdout == "found out\n", run.stderr
