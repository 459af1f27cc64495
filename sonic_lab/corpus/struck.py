"""Instruments that are struck or plucked and then ring: piano, guitar, bells, bass, kalimba.

Each is a sum of decaying modes. A string's modes are those that a Karplus-Strong loop rings with
(Jaffe and Smith, CMJ 7(2), 1983), summed directly: the pluck's place sets their levels, the
losses their decays, the stiffness their stretch (Fletcher, JASA 36, 1964).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from .scores import SR, Note
from .waves import TOP_HZ, fade, hertz, noise, place, ring, seconds

Timbre = Mapping[str, float]
Strike = Callable[[int, float, float, float, Timbre], np.ndarray]
_LEVELS = 5  # loudnesses at which a note is rendered; between them it is scaled


def perform(
    notes: Sequence[Note], n: int, *, cents: float, timbre: Timbre, strike: Strike
) -> np.ndarray:
    """Play a score with one `strike` a pitch and loudness, rendered once and cut to length."""
    longest: dict[tuple[int, int], float] = {}
    for one in notes:
        held_s = min(one.duration_s + timbre["ring_s"], n / SR - one.start_s)
        longest[_key(one)] = max(longest.get(_key(one), 0.0), held_s)
    release = np.exp(-seconds(int(timbre["release_s"] * SR)) * (5 / timbre["release_s"]))
    rung = {
        key: strike(key[0], longest[key] + timbre["release_s"], key[1] / _LEVELS, cents, timbre)
        for key in longest
    }
    track = np.zeros(n)
    for one in notes:
        y = rung[_key(one)]
        held = min(int((one.duration_s + timbre["ring_s"]) * SR), y.size)
        place(track, y[:held], one.start_s, one.velocity)
        tail = y[held : held + release.size]
        place(track, tail * release[: tail.size], one.start_s + held / SR, one.velocity)
    return track


def _key(one: Note) -> tuple[int, int]:
    return one.midi, max(1, round(one.velocity * _LEVELS))


def piano(midi: int, duration_s: float, hard: float, cents: float, timbre: Timbre) -> np.ndarray:
    """Strike a key: stiff strings, felt that is harder when it hits harder, two-stage decay."""
    n = int(duration_s * SR)
    f1 = hertz(midi, cents)
    stiff = timbre["stiffness"] * 2.8e-4 * 2.0 ** ((max(midi, 48) - 60) / 8)
    k = np.arange(1, 31)
    hz = k * f1 * np.sqrt((1 + stiff * k**2) / (1 + stiff))
    k, hz = k[hz < TOP_HZ], hz[hz < TOP_HZ]
    felt = np.exp(-hz / (timbre["bright"] * (450 + 1700 * hard**1.2)))
    board = hz / np.sqrt(hz**2 + 130**2)
    gain = (0.15 + np.abs(np.sin(np.pi * k / timbre["hammer"]))) * felt * board / np.sqrt(k)
    slow = (0.9 * 2 ** ((midi - 60) / 20) + 3e-7 * hz**2) / timbre["sustain"]  # 1/s
    pair = k <= 10  # the strings of a key move together first, then against each other
    beat = 1 + timbre["detune_cents"] * np.sin(2.4 * k[pair]) * np.log(2) / 1200
    tone = ring(
        n,
        hz=np.concatenate([hz, hz[pair] * beat]),
        t60_s=np.concatenate([6.9 / (2.4 * slow), 6.9 / (0.7 * slow[pair])]),
        gain=np.concatenate([0.8 * gain, 0.3 * gain[pair]]),
        phase=np.concatenate([np.sin(1.7 * k), np.sin(2.9 * k[pair])]),
    )
    return fade(tone, in_s=0.002) + _thump(n, 0.12 * timbre["knock"] * np.abs(gain).sum(), midi)


def _thump(n: int, level: float, midi: int) -> np.ndarray:
    t = seconds(n)[: min(n, SR // 10)]
    y = np.zeros(n)
    hiss = noise(t.size, low_hz=150, high_hz=1800, at=(midi * 0.37) % 1.0)
    y[: t.size] = 0.25 * level * hiss * np.exp(-t / 0.012)
    return y


def guitar(midi: int, duration_s: float, hard: float, cents: float, timbre: Timbre) -> np.ndarray:
    """Pluck a string over a wooden box."""
    n = int(duration_s * SR)
    f1 = hertz(midi, cents)
    k = np.arange(1, 41)
    hz = k * f1 * np.sqrt(1 + timbre["stiffness"] * 6e-5 * k**2)
    k, hz = k[hz < TOP_HZ], hz[hz < TOP_HZ]
    soft = np.exp(-hz / (timbre["bright"] * (900 + 2600 * hard)))
    gain = np.abs(np.sin(np.pi * k * timbre["pluck"])) / k * soft * _box(hz, timbre["box"])
    loss = 0.75 * 2 ** ((midi - 55) / 24) * (1 + 0.09 * timbre["damping"] * k + (hz / 3800) ** 2)
    tone = ring(
        n, hz=hz, t60_s=6.9 * timbre["sustain"] / (2.2 * loss), gain=gain, phase=np.sin(2.1 * k)
    )
    return fade(tone, in_s=0.001) + _nail(n, 0.2 * hard * timbre["bright"] * gain.sum(), midi)


def _box(hz: np.ndarray, size: float) -> np.ndarray:
    """How strongly a box resounds: air and wood modes over a broad floor."""
    total = np.full(hz.shape, 0.55)
    for mode, q, gain in ((102, 4, 1.1), (204, 6, 0.9), (392, 8, 0.5), (2200, 1.2, 0.35)):
        x = hz / (mode * size)
        total += gain / np.sqrt(1 + (q * (x - 1 / x)) ** 2)
    return total


def _nail(n: int, level: float, midi: int) -> np.ndarray:
    t = seconds(n)[: min(n, SR // 40)]
    y = np.zeros(n)
    y[: t.size] = noise(t.size, low_hz=1500, high_hz=6000, at=(midi * 0.53) % 1.0)
    y[: t.size] *= 0.2 * level * np.exp(-t / 0.002)
    return y


# Modes as multiples of the note heard: tuned church bells (Rossing, Science of Percussion
# Instruments, 2000), with the hum and the minor third kept low so that they agree with a key;
# and free bars, as in a glockenspiel.
_TOWER = np.array([0.5, 1.0, 1.2, 1.5, 2.0, 2.67, 3.0, 4.0, 5.33, 6.68])
_TOWER_LEVELS = np.array([0.07, 1.0, 0.14, 0.16, 0.6, 0.2, 0.35, 0.35, 0.2, 0.12])
_TOWER_T60_S = np.array([5.0, 5.0, 3.0, 2.4, 3.2, 1.6, 2.2, 1.4, 0.9, 0.6])
_BAR = np.array([1.0, 2.756, 5.404, 8.933])
_BAR_LEVELS = np.array([1.0, 0.35, 0.22, 0.1])
_BAR_T60_S = np.array([3.6, 1.5, 0.7, 0.35])


def bells(midi: int, duration_s: float, hard: float, cents: float, timbre: Timbre) -> np.ndarray:
    """Strike a bell, or a bar where `tower` is 0; each mode is a pair that beats."""
    n = int(duration_s * SR)
    mix = timbre["tower"]
    f1 = hertz(midi, cents)
    hz = f1 * np.concatenate([_TOWER, _BAR])
    gain = np.concatenate([mix * _TOWER_LEVELS, (1 - mix) * _BAR_LEVELS])
    gain = gain * np.exp(-hz / (timbre["bright"] * (2200 + 4500 * hard)))
    t60_s = np.concatenate([_TOWER_T60_S, _BAR_T60_S]) * np.sqrt(700 / f1) * timbre["sustain"]
    keep = gain > 1e-3
    hz, gain, t60_s = hz[keep], gain[keep], t60_s[keep]
    split = timbre["beat_hz"] * (0.5 + 0.5 * np.abs(np.sin(1.3 * np.arange(hz.size))))
    tone = ring(
        n,
        hz=np.concatenate([hz - split / 2, hz + split / 2]),
        t60_s=np.concatenate([t60_s, 0.9 * t60_s]),
        gain=np.concatenate([0.65 * gain, 0.35 * gain]),
    )
    return fade(tone, in_s=0.001) + _nail(n, 0.5 * hard, midi)


def bass(midi: int, duration_s: float, hard: float, cents: float, timbre: Timbre) -> np.ndarray:
    """Pluck a bass string; as `synthetic` nears 1 it hums on like a filtered oscillator."""
    n = int(duration_s * SR)
    f1 = hertz(midi, cents)
    k = np.arange(1, 33)
    hz = k * f1 * np.sqrt(1 + (1 - timbre["synthetic"]) * 5e-5 * k**2)
    k, hz = k[hz < 5000], hz[hz < 5000]
    soft = np.exp(-hz / (timbre["bright"] * (350 + 900 * hard)))
    string = np.abs(np.sin(np.pi * k * timbre["pluck"])) + 0.1
    gain = ((1 - timbre["synthetic"]) * string + timbre["synthetic"]) / k * soft
    loss = (0.8 + 0.25 * k**0.8) * (1 - 0.75 * timbre["synthetic"] / k)
    tone = ring(n, hz=hz, t60_s=6.9 / (1.6 * loss) * timbre["sustain"], gain=gain)
    return fade(tone, in_s=0.003) + _nail(n, 0.1 * (1 - timbre["synthetic"]) * hard, midi)


def kalimba(midi: int, duration_s: float, hard: float, cents: float, timbre: Timbre) -> np.ndarray:
    """Flick a tine: a clean tone, and two far overtones that die at once."""
    n = int(duration_s * SR)
    ratio = np.array([1.0, 2.0, 5.4 * timbre["stiffness"], 9.3 * timbre["stiffness"]])
    hz = hertz(midi, cents) * ratio
    gain = np.array([1.0, 0.12, 0.3, 0.12]) * np.exp(
        -hz / (timbre["bright"] * (2500 + 3500 * hard))
    )
    t60_s = np.array([1.5, 0.8, 0.25, 0.12]) * timbre["sustain"] * np.sqrt(400 / hz[0])
    tone = ring(n, hz=hz, t60_s=t60_s, gain=gain)
    return fade(tone, in_s=0.001) + _thump(n, 0.5 * timbre["knock"], midi)


STRIKES: dict[str, Strike] = {
    "piano": piano,
    "guitar": guitar,
    "bells": bells,
    "bass": bass,
    "kalimba": kalimba,
}
