"""What a record keeps of an answer: little to store, enough to judge again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .answers import Case
from .draw import Draw
from .judging import Exercise

KEEP = 64  # values of an array; of a larger one, this many at places drawn from the learner's name
_DIGITS = 9  # far finer than any exercise's tolerance, and short to write


def pack(outputs: Sequence[Any], *, learner: str, exercise: str) -> list[Any]:
    """Turn outputs into JSON: text as it is, arrays as a shape and some of their values."""
    return [
        output
        if isinstance(output, str)
        else _pack_array(output, _places(output, learner, exercise))
        for output in outputs
    ]


def holds(evidence: Any, exercise: Exercise, cases: Sequence[Case], *, learner: str) -> bool:
    """Judge stored outputs again. False for anything that is not what `pack` would write."""
    if not isinstance(evidence, list) or len(evidence) != len(cases):
        return False
    return all(
        _holds_one(packed, exercise, case, learner)
        for packed, case in zip(evidence, cases, strict=True)
    )


def _holds_one(packed: Any, exercise: Exercise, case: Case, learner: str) -> bool:
    want = exercise.want(case)
    if isinstance(packed, str) or isinstance(want, str):
        return exercise.right(packed, case) if isinstance(packed, str) else False
    got = _unpack(packed)
    if got is None:
        return False
    shape, values = got
    if want is None:  # many answers are right: only a whole one can be judged again
        return math.prod(shape) == values.size and exercise.right(values.reshape(shape), case)
    want = np.asarray(want)
    if want.ndim == 0 and math.prod(shape) == 1:
        want = want.reshape(shape)
    wanted = want.reshape(-1)[_places(want, learner, exercise.id)]
    return shape == want.shape and exercise.near(values, wanted)


def _places(array: np.ndarray, learner: str, exercise: str) -> np.ndarray:
    size = int(np.size(array))
    if size <= KEEP:
        return np.arange(size)
    draw = Draw(learner, f"{exercise} places")
    return np.array(sorted(draw.integer(0, size - 1) for _ in range(KEEP)))


def _pack_array(array: np.ndarray, places: np.ndarray) -> dict[str, Any]:
    values = np.asarray(array).reshape(-1)[places]
    packed: dict[str, Any] = {"shape": list(array.shape), "re": [_short(v) for v in values.real]}
    if np.iscomplexobj(values):
        packed["im"] = [_short(v) for v in values.imag]
    return packed


def _short(value: Any) -> float | str:
    number = float(value)  # JSON has no infinity and no NaN: those are written as text
    return float(f"{number:.{_DIGITS}g}") if math.isfinite(number) else str(number)


def _unpack(packed: Any) -> tuple[tuple[int, ...], np.ndarray] | None:
    try:
        shape = tuple(int(side) for side in packed["shape"])
        values = np.array([float(v) for v in packed["re"]])
        if "im" in packed:
            values = values + 1j * np.array([float(v) for v in packed["im"]])
    except (TypeError, ValueError, KeyError, IndexError, OverflowError):
        return None
    if len(shape) > 8 or min(shape, default=0) < 0 or values.size > KEEP:
        return None
    return shape, values
