"""What the doctor found, as a terminal, a notebook or a program wants to read it."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .findings import Finding, Status

SCHEMA = 1  # raised when a key of `to_dict` changes its meaning or goes; added keys leave it be


@dataclass(frozen=True)
class Check:
    """One thing that was examined: a stable key for programs, a name for people, the finding."""

    key: str
    name: str
    finding: Finding

    @property
    def status(self) -> Status:
        """How it stands."""
        return self.finding.status

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "key": self.key,
            "name": self.name,
            "status": self.status.value,
            "found": self.finding.found,
            "cure": self.finding.cure,
            "details": self.finding.details,
        }


@dataclass(frozen=True)
class Report:
    """All that was examined. Print it, show it in a notebook, or hand `to_dict` to a program."""

    checks: Sequence[Check]
    version: str

    @property
    def status(self) -> Status:
        """The worst status of all checks."""
        order = list(Status)
        return max((check.status for check in self.checks), key=order.index, default=Status.GREEN)

    @property
    def exit_code(self) -> int:
        """What a shell is told: 1 where something is red, else 0."""
        return int(self.status is Status.RED)

    @property
    def summary(self) -> str:
        """One sentence that says how the machine stands."""
        count = {status: sum(c.status is status for c in self.checks) for status in Status}
        if count[Status.RED]:
            n = count[Status.RED]
            return f"{n} {'thing is' if n == 1 else 'things are'} broken: the cures stand below."
        if count[Status.AMBER]:
            n = count[Status.AMBER]
            return f"Ready, with {n} {'note' if n == 1 else 'notes'}."
        return "Ready: everything works."

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON. The keys are stable within one `schema` number."""
        return {
            "schema": SCHEMA,
            "sonic_lab": self.version,
            "status": self.status.value,
            "checks": [check.to_dict() for check in self.checks],
        }

    def __str__(self) -> str:
        width = max((len(check.name) for check in self.checks), default=0)
        margin = " " * (8 + width + 2)
        lines = [f"Sonic Lab {self.version}. {self.summary}", ""]
        for check in self.checks:
            head = f"{check.status.word:<8}{check.name:<{width}}  "
            lines += _wrap(check.finding.found, head, margin)
            if check.finding.cure:
                lines += _wrap(check.finding.cure, f"{margin}-> ", f"{margin}   ")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        rows = "".join(_row(check) for check in self.checks)
        return (
            f"<style>{_STYLE}</style><table class='sl-doctor'>"
            f"<caption>Sonic Lab {html.escape(self.version)}. {html.escape(self.summary)}</caption>"
            "<thead><tr><th scope='col'>State</th><th scope='col'>What</th>"
            f"<th scope='col'>Found</th></tr></thead><tbody>{rows}</tbody></table>"
        )


def _wrap(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text,
        width=100,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,  # a path or a command that was cut could not be copied
        break_on_hyphens=False,
    ) or [first.rstrip()]


# The page's own text colour, and tints that let its background through: right on light and dark.
# JupyterLab sets tables flush right by a rule that only !important outranks.
_STYLE = """
.sl-doctor {border-collapse: collapse; width: 100%; max-width: 62em; color: inherit;
  background: transparent; font-size: 1em}
.sl-doctor caption {caption-side: top; text-align: left; font-weight: bold; color: inherit;
  padding: .4em 0}
.sl-doctor th, .sl-doctor td {text-align: left !important; vertical-align: top; padding: .35em .6em;
  white-space: normal; color: inherit; border-bottom: 1px solid rgba(128, 128, 128, .35)}
.sl-doctor tbody tr {background: transparent}
.sl-doctor tbody th {font-weight: normal; white-space: nowrap}
.sl-doctor .sl-state {display: inline-block; min-width: 4.2em; padding: .1em .5em;
  border-left: .35em solid; border-radius: .2em; font-weight: bold}
.sl-doctor .sl-green {border-color: #2e9e5b; background: rgba(46, 158, 91, .16)}
.sl-doctor .sl-amber {border-color: #d08700; background: rgba(208, 135, 0, .2)}
.sl-doctor .sl-red {border-color: #d23c3c; background: rgba(210, 60, 60, .2)}
.sl-doctor .sl-cure {display: block; margin-top: .25em; font-weight: bold}
"""


def _row(check: Check) -> str:
    found, cure = _marked(check.finding.found), _marked(check.finding.cure)
    cure = f"<span class='sl-cure'>Cure: {cure}</span>" if cure else ""
    return (
        f"<tr><td><span class='sl-state sl-{check.status.value}'>{check.status.word}</span></td>"
        f"<th scope='row'>{html.escape(check.name)}</th>"
        f"<td>{found}{cure}</td></tr>"
    )


def _marked(text: str) -> str:
    """Return text as HTML, with what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
