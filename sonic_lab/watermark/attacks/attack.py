"""What an attack is: a row with a name, one strength and a function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from ...audio import check_number


class Mark(Protocol):
    """What an attacker needs of a watermark: that it can be embedded."""

    def embed(self, y: np.ndarray, *, sr: int, payload: int) -> np.ndarray:
        """Return `y` with a mark."""
        ...


@dataclass(frozen=True)
class Situation:
    """All that an attack works with besides the sound.

    Parameters
    ----------
    sr : Hz
    strength : in the attack's own unit
    rng : where its luck comes from
    marker : makes a mark from a key, for the attacks that put marks of their own; None for
        `SpreadSpectrum`
    music : sound at `sr` to mix in or splice in; None for music that the attack makes up
    """

    sr: int
    strength: float
    rng: np.random.Generator
    marker: Callable[[str], Mark] | None = None
    music: np.ndarray | None = None


@dataclass(frozen=True)
class Attack:
    """One row of the table.

    Parameters
    ----------
    name : how it is called
    about : what happens to the sound, in one line
    parameter, unit : what the strength means, as in the effect's keyword; unit "" for pure numbers
    default, mild, brutal : strengths; the last two are the ends of the curve
    run : the function
    log : steps along the curve are ratios, not differences
    whole : the strength is a whole number
    keeps_time : the result has the same length and lies under the original, sample by sample
    needs : what may be absent: ``"ffmpeg"``, a program; ``"codec"``, weights; "" for nothing
    kind : the group of the table that it stands in, such as ``"codec"``
    """

    name: str
    about: str
    parameter: str
    unit: str
    default: float
    mild: float
    brutal: float
    run: Callable[[np.ndarray, Situation], np.ndarray] = field(repr=False)
    log: bool = False
    whole: bool = False
    keeps_time: bool = True
    needs: str = ""
    kind: str = ""

    def at(self, fraction: float) -> float:
        """Give the strength at a fraction of the way from mild (0) to brutal (1)."""
        share = check_number(fraction, name="fraction", low=0, high=1)
        if self.log:
            strength = self.mild * (self.brutal / self.mild) ** share
        else:
            strength = self.mild + (self.brutal - self.mild) * share
        low, high = self.bounds
        strength = min(max(strength, low), high)  # a power may round past its end
        return float(round(strength)) if self.whole else float(strength)

    @property
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest strength, whichever of the two is the mild one."""
        return min(self.mild, self.brutal), max(self.mild, self.brutal)
