import platform
from importlib import metadata

import pytest

from sonic_lab.doctor import Status, software


@pytest.fixture
def installed(monkeypatch):
    """Lets a test say which versions are installed; the rest stay as they are. None: missing."""
    said, real = {}, metadata.version

    def version(name):
        if said.get(name, "") is None:
            raise metadata.PackageNotFoundError(name)
        return said.get(name) or real(name)

    monkeypatch.setattr(metadata, "version", version)
    return said


def test_this_environment_is_in_order():
    finding = software.packages()

    assert finding.status is Status.GREEN, finding
    rows = finding.details["packages"]
    assert rows["torch"] == {"installed": metadata.version("torch"), "wanted": "<2.14,>=2.8"}
    assert "pytest" in rows  # an extra that is installed here is judged too


@pytest.mark.parametrize(
    ("name", "version", "status", "words"),
    [
        ("numpy", "1.19.5", Status.RED, "numpy 1.19.5 is too old (>=1.26 is wanted)"),
        ("torch", "2.20.0", Status.AMBER, "torch 2.20.0 is newer than the course was tried with"),
        ("librosa", None, Status.RED, "librosa is not installed"),
        ("jupyterlab", "3.6.0", Status.RED, "jupyterlab 3.6.0 is too old"),
    ],
)
def test_a_package_out_of_bounds_is_named_with_its_cure(installed, name, version, status, words):
    installed[name] = version

    finding = software.packages()

    assert finding.status is status
    assert words in finding.found
    assert f'pip install "{name}' in finding.cure


def test_the_worst_of_several_decides_and_all_are_named(installed):
    installed |= {"torch": "2.20.0", "numpy": None}

    finding = software.packages()

    assert finding.status is Status.RED
    assert "torch" in finding.found
    assert "numpy" in finding.found


def test_an_extra_that_is_not_installed_is_not_missed(installed):
    installed["pytest"] = None

    finding = software.packages()

    assert finding.status is Status.GREEN
    assert "pytest" not in finding.details["packages"]


@pytest.mark.parametrize("version", ["2.13.0+cu126", "2.13.0.dev20260101", "2.9.0a0+git123"])
def test_builds_of_gpu_images_are_welcome(installed, version):
    installed["torch"] = version

    assert software.packages().status is Status.GREEN


def test_python_is_compared_with_what_the_package_wants(monkeypatch):
    assert software.python().status is Status.GREEN

    monkeypatch.setattr(platform, "python_version", lambda: "3.9.2")

    finding = software.python()
    assert finding.status is Status.RED
    assert "needs Python >=3.11" in finding.cure
