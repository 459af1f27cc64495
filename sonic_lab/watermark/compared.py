"""Marks behind one pair of calls, so that two of them can stand side by side.

Marks differ in what they take (a key, a payload, neither) and in what their score means. Here
each is embedded alike and read alike, and says in words what its score is worth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import MissingDependencyError, unknown_name
from .embedding import STRENGTHS
from .hum import Hum, HumHit
from .neighbours import Perth, ScoredHit, available
from .spread_spectrum import SpreadSpectrum
from .words import verdict

OTHERS = ("Hum", "Perth")  # marks without a key


@dataclass(frozen=True)
class Reading:
    """What a detector says, whichever it is.

    Attributes
    ----------
    present : whether it counts the mark as found
    score, needed : in the detector's own scale, and where it begins to count
    full : a score that leaves no doubt, where a gauge is full
    words : what that proves, and what it does not
    payload, guess : see `Hit`; None for a mark that carries none
    hit : the detector's own answer
    """

    present: bool
    score: float
    needed: float
    full: float
    words: str
    payload: int | None
    guess: int | None
    hit: Any


@dataclass(frozen=True)
class Compared:
    """A mark by name, embedded and read like any other.

    Parameters
    ----------
    name : a strength of `SpreadSpectrum`, ``"Hum"`` or ``"Perth"``
    embed : called as ``embed(y, sr=, payload=)``; a mark without a payload leaves it out
    read : called as ``read(y, sr=)``, and returns a `Reading`

    Examples
    --------
    >>> y = np.random.default_rng(0).normal(0, 0.01, 48000).astype(np.float32)
    >>> hum = compared("Hum", key="", bits=16)
    >>> hum.read(hum.embed(y, sr=16000, payload=7), sr=16000).present
    True
    """

    name: str
    embed: Callable[..., np.ndarray]
    read: Callable[..., Reading]


def names() -> list[str]:
    """List the marks that can be compared on this machine."""
    lacks = {mark.name: mark.why for mark in available()}
    return [*STRENGTHS, *(name for name in OTHERS if not lacks[name])]


def compared(name: str, *, key: str, bits: int, read_key: str = "") -> Compared:
    """Make a mark by its name.

    Parameters
    ----------
    name : see `Compared`
    key, bits : of the keyed marks
    read_key : another key to read with; empty for the same

    Raises
    ------
    UnknownNameError
        No mark of that name can be compared.
    MissingDependencyError
        Its library is not installed.
    """
    if name in STRENGTHS:
        mark = SpreadSpectrum(key, strength=name, bits=bits)
        reader = SpreadSpectrum(read_key or key, strength=name, bits=bits)
        return Compared(name, mark.embed, lambda y, *, sr: reading(reader.detect(y, sr=sr)))
    if name not in OTHERS:
        raise unknown_name("mark", name, (*STRENGTHS, *OTHERS))
    if name not in names():
        why = next(mark.why for mark in available() if mark.name == name)
        raise MissingDependencyError(f"{name} cannot be compared here: {why}")
    other: Any = Hum() if name == "Hum" else Perth()

    def embed(y: np.ndarray, *, sr: int, payload: int) -> np.ndarray:
        return other.embed(y, sr=sr)

    return Compared(name, embed, lambda y, *, sr: reading(other.detect(y, sr=sr)))


def reading(hit: Any) -> Reading:
    """Say what any detector's answer is worth."""
    if isinstance(hit, HumHit):
        return Reading(
            hit.present, hit.prominence_db, hit.threshold_db, 40.0, _of_hum(hit), None, None, hit
        )
    if isinstance(hit, ScoredHit):
        words = _of_score(hit)
        return Reading(hit.present, hit.score, hit.threshold, 1.0, words, None, None, hit)
    needed = -float(np.log10(hit.threshold))
    return Reading(hit.present, hit.score, needed, 40.0, verdict(hit), hit.payload, hit.guess, hit)


def _of_hum(hit: HumHit) -> str:
    found = (
        f"A line stands {hit.prominence_db:.0f} dB above its neighbours, and "
        f"{hit.threshold_db:.0f} are asked for"
    )
    if hit.present:
        return (
            f"{found}: the hum is there. Anybody can see it, and no probability follows: a held "
            "note looks the same."
        )
    return f"{found}: no hum is found. One notch is all that it takes to be rid of it."


def _of_score(hit: ScoredHit) -> str:
    found = f"The network answers {hit.score:.2f}, and above {hit.threshold:g} it counts"
    if hit.present:
        return (
            f"{found}: the mark is found. There is no key, so it names no one, and how often "
            "unmarked sound passes is known by measuring only."
        )
    return f"{found}: the mark is not found. That does not prove there was none."
