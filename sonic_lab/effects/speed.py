"""Play faster or slower, as a tape does: time and pitch move together."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ..audio import check_number, check_rate, check_sound, resample
from ..errors import AudioError
from .parameters import contiguous

_PARTS = 2048  # filters, at most
_NEAR = 1e-6  # 0.002 cents; at 48 kHz it comes to a sample in 20 s


def speed(y: np.ndarray, *, factor: float) -> np.ndarray:
    """Play `factor` times as fast: the length is divided by it, every frequency multiplied.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    factor : 0.1 to 10; 2 is twice as fast and an octave up

    Returns
    -------
    float32 array of round(n / factor) samples a channel. What would rise past half the sample
    rate is removed, not folded back.

    Examples
    --------
    >>> speed(np.zeros(44100), factor=1.25).shape
    (35280,)
    """
    sound = check_sound(y)
    ratio = check_number(factor, name="factor", low=0.1, high=10)
    n_out = round(sound.shape[-1] / ratio)
    if n_out == 0:
        raise AudioError(f"y has {sound.shape[-1]} samples: too few to play {ratio:g} times faster")
    return resampled(sound, n_out=n_out, step=ratio)


def resample_through(y: np.ndarray, *, sr: int, through_hz: int) -> np.ndarray:
    """Resample to the rate `through_hz` and back, as passing through a cheaper system does.

    A lower rate removes what lies above its half. The length and `sr` stay.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    sr : Hz
    through_hz : the sample rate in between, Hz
    """
    rate = check_rate(sr)
    between = check_rate(through_hz, name="through_hz")
    down = resample(y, orig_sr=rate, target_sr=between)
    return contiguous(resample(down, orig_sr=between, target_sr=rate)[..., : np.shape(y)[-1]])


def resampled(sound: np.ndarray, *, n_out: int, step: float) -> np.ndarray:
    """Read a sound at every `step` samples, band-limited, and return `n_out` of them."""
    if step == 1 and n_out == sound.shape[-1]:
        return sound.copy()
    import soxr

    # A ratio of small numbers has so many filters and no more, which takes two thirds of the time.
    ratio = Fraction(step).limit_denominator(_PARTS)
    near = abs(float(ratio) / step - 1) < _NEAR
    rates = (ratio.numerator, ratio.denominator) if near else (step, 1.0)
    out = soxr.resample(sound.T, *rates, quality="HQ").T[..., :n_out]
    missing = n_out - out.shape[-1]  # soxr rounds the length in its own way
    if missing:
        out = np.pad(out, [(0, 0)] * (out.ndim - 1) + [(0, missing)])
    return contiguous(out)
