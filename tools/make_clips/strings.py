"""A string section: many bowed players who are never quite together.

Each bows a sawtooth (Helmholtz's motion of the string) with a vibrato, a tuning and a start of
their own; the box's resonances are those of a violin (Fletcher and Rossing, ch. 10).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .score import Note, hertz
from .sound import body, curve, harmonics, noise, pan, wander

_BOX = ((275.0, 12.0, 0.9), (460.0, 12.0, 0.9), (700.0, 8.0, 0.4), (2500.0, 2.5, 0.9))


def player(
    one: Note,
    n: int,
    *,
    sr: int,
    rng: np.random.Generator,
    attack_s: float = 0.28,
    release_s: float = 0.3,
    bright: float = 1.0,
    vibrato_cents: float = 14.0,
) -> np.ndarray:
    """Bow one note on one instrument, in a track of `n` samples."""
    begin = max(one.start_s + rng.uniform(0, 0.05), 0.0)
    rise = attack_s * rng.uniform(0.7, 1.4)
    top = min(begin + rise, one.end_s - 0.02)
    middle = max(0.5 * (top + one.end_s), top + 0.001)
    shape = [(begin, 0.0), (top, 0.9), (middle, 1.0), (max(one.end_s, middle + 0.001), 0.85)]
    bow = curve([*shape, (shape[-1][0] + release_s, 0.0)], n, sr=sr, smooth_s=0.06)
    sway = np.sin(2 * np.pi * rng.uniform(5.0, 6.2) * np.arange(n) / sr + rng.uniform(0, 6.28))
    depth = vibrato_cents * rng.uniform(0.7, 1.2) * (0.3 + 0.7 * bow)
    cents = rng.normal(0, 4.0) + depth * sway + 2.5 * wander(rng, n, sr=sr, hz=5)
    hz = hertz(one.midi) * 2 ** (cents / 1200)
    phase = 2 * np.pi * (np.cumsum(hz) / sr + rng.uniform())
    corner = bright * (1400 + 2600 * one.velocity) / hertz(one.midi)
    count = int(0.45 * sr / hz.max())
    tone = harmonics(phase, lambda k: 1 / (k * (1 + (k / corner) ** 2)), count)
    rosin = noise(rng, n, sr=sr, low_hz=1500, high_hz=6000)
    return one.velocity * bow * (1 + 0.05 * wander(rng, n, sr=sr, hz=9)) * (tone + 0.006 * rosin)


def perform(
    notes: Sequence[Note],
    n: int,
    *,
    sr: int,
    rng: np.random.Generator,
    players: int = 5,
    **bowing: float,
) -> np.ndarray:
    """Play a score with `players` to each note, spread from left to right: (2, n)."""
    track = np.zeros((2, n))
    for one in notes:
        seat = np.clip((67 - one.midi) / 24, -0.6, 0.6)  # violins left, cellos right
        for _ in range(players):
            y = player(one, n, sr=sr, rng=rng, **bowing)
            track += pan(y, float(np.clip(seat + rng.uniform(-0.3, 0.3), -1, 1)))
    return np.stack([body(side, sr=sr, modes=_BOX) for side in track])
