"""Runs inside a notebook's kernel: find the errors that widgets swallow, and provoke them.

`interact`, `Output` and `out.capture` print an error into a widget and let the cell succeed. All
three do it through `showtraceback`, so listening there hears even what a later redraw wipes away.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import ipywidgets
from IPython import get_ipython

ERRORS: list[str] = []
MOST_OPTIONS = 12


def listen() -> None:
    """Note every error that goes to a widget in place of the cell's own output."""
    shell = get_ipython()
    plain = shell.showtraceback

    def heard(*arguments: Any, **options: Any) -> Any:
        if sys._getframe(1).f_globals.get("__name__", "").startswith("ipywidgets"):
            given = arguments[0] if arguments else sys.exc_info()
            ERRORS.append(f"{given[0].__name__}: {given[1]}")
        return plain(*arguments, **options)

    shell.showtraceback = heard


def drive() -> None:
    """Move every stock control in the kernel through its range, and press every button."""
    for control in list(_controls()):
        before = len(ERRORS)
        for value in _values(control):
            try:
                _set(control, value)
            except Exception as error:  # an observer's own error, which a browser only logs
                ERRORS.append(f"{type(error).__name__}: {error}")
        ERRORS[before:] = [f"{_name(control)}: {text}" for text in ERRORS[before:]]
    for text in ERRORS:
        print(text)


def _controls() -> Iterator[ipywidgets.Widget]:
    for widget in list(ipywidgets.widgets.widget._instances.values()):
        if isinstance(widget, ipywidgets.DOMWidget) and not getattr(widget, "disabled", False):
            yield widget


def _values(control: Any) -> list[Any]:
    """Return the ends of a range and the options of a choice, and what was set at last."""
    if isinstance(control, ipywidgets.Button):
        return [None]
    if isinstance(control, (ipywidgets.Checkbox, ipywidgets.ToggleButton)):
        return [not control.value, control.value]
    if isinstance(control, ipywidgets.FloatLogSlider):
        return [control.base**control.min, control.base**control.max, control.value]
    if hasattr(control, "options") and hasattr(control, "index"):
        count = len(control.options)
        if not isinstance(control.index, int):  # nothing chosen, or several at once
            return []
        return [*range(0, count, max(1, count // MOST_OPTIONS)), control.index]
    if all(hasattr(control, name) for name in ("min", "max", "value")):
        if isinstance(control.value, tuple):
            return [(control.min, control.min), (control.min, control.max), control.value]
        return [control.min, control.max, control.value]
    return []


def _set(control: Any, value: Any) -> None:
    if isinstance(control, ipywidgets.Button):
        control.click()
    elif hasattr(control, "options"):
        control.index = value
    elif not isinstance(control, ipywidgets.IntProgress | ipywidgets.FloatProgress):
        control.value = value


def _name(control: Any) -> str:
    return f"{type(control).__name__} {getattr(control, 'description', '')!r}"
