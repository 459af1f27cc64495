"""A flute: few harmonics, breath that is heard, vibrato that is more breath than pitch.

The balance of tone and noise follows Fletcher and Rossing, The Physics of Musical Instruments,
ch. 16 (Springer, 1998): the second harmonic grows with blowing, and the jet's noise gathers
around the harmonics.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .line import Line, Style, play
from .score import Note
from .sound import harmonics, noise, wander

STYLE = Style(
    attack_s=0.075, release_s=0.09, overshoot=0.02, scoop_cents=18,
    vibrato_hz=4.9, vibrato_cents=9, vibrato_breath=0.17, vibrato_delay_s=0.25,
)  # fmt: skip


def perform(
    notes: Sequence[Note],
    n: int,
    *,
    sr: int,
    rng: np.random.Generator,
    style: Style = STYLE,
    bright: float = 1.0,
    airy: float = 1.0,
) -> np.ndarray:
    """Play a phrase, `n` samples long."""
    line = play(notes, n, sr=sr, style=style, rng=rng)
    phase = 2 * np.pi * np.cumsum(line.hz) / sr
    count = min(9, int(0.46 * sr / line.hz.max()))
    flicker = [wander(rng, n, sr=sr, hz=25) for _ in range(count)]  # noise around each harmonic
    tone = harmonics(phase, lambda k: _level(k, line, flicker[k - 1], bright=bright), count)
    return tone * line.breath + airy * _breath_noise(line, n, sr=sr, rng=rng)


def _level(k: int, line: Line, flicker: np.ndarray, *, bright: float) -> np.ndarray:
    base_db = (0, -9, -13, -24, -29, -36, -41, -47, -52)[k - 1]
    harder_db = (k > 1) * (line.breath - 0.7) * 10 * bright
    higher_db = -(k - 1) * 3.0 * np.log2(np.maximum(line.hz / 587, 0.3))  # high notes are purer
    gain = 10 ** ((base_db + harder_db + np.minimum(higher_db, 9)) / 20)
    return gain * (1 + 0.05 * np.sqrt(k) * flicker)


def _breath_noise(line: Line, n: int, *, sr: int, rng: np.random.Generator) -> np.ndarray:
    t = np.arange(n) / sr
    hiss = noise(rng, n, sr=sr, low_hz=1500, high_hz=7000)
    chiff = noise(rng, n, sr=sr, low_hz=500, high_hz=3000)
    starts = np.sum([np.exp(-(((t - at - 0.02) / 0.018) ** 2)) for at in line.attacks_s], axis=0)
    return 0.012 * line.breath**1.5 * hiss + 0.035 * starts * chiff
