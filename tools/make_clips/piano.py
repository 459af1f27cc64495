"""A piano: stiff strings in threes, a felt hammer, a soundboard.

Stiffness stretches the partials, f_k = k f_1 sqrt((1 + B k^2) / (1 + B)) (Fletcher, Normal
vibration frequencies of a stiff piano string, JASA 36, 1964). The strings of a note move
together at first and lose energy fast, then against each other and ring on: two stages of decay
(Weinreich, Coupled piano strings, JASA 62, 1977).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .score import Note, hertz
from .sound import fade, noise, place, ring

RELEASE_S = 0.18  # what the damper takes


def note(
    midi: int,
    duration_s: float,
    velocity: float,
    *,
    sr: int,
    rng: np.random.Generator,
    hard: float = 1.0,
) -> np.ndarray:
    """Strike one key and hold it for `duration_s`."""
    n = int((duration_s + RELEASE_S) * sr)
    f1 = hertz(midi)
    k = np.arange(1, min(int(0.46 * sr / f1), 60) + 1)
    hz = k * f1 * np.sqrt((1 + stiffness(midi) * k**2) / (1 + stiffness(midi)))
    keep = hz < 0.46 * sr
    k, hz = k[keep], hz[keep]
    gain = _strike(k, hz, velocity, hard=hard) * rng.uniform(0.8, 1.2, k.size)
    slow = 0.9 * 2 ** ((midi - 60) / 20) + 3e-7 * hz**2  # decay rates, 1/s
    first, second = 6.9 / (2.6 * slow), 6.9 / (0.7 * slow)
    detune = 2 ** (rng.normal(0, 0.35, (2, k.size)) / 1200)
    tone = ring(
        n,
        sr=sr,
        hz=np.concatenate([hz, hz * detune[0], hz * detune[1]]),
        t60_s=np.concatenate([first, second, second * 0.8]),
        gain=np.concatenate([0.75 * gain, 0.17 * gain, 0.12 * gain]),
        phase=rng.uniform(-0.5, 0.5, 3 * k.size),
    )
    y = fade(tone, sr=sr, in_s=0.002) + _knock(n, midi, velocity, sr=sr, rng=rng)
    return _damp(y, duration_s, sr=sr)


def stiffness(midi: int) -> float:
    """Return the inharmonicity B of a medium grand: it doubles about every eight keys."""
    return 2.8e-4 * 2.0 ** ((midi - 60) / 8) if midi >= 48 else 1.0e-4


def _strike(k: np.ndarray, hz: np.ndarray, velocity: float, *, hard: float) -> np.ndarray:
    """Gain of each partial: the hammer's place (1/8), its felt, and the soundboard."""
    place_of_hammer = 0.15 + np.abs(np.sin(np.pi * k / 8.3))
    felt = np.exp(-hz / (hard * (350 + 1700 * velocity**1.2)))
    board = hz / np.sqrt(hz**2 + 130**2)
    return velocity**1.3 * place_of_hammer * felt * board / np.sqrt(k)


def _knock(n: int, midi: int, velocity: float, *, sr: int, rng: np.random.Generator):
    """The wood that the hammer's blow shakes."""
    modes = np.array([92.0, 138, 187, 251, 340, 466, 610, 830])
    wood = ring(
        n,
        sr=sr,
        hz=modes * rng.uniform(0.98, 1.02, modes.size),
        t60_s=np.full(modes.size, 0.16),
        gain=rng.uniform(0.3, 1, modes.size),
        phase=rng.uniform(0, 6.28, modes.size),
    )
    t = np.arange(n) / sr
    felt = noise(rng, n, sr=sr, low_hz=300, high_hz=2500) * np.exp(-t / 0.006)
    return velocity**1.5 * (0.018 * fade(wood, sr=sr, in_s=0.003) + 0.03 * felt)


def _damp(y: np.ndarray, duration_s: float, *, sr: int) -> np.ndarray:
    t = np.arange(y.size) / sr
    felt = np.exp(-np.maximum(t - duration_s, 0) / (RELEASE_S / 5))
    return fade(y * felt, sr=sr, out_s=0.01)


def perform(
    notes: Sequence[Note],
    n: int,
    *,
    sr: int,
    rng: np.random.Generator,
    pedal_s: float = 0.0,
    hard: float = 1.0,
) -> np.ndarray:
    """Play a score, `n` samples long; the pedal lets every note ring on for `pedal_s`."""
    track = np.zeros(n)
    for one in notes:
        held_s = one.duration_s + pedal_s
        struck = note(one.midi, held_s, one.velocity, sr=sr, rng=rng, hard=hard)
        place(track, struck, one.start_s + rng.normal(0, 0.004), sr=sr)
    return track
