"""What a check says: passed, a hint, or why the answer could not be judged."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any, Literal

Outcome = Literal["passed", "hint", "error", "unanswered"]

# A sign and a word for each, so that nothing depends on seeing the colour. The colours are
# mid-tones with at least 3:1 against white and against JupyterLab's dark background.
_LOOK: dict[Outcome, tuple[str, str, str]] = {
    "passed": ("✓", "Passed", "#2c9a57"),
    "hint": ("→", "Not yet", "#c07a12"),
    "error": ("!", "Could not be judged", "#d0495a"),
    "unanswered": ("…", "Waiting for your answer", "#7a7f8a"),
}


@dataclass(frozen=True)
class Verdict:
    """The judgement of one answer. True where it passed.

    Attributes
    ----------
    exercise : the exercise's id, such as ``"01.2"``
    outcome : ``"passed"``, ``"hint"`` (judged, not right yet), ``"error"`` (not judged: a wrong
        type, a function that raised), or ``"unanswered"``
    message : what to take away, or where to look next; never the solution
    mistake : a short name of the mistake that was recognised; empty where it passed
    note : what else to know, such as that the disk is full and progress was not saved

    Examples
    --------
    >>> bool(Verdict("01.1", "passed", "Samples over rate gives seconds."))
    True
    """

    exercise: str
    outcome: Outcome
    message: str
    mistake: str = ""
    note: str = ""

    @property
    def passed(self) -> bool:
        """Whether the answer is right."""
        return self.outcome == "passed"

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        sign, word, _ = _LOOK[self.outcome]
        note = f"\n({self.note})" if self.note else ""
        return f"{sign} {word} · exercise {self.exercise}\n{self.message}{note}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def _repr_html_(self) -> str:
        sign, word, colour = _LOOK[self.outcome]
        note = f"<br><small>{rich(self.note)}</small>" if self.note else ""
        body = (
            f'<strong><span aria-hidden="true">{sign}</span> {word}</strong> · '
            f"exercise {html.escape(self.exercise)}<br>{rich(self.message)}{note}"
        )
        return panel(body, colour=colour, role="status")


def panel(body: str, *, colour: str = "#4a7fb5", role: str = "group") -> str:
    """Frame a piece of HTML. Text and ground come from the theme, light or dark."""
    style = (
        f"border:1px solid {colour}; border-left:6px solid {colour}; border-radius:4px; "
        "padding:0.6em 0.9em; margin:0.3em 0; max-width:60em; line-height:1.5; "
        "color:inherit; background:transparent"
    )
    return f'<div role="{role}" style="{style}">{body}</div>'


def rich(text: str) -> str:
    """Escape text for HTML, keeping `code` in backticks and line breaks.

    >>> rich("use `y * 2` & go")
    'use <code>y * 2</code> &amp; go'
    """
    escaped = html.escape(text, quote=False).replace("\n", "<br>")
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped)
