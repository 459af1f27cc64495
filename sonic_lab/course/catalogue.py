"""Which exercises there are: every module in `questions` adds those of its notebook."""

from __future__ import annotations

import html
import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

from ..errors import SonicLabError, unknown_name
from .answers import Choice, Function
from .judging import Exercise
from .verdicts import panel, rich


@dataclass(frozen=True)
class Question:
    """An exercise as one learner is asked it.

    Attributes
    ----------
    id, title, text : what is asked; the numbers in it are this learner's own
    given : those numbers by name, as in ``question.given.sr``
    """

    id: str
    title: str
    text: str
    given: SimpleNamespace

    def __str__(self) -> str:
        return f"Exercise {self.id} · {self.title}\n{self.text}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def _repr_html_(self) -> str:
        return panel(
            f"<strong>Exercise {html.escape(self.id)} · {html.escape(self.title)}</strong><br>"
            f"{rich(self.text)}"
        )


@cache
def catalogue() -> dict[str, Exercise]:
    """Return every exercise by its id, in order."""
    from . import questions as folder

    found: dict[str, Exercise] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(folder.__path__)):
        for exercise in importlib.import_module(f"{folder.__name__}.{module}").EXERCISES:
            if exercise.id in found:
                raise SonicLabError(f"exercise {exercise.id} is defined twice")
            found[exercise.id] = exercise
    return dict(sorted(found.items()))


def find(id: str) -> Exercise:
    """Return the exercise with this id, or say which there are."""
    known = catalogue()
    if not isinstance(id, str) or id not in known:
        raise unknown_name("exercise", id, known)
    return known[id]


def pose(exercise: Exercise, learner: str) -> Question:
    """Fill in a learner's own numbers."""
    own = not isinstance(exercise.kind, Function)
    given = dict(exercise.cases(learner)[0]) if own else {}
    text = exercise.question.format(**given)
    if isinstance(exercise.kind, Choice):
        text += "\nAnswer with one of these:" + "".join(f"\n`{o!r}`" for o in exercise.kind.options)
    return Question(exercise.id, exercise.title, text, SimpleNamespace(**given))
