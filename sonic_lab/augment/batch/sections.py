"""Filters as second-order sections, for many clips at once: the designs of `sonic_lab.effects`.

SciPy designs one Butterworth filter in a millisecond, which for a batch is as long as filtering
it. The poles are known in closed form, so here all filters of a batch are designed together.

References
----------
L. Rabiner, B. Gold, "Theory and application of digital signal processing" (1975), chapter 4:
Butterworth's poles, the change of band, and the bilinear transform. R. Bristow-Johnson, "Cookbook
formulae for audio equalizer biquad filter coefficients" (2021): peak and shelves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...effects.equalizer import peak_section, shelf_section

Drawn = list[dict[str, Any]]


def sections(name: str, drawn: Drawn, *, sr: int) -> np.ndarray:
    """Return the sections of a filter for each clip: (B, S, 6), as ``scipy.signal.sosfilt`` takes.

    Parameters
    ----------
    name : LowPass, HighPass, BandPass, Peak, LowShelf or HighShelf
    drawn : the settings of each clip; the order is the same for all
    sr : Hz
    """
    if name in ("LowPass", "HighPass"):
        return _butterworth(name, drawn[0]["order"], _column(drawn, "cutoff_hz"), sr=sr)
    if name == "BandPass":
        half = 2 ** (_column(drawn, "octaves") / 2)
        center = _column(drawn, "center_hz")
        edges = np.stack([center / half, center * half])
        return _butterworth(name, drawn[0]["order"], edges, sr=sr)
    A = 10 ** (_column(drawn, "gain_db") / 40)
    if name == "Peak":
        w0 = 2 * np.pi * _column(drawn, "center_hz") / sr
        b, a = peak_section(A, w0, _column(drawn, "q"))
    else:
        w0 = 2 * np.pi * _column(drawn, "corner_hz") / sr
        b, a = shelf_section(A, np.cos(w0), np.sin(w0), side=1 if name == "LowShelf" else -1)
    rows = np.stack(np.broadcast_arrays(*b, *a), axis=-1)
    return (rows / rows[:, 3:4])[:, np.newaxis]


def _butterworth(name: str, order: int, edges_hz: np.ndarray, *, sr: int) -> np.ndarray:
    """Place Butterworth's poles for each clip; `order` is even: (B,) or (2, B) -> (B, S, 6)."""
    k = np.arange(order // 2)
    prototype = np.exp(1j * np.pi * (0.5 + (2 * k + 1) / (2 * order)))  # the upper half plane's
    warped = 2 * sr * np.tan(np.pi * edges_hz / sr)[..., np.newaxis]  # (..., B, 1)
    if name == "LowPass":
        poles, zeros, where = warped * prototype, (-1, -1), np.ones(edges_hz.shape)
    elif name == "HighPass":
        poles, zeros, where = warped / prototype, (1, 1), -np.ones(edges_hz.shape)
    else:
        low, high = warped
        middle, root = low * high, prototype * (high - low) / 2
        split = np.sqrt(root**2 - middle)
        poles, zeros = np.concatenate([root + split, root - split], axis=-1), (1, -1)
        where = np.exp(2j * np.arctan(np.sqrt(middle) / (2 * sr)))[:, 0]
    z = (2 * sr + poles) / (2 * sr - poles)  # (B, S)
    ones = np.ones(z.shape)
    b = np.stack([ones, -sum(zeros) * ones, np.prod(zeros) * ones], axis=-1)
    a = np.stack([ones, -2 * z.real, np.abs(z) ** 2], axis=-1)
    # Where the filter lets all through, its level is one: each section gets its share of that.
    at = where[:, np.newaxis] ** -np.arange(3.0)  # (B, 3)
    level = np.abs(np.einsum("bsk,bk->bs", b, at) / np.einsum("bsk,bk->bs", a, at))
    return np.concatenate([b / level[..., np.newaxis], a], axis=-1)


def _column(drawn: Drawn, name: str) -> np.ndarray:
    return np.array([one[name] for one in drawn], dtype=np.float64)
