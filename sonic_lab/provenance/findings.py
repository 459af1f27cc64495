"""What an audit found, and how it is told."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, overload

from .licences import table

SCHEMA = 1  # raised when a key of `to_dict` changes its meaning or goes


class Severity(Enum):
    """How much a finding matters."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True)
class Rule:
    """One rule of the table: how grave a thing is for each use, why, and what to do about it."""

    code: str
    reason: str
    cure: str
    source: str
    severities: Mapping[str, str]


@dataclass(frozen=True)
class Finding:
    """One thing that stands in the way of a use, or that must be minded.

    Attributes
    ----------
    severity : error is in the way, warning wants a person to decide, note is a thing to know
    code : the rule, a stable name for programs
    clip : path of the clip
    reason, cure : in words
    source : where the rule comes from; empty where it is common sense
    """

    severity: Severity
    code: str
    clip: str
    reason: str
    cure: str
    source: str = ""

    def __str__(self) -> str:
        return f"{self.severity.value}: {self.clip}: {self.reason} [{self.code}]\n  -> {self.cure}"


@functools.cache
def rules() -> dict[str, Rule]:
    """Return the rules of the table, by code."""
    words = {"code", "reason", "cure", "source"}
    return {
        row["code"]: Rule(
            row["code"],
            row["reason"],
            row["cure"],
            row.get("source", ""),
            {use: severity for use, severity in row.items() if use not in words},
        )
        for row in table()["rule"]
    }


def find(code: str, clip: str, *, use: str, **values: Any) -> list[Finding]:
    """Apply a rule to a clip: a finding, or nothing where the rule says nothing of this use."""
    rule = rules()[code]
    severity = rule.severities[use]
    if not severity:
        return []
    reason, cure = rule.reason.format(**values), rule.cure.format(**values)
    return [Finding(Severity(severity), code, clip, reason, cure, rule.source)]


@dataclass(frozen=True, eq=False)
class Audit(Sequence[Finding]):
    """The findings of an audit, worst first; print it, or show it in a notebook.

    Attributes
    ----------
    use : what was asked about
    findings : worst first, then in the order of the clips
    clips : how many were audited
    unjudged : what this audit could not judge, in words
    """

    use: str
    findings: tuple[Finding, ...]
    clips: int
    unjudged: tuple[str, ...]

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, index: int | slice) -> Finding | tuple[Finding, ...]:
        return self.findings[index]

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """Return the findings of one severity."""
        return tuple(f for f in self.findings if f.severity is severity)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What is in the way."""
        return self.of(Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What a person must decide."""
        return self.of(Severity.WARNING)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What must be minded."""
        return self.of(Severity.NOTE)

    @property
    def summary(self) -> str:
        """One sentence."""
        bad = len({f.clip for f in self.errors})
        counts = ", ".join(
            f"{n} {severity.value}{'' if n == 1 else 's'}"
            for severity in Severity
            if (n := len(self.of(severity)))
        )
        clips = f"{self.clips} {'clip' if self.clips == 1 else 'clips'}"
        if not self.findings:
            return f"{clips} for {self.use} use: nothing found."
        whose = "of them" if bad <= self.clips else "files"  # broken ones have no papers to count
        return f"{clips} for {self.use} use: {counts}; {bad} {whose} cannot be used as they are."

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON. The keys are stable within one `schema` number."""
        return {
            "schema": SCHEMA,
            "use": self.use,
            "clips": self.clips,
            "counts": {s.value: len(self.of(s)) for s in Severity},
            "codes": dict(Counter(f.code for f in self.findings).most_common()),
            "findings": [{**vars(f), "severity": f.severity.value} for f in self.findings],
            "unjudged": list(self.unjudged),
        }

    def html(self) -> str:
        """Return a whole page, for a browser, that needs nothing beside it."""
        from .report import page

        return page(self)

    def _repr_html_(self) -> str:
        from .report import panel

        return panel(self)

    def __str__(self) -> str:
        lines = [self.summary, *map(str, self.findings), "", "This audit cannot judge:"]
        return "\n".join([*lines, *(f"- {text}" for text in self.unjudged)])

    def __repr__(self) -> str:
        return str(self)
