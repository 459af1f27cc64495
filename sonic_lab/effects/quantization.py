"""Fewer bits a sample."""

from __future__ import annotations

import numpy as np

from ..audio import check_sound, check_whole
from ..randomness import generator
from .parameters import contiguous


def quantize(
    y: np.ndarray,
    *,
    bits: int,
    dither: bool = False,
    rng: np.random.Generator | int | None = None,
) -> np.ndarray:
    """Round every sample to one of 2 ** `bits` equal steps from -1 to just below 1.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n); what passes full scale is clipped there
    bits : 1 to 24
    dither : add triangular noise of two steps' width first, which turns distortion into hiss
    rng : for the dither: a seed, a NumPy generator, or None for fresh luck

    References
    ----------
    S. Lipshitz, R. Wannamaker, J. Vanderkooy, "Quantization and dither: a theoretical survey",
    J. Audio Eng. Soc. 40(5), 1992.

    Examples
    --------
    >>> quantize(np.array([-1.0, 0.3, 1.0]), bits=3).tolist()
    [-1.0, 0.25, 0.75]
    """
    sound = check_sound(y).astype(np.float64)
    half = 2 ** (check_whole(bits, name="bits", low=1, high=24) - 1)  # steps from 0 to full scale
    levels = sound * half
    if dither:
        luck = generator(rng)
        levels += luck.random(levels.shape) - luck.random(levels.shape)
    return contiguous(np.clip(np.round(levels), -half, half - 1) / half)
