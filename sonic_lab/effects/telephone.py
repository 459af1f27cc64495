"""A telephone line of the old kind: 300 to 3400 Hz, 8000 samples a second, 8 bits each."""

from __future__ import annotations

import numpy as np

from ..audio import check_rate, check_sound, resample
from .filters import band_pass
from .parameters import contiguous

_RATE = 8000
_MU = 255.0


def telephone(y: np.ndarray, *, sr: int) -> np.ndarray:
    """Send the sound through a telephone line, and return it at its own rate and length.

    The band-pass is that of a line, and delays what lies near its edges by up to 2 ms; the eight
    bits are spaced by the mu-law, densely near zero, so that quiet speech keeps its shape.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n); what passes full scale is clipped there
    sr : Hz

    References
    ----------
    ITU-T G.711, Pulse code modulation of voice frequencies (1988), here with the smooth curve
    that its mu-law segments follow.
    """
    sound, rate = check_sound(y), check_rate(sr)
    narrow = resample(sound, orig_sr=rate, target_sr=_RATE)
    line = np.clip(band_pass(narrow, sr=_RATE, low_hz=300, high_hz=3400), -1, 1)
    small = np.sign(line) * np.log1p(_MU * np.abs(line)) / np.log1p(_MU)
    steps = np.round(small * 127) / 127  # a sign and seven bits
    heard = np.sign(steps) * np.expm1(np.abs(steps) * np.log1p(_MU)) / _MU
    wide = resample(contiguous(heard), orig_sr=_RATE, target_sr=rate)
    n = sound.shape[-1]
    missing = max(0, n - wide.shape[-1])
    return contiguous(np.pad(wide, [(0, 0)] * (sound.ndim - 1) + [(0, missing)])[..., :n])
