"""A drum kit, from acoustic to machine to games console, by five settings.

The kick is a sine that falls in pitch, the snare head modes and wires, the cymbals dense
inharmonic partials and air; a machine's are shorter and cleaner.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from .scores import SR, Note
from .waves import fade, noise, place, ring, seconds

Timbre = Mapping[str, float]
KICK, RIM, SNARE, CLAP, HAT, OPEN_HAT, TOM, RIDE = 36, 37, 38, 39, 42, 46, 45, 51


def perform(notes: Sequence[Note], n: int, *, timbre: Timbre) -> np.ndarray:
    """Play the hits, each drum rendered once."""
    track = np.zeros(n)
    sounds = {midi: _DRUMS[midi](timbre) for midi in {one.midi for one in notes}}
    for one in notes:
        place(track, sounds[one.midi], one.start_s, one.velocity)
    return track


def _kick(timbre: Timbre) -> np.ndarray:
    t = seconds(int(0.42 * SR))
    hz = timbre["kick_hz"] * (1 + 1.9 * np.exp(-t / 0.028) + 1.5 * np.exp(-t / 0.006))
    y = np.sin(2 * np.pi * np.cumsum(hz) / SR) * np.exp(-t / (0.11 * timbre["long"]))
    y += 0.1 * noise(t.size, low_hz=1200, high_hz=5000, at=timbre["grain"]) * np.exp(-t / 0.004)
    return 1.5 * fade(y, in_s=0.0008, out_s=0.04)


def _snare(timbre: Timbre) -> np.ndarray:
    n = int(0.3 * SR)
    t = seconds(n)
    head = ring(
        n,
        hz=timbre["snare_hz"] * np.array([1.0, 1.78, 2.53, 3.29]),
        t60_s=np.array([0.26, 0.18, 0.12, 0.1]) * timbre["long"],
        gain=np.array([0.9, 0.5, 0.2, 0.12]),
    )
    wires = noise(n, low_hz=1400, high_hz=7000, at=timbre["grain"])
    fall = np.exp(-t / (0.055 * timbre["long"])) + 0.15 * np.exp(-t / 0.11)
    return fade(0.55 * head + 0.4 * timbre["wires"] * wires * fall, in_s=0.0005, out_s=0.04)


def _rim(timbre: Timbre) -> np.ndarray:
    n = int(0.1 * SR)
    hz = timbre["snare_hz"] * np.array([2.6, 4.7, 8.1])
    y = ring(n, hz=hz, t60_s=np.array([0.09, 0.06, 0.05]), gain=np.array([0.7, 0.6, 0.3]))
    return fade(y, in_s=0.0005, out_s=0.01)


def _clap(timbre: Timbre) -> np.ndarray:
    n = int(0.28 * SR)
    t = seconds(n)
    hands = sum(np.where(t >= a, np.exp(-(t - a) / 0.006), 0.0) for a in (0.0, 0.011, 0.023))
    tail = np.where(t >= 0.03, np.exp(-(t - 0.03) / (0.07 * timbre["long"])), 0.0)
    skin = noise(n, low_hz=700, high_hz=3500, at=timbre["grain"])
    return 0.7 * fade(skin * (0.6 * hands + 0.7 * tail), in_s=0.0005, out_s=0.04)


def _metal(timbre: Timbre, duration_s: float, fall_s: float, ping: float) -> np.ndarray:
    n = int(duration_s * SR)
    t = seconds(n)
    k = np.arange(24)
    hz = timbre["metal_hz"] * 2 ** (1.5 * ((0.618034 * k + timbre["grain"]) % 1.0))
    plate = ring(
        n, hz=hz, t60_s=np.full(24, 6.9 * fall_s), gain=np.full(24, 0.16), phase=np.sin(9.1 * k) * 3
    )
    air = noise(n, low_hz=4500, high_hz=7300, at=timbre["grain"]) * np.exp(-t / fall_s)
    y = timbre["plate"] * plate + 0.5 * air
    if ping:
        y += ping * np.sin(2 * np.pi * timbre["metal_hz"] * 0.83 * t) * np.exp(-t / fall_s)
    return fade(0.55 * y, in_s=0.0005, out_s=0.02)


def _tom(timbre: Timbre) -> np.ndarray:
    t = seconds(int(0.4 * SR))
    hz = 2.1 * timbre["kick_hz"] * (1 + 0.5 * np.exp(-t / 0.05))
    return fade(np.sin(2 * np.pi * np.cumsum(hz) / SR) * np.exp(-t / 0.12), in_s=0.001, out_s=0.05)


_DRUMS: dict[int, Callable[[Timbre], np.ndarray]] = {
    KICK: _kick,
    RIM: _rim,
    SNARE: _snare,
    CLAP: _clap,
    HAT: lambda timbre: _metal(timbre, 0.1, 0.022 * timbre["long"], 0.0),
    OPEN_HAT: lambda timbre: _metal(timbre, 0.35, 0.11 * timbre["long"], 0.0),
    RIDE: lambda timbre: _metal(timbre, 0.5, 0.16, 0.25),
    TOM: _tom,
}
