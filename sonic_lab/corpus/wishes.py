"""What may be asked of a piece, and what is said where it cannot be had."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import ParameterError, unknown_name
from .instruments import HELD_OUT_TIMBRES, INSTRUMENTS
from .scores import MODES, TONICS
from .styles import STYLES

TEMPO_BPM = (60, 160)
DURATION_S = (1.0, 60.0)


@dataclass(frozen=True)
class Wishes:
    """What was asked for; None leaves it to the draw."""

    style: str | None
    instruments: Sequence[str] | None
    tempo_bpm: int | None
    tonic: str | None
    mode: str | None
    duration_s: float

    def check(self) -> None:
        """Refuse what cannot be."""
        names = (("style", STYLES), ("tonic", TONICS), ("mode", MODES))
        for kind, known in names:
            name = getattr(self, kind)
            if name is not None and name not in known:
                raise unknown_name(kind, name, known)
        if self.instruments is not None:
            _check_instruments(self.instruments)
        if self.tempo_bpm is not None:
            _check_tempo(self.tempo_bpm)
        check_duration(self.duration_s)


def check_seed(seed: object) -> None:
    """Refuse what is no seed."""
    if not isinstance(seed, numbers.Integral) or isinstance(seed, bool) or seed < 0:
        raise ParameterError(f"seed={seed!r} must be a non-negative integer")


def check_duration(duration_s: object) -> None:
    """Refuse a piece too short to tell a tempo, or too long to keep in hand."""
    low, high = DURATION_S
    real = isinstance(duration_s, numbers.Real) and not isinstance(duration_s, bool)
    if not (real and low <= float(duration_s) <= high):  # type: ignore[arg-type]
        raise ParameterError(f"duration_s={duration_s!r} must lie between {low:g} and {high:g}")


def _check_tempo(tempo_bpm: object) -> None:
    low, high = TEMPO_BPM
    whole = isinstance(tempo_bpm, numbers.Integral) and not isinstance(tempo_bpm, bool)
    if not (whole and low <= int(tempo_bpm) <= high):  # type: ignore[call-overload]
        raise ParameterError(f"tempo_bpm={tempo_bpm!r} must be an integer from {low} to {high}")


def _check_instruments(names: Sequence[str]) -> None:
    if isinstance(names, str) or not names:
        raise ParameterError(f"instruments={names!r} must be a list of at least one name")
    for name in names:
        if name not in (*INSTRUMENTS, *HELD_OUT_TIMBRES):
            raise unknown_name("instrument", name, (*INSTRUMENTS, *HELD_OUT_TIMBRES))
    if len(set(names)) < len(names):
        raise ParameterError(f"instruments={list(names)!r} must name each instrument once")
