"""Three drums: a kick that falls in pitch, a snare with its wires, a metal hi-hat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import signal

from .sound import fade, noise, place, ring


def kick(velocity: float, *, sr: int, rng: np.random.Generator) -> np.ndarray:
    """A head that tightens at the blow, so its pitch falls as it settles."""
    t = np.arange(int(0.45 * sr)) / sr
    hz = 48 + 95 * np.exp(-t / 0.028) + 60 * np.exp(-t / 0.006)
    thump = np.sin(2 * np.pi * np.cumsum(hz) / sr) * np.exp(-t / 0.12)
    click = noise(rng, t.size, sr=sr, low_hz=1200, high_hz=5000) * np.exp(-t / 0.004)
    return fade(velocity * (thump + 0.12 * velocity * click), sr=sr, in_s=0.0008, out_s=0.03)


def snare(velocity: float, *, sr: int, rng: np.random.Generator) -> np.ndarray:
    """Two modes of the head, and wires that rattle a moment longer."""
    n = int(0.32 * sr)
    t = np.arange(n) / sr
    hz = np.array([186.0, 331, 470, 612])
    head = ring(
        n, sr=sr, hz=hz, t60_s=np.array([0.28, 0.2, 0.13, 0.1]), gain=np.array([1, 0.6, 0.25, 0.15])
    )
    wires = noise(rng, n, sr=sr, low_hz=1400, high_hz=9500)
    rattle = wires * (np.exp(-t / 0.05) * (0.55 + 0.45 * velocity) + 0.15 * np.exp(-t / 0.11))
    return fade(velocity * (0.55 * head + 0.42 * rattle), sr=sr, in_s=0.0005, out_s=0.03)


def hat(velocity: float, *, sr: int, rng: np.random.Generator, open_s: float = 0.0) -> np.ndarray:
    """Two cymbals: many close, inharmonic modes and noise above 5 kHz; `open_s` lets them ring."""
    length = 0.09 + open_s
    n = int(length * sr)
    t = np.arange(n) / sr
    hz = 3000 * 2 ** np.sort(rng.uniform(0, 1.75, 40))
    fall_s = (0.018 + 0.02 * velocity) if open_s == 0 else open_s / 3
    metal = ring(
        n, sr=sr, hz=hz, t60_s=6.9 * fall_s * rng.uniform(0.6, 1.3, 40),
        gain=rng.uniform(0.3, 1, 40) / 6, phase=rng.uniform(0, 6.28, 40),
    )  # fmt: skip
    air = noise(rng, n, sr=sr, low_hz=5500, high_hz=10000) * np.exp(-t / fall_s)
    high = signal.butter(2, 3500, "highpass", fs=sr, output="sos")
    return fade(
        velocity * signal.sosfilt(high, 0.6 * metal + 0.3 * air), sr=sr, in_s=0.0005, out_s=0.012
    )


def perform(
    hits: Sequence[tuple[float, str, float]], n: int, *, sr: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Play (seconds, drum, velocity) hits; one track a drum, so that they can be placed apart."""
    tracks = {"kick": np.zeros(n), "snare": np.zeros(n), "hat": np.zeros(n)}
    for at_s, which, velocity in hits:
        at_s = max(at_s + rng.normal(0, 0.0025), 0.0)
        if which == "kick":
            place(tracks["kick"], kick(velocity, sr=sr, rng=rng), at_s, sr=sr)
        elif which == "snare":
            place(tracks["snare"], snare(velocity, sr=sr, rng=rng), at_s, sr=sr)
        else:
            open_s = 0.3 if which == "open" else 0.0
            place(tracks["hat"], hat(velocity, sr=sr, rng=rng, open_s=open_s), at_s, sr=sr)
    return tracks
