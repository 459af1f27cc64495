"""How far a mark holds: attack after attack, from mild to brutal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import SonicLabError
from . import attacks


@dataclass(frozen=True)
class Trial:
    """What one attack at one strength left of a mark.

    Attributes
    ----------
    attack : its name
    fraction : how far from mild (0) to brutal (1)
    strength : the same in the attack's unit
    score : −log10 of the detector's p-value; NaN where the detector could not judge
    present : whether the mark was found
    exact : whether every bit of the payload was read
    note : why there was nothing to judge; empty where there was
    """

    attack: str
    fraction: float
    strength: float
    score: float
    present: bool
    exact: bool
    note: str = ""


def trials(
    mark: Any,
    z: np.ndarray,
    *,
    sr: int,
    payload: int,
    names: Sequence[str],
    fractions: Sequence[float] = (0.0, 0.25, 0.5, 0.75, 1.0),
    rng: int = 0,
) -> Iterator[Trial]:
    """Attack a marked sound in every way named, at every strength, and look for the mark.

    A generator, so that a caller can show each result, and stop.

    Parameters
    ----------
    mark : what marked it, with ``detect(y, sr=)``
    z : the marked sound, float, shape (n,) or (c, n)
    sr : Hz
    payload : what was embedded
    names : attacks, out of ``attacks.names()``
    fractions : strengths, from mild (0) to brutal (1)
    rng : seed of every attack's luck

    Raises
    ------
    UnknownNameError
        There is no such attack.
    """
    rows = [attacks.info(name) for name in names]
    for row in rows:
        for fraction in fractions:
            yield _try(mark, z, row, fraction, sr=sr, payload=payload, rng=rng)


def _try(
    mark: Any,
    z: np.ndarray,
    row: attacks.Attack,
    fraction: float,
    *,
    sr: int,
    payload: int,
    rng: int,
) -> Trial:
    strength = row.at(fraction)
    try:
        attacked = attacks.apply(row.name, z, sr=sr, rng=rng, strength=strength)
        hit = mark.detect(attacked, sr=sr)
    except SonicLabError as error:  # too little is left to judge, or a program is missing
        return Trial(row.name, fraction, strength, float("nan"), False, False, str(error))
    return Trial(
        row.name, fraction, strength, float(hit.score), hit.present, hit.payload == payload
    )
