"""Python itself, and the packages against the bounds that this package declares."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from .findings import Finding, Status, green, red

PACKAGE = "sonic-lab"


def python() -> Finding:
    """Check the version of Python against what the package asks for."""
    wanted = SpecifierSet(metadata.metadata(PACKAGE)["Requires-Python"])
    here = platform.python_version()
    found = f"{here} in {sys.prefix}, on {platform.system()} {platform.machine()}"
    if not wanted.contains(here, prereleases=True):
        return red(found, f"the course needs Python {wanted}: install one, then `make lab` again")
    return green(found, version=here, wanted=str(wanted))


def packages() -> Finding:
    """Check every package the course stands on: there, not too old, not too new.

    The core must be there; of the extras, what is installed is judged, and what is not is not
    missed.
    """
    rows: dict[str, dict[str, str | None]] = {}
    problems: dict[str, tuple[Status, str]] = {}
    for requirement, core in _requirements():
        name, version = requirement.name, _installed(requirement.name)
        if name in rows or not (core or version):
            continue
        rows[name] = {"installed": version, "wanted": str(requirement.specifier)}
        if problem := _problem(version, requirement.specifier):
            problems[name] = problem
    if not problems:
        seen = ("numpy", "torch", "transformers", "librosa")
        named = ", ".join(f"{name} {rows[name]['installed']}" for name in seen if name in rows)
        return green(f"all {len(rows)} within their bounds, among them {named}", packages=rows)
    worst = max((status for status, _ in problems.values()), key=list(Status).index)
    found = "; ".join(f"{name} {text}" for name, (_, text) in problems.items())
    wishes = " ".join(f'"{name}{rows[name]["wanted"]}"' for name in problems)
    cure = f"`make lab` in the course's folder, or `pip install {wishes}`; then restart the kernel"
    return Finding(worst, found, cure, {"packages": rows})


def _requirements() -> list[tuple[Requirement, bool]]:
    """List what the package declares, each with whether it is core; the core comes first."""
    extras = metadata.metadata(PACKAGE).get_all("Provides-Extra") or []
    core, optional = [], []
    for requirement in map(Requirement, metadata.requires(PACKAGE) or []):
        marker = requirement.marker
        if requirement.name == PACKAGE:  # an extra that takes in another one
            continue
        if marker is None or marker.evaluate({"extra": ""}):
            core.append((requirement, True))
        elif any(marker.evaluate({"extra": extra}) for extra in extras):
            optional.append((requirement, False))
    return core + optional


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _problem(version: str | None, wanted: SpecifierSet) -> tuple[Status, str] | None:
    if version is None:
        return Status.RED, f"is not installed ({wanted} is wanted)"
    broken = [bound for bound in wanted if not bound.contains(version, prereleases=True)]
    if not broken:
        return None
    if all(bound.operator in ("<", "<=") for bound in broken):
        return Status.AMBER, f"{version} is newer than the course was tried with ({wanted})"
    return Status.RED, f"{version} is too old ({wanted} is wanted)"
