"""The eight styles: what makes each one itself.

Drum patterns are strings of sixteenths, one a bar: ``X`` an accent, ``x`` a stroke, ``o`` a light
one. Progressions are scale degrees, counted from 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .drums import CLAP, HAT, KICK, OPEN_HAT, RIDE, RIM, SNARE, TOM

Pattern = Mapping[int, str]


@dataclass(frozen=True)
class Style:
    """An idiom: tempo (lowest, likeliest, highest BPM), metre, patterns and players."""

    name: str
    tempo_bpm: tuple[float, float, float]
    beats_per_bar: int
    swing: tuple[float, float]  # share of a beat that its first half takes
    drums: tuple[Pattern, ...]
    basses: tuple[str, ...]
    comps: tuple[str, ...]
    melodies: Mapping[str, float]  # who plays the tune, and how often
    chords: Mapping[str, float]
    has_drums: float
    has_bass: float
    sevenths: float
    density: tuple[float, float]  # how many eighths the tune likes
    energy: tuple[float, float]
    human_s: float  # how far players stray from the grid


_ALL = (
    Style(
        "80s synth pop", (96, 112, 136), 4, (0.5, 0.5),
        (
            {KICK: "X...x...X...x...", SNARE: "....X.......X...", HAT: "x.o.x.o.x.o.x.o."},
            {KICK: "X.....x.X.......", SNARE: "....X.......X...", CLAP: "....x.......x...",
             HAT: "x.x.x.x.x.x.x.x."},
            {KICK: "X...X...X...X...", SNARE: "....X.......X...", OPEN_HAT: "..x...x...x...x."},
            {KICK: "X..x....X..x....", SNARE: "....X.......X..x", HAT: "x.o.x.o.x.o.x.o.",
             TOM: "..............x."},
        ),
        ("octaves", "pump", "groove"), ("eighths", "pad", "stabs", "arpeggio"),
        {"synth": 6, "bells": 1, "flute": 1, "guitar": 1, "piano": 1},
        {"synth": 5, "strings": 2, "piano": 1},
        0.92, 0.95, 0.1, (0.4, 0.75), (0.5, 0.9), 0.0,
    ),
    Style(
        "acoustic folk", (66, 96, 140), 4, (0.5, 0.54),
        (
            {KICK: "X.......X.......", RIM: "....x.......x...", HAT: "o.o.o.o.o.o.o.o."},
            {KICK: "X.....x.X.......", SNARE: "....x.......x...", HAT: "o.o.x.o.o.o.x.o."},
        ),
        ("fifths", "roots"), ("strum", "picking", "picking"),
        {"guitar": 4, "flute": 3, "strings": 2, "piano": 1},
        {"guitar": 8, "piano": 1},
        0.25, 0.5, 0.05, (0.35, 0.7), (0.25, 0.65), 0.006,
    ),
    Style(
        "lo-fi", (62, 76, 92), 4, (0.57, 0.64),
        (
            {KICK: "X......xX.......", SNARE: "....X.......X...", HAT: "x.o.x.o.x.o.x.o."},
            {KICK: "X.....x...x.....", SNARE: "....X.......X...", HAT: "x.x.x.x.x.x.x.x."},
            {KICK: "X..x......x.....", RIM: "....X.......X...", HAT: "o.x.o.x.o.x.o.x."},
        ),
        ("long", "roots", "groove"), ("push", "pad", "stabs"),
        {"piano": 4, "guitar": 3, "bells": 2, "flute": 2, "synth": 1},
        {"piano": 5, "guitar": 2, "synth": 1},
        0.9, 0.9, 0.85, (0.3, 0.6), (0.2, 0.5), 0.008,
    ),
    Style(
        "techno", (122, 132, 148), 4, (0.5, 0.5),
        (
            {KICK: "X...X...X...X...", OPEN_HAT: "..x...x...x...x.", CLAP: "....x.......x..."},
            {KICK: "X...X...X...X...", HAT: "x.x.x.x.x.x.x.x.", OPEN_HAT: "..x...x...x...x."},
            {KICK: "X...X...X...X...", CLAP: "....X.......X...", HAT: "o.x.o.x.o.x.o.x."},
        ),
        ("offbeat", "pump"), ("stabs", "arpeggio", "offbeats"),
        {"synth": 8, "bells": 1}, {"synth": 8, "strings": 1},
        0.97, 0.92, 0.1, (0.6, 0.95), (0.65, 1.0), 0.0,
    ),
    Style(
        "waltz", (78, 116, 156), 3, (0.5, 0.5),
        (
            {KICK: "X...........", HAT: "....x...x..."},
            {KICK: "X...........", RIM: "....o...o...", RIDE: "x...x...x..."},
            {KICK: "X...........", SNARE: "....o...o..."},
        ),
        ("downbeat",), ("waltz",),
        {"strings": 4, "flute": 3, "piano": 4, "bells": 2, "guitar": 1},
        {"piano": 5, "strings": 3, "guitar": 2},
        0.4, 0.6, 0.1, (0.3, 0.6), (0.25, 0.7), 0.005,
    ),
    Style(
        "ambient", (60, 68, 84), 4, (0.5, 0.5),
        (
            {KICK: "X.......o.......", RIDE: "x...x...x...x..."},
            {KICK: "X...............", RIM: "........o.......", HAT: "..o...o...o...o."},
        ),
        ("long",), ("pad", "padpulse", "padpulse"),
        {"bells": 4, "flute": 3, "piano": 4, "synth": 1, "strings": 1},
        {"strings": 4, "synth": 5},
        0.12, 0.35, 0.4, (0.2, 0.45), (0.1, 0.35), 0.004,
    ),
    Style(
        "funk", (90, 104, 120), 4, (0.5, 0.54),
        (
            {KICK: "X..x..x...x.....", SNARE: "....X..o.o..X..o", HAT: "x.x.x.x.x.x.x.x."},
            {KICK: "X.x.......x..x..", SNARE: "....X.......X...", HAT: "x.xxx.x.x.xxx.x."},
            {KICK: "X.....x.x.x.....", SNARE: "....X..o....X...", HAT: "x.x.x.x.x.x.x.x.",
             OPEN_HAT: "..............x."},
        ),
        ("funk", "groove"), ("scratch", "offbeats"),
        {"synth": 3, "flute": 2, "guitar": 2, "piano": 2},
        {"guitar": 6, "piano": 3, "synth": 1},
        0.97, 0.97, 0.6, (0.5, 0.8), (0.6, 0.95), 0.003,
    ),
    Style(
        "chiptune", (108, 134, 160), 4, (0.5, 0.5),
        (
            {KICK: "X...x...X...x...", SNARE: "....X.......X...", HAT: "..x...x...x...x."},
            {KICK: "X.....x.X.......", SNARE: "....X.......X...", HAT: "x.x.x.x.x.x.x.x."},
        ),
        ("octaves", "pump"), ("arpeggio16", "arpeggio", "eighths"),
        {"synth": 1}, {"synth": 1},
        0.85, 0.9, 0.0, (0.6, 0.95), (0.6, 1.0), 0.0,
    ),
)  # fmt: skip

BY_NAME = {one.name: one for one in _ALL}
STYLES = tuple(BY_NAME)
# How often a lone tune speaks a style: in proportion to how well one voice can.
LONE = {"waltz": 0.5, "chiptune": 1.5, "techno": 1.3, "acoustic folk": 0.9}
# A lone tune must say its key by itself: its progressions come home.
HOME = {"major": ((0, 3, 4, 0), (0, 1, 4, 0), (0, 4, 3, 0)), "minor": ((0, 3, 4, 0), (0, 5, 4, 0))}
MAJOR = ((0, 3, 4, 0), (0, 4, 5, 3), (0, 5, 3, 4), (0, 3, 0, 4), (0, 1, 4, 0), (0, 4, 3, 0))
MINOR = ((0, 3, 4, 0), (0, 5, 3, 4), (0, 3, 0, 4), (0, 5, 4, 0), (0, 6, 5, 4), (0, 3, 5, 4))
