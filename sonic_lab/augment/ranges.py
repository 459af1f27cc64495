"""What a setting may be drawn from: its range, its unit, and how luck is spread over it."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from ..errors import ParameterError, unknown_name

Span = float | tuple[float, float]
Scale = Literal["linear", "log", "whole"]


@dataclass(frozen=True)
class Range:
    """Where a setting may lie, and how it is drawn.

    Attributes
    ----------
    least, most : the bounds of what makes sense, inclusive
    unit : such as ``"Hz"``; empty for a plain number
    scale : ``"linear"`` (every value alike), ``"log"`` (every ratio alike: an octave low down
        as often as one high up) or ``"whole"`` (whole numbers, both ends included)
    """

    least: float
    most: float
    unit: str = ""
    scale: Scale = "linear"

    def check(self, value: Any, *, name: str) -> tuple[float, float]:
        """Return (low, high) from a pair or a single number, or say what it must be.

        >>> Range(0, 10).check(3, name="depth")
        (3.0, 3.0)
        >>> Range(0, 10, "dB").check((4, 2), name="depth_db")
        Traceback (most recent call last):
        sonic_lab.errors.ParameterError: depth_db=(4, 2) must begin with its lower end
        """
        pair = value if isinstance(value, (tuple, list)) else (value, value)
        if len(pair) != 2 or not all(self._fits(one) for one in pair):
            kind = "whole numbers" if self.scale == "whole" else "numbers"
            raise ParameterError(
                f"{name}={value!r} must be a number or (lowest, highest), "
                f"{kind} from {self.least:g} to {self.most:g} {self.unit}".rstrip()
            )
        if pair[0] > pair[1]:
            raise ParameterError(f"{name}={value!r} must begin with its lower end")
        return float(pair[0]), float(pair[1])

    def draw(self, span: tuple[float, float], rng: np.random.Generator) -> float | int:
        """Draw one value of a span. It takes one number from `rng`, whatever the span is."""
        low, high = span
        luck = float(rng.random())
        if self.scale == "whole":
            return int(low) + int(luck * (int(high) - int(low) + 1))
        if self.scale == "log":
            return min(max(low * (high / low) ** luck, low), high)  # rounding may step outside
        return min(low + luck * (high - low), high)

    def _fits(self, value: Any) -> bool:
        if not isinstance(value, numbers.Real) or isinstance(value, bool):
            return False
        number = float(value)
        whole = self.scale != "whole" or number.is_integer()
        return math.isfinite(number) and self.least <= number <= self.most and whole


def between(
    low: float, high: float, *, least: float, most: float, unit: str = "", scale: Scale = "linear"
) -> Any:
    """Declare a setting of a transform that is drawn, from `low` to `high` unless told otherwise.

    Parameters
    ----------
    low, high : the span where nothing else is asked for
    least, most, unit, scale : as in `Range`
    """
    if scale == "log" and least <= 0:
        raise ParameterError(f"least={least!r} must be above 0 for ratios to mean anything")
    return field(default=(low, high), metadata={"range": Range(least, most, unit, scale)})


def choice(default: Any, *options: Any) -> Any:
    """Declare a setting that is one of a few, and is not drawn."""
    return field(default=default, metadata={"options": (default, *options)})


def check_choice(value: Any, options: tuple[Any, ...], *, name: str) -> Any:
    """Return a value that is among the options, or name them."""
    if any(value == option and type(value) is type(option) for option in options):
        return value
    if all(isinstance(option, str) for option in options):
        raise unknown_name(name, value, options)
    raise ParameterError(f"{name}={value!r} must be one of {', '.join(map(repr, options))}")
