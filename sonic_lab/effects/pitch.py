"""Higher or lower at the same length."""

from __future__ import annotations

import numpy as np

from ..audio import check_number, check_rate, check_sound
from .speed import resampled
from .stretch import time_stretch


def pitch_shift(y: np.ndarray, *, sr: int, semitones: float) -> np.ndarray:
    """Raise (or lower) every pitch by `semitones`, keeping the length.

    The sound is stretched by 2 ** (semitones / 12), then played faster by as much. Formants
    move with the pitch: a voice raised far sounds like a small creature's.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    sr : Hz
    semitones : -24 to 24; 0.01 of one is a cent, 12 an octave

    Examples
    --------
    >>> pitch_shift(np.zeros(8000), sr=8000, semitones=-0.5).shape
    (8000,)
    """
    sound, rate = check_sound(y), check_rate(sr)
    steps = check_number(semitones, name="semitones", low=-24, high=24)
    ratio = 2 ** (steps / 12)
    stretched = time_stretch(sound, sr=rate, factor=ratio)
    return resampled(stretched, n_out=sound.shape[-1], step=ratio)
