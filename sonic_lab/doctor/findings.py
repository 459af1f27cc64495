"""What one check came to: well, worth knowing, or in the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Status(Enum):
    """How a thing stands. Said in words, since colours are not seen by everybody."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"

    @property
    def word(self) -> str:
        """Return the word that stands for the colour."""
        return {"green": "ok", "amber": "note", "red": "broken"}[self.value]


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Parameters
    ----------
    status : green works, amber works less well or is needed by few, red is in the way
    found : what was seen here
    cure : what to do about it; every amber and red has one
    details : plain values behind `found`, for programs
    """

    status: Status
    found: str
    cure: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def green(found: str, **details: Any) -> Finding:
    """All is well."""
    return Finding(Status.GREEN, found, "", details)


def amber(found: str, cure: str, **details: Any) -> Finding:
    """There is something to know about."""
    return Finding(Status.AMBER, found, cure, details)


def red(found: str, cure: str, **details: Any) -> Finding:
    """Something is in the way."""
    return Finding(Status.RED, found, cure, details)
