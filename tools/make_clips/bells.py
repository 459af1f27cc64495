"""Tuned church bells: modes at the ratios that founders tune them to.

Hum, prime, tierce, quint, nominal and above, each a pair of nearly equal modes that beat, since
no bell is perfectly round (Rossing, Science of Percussion Instruments, ch. 12, 2000).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .score import Note, hertz
from .sound import fade, noise, place, ring

RATIOS = np.array([0.5, 1.0, 1.2, 1.5, 2.0, 2.5, 2.67, 3.0, 4.0, 5.33, 6.68, 8.1])
_LEVELS = np.array([0.35, 0.75, 0.6, 0.3, 1.0, 0.3, 0.28, 0.5, 0.4, 0.22, 0.12, 0.07])
_T60_S = np.array([7.5, 5.0, 4.2, 2.6, 3.2, 1.7, 1.6, 2.2, 1.4, 0.9, 0.6, 0.4])


def note(
    midi: int,
    duration_s: float,
    velocity: float,
    *,
    sr: int,
    rng: np.random.Generator,
    hard: float = 1.0,
    long: float = 1.0,
) -> np.ndarray:
    """Strike one bell; `midi` is its prime."""
    n = int(duration_s * sr)
    hz = hertz(midi) * RATIOS
    felt = np.exp(-hz / (hard * (1500 + 4500 * velocity)))
    gain = velocity * _LEVELS * felt * rng.uniform(0.85, 1.15, hz.size)
    split = rng.uniform(0.2, 0.9, hz.size)  # Hz between the two of a pair
    t60_s = long * _T60_S * np.sqrt(440 / hertz(midi))
    tone = ring(
        n,
        sr=sr,
        hz=np.concatenate([hz - split / 2, hz + split / 2]),
        t60_s=np.concatenate([t60_s, t60_s * 0.9]),
        gain=np.concatenate([0.65 * gain, 0.35 * gain]),
        phase=rng.uniform(-0.6, 0.6, 2 * hz.size),
    )
    t = np.arange(n) / sr
    clapper = noise(rng, n, sr=sr, low_hz=2500, high_hz=8000) * np.exp(-t / 0.004)
    return fade(tone + 0.1 * velocity**2 * clapper, sr=sr, in_s=0.001, out_s=0.02)


def perform(notes: Sequence[Note], n: int, *, sr: int, rng: np.random.Generator, **bell: float):
    """Ring a score, `n` samples long: a bell is never damped."""
    track = np.zeros(n)
    for one in notes:
        y = note(one.midi, n / sr - one.start_s, one.velocity, sr=sr, rng=rng, **bell)
        place(track, y, one.start_s + rng.normal(0, 0.005), sr=sr)
    return track
