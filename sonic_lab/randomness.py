"""Luck is an argument: one way to turn a seed into a generator, and never a global one."""

from __future__ import annotations

import numpy as np

from .errors import ParameterError


def generator(rng: np.random.Generator | int | None = None) -> np.random.Generator:
    """Return a NumPy generator from a seed, a generator, or nothing (fresh luck).

    A `Generator` is passed through, so its state moves on with every use.

    >>> int(generator(7).integers(1000)) == int(generator(7).integers(1000))
    True
    """
    if isinstance(rng, np.random.Generator):
        return rng
    whole = isinstance(rng, (int, np.integer)) and not isinstance(rng, bool)
    if rng is None or (whole and rng >= 0):
        return np.random.default_rng(rng)
    raise ParameterError(f"rng={rng!r} must be a non-negative integer, a numpy Generator or None")
