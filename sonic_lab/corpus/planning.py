"""What is settled before the first note: style, players, tempo, key."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .harmony import Key
from .luck import Luck
from .scores import MODES, TONICS
from .styles import BY_NAME, LONE, Style
from .wishes import Wishes

LEAD_IN_S = 0.04  # so that the first attack is not cut

# Slow and fast more often than between: they are what people ask for.
_PACES = {(60, 84): 0.38, (85, 115): 0.24, (116, 160): 0.38}
# How a piece is laid out, and how often. Drums in about half, one lone voice in about a third.
ARRANGEMENTS = {"line": 0.29, "chordal": 0.11, "duo": 0.09, "trio": 0.03, "beat": 0.08,
                "drums": 0.03, "band": 0.37}  # fmt: skip
_WITH_DRUMS = {"beat", "drums", "band"}
_LONE = {"piano": 1.4, "guitar": 1.2, "flute": 1.1, "bells": 1.0, "strings": 1.1, "synth": 1.1,
         "bass": 0.3}  # fmt: skip
_CHORDAL = {"piano": 3.0, "guitar": 3.0, "strings": 1.5, "synth": 1.5}
_BANDS = {"80s synth pop": 2.2, "acoustic folk": 1.2, "lo-fi": 1.7, "techno": 1.6, "waltz": 1.1,
          "ambient": 0.5, "funk": 1.6, "chiptune": 1.5}  # fmt: skip
_FITS = {  # which styles a lone instrument may speak
    "80s synth pop": {"synth", "bass", "bells"},
    "acoustic folk": {"guitar", "flute", "strings", "piano"},
    "lo-fi": {"piano", "guitar", "bells", "bass"},
    "techno": {"synth", "bass"},
    "waltz": {"piano", "strings", "flute", "bells", "guitar"},
    "ambient": {"bells", "flute", "piano", "synth", "strings"},
    "funk": {"bass", "guitar", "synth", "flute"},
    "chiptune": {"synth"},
}


@dataclass(frozen=True)
class Plan:
    """What is settled before the first note."""

    style: Style
    arrangement: str
    instruments: tuple[str, ...]
    melody: str | None
    chords: str | None
    tempo_bpm: int
    key: Key
    energy: float
    swing: float
    duration_s: float

    def seconds(self, beat: float) -> float:
        """Say when a beat falls, swung."""
        whole, part = divmod(beat, 1.0)
        swing = self.swing
        late = 2 * swing * part if part < 0.5 else swing + (2 * part - 1) * (1 - swing)
        return LEAD_IN_S + (whole + late) * 60 / self.tempo_bpm


def plan(luck: Luck, wishes: Wishes) -> Plan:
    """Settle who plays what, how fast and in which key.

    Every draw is made whether it is needed or not, so that a wish leaves the others as they were.
    """
    drawn = luck.weighted(ARRANGEMENTS)
    names = wishes.instruments
    arrangement = drawn if names is None else _arrangement_of(names, drawn)
    lone_tempo = luck.whole(*luck.weighted(_PACES))
    who = luck.weighted(_CHORDAL if arrangement == "chordal" else _LONE)
    style = _style(luck, wishes, arrangement, who, lone_tempo)
    style_tempo = _triangular(luck, *style.tempo_bpm)
    loose = arrangement not in _WITH_DRUMS and wishes.style is None
    tempo_bpm = int(wishes.tempo_bpm or (lone_tempo if loose else style_tempo))
    roles = _roles(luck, arrangement, style, who)
    if names is not None:
        roles = _roles_of(names, arrangement)
    mode, tonic = luck.pick(MODES), luck.pick(TONICS)
    wild = luck.between(*style.energy)
    return Plan(
        style, arrangement, *roles, tempo_bpm,
        key=Key(wishes.tonic or tonic, wishes.mode or mode),
        energy=round(0.65 * wild + 0.35 * (tempo_bpm - 60) / 100, 3),
        swing=round(luck.between(*style.swing), 3),
        duration_s=float(wishes.duration_s),
    )  # fmt: skip


def _style(luck: Luck, wishes: Wishes, arrangement: str, who: str, tempo_bpm: int) -> Style:
    """Draw a style: any for a band, one that suits its player and its tempo for a lone voice."""
    asked = [name for name in wishes.instruments or () if name not in ("bass", "drums")]
    band = luck.weighted(_BANDS)
    alone = luck.weighted(_fitting(asked[0] if asked else who, wishes.tempo_bpm or tempo_bpm))
    return BY_NAME[wishes.style or (band if arrangement in _WITH_DRUMS else alone)]


def _arrangement_of(names: Sequence[str], drawn: str) -> str:
    if "drums" in names:
        return "drums" if len(names) == 1 else "beat" if len(names) == 2 else "band"
    if len(names) == 1:
        return "chordal" if drawn == "chordal" and names[0] in _CHORDAL else "line"
    return "duo" if len(names) == 2 else "trio"


def _fitting(who: str, tempo_bpm: int) -> dict[str, float]:
    """Weigh the styles that suit a lone instrument at a tempo."""
    suited = {
        name: 1.0
        for name, one in BY_NAME.items()
        if one.tempo_bpm[0] - 8 <= tempo_bpm <= one.tempo_bpm[2] + 8
    }
    fitting = {name: LONE.get(name, 1.0) for name in suited if who in _FITS[name]}
    return fitting or suited


def _triangular(luck: Luck, low: float, top: float, high: float) -> int:
    x = luck.between(0, 1)
    edge = (top - low) / (high - low)
    if x < edge:
        return round(low + math.sqrt(x * (high - low) * (top - low)))
    return round(high - math.sqrt((1 - x) * (high - low) * (high - top)))


def _roles(
    luck: Luck, arrangement: str, idiom: Style, who: str
) -> tuple[tuple[str, ...], str | None, str | None]:
    """Draw who plays: all of them, who has the tune, who the chords."""
    tune_by = luck.weighted(idiom.melodies)
    chords_by = luck.weighted(idiom.chords)
    bare = luck.chance(0.4)
    with_bass = luck.chance(idiom.has_bass)
    if arrangement == "drums":
        return ("drums",), None, None
    if arrangement == "line":
        return (who,), who, None
    if arrangement == "chordal":
        return (who,), (None if bare and who != "strings" else who), who
    if arrangement == "beat":
        return (who, "drums"), who, None
    if arrangement == "band":
        backing = ["bass", "drums"] if with_bass else ["drums"]
        names = [*dict.fromkeys([tune_by, chords_by]), *backing]
        return tuple(names), tune_by, chords_by
    lead = who if who not in ("bass",) else tune_by
    names = list(dict.fromkeys([lead, chords_by]))
    if arrangement == "trio":
        names.append("bass")
    return tuple(names), lead, chords_by


def _roles_of(
    names: Sequence[str], arrangement: str
) -> tuple[tuple[str, ...], str | None, str | None]:
    pitched = [name for name in names if name not in ("drums", "bass")]
    if arrangement == "chordal":
        return tuple(names), pitched[0], pitched[0]
    if not pitched:
        alone = "bass" if "bass" in names and set(names) <= {"bass", "drums"} else None
        return tuple(names), alone, None
    return tuple(names), pitched[0], pitched[1] if len(pitched) > 1 else None
