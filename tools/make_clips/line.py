"""How one player of a wind instrument shapes a phrase: pitch and breath over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .score import Note, hertz
from .sound import curve, wander


@dataclass(frozen=True)
class Style:
    """The habits of a player."""

    attack_s: float
    release_s: float
    overshoot: float  # how far the breath passes its level at a tongued attack
    scoop_cents: float  # how far below the pitch an attack begins
    vibrato_hz: float
    vibrato_cents: float
    vibrato_breath: float  # swing of the breath with the vibrato, a share
    vibrato_delay_s: float
    drift_cents: float = 2.5


@dataclass(frozen=True)
class Line:
    """What the player does, one value a sample."""

    hz: np.ndarray
    breath: np.ndarray  # 0 to about 1
    attacks_s: tuple[float, ...]


def play(notes: Sequence[Note], n: int, *, sr: int, style: Style, rng: np.random.Generator) -> Line:
    """Turn notes into the curves of pitch and breath, `n` samples long."""
    swell = _vibrato_depth(notes, n, sr=sr, style=style)
    rate = style.vibrato_hz * (1 + 0.05 * wander(rng, n, sr=sr, hz=2))
    shake = swell * np.sin(2 * np.pi * np.cumsum(rate) / sr)
    cents = _steps(notes, n, sr=sr, style=style) + style.vibrato_cents * shake
    cents += style.drift_cents * wander(rng, n, sr=sr, hz=4)
    breath = _breath(notes, n, sr=sr, style=style)
    breath *= 1 + style.vibrato_breath * shake + 0.02 * wander(rng, n, sr=sr, hz=12)
    attacks = tuple(note.start_s for note in notes if not note.slurred)
    return Line(hz=hertz(69) * 2 ** (cents / 1200), breath=np.maximum(breath, 0), attacks_s=attacks)


def _steps(notes: Sequence[Note], n: int, *, sr: int, style: Style) -> np.ndarray:
    """Pitch in cents above A4: flat notes, quick glides under slurs, a scoop at each attack."""
    points: list[tuple[float, float]] = []
    for note in notes:
        level = 100.0 * (note.midi - 69)
        if note.slurred:
            points += [(note.start_s - 0.012, points[-1][1]), (note.start_s + 0.012, level)]
        else:
            before = note.start_s - 0.02
            if points:
                points += [(before - 0.001, points[-1][1])]
            points += [(before, level - style.scoop_cents), (note.start_s + 0.05, level)]
        points.append((note.end_s - 0.022, level))
    return curve(points, n, sr=sr, smooth_s=0.008)


def _breath(notes: Sequence[Note], n: int, *, sr: int, style: Style) -> np.ndarray:
    points: list[tuple[float, float]] = [(0.0, 0.0)]
    for i, note in enumerate(notes):
        top, start, end = note.velocity, note.start_s, note.end_s
        held = i + 1 < len(notes) and notes[i + 1].slurred
        if note.slurred:
            points += [(start, 0.78 * top), (start + 0.04, top)]
        else:
            peak = start + style.attack_s
            points += [(start - 0.004, 0.0), (start, 0.06 * top)]
            points += [(peak, (1 + style.overshoot) * top), (peak + 0.07, 0.9 * top)]
        middle = start + 0.55 * note.duration_s
        if middle > points[-1][0] + 0.03:
            points.append((middle, top))
        release = min(style.release_s, 0.4 * note.duration_s)
        points.append((end - (0.02 if held else release + 0.02), 0.82 * top))
        if not held:
            points.append((end - 0.02, 0.0))
    points.sort()
    return curve(points, n, sr=sr, smooth_s=0.014)


def _vibrato_depth(notes: Sequence[Note], n: int, *, sr: int, style: Style) -> np.ndarray:
    points: list[tuple[float, float]] = [(0.0, 0.0)]
    for note in notes:
        begin = note.start_s + style.vibrato_delay_s
        if note.end_s - begin > 0.25:
            ramp = min(0.35, 0.6 * (note.end_s - begin))
            points += [(begin, 0.0), (begin + ramp, 1.0), (note.end_s - 0.05, 1.0)]
            points.append((note.end_s, 0.0))
    return curve(points, n, sr=sr, smooth_s=0.05)
