"""The kinds of answer an exercise can ask for, and how each is read without trusting it.

`observe` turns what a learner handed in into one output per case, or raises `Unusable` with a
sentence that says what to hand in instead.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Case = Mapping[str, Any]
MAX_SIZE = 5_000_000  # values; no exercise asks for more than a few thousand


class Unusable(Exception):
    """An answer that cannot be judged. Internal: a check turns it into a verdict."""

    def __init__(self, mistake: str, message: str) -> None:
        super().__init__(message)
        self.mistake = mistake
        self.message = message


@dataclass(frozen=True)
class Number:
    """One number, in `unit` where it has one."""

    unit: str = ""

    def observe(self, answer: Any, cases: Sequence[Case]) -> list[Any]:
        """Read one number."""
        kind = f"a number{f' in {self.unit}' if self.unit else ''}"
        value = read_array(answer, what="your answer", wanted=kind)
        if value.size != 1:
            raise Unusable(
                "not-one-number", f"one number is asked for, and this has shape {value.shape}"
            )
        return [value.reshape(())]


@dataclass(frozen=True)
class Array:
    """An array of numbers; a list or tuple will do."""

    def observe(self, answer: Any, cases: Sequence[Case]) -> list[Any]:
        """Read one array."""
        return [read_array(answer, what="your answer", wanted="an array of numbers")]


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]

    def observe(self, answer: Any, cases: Sequence[Case]) -> list[Any]:
        """Read one of the options, whatever its case."""
        listed = ", ".join(repr(option) for option in self.options)
        if answer is ...:
            raise _unanswered()
        if not isinstance(answer, str):
            raise Unusable("wrong-type", f"write one of {listed}, in quotes")
        word = " ".join(answer.split()).casefold()
        if word not in self.options:
            raise Unusable("not-an-option", f"{shorten(answer)} is not one of {listed}")
        return [word]


@dataclass(frozen=True)
class Function:
    """A function, called with the values of each case in order. `call` shows how it is called."""

    call: str  # such as "alias(f, sr)"

    def observe(self, answer: Any, cases: Sequence[Case]) -> list[Any]:
        """Call the function on every case, each with arguments of its own."""
        if answer is ...:
            raise _unanswered()
        if not callable(answer):
            raise Unusable(
                "not-a-function",
                f"hand in the function itself, without calling it; "
                f"this is {shorten(answer)}, of type {type(answer).__name__}",
            )
        return [self._output(answer, case) for case in cases]

    def _output(self, function: Callable[..., Any], case: Case) -> np.ndarray:
        called = f"{self.call.split('(')[0]}({describe(case)})"
        arguments = copy.deepcopy(list(case.values()))  # what it does to them stays there
        self._check_signature(function, len(arguments))
        try:
            output = function(*arguments)
        except Exception as error:
            reason = f"{type(error).__name__}: {shorten(str(error), quote=False)}".rstrip(": ")
            raise Unusable("raised", f"`{called}` raised {reason}") from error
        if output is None:
            raise Unusable(
                "returned-nothing", f"`{called}` returned None: does it end with `return`?"
            )
        return read_array(output, what=f"what `{called}` returned", wanted="numbers")

    def _check_signature(self, function: Callable[..., Any], count: int) -> None:
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):  # some built-ins do not tell
            return
        try:
            signature.bind(*range(count))
        except TypeError as error:
            arguments = "1 argument" if count == 1 else f"{count} arguments"
            raise Unusable(
                "wrong-signature", f"it must take {arguments}, as in `{self.call}`"
            ) from error


Kind = Number | Array | Choice | Function


def read_array(value: Any, *, what: str, wanted: str) -> np.ndarray:
    """Turn a learner's value into a float64 or complex128 array, or say what it is instead."""
    if value is ...:
        raise _unanswered()
    if value is None:
        raise Unusable("wrong-type", f"{what} is None; {wanted} is asked for")
    if isinstance(value, str):
        raise Unusable("wrong-type", f"{what} is text; {wanted} is asked for, without quotes")
    if callable(value):
        raise Unusable("wrong-type", f"{what} is a function; hand in {wanted}, what it returns")
    _check_size(value, what=what)
    try:
        array = np.asarray(value)
    except Exception as error:  # ragged lists, tensors that need a gradient or sit on a GPU
        reason = shorten(str(error), quote=False)
        raise Unusable("wrong-type", f"{what} is not {wanted}: {reason}") from error
    if array.dtype.kind not in "iufc":
        kind = "a truth value" if array.dtype.kind == "b" else f"{type(value).__name__}"
        raise Unusable("wrong-type", f"{what} is of another kind ({kind}); {wanted} is asked for")
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def describe(case: Case) -> str:
    """Write a case as arguments: ``f=3000, sr=8000``. Arrays show their shape."""
    return ", ".join(f"{name}={_brief(value)}" for name, value in case.items())


def shorten(value: Any, *, quote: bool = True) -> str:
    """Show any value in at most 80 characters, on one line."""
    try:
        text = repr(value) if quote else str(value)
    except Exception:
        text = f"a {type(value).__name__}"
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:77] + "..."


def _brief(value: Any) -> str:
    if isinstance(value, np.ndarray):
        if value.size <= 6:
            return f"np.array({np.round(value, 4).tolist()})"
        return f"<array {value.shape}>"
    return repr(value)


def _check_size(value: Any, *, what: str) -> None:
    # Before NumPy makes an array of it: a range of 10**12 is small until then.
    try:
        size = int(value.size) if isinstance(value, np.ndarray) else len(value)
    except Exception:
        return
    if size > MAX_SIZE:
        raise Unusable("too-large", f"{what} holds {size} values, far more than are asked for")


def _unanswered() -> Unusable:
    return Unusable("unanswered", "Put your answer in place of the dots and run the cell again.")
