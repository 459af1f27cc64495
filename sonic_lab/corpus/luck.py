"""Draws that belong to words: the same words give the same draws, on any machine.

Only the raw 53-bit doubles of PCG64 are used, and every choice is computed from them here:
NumPy promises that the bits stay, not that its distributions do (NEP 19).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Luck:
    """A stream of draws named by words, apart from every other.

    >>> Luck("piece", 7).between(0, 1) == Luck("piece", 7).between(0, 1)
    True
    """

    def __init__(self, *words: str | int) -> None:
        entropy = list("/".join(map(str, words)).encode())
        self._rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))

    def between(self, low: float, high: float) -> float:
        """Draw evenly from [low, high)."""
        return low + (high - low) * float(self._rng.random())

    def whole(self, low: int, high: int) -> int:
        """Draw one of low, low + 1, ..., high."""
        return low + int((high - low + 1) * self._rng.random())

    def chance(self, share: float) -> bool:
        """Say yes in this share of the draws."""
        return bool(self._rng.random() < share)

    def pick(self, options: Sequence[T]) -> T:
        """Draw one of the options, each as likely."""
        return options[int(len(options) * self._rng.random())]

    def weighted(self, options: Mapping[T, float]) -> T:
        """Draw one of the options, as likely as its weight."""
        left = self._rng.random() * sum(options.values())
        chosen = next(iter(options))
        for option, weight in options.items():
            if weight <= 0:
                continue
            chosen = option
            left -= weight
            if left < 0:
                break
        return chosen

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """Return the options in a drawn order."""
        keys = self._rng.random(len(options))
        return [options[i] for i in np.argsort(keys, kind="stable")]

    def noise(self, n: int) -> np.ndarray:
        """Draw white noise of unit variance, evenly spread: float64, (n,)."""
        return (self._rng.random(n) - 0.5) * np.sqrt(12.0)
