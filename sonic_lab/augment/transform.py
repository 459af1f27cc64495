"""A change to sound with a range for every setting: draw first, then apply what was drawn.

A transform is a frozen dataclass. `Transform.draw` turns luck into plain numbers; `apply` turns
sound and those numbers into sound, and draws nothing. So what was drawn can be written down, read
by a person, and applied again to the same samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, fields
from typing import Any, ClassVar

import numpy as np

from ..errors import ParameterError
from .ranges import Range, check_choice
from .record import Draw

_KNOWN: dict[str, type[Transform]] = {}


@dataclass(frozen=True, kw_only=True, repr=False)
class Transform:
    """Base of every transform. To write one, state its effect, its settings, and what it breaks.

    Parameters
    ----------
    p : probability that it is applied, 0 to 1

    Examples
    --------
    >>> from sonic_lab.augment import between
    >>> def flutter(y, *, sr, rate_hz):
    ...     return y * (1 + 0.5 * np.sin(2 * np.pi * rate_hz * np.arange(y.shape[-1]) / sr))
    >>> @dataclass(frozen=True, kw_only=True, repr=False)
    ... class Flutter(Transform):
    ...     effect = staticmethod(flutter)
    ...     rate_hz: float | tuple[float, float] = between(2, 8, least=0.1, most=50, unit="Hz")
    >>> Flutter(rate_hz=5, p=1).draw(np.random.default_rng(0))
    {'rate_hz': 5.0}
    """

    effect: ClassVar[Callable[..., np.ndarray]]
    needs_rate: ClassVar[bool] = True  # whether the effect takes sr
    needs_seed: ClassVar[bool] = False  # whether it takes rng: it gets a seed that was drawn

    p: float = 0.5

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        known = _KNOWN.get(cls.__name__)
        home = __package__ or ""
        if known is not None and known.__module__.startswith(home) > cls.__module__.startswith(
            home
        ):
            raise ParameterError(
                f"{cls.__name__} is the name of a transform of {home}, and records go by names: "
                "give yours another"
            )
        _KNOWN[cls.__name__] = cls

    def __post_init__(self) -> None:
        object.__setattr__(self, "p", Range(0, 1).check(self.p, name="p")[0])
        for one in _settings(type(self)):
            value = getattr(self, one.name)
            if "range" in one.metadata:
                span = one.metadata["range"].check(value, name=one.name)
                object.__setattr__(self, one.name, span)
            elif "options" in one.metadata:
                check_choice(value, one.metadata["options"], name=one.name)

    @classmethod
    def ranges(cls) -> dict[str, Range]:
        """Return what is drawn: the bounds of each setting by its name."""
        return {
            one.name: one.metadata["range"] for one in _settings(cls) if "range" in one.metadata
        }

    @classmethod
    def options(cls) -> dict[str, tuple[Any, ...]]:
        """Return what is chosen and not drawn, with the choices there are."""
        return {
            one.name: one.metadata["options"] for one in _settings(cls) if "options" in one.metadata
        }

    def span(self, name: str) -> tuple[float, float]:
        """Return the lower and the upper end of what a setting is drawn from."""
        low, high = getattr(self, name)
        return low, high

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """Draw every setting: all that the effect needs to know, in plain values."""
        drawn: dict[str, Any] = {
            one.name: one.metadata["range"].draw(getattr(self, one.name), rng)
            if "range" in one.metadata
            else getattr(self, one.name)
            for one in _settings(type(self))
        }
        if self.needs_seed:
            drawn["rng"] = int(rng.integers(2**32))
        return drawn

    def decide(self, rng: np.random.Generator) -> Draw:
        """Draw whether to apply it, and with what settings.

        The first number is for `p` alone, so that turning `p` changes none of the settings.
        """
        ran = bool(rng.random() < self.p)
        return Draw(type(self).__name__, ran, self.draw(rng) if ran else {})

    @classmethod
    def apply(cls, y: np.ndarray, *, sr: int, settings: Mapping[str, Any]) -> np.ndarray:
        """Apply what was drawn, with no further draw: float32, shape (n,) or (c, n)."""
        rate = {"sr": sr} if cls.needs_rate else {}
        return np.asarray(cls.effect(y, **rate, **settings), dtype=np.float32)

    def step(self, y: np.ndarray, *, sr: int, rng: np.random.Generator) -> tuple[np.ndarray, Draw]:
        """Decide, apply, and say what was done."""
        draw = self.decide(rng)
        return (self.apply(y, sr=sr, settings=draw.settings) if draw.ran else y), draw

    def breaks(self) -> Mapping[str, str]:
        """Return the labels that may not stay true, each with the reason."""
        return {}

    def check_at(self, sr: int) -> None:
        """Refuse a rate at which part of a range cannot be, before luck decides whether it is."""
        for name, bounds in self.ranges().items():
            high = self.span(name)[1]
            # A frequency in the sound is drawn by ratio; a rate of trembling need not fit below.
            if bounds.unit == "Hz" and bounds.scale == "log" and high >= sr / 2:
                raise ParameterError(
                    f"{name} of {self!r} reaches {high:g} Hz, and sound at sr={sr} "
                    f"ends at {sr / 2:g} Hz: lower it"
                )

    def stated(self) -> Iterator[tuple[str, Any]]:
        """Yield each setting as it would be written, and `p` last."""
        for one in _settings(type(self)):
            value = getattr(self, one.name)
            if "range" in one.metadata:
                whole = one.metadata["range"].scale == "whole"
                ends = tuple(int(v) if whole or v.is_integer() else v for v in value)
                yield one.name, ends[0] if ends[0] == ends[1] else ends
            else:
                yield one.name, value
        yield "p", self.p

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self.stated())
        return f"{type(self).__name__}({inside})"


def named(name: str) -> type[Transform] | None:
    """Return the transform of a name, one of ours or one that somebody wrote."""
    return _KNOWN.get(name)


def _settings(cls: type[Transform]) -> list[Field[Any]]:
    return [one for one in fields(cls) if one.name != "p"]
