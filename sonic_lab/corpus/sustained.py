"""Instruments that sound as long as they are driven: flute, strings, synth, clarinet, brass.

A note reads two cycles of a wave, a dark and a bright one, at a phase that carries vibrato and
scoop, and moves between them as the drive grows: blown and bowed tones brighten as they grow
louder (Risset and Mathews, Physics Today 22(2), 1969).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from .luck import Luck
from .scores import SR, Note
from .waves import TOP_HZ, cycle, half_cosine, hertz, look_up, noise, place, seconds, turns

Timbre = Mapping[str, float]
Spectrum = Callable[[np.ndarray, float, float, Timbre], np.ndarray]


def perform(
    notes: Sequence[Note], n: int, *, cents: float, timbre: Timbre, spectrum: Spectrum, seed: int
) -> np.ndarray:
    """Play a score, each note by `spectrum`'s waves."""
    track = np.zeros(n)
    luck = Luck("sustained", seed)
    waves: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for one in notes:
        hz = hertz(one.midi, cents)
        if one.midi not in waves:
            top = max(1, int(TOP_HZ / (hz * 1.03)))
            k = np.arange(1, min(top, 64) + 1)
            waves[one.midi] = (
                cycle(spectrum(k, hz, 0.0, timbre)),
                cycle(spectrum(k, hz, 1.0, timbre)),
            )
        room = max(n - round(one.start_s * SR), 0)
        y = _note(one, hz, waves[one.midi], timbre, luck, room)
        place(track, y, one.start_s, one.velocity)
    return track


def _note(
    one: Note,
    hz: float,
    waves: tuple[np.ndarray, np.ndarray],
    timbre: Timbre,
    luck: Luck,
    room: int,
) -> np.ndarray:
    shape = _shape(one, timbre)[:room]
    n = shape.size
    drive = _drive(shape, one.velocity, timbre)
    sway = luck.between(0, 2 * np.pi)
    cents = _cents(n, one.duration_s, timbre, sway)
    voices = int(timbre["voices"])
    y = np.zeros(n)
    for i in range(voices):
        off = timbre["detune_cents"] * (2 * i / (voices - 1) - 1) if voices > 1 else 0.0
        turn = turns(hz * 2 ** (off / 1200), n, cents if i == 0 or timbre["vibrato_cents"] else 0.0)
        dark, bright = look_up(turn + luck.between(0, 1), *waves)
        y += dark + drive * (bright - dark)
    y *= shape / np.sqrt(voices)
    if timbre["air"] > 0:
        y += _air(n, shape, timbre, luck.between(0, 1))
    return y


def _shape(one: Note, timbre: Timbre) -> np.ndarray:
    """The loudness of a note from its start to the end of its release."""
    held = max(int(one.duration_s * SR), 64)
    rise = min(int(timbre["attack_s"] * SR), held // 2)
    gone = max(int(timbre["release_s"] * SR), 32)
    shape = np.ones(held + gone)
    if timbre["decay_s"] > 0:
        fall = np.exp(-seconds(held + gone) / timbre["decay_s"])
        shape = timbre["level"] + (1 - timbre["level"]) * fall
    shape[:rise] *= half_cosine(rise)
    shape[held:] *= half_cosine(gone)[::-1]
    return shape


def _drive(shape: np.ndarray, velocity: float, timbre: Timbre) -> np.ndarray:
    """How bright the tone is, 0 to 1, sample by sample."""
    open_s = timbre["filter_s"]
    drive = (0.35 + 0.65 * velocity) * shape
    if open_s > 0:
        drive = drive * (0.25 + 0.75 * np.exp(-seconds(shape.size) / open_s))
    return drive


def _cents(n: int, duration_s: float, timbre: Timbre, sway: float) -> np.ndarray | float:
    """How far the pitch is from the note: a scoop up into it, then vibrato that grows."""
    depth = timbre["vibrato_cents"]
    if not depth and not timbre["scoop_cents"]:
        return 0.0
    t = seconds(n)
    cents = -timbre["scoop_cents"] * np.exp(-t / 0.025)
    if depth and duration_s > 0.2:
        grown = np.clip((t - timbre["vibrato_delay_s"]) / 0.3, 0, 1)
        cents += depth * grown * np.sin(2 * np.pi * timbre["vibrato_hz"] * t + sway)
    return cents


def _air(n: int, shape: np.ndarray, timbre: Timbre, at: float) -> np.ndarray:
    """Breath or bow noise: a puff at the start, and a little all along."""
    hiss = noise(n, low_hz=1200, high_hz=6000, at=at)
    puff = np.exp(-(((seconds(n) - 0.02) / 0.02) ** 2))
    return timbre["air"] * (0.02 * shape + 0.05 * puff) * hiss


def flute(k: np.ndarray, hz: float, drive: float, timbre: Timbre) -> np.ndarray:
    """Few harmonics; the second grows with blowing, high notes are purer."""
    down_db = (13 - 6 * drive) * (k - 1) ** 0.85 / timbre["bright"]
    high_db = 3.0 * (k - 1) * np.log2(max(hz / 587, 0.75))
    return np.where(k <= 10, 10 ** (-(down_db + high_db) / 20), 0.0)


def strings(k: np.ndarray, hz: float, drive: float, timbre: Timbre) -> np.ndarray:
    """A bowed sawtooth (Helmholtz's motion) through a box's resonances."""
    f = k * hz
    corner = timbre["bright"] * (1100 + 2600 * drive)
    box = np.full(f.shape, 0.6)
    for mode, q, gain in ((280, 5, 0.9), (460, 6, 0.8), (700, 5, 0.4), (2500, 1.5, 0.9)):
        x = f / (mode * timbre["box"])
        box += gain / np.sqrt(1 + (q * (x - 1 / x)) ** 2)
    return box / (k * (1 + (f / corner) ** 2))


def synth(k: np.ndarray, hz: float, drive: float, timbre: Timbre) -> np.ndarray:
    """An oscillator between saw and pulse (`width` of its cycle), behind a low-pass filter."""
    pulse = 2 * np.abs(np.sin(np.pi * k * timbre["width"]))
    wave = ((1 - timbre["pulse"]) + timbre["pulse"] * pulse) / k
    corner = timbre["bright"] * (500 + 4200 * drive) + 1.2 * hz
    x = (k * hz / corner) ** 2
    return wave / np.sqrt(1 + x**2) * (1 + timbre["peak"] * np.exp(-((np.sqrt(x) - 1) ** 2) * 12))


def clarinet(k: np.ndarray, hz: float, drive: float, timbre: Timbre) -> np.ndarray:
    """A closed tube: odd harmonics, the even ones nearly silent below 1.5 kHz."""
    even = np.where(k % 2 == 0, np.minimum(1.0, 0.04 + (k * hz / 4500) ** 2), 1.0)
    corner = timbre["bright"] * (700 + 2200 * drive)
    return even / (k**0.6 * (1 + (k * hz / corner) ** 2))


def brass(k: np.ndarray, hz: float, drive: float, timbre: Timbre) -> np.ndarray:
    """High harmonics that grow fast with the breath, out of a small bell."""
    f = k * hz
    corner = timbre["bright"] * (450 + 2400 * drive)
    return f / np.sqrt(f**2 + 900**2) * (1 + (f / corner) ** 2) ** -1.4


SPECTRA: dict[str, Spectrum] = {
    "flute": flute,
    "strings": strings,
    "synth": synth,
    "clarinet": clarinet,
    "brass": brass,
}
