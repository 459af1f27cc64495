"""The marks that are compared, and how each says that a mark is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sonic_lab import watermark

SURE = 6.0  # −log10 of the p-value that counts, for the marks that have one


@dataclass(frozen=True)
class Contender:
    """One mark.

    Parameters
    ----------
    make : builds it from a key, which those without a key ignore
    room : the class's name in `watermark.available`
    bits : length of the payload; 0 for none
    keyed : whether another key reads nothing
    graded : whether its score is −log10 of a p-value; if not, where it counts is set on
        unmarked sound of the tuning part
    own : the threshold that its makers, or its class, set
    """

    make: Callable[[bytes], Any]
    room: str
    bits: int
    keyed: bool = False
    graded: bool = False
    own: float = SURE


CONTENDERS = {
    "gentle 16": Contender(
        lambda key: watermark.SpreadSpectrum(key, strength="gentle", bits=16),
        "SpreadSpectrum", 16, keyed=True, graded=True,
    ),
    "robust 32": Contender(
        lambda key: watermark.SpreadSpectrum(key, strength="robust", bits=32),
        "SpreadSpectrum", 32, keyed=True, graded=True,
    ),
    "Hum": Contender(lambda key: watermark.Hum(), "Hum", 0, own=12.0),
    "Perth": Contender(lambda key: watermark.Perth(), "Perth", 0, own=watermark.Perth.threshold),
    "AudioSeal": Contender(
        lambda key: watermark.AudioSeal(), "AudioSeal", 16, own=watermark.AudioSeal.threshold
    ),
    "AWARE": Contender(lambda key: watermark.Aware(), "Aware", 20, own=watermark.Aware.threshold),
    "audiowmark": Contender(
        lambda key: watermark.Audiowmark(key), "Audiowmark", 16, keyed=True, graded=True
    ),
}  # fmt: skip
SLOW = ("AWARE", "audiowmark")  # asked for by name only


def runnable() -> dict[str, str]:
    """Map each contender's name to what it lacks on this machine; "" for those that run."""
    lacks = {mark.name: mark.why for mark in watermark.available()}
    return {name: lacks[contender.room] for name, contender in CONTENDERS.items()}


def score_of(hit: Any) -> float:
    """Return the number that grows with the detector's certainty."""
    return float(hit.prominence_db if isinstance(hit, watermark.HumHit) else hit.score)
