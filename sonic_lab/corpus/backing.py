"""What stands behind a tune: comping, bass lines and drum patterns, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .harmony import Chord
from .luck import Luck
from .styles import Pattern

# beat within the chord, beats, MIDI numbers, loudness relative to the part
Hit = tuple[float, float, Sequence[int], float]


def _grid(chord: Chord, every: float, offset: float = 0.0) -> list[float]:
    count = int((chord.beats - offset) / every + 1e-9)
    count += offset + count * every < chord.beats - 1e-9
    return [offset + i * every for i in range(count)]


def _pad(chord: Chord, voiced: list[int]) -> list[Hit]:
    return [(0.0, chord.beats, voiced, 0.85)]


def _pad_pulse(chord: Chord, voiced: list[int]) -> list[Hit]:
    up = [voiced[0] + 12, voiced[1] + 12, voiced[2] + 12, voiced[1] + 12]
    pulse: list[Hit] = [
        (beat, 0.5, [up[i % 4]], 0.6 if beat % 1 else 0.75)
        for i, beat in enumerate(_grid(chord, 0.5))
    ]
    return [(0.0, chord.beats, voiced, 0.6), *pulse]


def _each(every: float, length: float, offset: float = 0.0) -> Callable[..., list[Hit]]:
    def comp(chord: Chord, voiced: list[int]) -> list[Hit]:
        beats = _grid(chord, every, offset)
        return [(beat, length, voiced, 0.7 if beat % 1 else 0.9) for beat in beats]

    return comp


def _at(*hits: tuple[float, float]) -> Callable[..., list[Hit]]:
    def comp(chord: Chord, voiced: list[int]) -> list[Hit]:
        return [
            (beat, min(length, chord.beats - beat), voiced, 0.7 if beat % 1 else 0.9)
            for beat, length in hits
            if beat < chord.beats
        ]

    return comp


def _arpeggio(every: float) -> Callable[..., list[Hit]]:
    def comp(chord: Chord, voiced: list[int]) -> list[Hit]:
        climb = [*voiced, voiced[0] + 12]
        order = [*climb, *climb[-2:0:-1]] if every == 0.5 else climb
        return [
            (beat, every, [order[i % len(order)]], 0.7 if beat % 1 else 0.9)
            for i, beat in enumerate(_grid(chord, every))
        ]

    return comp


def _picking(chord: Chord, voiced: list[int]) -> list[Hit]:
    upper = [*voiced[1:], voiced[0] + 12]
    hits: list[Hit] = []
    for i, beat in enumerate(_grid(chord, 0.5)):
        thumb = beat % 2 == 0
        note = voiced[0] - 12 if thumb and voiced[0] >= 52 else voiced[0] if thumb else upper[i % 3]
        hits.append((beat, 1.0 if thumb else 0.5, [note], 0.9 if thumb else 0.65))
    return hits


def _waltz(chord: Chord, voiced: list[int]) -> list[Hit]:
    return [
        (0.0, 0.9, [voiced[0] - 12], 1.0), (1.0, 0.7, voiced, 0.6), (2.0, 0.7, voiced, 0.6),
    ]  # fmt: skip


COMPS: dict[str, Callable[[Chord, list[int]], list[Hit]]] = {
    "pad": _pad,
    "padpulse": _pad_pulse,
    "eighths": _each(0.5, 0.4),
    "offbeats": _each(1.0, 0.35, 0.5),
    "stabs": _at((0, 0.4), (1.5, 0.4), (3, 0.4)),
    "push": _at((0, 1.3), (1.5, 2.3)),
    "strum": _at((0, 1), (1, 0.5), (1.5, 0.9), (2.5, 0.5), (3, 0.5), (3.5, 0.5)),
    "scratch": _at((0, 0.2), (0.75, 0.15), (1.5, 0.2), (2.25, 0.15), (2.5, 0.3), (3.5, 0.2)),
    "arpeggio": _arpeggio(0.5),
    "arpeggio16": _arpeggio(0.25),
    "picking": _picking,
    "waltz": _waltz,
}

# Bass lines: (beat, beats, tone), where tone 0 is the root, 2 the fifth, 3 the octave.
_R, _F, _O = 0, 2, 3
Line = tuple[tuple[float, float, int], ...]
BASSES: dict[str, tuple[Line, ...]] = {
    "octaves": (tuple((i / 2, 0.42, _O if i % 2 else _R) for i in range(8)),),
    "pump": (tuple((i / 2, 0.42, _R) for i in range(8)),),
    "offbeat": (tuple((i + 0.5, 0.4, _R) for i in range(4)),),
    "roots": (
        ((0, 1.8, _R), (2, 1.4, _R), (3.5, 0.5, _F)),
        ((0, 1.4, _R), (1.5, 0.5, _R), (2, 1.8, _F)),
    ),
    "fifths": (((0, 1.8, _R), (2, 1.8, _F)),),
    "long": (((0, 3.6, _R),), ((0, 2.9, _R), (3, 0.9, _F))),
    "downbeat": (((0, 2.2, _R),),),
    "groove": (
        (
            (0, 0.7, _R),
            (0.75, 0.2, _R),
            (1.5, 0.45, _O),
            (2, 0.4, _R),
            (2.5, 0.45, _F),
            (3.5, 0.4, _O),
        ),
        ((0, 0.7, _R), (1.5, 0.45, _R), (2, 0.4, _F), (2.5, 0.45, _O), (3.5, 0.4, _F)),
        (
            (0, 0.4, _R),
            (0.5, 0.4, _O),
            (1.5, 0.4, _R),
            (2.5, 0.4, _F),
            (3, 0.4, _R),
            (3.5, 0.4, _O),
        ),
    ),
    "funk": (
        (
            (0, 0.45, _R),
            (0.75, 0.2, _R),
            (1.5, 0.2, _O),
            (1.75, 0.2, _R),
            (2.5, 0.4, _F),
            (3.25, 0.2, _R),
            (3.5, 0.3, _O),
        ),
        (
            (0, 0.2, _R),
            (0.25, 0.2, _R),
            (1, 0.2, _O),
            (1.75, 0.2, _R),
            (2, 0.4, _R),
            (2.75, 0.2, _F),
            (3.5, 0.3, _O),
        ),
        (
            (0, 0.6, _R),
            (1.25, 0.2, _F),
            (1.5, 0.3, _O),
            (2.25, 0.2, _R),
            (2.5, 0.3, _R),
            (3.5, 0.2, _F),
            (3.75, 0.2, _O),
        ),
    ),
}


def bass_line(chord: Chord, line: Line, *, low: int) -> list[Hit]:
    """Set a bass line to a chord, its root within an octave above `low`."""
    root = chord.tones(low, low + 14)
    root = [m for m in root if (m - chord.midi(chord.degree)) % 12 == 0][:1]
    fifth = chord.midi(chord.degree + 4) - chord.midi(chord.degree)
    tones = {_R: root[0], _F: root[0] + fifth, _O: root[0] + 12}
    return [
        (beat, min(beats, chord.beats - beat), [tones[tone]], 0.8 if beat % 1 else 1.0)
        for beat, beats, tone in line
        if beat < chord.beats
    ]


_STROKES = {"X": 1.0, "x": 0.75, "o": 0.5}


def drum_bar(pattern: Pattern, luck: Luck) -> list[tuple[float, int, float]]:
    """Read one bar of a pattern: (beat, drum, loudness)."""
    return [
        (i / 4, midi, _STROKES[stroke] * luck.between(0.92, 1.0))
        for midi, strokes in pattern.items()
        for i, stroke in enumerate(strokes)
        if stroke != "."
    ]
