"""ABX: find out, blind, whether a listener hears a difference at all."""

from __future__ import annotations

import numpy as np

from ..errors import ParameterError
from ..randomness import generator


class AbxTest:
    """A listening test: X is A or B by the toss of a coin, and the listener says which.

    Who cannot hear the difference is right half of the time, so the p-value of a score is the
    chance of doing as well by guessing: a sum over a binomial distribution, exact, and honest only
    if the number of trials was not chosen by looking at the score.

    Parameters
    ----------
    rng : where the coin comes from

    References
    ----------
    W. A. Munson and M. B. Gardner, "Standardizing auditory tests", JASA 22 (1950).

    Examples
    --------
    >>> test = AbxTest(rng=0)
    >>> for _ in range(10):
    ...     right = test.answer(test.x)
    >>> test.right, test.trials, round(test.p_value, 4)
    (10, 10, 0.001)
    """

    def __init__(self, *, rng: np.random.Generator | int | None = None) -> None:
        self._rng = generator(rng)
        self.trials = 0
        self.right = 0
        self.x = self._toss()

    @property
    def p_value(self) -> float:
        """The chance of at least as many right answers by guessing; 1 before the first."""
        from scipy.stats import binom

        return float(binom.sf(self.right - 1, self.trials, 0.5)) if self.trials else 1.0

    def answer(self, choice: str) -> bool:
        """Take the listener's answer, "A" or "B", say whether it was right, and toss anew."""
        if choice not in ("A", "B"):
            raise ParameterError(f"choice={choice!r} must be 'A' or 'B'")
        right = choice == self.x
        self.trials += 1
        self.right += right
        self.x = self._toss()
        return bool(right)

    def _toss(self) -> str:
        return "AB"[int(self._rng.integers(2))]
