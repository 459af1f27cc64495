"""Marks against marks: somebody else puts theirs over yours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .attack import Mark, Situation


def remark(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Embed so many marks of other keys, one over the other, each with a random payload."""
    out = y
    for i in range(round(situation.strength)):
        out = _other_mark(situation, i).embed(out, sr=situation.sr, payload=_payload(situation))
    return out


def _other_mark(situation: Situation, i: int) -> Mark:
    marker = situation.marker or _spread_spectrum()
    return marker(f"somebody else {i}")


def _spread_spectrum() -> Callable[[str], Mark]:
    from .. import SpreadSpectrum  # late: that room opens this one

    return SpreadSpectrum


def _payload(situation: Situation) -> int:
    return int(situation.rng.integers(2**16))
