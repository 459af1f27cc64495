"""Luck is an argument: one way to turn a seed into a generator, and never a global one.

References
----------
G. Box, M. Muller, "A note on the generation of random normal deviates", Ann. Math. Statistics
29(2), 1958.
"""

from __future__ import annotations

import numpy as np

from .errors import ParameterError

_PAIRS = 16384  # of numbers made at once: few enough for a cache, enough that calls cost nothing


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


def normals(shape: int | tuple[int, ...], rng: np.random.Generator | int | None) -> np.ndarray:
    """Draw standard normal numbers by Box and Muller, in a third of the time that NumPy's take.

    NumPy decides number by number; here whole arrays are turned, pair by pair, from a radius and
    an angle. Other processors may round the last bit of a number otherwise.

    Parameters
    ----------
    shape : of the array
    rng : a seed, a NumPy generator (which moves on), or None for fresh luck

    Returns
    -------
    float32, none further out than 6.8

    >>> normals((2, 3), 0).shape
    (2, 3)
    """
    luck = generator(rng)
    out = np.empty(shape, dtype=np.float32)
    flat = out.reshape(-1)
    for start in range(0, len(flat), 2 * _PAIRS):
        part = flat[start : start + 2 * _PAIRS]
        count = (len(part) + 1) // 2
        bits = luck.integers(2**64 - 1, size=count, dtype=np.uint64, endpoint=True)
        radius, angle = bits.view(np.uint32).reshape(2, -1).astype(np.float32)
        radius += np.float32(0.5)  # the logarithm of zero has no end
        radius *= np.float32(2**-32)
        radius = np.sqrt(np.float32(-2) * np.log(radius))
        angle *= np.float32(2 * np.pi / 2**32)
        part[:count] = radius * np.cos(angle)
        part[count:] = (radius * np.sin(angle))[: len(part) - count]
    return out
