"""Right and wrong answers to every exercise. They live here and never ship with the package.

One module a notebook, each with ``ANSWERS``: exercise id -> `Answers`. The tests in
``tests/course/test_exercises.py`` find every module here by themselves.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

Maker = Callable[[SimpleNamespace], Any]


@dataclass(frozen=True)
class Answers:
    """What a learner might hand in.

    Each maker takes the numbers that the exercise gives (`Question.given`; empty where a
    function is asked for) and returns what is handed in: a value, or a function.

    `wrong` has at least two, each under the name of the mistake that the check must recognise.
    """

    solution: Maker
    wrong: dict[str, Maker]


def all_answers() -> dict[str, Answers]:
    """Return the answers of every module in this folder."""
    found: dict[str, Answers] = {}
    for module in pkgutil.iter_modules(__path__):
        found |= importlib.import_module(f"{__name__}.{module.name}").ANSWERS
    return found
