"""What a piece is: its notes, its labels, and the settings its sound is made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SR = 16_000  # Hz, of every clip
TONICS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
MODES = ("major", "minor")

# Semitones above the tonic. Minor keeps its natural seventh, and takes the leading tone too
# wherever the harmony is the dominant.
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
LEADING_TONE = 11


@dataclass(frozen=True)
class Note:
    """One note: times in seconds, `velocity` from 0 (softest) to 1.

    The `midi` number of a drum is the one General MIDI gives it (36 kick, 38 snare, ...).
    """

    instrument: str
    start_s: float
    duration_s: float
    midi: int
    velocity: float

    @property
    def end_s(self) -> float:
        """When the note is let go."""
        return self.start_s + self.duration_s


@dataclass(frozen=True)
class Piece:
    """A composed piece, before it sounds. Nothing is drawn after this: `render` is arithmetic.

    `tuning_cents` shifts every pitch; `timbres` hold each instrument's settings, `levels_db` its
    place in the mix; `room` is (seconds to fall by 60 dB, level in dB) or None.
    """

    seed: int
    style: str
    tempo_bpm: int
    beats_per_bar: int
    tonic: str
    mode: str
    instruments: tuple[str, ...]
    arrangement: str
    melody: str | None  # the instrument that carries the tune
    moods: tuple[str, ...]
    energy: float
    notes: tuple[Note, ...]
    duration_s: float
    tuning_cents: float
    timbres: Mapping[str, Mapping[str, float]]
    levels_db: Mapping[str, float]
    room: tuple[float, float] | None
    captions: tuple[str, ...] = ()

    @property
    def drums(self) -> bool:
        """Whether drums play."""
        return "drums" in self.instruments

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The pitch classes of the key, 0 for C to 11 for B."""
        steps = {*SCALES[self.mode], *([LEADING_TONE] if self.mode == "minor" else [])}
        return frozenset((TONICS.index(self.tonic) + step) % 12 for step in steps)
