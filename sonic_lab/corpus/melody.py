"""Tunes: a motif that comes back, phrases that end on the chord.

No note is shorter than an eighth and every tune has eighths, so that its tempo can be heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .harmony import Chord
from .luck import Luck

# Rhythms of two beats (three in triple time), in eighths: (onset, length); gaps are rests.
Cell = tuple[tuple[int, int], ...]
_SPARSE: tuple[Cell, ...] = (((0, 4),), ((0, 2), (2, 2)), ((0, 3), (3, 1)), ((0, 2),))
_MIDDLE: tuple[Cell, ...] = (
    ((0, 2), (2, 1), (3, 1)), ((0, 1), (1, 1), (2, 2)), ((0, 1), (1, 1)), ((0, 3), (3, 1)),
)  # fmt: skip
_BUSY: tuple[Cell, ...] = (
    ((0, 1), (1, 1), (2, 1), (3, 1)), ((0, 1), (1, 2), (3, 1)), ((1, 1), (2, 1), (3, 1)),
)  # fmt: skip
_SPARSE3: tuple[Cell, ...] = (((0, 2), (2, 2), (4, 2)), ((0, 4), (4, 2)), ((0, 2), (2, 2)))
_MIDDLE3: tuple[Cell, ...] = (
    ((0, 3), (3, 1), (4, 2)), ((0, 2), (2, 1), (3, 1), (4, 2)), ((0, 4), (4, 1), (5, 1)),
)  # fmt: skip
_BUSY3: tuple[Cell, ...] = (
    ((0, 1), (1, 1), (2, 2), (4, 2)), ((0, 2), (2, 1), (3, 1), (4, 1), (5, 1)),
)  # fmt: skip
_FORMS = ("ABAC", "AABC", "ABBC", "AAAC")


@dataclass(frozen=True)
class Sung:
    """One note of a tune: in beats, a MIDI number, and whether it opens a bar or a beat."""

    beat: float
    beats: float
    midi: int
    accent: float


@dataclass(frozen=True)
class _Motif:
    rhythm: Cell  # one bar, in eighths
    moves: tuple[int, ...]  # scale steps from note to note


def tune(
    chords: Sequence[Chord],
    *,
    bars: int,
    beats_per_bar: int,
    phrase_bars: int,
    center: int,
    span: int,
    density: float,
    alone: bool,
    luck: Luck,
) -> list[Sung]:
    """Write a tune of so many bars around a MIDI number, within `span` semitones of it.

    A tune that is `alone` opens on the tonic, and rests there where the harmony does.
    """
    motifs = {name: _motif(beats_per_bar, density, luck) for name in "ABC"}
    motifs["A"] = _with_eighths(motifs["A"], beats_per_bar, luck)
    form = luck.pick(_FORMS)
    form = "AC" if phrase_bars == 2 else form
    middle = chords[0].key.step_near(center)
    reach = max(4, round(span * 7 / 12))
    offset = luck.whole(-1, 1)
    notes: list[Sung] = []
    for bar in range(bars):
        name = form[bar % len(form)]
        ends = bar % len(form) == len(form) - 1
        home = alone and (bar == 0 or ends)
        setting = _Setting(bar * beats_per_bar, beats_per_bar, middle, reach, offset, ends, home)
        notes += _bar(motifs[name], chords, setting)
    return _with_third(notes, chords[0], beats_per_bar)


def _motif(beats_per_bar: int, density: float, luck: Luck) -> _Motif:
    levels = (1 - density) ** 2, 1.2 * density * (1 - density) + 0.25, density**2
    triple = beats_per_bar == 3
    kinds = (_SPARSE3, _MIDDLE3, _BUSY3) if triple else (_SPARSE, _MIDDLE, _BUSY)
    weights: dict[Sequence[Cell], float] = dict(zip(kinds, levels, strict=True))
    rhythm: list[tuple[int, int]] = []
    for part in range(1 if triple else 2):
        cell = luck.pick(luck.weighted(weights))
        rhythm += [(4 * part + onset, length) for onset, length in cell]
    return _Motif(tuple(rhythm), tuple(_move(luck) for _ in rhythm))


def _move(luck: Luck) -> int:
    return luck.weighted({0: 1.2, 1: 3.0, -1: 3.0, 2: 1.0, -2: 1.0, 3: 0.4, -3: 0.4, 4: 0.2})


def _with_eighths(motif: _Motif, beats_per_bar: int, luck: Luck) -> _Motif:
    if any(length == 1 for _, length in motif.rhythm):
        return motif
    cell = luck.pick((_MIDDLE3 if beats_per_bar == 3 else _MIDDLE)[:2])
    rest = tuple(one for one in motif.rhythm if one[0] >= (6 if beats_per_bar == 3 else 4))
    rhythm = cell + rest
    return _Motif(rhythm, tuple(_move(luck) for _ in rhythm))


@dataclass(frozen=True)
class _Setting:
    """Where a bar stands: its first beat, its register, and whether it ends a phrase."""

    start: int
    beats: int
    middle: int
    reach: int
    offset: int
    ends: bool
    home: bool  # its first note (its last, where it ends a phrase) seeks the tonic


def _bar(motif: _Motif, chords: Sequence[Chord], at: _Setting) -> list[Sung]:
    """Set one bar of a motif over its chords; a phrase's last note rests on a chord tone."""
    rhythm = _resting(motif.rhythm, at.beats) if at.ends else motif.rhythm
    step = at.middle + at.offset
    notes: list[Sung] = []
    for (onset, length), move in zip(rhythm, motif.moves, strict=False):
        chord = _chord_at(chords, at.start + onset / 2)
        step = _within(step + (move if notes else 0), at.middle, at.reach)
        last = at.ends and onset == rhythm[-1][0]
        if at.home and chord.degree == 0 and (last if at.ends else not notes):
            step = 7 * round(step / 7)
        elif not notes or onset % 4 == 0 or last:
            step = chord.nearest_step(step)
        accent = 1.0 if onset == 0 else 0.4 if onset % 2 == 0 else 0.0
        notes.append(Sung(at.start + onset / 2, length / 2, chord.midi(step), accent))
    return notes


def _resting(rhythm: Cell, beats_per_bar: int) -> Cell:
    """Let the last note of a phrase stand from the middle of the bar."""
    half = 2 if beats_per_bar == 3 else 4
    first = tuple(one for one in rhythm if one[0] < half)
    first = tuple((onset, min(length, half - onset)) for onset, length in first)
    return (*first, (half, 2 * beats_per_bar - half - (1 if beats_per_bar == 4 else 0)))


def _chord_at(chords: Sequence[Chord], beat: float) -> Chord:
    return chords[min(int(beat / chords[0].beats), len(chords) - 1)]


def _within(step: int, middle: int, reach: int) -> int:
    """Turn a tune back where it would leave its register."""
    if step > middle + reach:
        return 2 * (middle + reach) - step
    if step < middle - reach:
        return 2 * (middle - reach) - step
    return step


def _with_third(notes: list[Sung], chord: Chord, beats_per_bar: int) -> list[Sung]:
    """See that the first bar sounds the tonic's third, which tells major from minor."""
    third = chord.key.midi(2) % 12
    first = [one for one in notes if one.beat < min(beats_per_bar, chord.beats)]
    if not first or any(one.midi % 12 == third for one in first):
        return notes
    longest = max(first[1:] or first, key=lambda one: (one.beats, one.beat))
    up = (third - longest.midi) % 12
    midi = longest.midi + (up if up <= 6 else up - 12)
    changed = Sung(longest.beat, longest.beats, midi, longest.accent)
    return [changed if one is longest else one for one in notes]
