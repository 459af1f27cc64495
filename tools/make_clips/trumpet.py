"""A trumpet: harmonics whose brightness follows the breath.

Risset found that a trumpet is recognised by its high harmonics growing faster than its low
ones as the sound grows louder, in every attack and every swell; here one curve, the breath,
drives both (Risset and Mathews, Analysis of musical-instrument tones, Physics Today 22(2), 1969).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .line import Line, Style, play
from .score import Note
from .sound import harmonics, noise

STYLE = Style(
    attack_s=0.045, release_s=0.07, overshoot=0.12, scoop_cents=35,
    vibrato_hz=5.3, vibrato_cents=16, vibrato_breath=0.05, vibrato_delay_s=0.32,
)  # fmt: skip


def perform(
    notes: Sequence[Note],
    n: int,
    *,
    sr: int,
    rng: np.random.Generator,
    style: Style = STYLE,
    bright: float = 1.0,
) -> np.ndarray:
    """Play a phrase, `n` samples long."""
    line = play(notes, n, sr=sr, style=style, rng=rng)
    lips = noise(rng, n, sr=sr, low_hz=2, high_hz=60)  # the lips never buzz twice alike
    phase = 2 * np.pi * np.cumsum(line.hz * (1 + 0.0008 * lips)) / sr
    count = int(0.46 * sr / line.hz.min())
    tone = harmonics(phase, lambda k: _level(k, line, sr=sr, bright=bright), count)
    air = noise(rng, n, sr=sr, low_hz=900, high_hz=5000)
    hiss = 0.004 * line.breath + 0.03 * _tongue(line, n, sr=sr)
    return tone * line.breath**1.3 + air * hiss * line.breath


def _level(k: int, line: Line, *, sr: int, bright: float) -> np.ndarray:
    hz = k * line.hz
    bell = hz / np.sqrt(hz**2 + 1100**2)  # a small bell radiates low tones badly
    corner = bright * (500 + 2600 * line.breath**1.4)
    source = (1 + (hz / corner) ** 2) ** -1.6
    near_top = np.clip((0.47 * sr - hz) / (0.05 * sr), 0, 1)
    return bell * source * near_top


def _tongue(line: Line, n: int, *, sr: int) -> np.ndarray:
    t = np.arange(n) / sr
    puffs = [np.exp(-(((t - at - 0.012) / 0.012) ** 2)) for at in line.attacks_s]
    return np.sum(puffs, axis=0)
