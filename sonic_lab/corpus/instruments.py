"""The instruments by name: where each plays, how its timbre is drawn, and how it performs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from . import drums, struck, sustained
from .luck import Luck
from .scores import Note

Ranges = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Instrument:
    """What is known of an instrument before a piece is drawn.

    `low` and `high` bound its tunes (MIDI numbers); `ranges` holds, by setting, the bounds
    between which a piece's timbre is drawn.
    """

    name: str
    low: int
    high: int
    ranges: Ranges


_STRUCK = {"release_s": (0.08, 0.2)}
_DRIVEN = {
    "voices": (1, 1), "detune_cents": (0, 0), "decay_s": (0, 0), "level": (1, 1),
    "filter_s": (0, 0), "air": (0, 0), "scoop_cents": (0, 0), "vibrato_cents": (0, 0),
    "vibrato_hz": (4.6, 6.2), "vibrato_delay_s": (0.1, 0.3), "release_s": (0.05, 0.12),
}  # fmt: skip

_ALL = (
    Instrument("piano", 50, 90, {
        **_STRUCK, "ring_s": (0.0, 0.2), "stiffness": (0.4, 1.4), "bright": (0.75, 1.6),
        "hammer": (7.2, 9.3), "sustain": (0.75, 1.3), "detune_cents": (0.3, 2.5),
        "knock": (0.3, 1.2),
    }),
    Instrument("guitar", 45, 81, {
        **_STRUCK, "ring_s": (0.0, 0.15), "stiffness": (0.3, 1.8), "bright": (0.6, 1.9),
        "pluck": (0.1, 0.32), "box": (0.85, 1.2), "damping": (0.5, 1.6), "sustain": (0.7, 1.3),
    }),
    Instrument("flute", 60, 91, {
        **_DRIVEN, "attack_s": (0.03, 0.07), "bright": (0.7, 1.4), "air": (0.5, 2.0),
        "scoop_cents": (0, 25), "vibrato_cents": (4, 18),
    }),
    Instrument("bells", 65, 96, {
        **_STRUCK, "ring_s": (0.05, 0.3), "tower": (0.0, 1.0), "bright": (0.7, 1.6),
        "sustain": (0.5, 1.0), "beat_hz": (0.2, 1.6),
    }),
    Instrument("strings", 50, 86, {
        **_DRIVEN, "voices": (3, 3), "detune_cents": (4, 9), "attack_s": (0.05, 0.14),
        "release_s": (0.1, 0.3), "bright": (0.7, 1.5), "box": (0.8, 1.25), "air": (0.2, 0.8),
        "vibrato_cents": (6, 18),
    }),
    Instrument("synth", 48, 90, {
        **_DRIVEN, "voices": (1, 3), "detune_cents": (2, 10), "attack_s": (0.003, 0.02),
        "width": (0.12, 0.5), "pulse": (0, 1), "bright": (0.6, 1.7), "peak": (0, 1.6),
        "filter_s": (0.08, 0.6), "decay_s": (0.15, 0.8), "level": (0.45, 0.9),
        "vibrato_cents": (0, 10), "release_s": (0.04, 0.2),
    }),
    Instrument("bass", 28, 52, {
        **_STRUCK, "ring_s": (0.0, 0.02), "bright": (0.8, 2.2), "pluck": (0.12, 0.35),
        "sustain": (0.7, 1.4), "synthetic": (0, 1), "release_s": (0.04, 0.08),
    }),
    Instrument("drums", 35, 51, {
        "kick_hz": (44, 62), "long": (0.7, 1.3), "snare_hz": (160, 230), "wires": (0.7, 1.3),
        "metal_hz": (2600, 3500), "plate": (0.4, 1.2), "grain": (0, 0.9),
    }),
    Instrument("clarinet", 52, 86, {
        **_DRIVEN, "attack_s": (0.02, 0.06), "bright": (0.7, 1.4), "air": (0.1, 0.5),
        "scoop_cents": (0, 15), "vibrato_cents": (0, 5),
    }),
    Instrument("kalimba", 57, 86, {
        **_STRUCK, "ring_s": (0.0, 0.25), "stiffness": (0.93, 1.07), "bright": (0.8, 1.4),
        "sustain": (0.8, 1.3), "knock": (0.2, 0.8),
    }),
    Instrument("brass", 46, 77, {
        **_DRIVEN, "attack_s": (0.03, 0.06), "bright": (0.7, 1.4), "air": (0.05, 0.3),
        "scoop_cents": (10, 40), "vibrato_cents": (2, 14),
    }),
)  # fmt: skip

_BY_NAME = {one.name: one for one in _ALL}
HELD_OUT_TIMBRES = ("clarinet", "kalimba", "brass")  # composed only where asked for by name
INSTRUMENTS = tuple(name for name in _BY_NAME if name not in HELD_OUT_TIMBRES)


def instrument(name: str) -> Instrument:
    """Return what is known of an instrument."""
    return _BY_NAME[name]


def draw_timbre(name: str, style: str, luck: Luck) -> dict[str, float]:
    """Draw an instrument's settings for one piece, some bent to the style."""
    timbre = {key: luck.between(*span) for key, span in _BY_NAME[name].ranges.items()}
    if name == "synth":
        timbre["voices"] = float(luck.weighted({1: 2.0, 2: 2.0, 3: 1.0}))
        timbre |= _synth_for(style, luck)
    if name == "drums":
        timbre["wires"] *= 1.2 if style in ("chiptune", "funk") else 1.0
        timbre["long"] *= {"techno": 1.1, "chiptune": 0.55, "waltz": 0.9}.get(style, 1.0)
    if name == "bass":
        timbre["synthetic"] = luck.between(*_SYNTHETIC.get(style, (0.0, 0.25)))
    if name == "strings" and style == "ambient":
        timbre["attack_s"] = luck.between(0.08, 0.2)
    return {key: round(value, 4) for key, value in timbre.items()}


_SYNTHETIC = {"80s synth pop": (0.5, 1.0), "techno": (0.6, 1.0), "chiptune": (0.8, 1.0)}


def _synth_for(style: str, luck: Luck) -> dict[str, float]:
    if style == "chiptune":  # a console's pulse waves: one voice, no filter, steady
        width = luck.pick([0.125, 0.25, 0.5])
        return {"voices": 1.0, "pulse": 1.0, "width": width, "peak": 0.0, "filter_s": 0.0,
                "bright": 1.8, "level": luck.between(0.7, 1.0)}  # fmt: skip
    if style == "ambient":  # a pad
        return {"voices": 3.0, "attack_s": luck.between(0.05, 0.18), "filter_s": 0.0,
                "level": 1.0, "bright": luck.between(0.4, 0.9), "peak": 0.2,
                "release_s": luck.between(0.15, 0.4)}  # fmt: skip
    return {}


def perform(
    name: str,
    notes: Sequence[Note],
    n: int,
    *,
    cents: float,
    timbre: Mapping[str, float],
    seed: int,
) -> np.ndarray:
    """Play one instrument's notes: float64, (n,)."""
    if name == "drums":
        return drums.perform(notes, n, timbre=timbre)
    if name in struck.STRIKES:
        return struck.perform(notes, n, cents=cents, timbre=timbre, strike=struck.STRIKES[name])
    spectrum = sustained.SPECTRA[name]
    return sustained.perform(notes, n, cents=cents, timbre=timbre, spectrum=spectrum, seed=seed)
