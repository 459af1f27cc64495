"""A set of short labelled notes, to learn to tell instruments apart.

Training and test notes differ in everything that could be learnt by heart: no pitch, no range of
a timbre's settings, no dynamic and no room occurs in both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from . import bells, flute, guitar, piano, strings, trumpet
from .room import reverb
from .score import Note
from .sound import fade, luck

SR = 16_000
DURATION_S = 0.5
START_S = 0.02
NAMES = ("bells", "flute", "guitar", "piano", "strings", "trumpet")
PER_CLASS = {"train": 30, "test": 10}
PITCHES = {  # MIDI: every instrument plays the same ones, so pitch says nothing
    "train": tuple(m for m in range(55, 80) if m % 3 != 1),
    "test": tuple(m for m in range(55, 80) if m % 3 == 1),
}

TIMBRES = {  # the test ones lie between and beyond those of training
    "train": ((-0.8, -0.15), (0.15, 0.8)),
    "test": ((-1.0, -0.85), (-0.1, 0.1), (0.85, 1.0)),
}
DESCRIPTION = (
    "Half-second notes, one after another: 40 each of bells, flute, guitar, piano, strings and "
    "trumpet, from the G below middle C up to the G an octave and a half above it."
)
RECIPE = (
    "The instruments of the clips, played with pitch, strength, length, brightness and room drawn "
    "from fixed seeds. 30 notes of each train and 10 test; the test notes have pitches, ranges of "
    "brightness and rooms of their own. Kept as OGG Vorbis."
)


@dataclass(frozen=True)
class Touch:
    """How one note is played: drawn first, then used with no more draws but the noise."""

    midi: int
    velocity: float
    held_s: float
    timbre: float  # from -1 (dullest) to 1 (brightest)
    room: int


def draw(split: str, index: int, rng: np.random.Generator) -> Touch:
    """Draw how a note is played; the two splits draw from ranges that do not meet."""
    pitches = PITCHES[split]
    low, high = TIMBRES[split][index % len(TIMBRES[split])]
    return Touch(
        midi=int(pitches[(index * 7 + int(rng.integers(3))) % len(pitches)]),
        velocity=float(rng.uniform(0.45, 0.95)),
        held_s=float(rng.uniform(0.25, 0.45)),
        timbre=float(rng.uniform(low, high)),
        room=int(rng.integers(3)),
    )


def make(
    name: str,
    touch: Touch,
    rng: np.random.Generator,
    room: str,
    *,
    duration_s: float = DURATION_S,
    then: tuple[Note, ...] = (),
) -> np.ndarray:
    """Play one note, and those that come `then`: (n,) float64, peak at 0.25 to 0.5."""
    n = int(duration_s * SR)
    line = [Note(START_S, touch.held_s, touch.midi, touch.velocity), *then]
    factor = 2.0**touch.timbre
    players: dict[str, Callable[[], np.ndarray]] = {
        "trumpet": lambda: trumpet.perform(
            line, n, sr=SR, rng=rng, bright=0.6 + 0.4 * factor,
            style=replace(trumpet.STYLE, attack_s=0.03 + 0.02 / factor, vibrato_delay_s=0.15),
        ),
        "flute": lambda: flute.perform(
            line, n, sr=SR, rng=rng, bright=factor, airy=factor,
            style=replace(flute.STYLE, attack_s=0.05 + 0.025 / factor, vibrato_delay_s=0.1),
        ),
        "strings": lambda: strings.perform(
            line, n, sr=SR, rng=rng, players=2 + int(2 * factor), attack_s=0.05 + 0.06 / factor,
            release_s=0.08, bright=factor,
        ).mean(0),
        "piano": lambda: piano.perform(
            line, n, sr=SR, rng=rng, hard=factor
        ),
        "guitar": lambda: guitar.perform(
            line, n, sr=SR, rng=rng, damping=float(np.clip(0.25 / factor, 0.1, 0.45)),
            pick=0.19 - 0.07 * touch.timbre, t60_s=3.0 * factor,
        ),
        "bells": lambda: bells.perform(line, n, sr=SR, rng=rng, hard=factor, long=factor),
    }  # fmt: skip
    wet = reverb(players[name](), sr=SR, t60_s=0.3 + 0.3 * touch.room, wet_db=-18, name=room)
    wet = fade(wet, sr=SR, in_s=0.002, out_s=0.04)
    return wet / np.abs(wet).max() * (0.2 + 0.3 * touch.velocity)


def make_all() -> tuple[np.ndarray, list[dict[str, object]]]:
    """Make the whole set: (N, n) float64, and a row that describes each note."""
    sounds, rows = [], []
    for split, count in PER_CLASS.items():
        for name in NAMES:
            for index in range(count):
                rng = luck("notes", split, name, index)
                touch = draw(split, index, rng)
                sounds.append(make(name, touch, rng, f"notes/{split}/{touch.room}"))
                rows.append({"label": NAMES.index(name), "midi": touch.midi, "split": split})
    return np.stack(sounds), rows
