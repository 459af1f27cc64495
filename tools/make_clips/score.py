"""Little scores: who plays which pitch, when, for how long and how hard."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True)
class Note:
    """One note: times in seconds, `velocity` from 0 (softest) to 1."""

    start_s: float
    duration_s: float
    midi: int
    velocity: float
    slurred: bool = False  # reached from the note before without a new attack

    @property
    def end_s(self) -> float:
        return self.start_s + self.duration_s


def midi_of(pitch: str) -> int:
    """Turn a pitch name into its MIDI number.

    >>> midi_of("A4"), midi_of("F#3"), midi_of("Bb4")
    (69, 54, 70)
    """
    found = re.fullmatch(r"([A-G])([#b]?)(-?\d)", pitch)
    if found is None:
        raise ValueError(f"{pitch!r} is no pitch: write A4, F#3 or Bb4")
    shift = {"#": 1, "b": -1, "": 0}[found[2]]
    return 12 * (int(found[3]) + 1) + _STEPS[found[1]] + shift


def hertz(midi: float) -> float:
    """Return the equal-tempered frequency of a MIDI number, with A4 at 440 Hz.

    >>> hertz(69), round(hertz(60), 2)
    (440.0, 261.63)
    """
    return float(440.0 * 2.0 ** ((midi - 69) / 12))


def seconds(beat: float, *, bpm: float, swing: float = 0.5) -> float:
    """Say when a beat falls; `swing` is the share of a beat that its first half takes.

    >>> seconds(2.5, bpm=120), round(seconds(2.5, bpm=120, swing=0.6), 3)
    (1.25, 1.3)
    """
    whole, part = divmod(beat, 1.0)
    late = 2 * swing * part if part < 0.5 else swing + (2 * part - 1) * (1 - swing)
    return (whole + late) * 60 / bpm


def read(
    text: str, *, bpm: float, swing: float = 0.5, start_beat: float = 0.0, lead_in_s: float = 0.0
) -> list[Note]:
    """Read a line of music.

    ``A4:1.5`` is a pitch and its beats, ``D4+F#4:2`` a chord, ``r:1`` a rest, ``~B4:1`` a
    slurred note, ``@0.7`` the velocity from here on.

    >>> [note.midi for note in read("@0.5 D4:1 r:1 ~F#4+A4:2", bpm=120)]
    [62, 66, 69]
    """
    notes: list[Note] = []
    beat, velocity = start_beat, 0.7
    for word in text.split():
        if word.startswith("@"):
            velocity = float(word[1:])
            continue
        pitches, beats = word.lstrip("~").split(":")
        begin = seconds(beat, bpm=bpm, swing=swing) + lead_in_s
        beat += float(beats)
        finish = seconds(beat, bpm=bpm, swing=swing) + lead_in_s
        if pitches != "r":
            slurred = word.startswith("~")
            notes += [
                Note(begin, finish - begin, midi_of(pitch), velocity, slurred)
                for pitch in pitches.split("+")
            ]
    return notes
