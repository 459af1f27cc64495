"""Run every check, and let none of them take the report down."""

from __future__ import annotations

import importlib
from typing import NamedTuple

from .. import __version__
from .findings import Finding, red
from .report import Check, Report


class Item(NamedTuple):
    """A thing to examine, and the function that does it. The key is for programs, and stays."""

    key: str
    name: str
    function: str


# Functions by name, imported one by one and under guard: where numpy itself is broken, the rows
# that need it say so, and the others still help.
ITEMS = (
    Item("python", "Python", "software.python"),
    Item("packages", "Packages", "software.packages"),
    Item("device", "PyTorch", "device.device"),
    Item("threads", "Threads", "machine.threads"),
    Item("formats", "Sound files", "sound.formats"),
    Item("clips", "Bundled clips", "sound.clips"),
    Item("widgets", "Widgets", "front_end.front_end"),
    Item("memory", "Memory", "machine.memory"),
    Item("disk", "Disk", "machine.disk"),
    Item("hub", "Model hub", "hub.hub"),
    Item("chromium", "Test browser", "chromium.chromium"),
)


def examine() -> Report:
    """Examine this machine and this environment; takes a few seconds, most of it to load torch.

    Nothing is changed, and nothing but the model hub is asked over the network. A check that
    fails in a way nobody thought of becomes a red row of the report.

    Returns
    -------
    A report that prints as a table, shows as a panel in a notebook, and has `to_dict`.

    Examples
    --------
    >>> report = examine()
    >>> [check.key for check in report.checks][:3]
    ['python', 'packages', 'device']
    """
    return Report([Check(item.key, item.name, _guarded(item)) for item in ITEMS], __version__)


def _guarded(item: Item) -> Finding:
    module, function = item.function.split(".")
    try:
        finding: Finding = getattr(importlib.import_module(f".{module}", __package__), function)()
        return finding
    except Exception as error:  # a report with a hole in it still helps
        return red(
            f"the check itself failed: {type(error).__name__}: {error}",
            "install again: `make lab` in the course's folder, or `pip install --upgrade "
            "--force-reinstall sonic-lab`; if it stays, open an issue with these words",
            error=type(error).__name__,
        )
