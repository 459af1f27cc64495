"""Show how far a learner has come."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

from ..errors import unknown_name
from .catalogue import catalogue
from .checking import current_learner, own_record
from .verdicts import panel


@dataclass(frozen=True)
class Line:
    """One exercise in a learner's progress."""

    id: str
    title: str
    state: str  # "passed", "tried" or "open"
    tries: int
    passed_on: str  # the date in UTC, by this machine's clock; empty where it has not passed


@dataclass(frozen=True)
class Progress:
    """What has been tried and what has passed, exercise by exercise."""

    learner: str
    lines: tuple[Line, ...]
    head: str  # the hash of the newest entry: a teacher may note it down
    damage: tuple[str, ...] = ()

    @property
    def passed(self) -> int:
        """How many exercises have passed."""
        return sum(line.state == "passed" for line in self.lines)

    @property
    def summary(self) -> str:
        """One line that says it."""
        who = self.learner or "No name yet"
        code = f", record {self.head[:12]}" if self.head else ""
        return f"{who}: {self.passed} of {len(self.lines)} exercises passed{code}"

    def __str__(self) -> str:
        rows = [
            f"  {_SIGNS[line.state]} {line.id}  {line.title:<44.44}  {_told(line)}"
            for line in self.lines
        ]
        return "\n".join([self.summary, *rows, *(f"  ! record: {d}" for d in self.damage)])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{line.id}</th>'
            f'<td style="text-align:left">{html.escape(line.title)}</td>'
            f'<td style="text-align:left"><span aria-hidden="true">{_SIGNS[line.state]}</span> '
            f"{_told(line)}</td></tr>"
            for line in self.lines
        )
        # JupyterLab sets tables flush right unless each cell says otherwise.
        heads = "".join(
            f'<th scope="col" style="text-align:left">{head}</th>'
            for head in ("no.", "exercise", "state")
        )
        damage = "".join(f"<br>! record: {html.escape(d)}" for d in self.damage)
        return panel(
            f"<strong>{html.escape(self.summary)}</strong>{damage}"
            f'<table style="margin:0.5em 0"><thead><tr>{heads}</tr></thead>'
            f"<tbody>{rows}</tbody></table>"
        )


_SIGNS = {"passed": "✓", "tried": "→", "open": "·"}


def progress(notebook: str = "") -> Progress:
    """Show which exercises are passed, tried and open, for the learner of this machine.

    Parameters
    ----------
    notebook : such as ``"01"``, to see the exercises of that notebook alone

    Returns
    -------
    A table that prints as text and shows as a panel in a notebook.

    Raises
    ------
    UnknownNameError
        No notebook of that number has exercises.
    """
    known = {id.split(".")[0] for id in catalogue()}
    if notebook and notebook not in known:
        raise unknown_name("notebook", notebook, known)
    reading = own_record().read()
    learner = current_learner()
    answers = [e for e in reading.entries if e.get("kind") == "answer"]
    lines = []
    for id, exercise in catalogue().items():
        if notebook and not id.startswith(f"{notebook}."):
            continue
        mine = [e for e in answers if e.get("exercise") == id and e.get("learner") == learner]
        passed = [e for e in mine if e.get("passed")]
        state = "passed" if passed else "tried" if mine else "open"
        date = str(passed[0].get("at", ""))[:10] if passed else ""
        lines.append(Line(id, exercise.title, state, len(mine), date))
    return Progress(learner, tuple(lines), reading.head, tuple(reading.damage))


def _told(line: Line) -> str:
    tries = f"{line.tries} {'try' if line.tries == 1 else 'tries'}"
    if line.state == "passed":
        return f"passed {line.passed_on} ({tries})"
    return f"not yet ({tries})" if line.state == "tried" else "open"
