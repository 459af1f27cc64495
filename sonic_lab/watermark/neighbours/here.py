"""Which marks run on this machine, and what the others lack."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

from ...errors import MissingDependencyError
from . import audiowmark, aware
from .audioseal import FILES, REPOSITORY


@dataclass(frozen=True)
class Neighbour:
    """A mark, and whether it runs here.

    Attributes
    ----------
    name : of the class in `sonic_lab.watermark`
    runs : whether it can be made without fetching or installing anything
    why : what is missing; empty where nothing is
    """

    name: str
    runs: bool
    why: str = ""

    def __str__(self) -> str:
        return f"{self.name}: runs here" if self.runs else f"{self.name}: {self.why}"


def available() -> list[Neighbour]:
    """List every mark that the course knows, ours first, with what is missing where one is.

    Nothing is loaded or fetched, so this is quick; a broken installation shows on first use.

    Examples
    --------
    >>> [mark.name for mark in available() if mark.runs][0]
    'SpreadSpectrum'
    """
    lacks = {
        "SpreadSpectrum": "",
        "Hum": "",
        "Perth": _without("perth", extra="perth"),
        "AudioSeal": _without("audioseal", extra="audioseal") or _without_weights(),
        "Aware": f"needs {', '.join(aware.missing())}: {aware.CURE}" if aware.missing() else "",
        "Audiowmark": _without_program(),
    }
    return [Neighbour(name, not why, why) for name, why in lacks.items()]


def _without(module: str, *, extra: str) -> str:
    if importlib.util.find_spec(module):
        return ""
    return f"{module} is not installed: pip install 'sonic-lab[{extra}]'"


def _without_weights() -> str:
    from huggingface_hub import try_to_load_from_cache

    found = [isinstance(try_to_load_from_cache(REPOSITORY, name), str) for name in FILES]
    if all(found):
        return ""
    return (
        f"its weights are not here: AudioSeal() fetches them from {REPOSITORY} on the hub, or "
        "takes a folder that holds them as weights="
    )


def _without_program() -> str:
    try:
        audiowmark.find()
    except MissingDependencyError as error:
        return str(error)
    return ""
