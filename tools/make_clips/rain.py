"""Rain on a pond and leaves: thousands of drops, each a click and a bubble that sings.

A bubble of radius r (m) rings at 3/r Hz and fades at 0.13/r + 0.0072 r^-1.5 a second, its pitch
rising as it nears the surface (van den Doel, Physically based models for liquid sounds, ACM
Transactions on Applied Perception 2(4), 2005).
"""

from __future__ import annotations

import numpy as np
from scipy import signal

from .sound import fade, noise, wander

NEAR_PER_S = 70
FAR_PER_S = 900


def perform(n: int, *, sr: int, rng: np.random.Generator) -> np.ndarray:
    """Let it rain for `n` samples: (2, n)."""
    track = np.zeros((2, n))
    for per_s, gain_range in ((NEAR_PER_S, (0.05, 0.36)), (FAR_PER_S, (0.01, 0.06))):
        for at in np.sort(rng.integers(0, n, int(per_s * n / sr))):
            _fall(track, int(at), gain_range, sr=sr, rng=rng)
    hiss = _hiss(n, sr=sr, rng=rng)
    gust = 1 + 0.12 * wander(rng, n, sr=sr, hz=0.7)
    return fade((track + hiss) * gust, sr=sr, in_s=0.15)


def _fall(
    track: np.ndarray, at: int, gain_range: tuple[float, float], *, sr: int,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    low, high = np.log(gain_range)
    gain = np.exp(rng.uniform(low, high))
    side = rng.uniform(-1, 1)
    drop = gain * (_bubble(sr=sr, rng=rng) if rng.uniform() < 0.6 else _tap(sr=sr, rng=rng))
    lag = round(0.0003 * sr * side)  # the nearer ear hears it first
    angle = (0.8 * side + 1) * np.pi / 4
    for channel, share in ((0, np.cos(angle)), (1, np.sin(angle))):
        first = max(at + (lag if channel == 0 else -lag), 0)
        m = min(drop.size, track.shape[1] - first)
        if m > 0:
            track[channel, first : first + m] += share * drop[:m]


def _bubble(*, sr: int, rng: np.random.Generator) -> np.ndarray:
    radius = 0.0007 * 2 ** rng.normal(0.4, 0.6)  # metres: about 1.5 to 6 kHz
    fading = 0.13 / radius + 0.0072 * radius**-1.5
    t = np.arange(int(min(6.9 / fading, 0.08) * sr)) / sr
    rise = rng.uniform(0, 0.12) * fading
    phase = 2 * np.pi * 3 / radius * (t + rise * t**2 / 2)
    aliasing = 3 / radius * (1 + rise * t) < 0.45 * sr
    return np.sin(phase) * np.exp(-fading * t) * np.minimum(1, t / 0.0006) * aliasing


def _tap(*, sr: int, rng: np.random.Generator) -> np.ndarray:
    """A drop on a leaf: a short knock, duller for larger leaves."""
    t = np.arange(int(0.02 * sr)) / sr
    hz = 500 * 2 ** rng.uniform(0, 3)
    knock = np.sin(2 * np.pi * hz * t) * np.exp(-t * hz / 2.2)
    return 0.7 * knock * np.minimum(1, t / 0.0003)


def _hiss(n: int, *, sr: int, rng: np.random.Generator) -> np.ndarray:
    """The rain too far away for single drops: shared by both ears below, their own above."""
    shared = noise(rng, n, sr=sr, low_hz=300, high_hz=2500)
    own = np.stack([noise(rng, n, sr=sr, low_hz=1000, high_hz=10_000) for _ in range(2)])
    soft = signal.butter(1, 6000, "lowpass", fs=sr, output="sos")
    return signal.sosfilt(soft, 0.010 * shared + 0.022 * own)
