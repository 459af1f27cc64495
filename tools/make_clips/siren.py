"""A siren that wails twice: once low enough for a low sample rate, once far too high for it."""

from __future__ import annotations

import numpy as np

from .sound import curve, fade, harmonics

LOW_HZ, SAFE_HZ, HIGH_HZ = 440.0, 2000.0, 9500.0
DURATION_S = 5.2
TURNS_S = (0.0, 0.25, 1.15, 2.05, 2.25, 3.6, 4.95, DURATION_S)


def pitch(n: int, *, sr: int) -> np.ndarray:
    """The pitch in Hz, one value a sample: straight lines in octaves, rounded where they turn."""
    stops = (LOW_HZ, LOW_HZ, SAFE_HZ, LOW_HZ, LOW_HZ, HIGH_HZ, LOW_HZ, LOW_HZ)
    octaves = list(zip(TURNS_S, np.log2(stops), strict=True))
    return 2 ** curve(octaves, n, sr=sr, smooth_s=0.12)


def perform(n: int, *, sr: int) -> np.ndarray:
    """Sound the siren for `n` samples."""
    hz = pitch(n, sr=sr)
    phase = 2 * np.pi * np.cumsum(hz) / sr
    softer = (1 + (hz / 3000) ** 2) ** -0.25  # the ear is keenest at 3 kHz: spare it

    def level(k: int) -> np.ndarray:
        inside = np.clip((20_000 - k * hz) / 2000, 0, 1)
        return inside * (1.0, 0.22, 0.12, 0.05)[k - 1] * np.ones_like(hz)

    return fade(harmonics(phase, level, 4) * softer, sr=sr, in_s=0.15, out_s=0.2)
