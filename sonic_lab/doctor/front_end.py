"""The widgets' other half: what JupyterLab must load to draw them."""

from __future__ import annotations

import json
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from .findings import Finding, amber, green, red

MANAGER, ANYWIDGET = "@jupyter-widgets/jupyterlab-manager", "anywidget"
CURE = (
    "`pip install --force-reinstall jupyterlab_widgets anywidget` in the environment that runs "
    "JupyterLab, then start JupyterLab again and reload the page"
)


def front_end() -> Finding:
    """Check that this environment's JupyterLab has the extensions that draw widgets.

    Each must be there, be complete, not be switched off, and fit both JupyterLab and ipywidgets.
    """
    if "google.colab" in sys.modules:
        return green("Colab draws the widgets itself", frontend="colab")
    try:
        lab = metadata.version("jupyterlab")
    except metadata.PackageNotFoundError:
        return amber(
            "JupyterLab is not in the environment of this kernel",
            'if it runs from another one, `pip install anywidget "ipywidgets>=8"` there; if not, '
            "`make lab` in the course's folder installs it here",
            jupyterlab=None,
        )
    found = {name: _extension(name) for name in (MANAGER, ANYWIDGET)}
    versions = {name: info.get("version") for name, info in found.items()}
    details = {"jupyterlab": lab, "extensions": versions}
    problems = [text for name, info in found.items() if (text := _broken(name, info))]
    if not problems:
        problems = _misfits(found[MANAGER], lab, metadata.version("ipywidgets"))
    if problems:
        return red("; ".join(problems), CURE, **details)
    return green(
        f"JupyterLab {lab} has its widget manager {versions[MANAGER]} and anywidget "
        f"{versions[ANYWIDGET]}",
        **details,
    )


def _extension(name: str) -> dict[str, Any]:
    """Read the package file of an extension, from the first folder in which JupyterLab looks."""
    from jupyter_core.paths import jupyter_path

    for folder in jupyter_path("labextensions"):
        package = Path(folder) / name / "package.json"
        if package.is_file():
            return {**json.loads(package.read_text(encoding="utf-8")), "folder": package.parent}
    return {}


def _broken(name: str, info: dict[str, Any]) -> str:
    if not info:
        return f"{name} is not installed"
    entry = info.get("jupyterlab", {}).get("_build", {}).get("load", "")
    if not entry or not (info["folder"] / entry).is_file():
        return f"{name} in {info['folder']} is incomplete"
    return f"{name} is switched off" if name in _switched_off() else ""


def _switched_off() -> set[str]:
    """List the extensions that `jupyter labextension disable` has switched off."""
    from jupyter_core.paths import jupyter_config_path

    off: set[str] = set()
    for folder in jupyter_config_path():
        page = Path(folder) / "labconfig" / "page_config.json"
        if page.is_file():
            listed = json.loads(page.read_text(encoding="utf-8")).get("disabledExtensions", {})
            off |= {n for n in listed if not isinstance(listed, dict) or listed[n]}
    return off


def _misfits(manager: dict[str, Any], lab: str, ipywidgets: str) -> list[str]:
    """Say what does not fit: the manager was built for one JupyterLab and one ipywidgets."""
    needs = manager.get("dependencies", {})
    problems = []
    if _major(needs.get("@jupyterlab/application", "")) not in (None, _major(lab)):
        problems.append(f"the widget manager is for another JupyterLab than {lab}")
    # ipywidgets 8 speaks to @jupyter-widgets/controls 5, and ipywidgets 7 to controls 3 and older.
    controls = _major(needs.get("@jupyter-widgets/controls", ""))
    if controls is not None and (controls >= 5) != ((_major(ipywidgets) or 0) >= 8):
        problems.append(f"the widget manager is for another ipywidgets than {ipywidgets}")
    return problems


def _major(version: str) -> int | None:
    digits = re.search(r"\d+", version)
    return int(digits.group()) if digits else None
