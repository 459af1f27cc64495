"""Made-up Jupyter folders, each with one fault."""

import json
import sys
import types
from importlib import metadata

import jupyter_core.paths
import pytest

from sonic_lab.doctor import Status, front_end

MANAGER = {
    "version": "5.0.16",
    "dependencies": {"@jupyterlab/application": "^4.0.0", "@jupyter-widgets/controls": "^5.0.13"},
}


class Jupyter:
    def __init__(self, folder, monkeypatch):
        self.folder, self.versions = folder, {"jupyterlab": "4.6.6", "ipywidgets": "8.1.9"}
        monkeypatch.setattr(jupyter_core.paths, "jupyter_path", lambda *a: [str(folder / "data")])
        monkeypatch.setattr(jupyter_core.paths, "jupyter_config_path", lambda: [str(folder)])
        monkeypatch.setattr(metadata, "version", self.version)

    def version(self, name):
        if self.versions[name] is None:
            raise metadata.PackageNotFoundError(name)
        return self.versions[name]

    def extension(self, name, package, *, complete=True):
        home = self.folder / "data" / name
        home.mkdir(parents=True, exist_ok=True)
        package = {**package, "jupyterlab": {"_build": {"load": "entry.js"}}}
        (home / "package.json").write_text(json.dumps(package))
        if complete:
            (home / "entry.js").touch()


@pytest.fixture
def jupyter(tmp_path, monkeypatch):
    whole = Jupyter(tmp_path, monkeypatch)
    whole.extension(front_end.MANAGER, MANAGER)
    whole.extension(front_end.ANYWIDGET, {"version": "0.11.0"})
    return whole


def test_this_environment_draws_widgets():
    assert front_end.front_end().status is Status.GREEN


def test_a_whole_jupyter_is_well(jupyter):
    finding = front_end.front_end()

    assert finding.status is Status.GREEN, finding
    assert finding.details["extensions"] == {
        "@jupyter-widgets/jupyterlab-manager": "5.0.16",
        "anywidget": "0.11.0",
    }


@pytest.mark.parametrize("name", [front_end.MANAGER, front_end.ANYWIDGET])
def test_a_missing_extension_is_named(jupyter, name):
    (jupyter.folder / "data" / name / "package.json").unlink()

    finding = front_end.front_end()

    assert finding.status is Status.RED
    assert finding.found == f"{name} is not installed"
    assert "pip install --force-reinstall jupyterlab_widgets anywidget" in finding.cure


def test_an_incomplete_extension_is_named(jupyter):
    (jupyter.folder / "data" / "anywidget" / "entry.js").unlink()

    finding = front_end.front_end()

    assert finding.status is Status.RED
    assert finding.found.endswith("is incomplete")


@pytest.mark.parametrize("listed", [{"anywidget": True}, ["anywidget"]])
def test_an_extension_that_is_switched_off_is_named(jupyter, listed):
    (jupyter.folder / "labconfig").mkdir()
    page = jupyter.folder / "labconfig" / "page_config.json"
    page.write_text(json.dumps({"disabledExtensions": listed}))

    assert front_end.front_end().found == "anywidget is switched off"

    page.write_text(json.dumps({"disabledExtensions": {"anywidget": False}}))
    assert front_end.front_end().status is Status.GREEN


@pytest.mark.parametrize(
    ("package", "version", "words"),
    [("jupyterlab", "5.0.0", "another JupyterLab"), ("ipywidgets", "7.7.1", "another ipywidgets")],
)
def test_a_manager_for_other_versions_is_named(jupyter, package, version, words):
    jupyter.versions[package] = version

    finding = front_end.front_end()

    assert finding.status is Status.RED
    assert f"{words} than {version}" in finding.found


def test_the_manager_of_ipywidgets_7_does_not_fit_8(jupyter):
    old = {"@jupyterlab/application": "^4.0.0", "@jupyter-widgets/controls": "^3.1.0"}
    jupyter.extension(front_end.MANAGER, {"version": "3.1.1", "dependencies": old})

    assert "another ipywidgets than 8.1.9" in front_end.front_end().found


def test_a_kernel_without_jupyterlab_is_told_what_to_look_at(jupyter):
    jupyter.versions["jupyterlab"] = None

    finding = front_end.front_end()

    assert finding.status is Status.AMBER
    assert "if it runs from another one" in finding.cure


def test_colab_has_its_own_way(jupyter, monkeypatch):
    jupyter.versions["jupyterlab"] = None
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))

    assert front_end.front_end().status is Status.GREEN
