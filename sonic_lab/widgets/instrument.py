"""What all instruments share: strict settings, errors on their own screen, a still twin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.resources import files
from typing import Any

import anywidget
from traitlets import TraitError, Unicode, validate

from ..errors import ParameterError, SonicLabError, unknown_name
from ..plots import Still, mimebundle


class SettingError(ParameterError, TraitError):
    """A setting that an instrument cannot take; the value it had before stays."""


@lru_cache
def front_end(*names: str) -> str:
    """Join hand-written ES modules into the one that a widget loads.

    Only the last may export; the ones before it are the parts that instruments share.
    """
    static = files(__package__) / "static"
    return "\n".join((static / name).read_text(encoding="utf-8") for name in names)


def setting(trait: Any) -> Any:
    """Mark a trait as one that a learner sets, from Python or on the page."""
    return trait.tag(sync=True, setting=True)


def checked(*names: str, by: Callable[..., Any]) -> Any:
    """Let ``by(value, name=...)`` accept, convert or refuse what settings are given."""

    def check(_: Instrument, proposal: Any) -> Any:
        try:
            return by(proposal["value"], name=proposal["trait"].name)
        except SonicLabError as error:
            raise SettingError(str(error)) from error

    return validate(*names)(check)


def within(low: float, high: float) -> Callable[..., Any]:
    """Return a check that a number lies in [low, high]."""

    def check(value: Any, *, name: str) -> Any:
        if not low <= value <= high:
            raise ParameterError(f"{name}={value} must be from {low} to {high}")
        return value

    return check


def one_of(*choices: str) -> Callable[..., Any]:
    """Return a check that a name is among those there are."""

    def check(value: Any, *, name: str) -> Any:
        if value not in choices:
            raise ParameterError(f"{name}={value!r} must be one of {', '.join(choices)}")
        return value

    return check


class Instrument(anywidget.AnyWidget):
    """A widget whose settings are traits, and which says in words what went wrong.

    Set from Python, a bad value raises. Set from the page, it appears in `error` and on the
    widget's own screen, and what was there before stays.
    """

    _css = front_end("instrument.css")

    error = Unicode("", help="What went wrong last, in words; empty when all is well.").tag(
        sync=True
    )

    def __init__(self, **settings: Any) -> None:
        for name in settings:
            if name not in self.settings():
                raise unknown_name(f"setting of {type(self).__name__}", name, self.settings())
        try:
            super().__init__(**settings)
        except TraitError as error:
            raise SettingError(str(error)) from error
        self.on_msg(self._receive)

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            super().__setattr__(name, value)
        except SettingError:
            raise
        except TraitError as error:  # traitlets' own, such as text where a number belongs
            raise SettingError(f"{name}={value!r} is refused: {error}") from error

    @classmethod
    def settings(cls) -> dict[str, str]:
        """Return the settings that this instrument takes, each with what it means."""
        return {name: trait.help for name, trait in cls.class_traits(setting=True).items()}

    def snapshot(self) -> Still:
        """Return a still picture of what the instrument shows now."""
        raise NotImplementedError

    @contextmanager
    def showing_errors(self) -> Iterator[None]:
        """Turn whatever is raised inside into a sentence on the widget's screen."""
        try:
            yield
        except (SonicLabError, TraitError) as error:
            self.error = str(error)
        except Exception as error:  # a page has no traceback to read
            self.error = f"This should not have happened: {type(error).__name__}: {error}"
        else:
            self.error = ""

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take over what the page changed, and answer with what holds if it cannot be."""
        with self.showing_errors():
            super().set_state(sync_data)
        if self.error:
            self.send_state(key=set(sync_data) & set(self.keys))

    def _receive(self, _: Any, content: Any, buffers: list[memoryview]) -> None:
        """Hand a message from the page to the method `_on_<type>`."""
        with self.showing_errors():
            kind = content.get("type") if isinstance(content, dict) else None
            handler = getattr(self, f"_on_{kind}", None) if isinstance(kind, str) else None
            if handler is None:
                raise ParameterError(f"the page sent a message that is not known: {kind!r}")
            handler(content, buffers)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        live, live_metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        still = self.snapshot()
        data, metadata = mimebundle(still.png(), still.alt)
        return {**live, **data}, {**live_metadata, **metadata}
