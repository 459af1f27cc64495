import importlib
import json
import subprocess
import sys

import pytest

from sonic_lab import __version__, cli
from sonic_lab.errors import ParameterError


def run(*arguments, **options):
    command = [sys.executable, "-m", "sonic_lab", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.fixture
def command(monkeypatch):
    """Put a command of our own in place of all others; it does what the test says."""

    class Shell:
        do = staticmethod(lambda: 0)

        @classmethod
        def register(cls, subparsers):
            parser = subparsers.add_parser("try")
            parser.set_defaults(run=lambda arguments: cls.do())

    monkeypatch.setattr(cli, "ROOMS", ("one",))
    monkeypatch.setattr(importlib, "import_module", lambda *_: Shell)
    return Shell


def test_the_version_is_said():
    assert run("--version").stdout == f"sonic-lab {__version__}\n"


def test_help_lists_what_there_is():
    said = run("--help").stdout

    assert "doctor" in said
    assert "progress" in said


def test_no_command_is_a_mistake_in_the_call():
    ended = run()

    assert ended.returncode == 2
    assert "required: COMMAND" in ended.stderr


def test_doctor_prints_json_for_teachers(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    ended = run("doctor", "--json")

    report = json.loads(ended.stdout)
    assert report["schema"] == 1
    assert ended.returncode == (report["status"] == "red")
    assert ended.stderr == ""


def test_a_command_decides_the_exit_code(command):
    for code in (0, 1):
        command.do = lambda code=code: code
        assert cli.main(["try"]) == code


def test_an_error_of_ours_is_one_line(command, capsys):
    def fail():
        raise ParameterError("sr=0 must be a sample rate")

    command.do = fail

    assert cli.main(["try"]) == 2
    assert capsys.readouterr().err == "sonic-lab: sr=0 must be a sample rate\n"


def test_a_fault_of_the_course_keeps_its_traceback(command):
    command.do = lambda: 1 / 0

    with pytest.raises(ZeroDivisionError):
        cli.main(["try"])


def test_ctrl_c_ends_in_silence(command, capsys):
    def stop():
        raise KeyboardInterrupt

    command.do = stop

    assert cli.main(["try"]) == 130
    assert capsys.readouterr().err == ""


def test_a_reader_that_leaves_early_is_no_error():
    """As with ``sonic-lab doctor | head -1``."""
    ended = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {sys.executable} -m sonic_lab doctor | head -c 1"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HF_HUB_OFFLINE": "1"},
    )

    assert ended.stderr == ""


def test_a_room_that_cannot_be_imported_leaves_the_others(monkeypatch):
    real = importlib.import_module

    def without_course(name, package=None):
        if name == ".course.shell":
            raise ImportError("numpy is torn")
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", without_course)

    text = cli.parser().format_help()

    assert "doctor" in text
    assert "commands of course are missing (numpy is torn)" in " ".join(text.split())
