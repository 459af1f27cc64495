"""From a seed to a piece: who plays, in which key, how fast, and every note."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..errors import ParameterError, unknown_name
from .backing import BASSES, COMPS, Hit, bass_line, drum_bar
from .captions import captions
from .harmony import Chord, Key, progression
from .instruments import HELD_OUT_TIMBRES, INSTRUMENTS, draw_timbre, instrument
from .luck import Luck
from .melody import tune
from .moods import moods
from .scores import MODES, TONICS, Note, Piece
from .styles import BY_NAME, HOME, LONE, MAJOR, MINOR, STYLES, Style

LEAD_IN_S = 0.04  # so that the first attack is not cut
TEMPO_BPM = (60, 160)
_SHORTEST_S, _LONGEST_S = 1.0, 60.0

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
class _Plan:
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


def compose(
    seed: int,
    *,
    style: str | None = None,
    instruments: Sequence[str] | None = None,
    tempo_bpm: int | None = None,
    tonic: str | None = None,
    mode: str | None = None,
    duration_s: float = 10.0,
) -> Piece:
    """Compose a piece: the same seed and wishes give the same piece, whatever came before.

    Parameters
    ----------
    seed : non-negative integer
    style : one of `STYLES`
    instruments : which play, from `INSTRUMENTS` and `HELD_OUT_TIMBRES`; the first that is
        neither bass nor drums has the tune, the second the chords
    tempo_bpm : 60 to 160, an integer
    tonic : one of C, C#, ..., B
    mode : "major" or "minor"
    duration_s : seconds, 1 to 60

    Raises
    ------
    UnknownNameError
        A style, instrument, tonic or mode that does not exist.
    ParameterError
        A seed, tempo or duration out of range, or instruments that are none or named twice.

    Examples
    --------
    >>> piece = compose(3, instruments=["piano"], mode="minor", tempo_bpm=70)
    >>> piece.instruments, piece.mode, piece.drums
    (('piano',), 'minor', False)
    """
    _check(seed, style, instruments, tempo_bpm, tonic, mode, duration_s)
    luck = Luck("piece", int(seed))
    plan = _plan(luck, style, instruments, tempo_bpm, tonic, mode, float(duration_s))
    notes = _notes(plan, Luck("notes", int(seed)))
    piece = _dress(plan, notes, int(seed), Luck("sound", int(seed)))
    return replace(piece, captions=captions(piece))


def _check(
    seed: object,
    style: str | None,
    instruments: Sequence[str] | None,
    tempo_bpm: object,
    tonic: str | None,
    mode: str | None,
    duration_s: object,
) -> None:
    if not isinstance(seed, numbers.Integral) or isinstance(seed, bool) or seed < 0:
        raise ParameterError(f"seed={seed!r} must be a non-negative integer")
    for kind, name, known in (
        ("style", style, STYLES),
        ("tonic", tonic, TONICS),
        ("mode", mode, MODES),
    ):
        if name is not None and name not in known:
            raise unknown_name(kind, name, known)
    if instruments is not None:
        _check_instruments(instruments)
    low, high = TEMPO_BPM
    whole = isinstance(tempo_bpm, numbers.Integral) and not isinstance(tempo_bpm, bool)
    if tempo_bpm is not None and not (whole and low <= tempo_bpm <= high):  # type: ignore[operator]
        raise ParameterError(f"tempo_bpm={tempo_bpm!r} must be an integer from {low} to {high}")
    real = isinstance(duration_s, numbers.Real) and not isinstance(duration_s, bool)
    if not (real and _SHORTEST_S <= float(duration_s) <= _LONGEST_S):  # type: ignore[arg-type]
        raise ParameterError(
            f"duration_s={duration_s!r} must lie between {_SHORTEST_S:g} and {_LONGEST_S:g}"
        )


def _check_instruments(names: Sequence[str]) -> None:
    if isinstance(names, str) or not names:
        raise ParameterError(f"instruments={names!r} must be a list of at least one name")
    for name in names:
        if name not in (*INSTRUMENTS, *HELD_OUT_TIMBRES):
            raise unknown_name("instrument", name, (*INSTRUMENTS, *HELD_OUT_TIMBRES))
    if len(set(names)) < len(names):
        raise ParameterError(f"instruments={list(names)!r} must name each instrument once")


def _plan(
    luck: Luck,
    style: str | None,
    instruments: Sequence[str] | None,
    tempo_bpm: int | None,
    tonic: str | None,
    mode: str | None,
    duration_s: float,
) -> _Plan:
    # Every draw is made whether its answer is given or not, so that one wish leaves the
    # draws after it as they were.
    drawn = luck.weighted(ARRANGEMENTS)
    arrangement = drawn if instruments is None else _arrangement_of(instruments, drawn)
    pace = luck.weighted({(60, 84): 0.38, (85, 115): 0.24, (116, 160): 0.38})
    lone_tempo = luck.whole(*pace)
    who = luck.weighted(_CHORDAL if arrangement == "chordal" else _LONE)
    band = luck.weighted(_BANDS)
    asked = [name for name in instruments or () if name not in ("bass", "drums")]
    fitting = _styles_for(arrangement, asked[0] if asked else who, tempo_bpm or lone_tempo)
    alone = luck.weighted(fitting)
    in_band = arrangement in _WITH_DRUMS
    idiom = BY_NAME[style or (band if in_band else alone)]
    style_tempo = _triangular(luck, *idiom.tempo_bpm)
    loose = not in_band and style is None
    tempo = int(tempo_bpm or (lone_tempo if loose else style_tempo))
    roles = _roles(luck, arrangement, idiom, who)
    if instruments is not None:
        roles = _roles_of(instruments, arrangement)
    mode_drawn = luck.pick(MODES)
    key = Key(tonic or luck.pick(TONICS), mode or mode_drawn)
    wild = luck.between(*idiom.energy)
    energy = round(0.65 * wild + 0.35 * (tempo - 60) / 100, 3)
    swing = round(luck.between(*idiom.swing), 3)
    names, melody, chords = roles
    return _Plan(idiom, arrangement, names, melody, chords, tempo, key, energy, swing, duration_s)


def _arrangement_of(names: Sequence[str], drawn: str) -> str:
    if "drums" in names:
        return "drums" if len(names) == 1 else "beat" if len(names) == 2 else "band"
    if len(names) == 1:
        return "chordal" if drawn == "chordal" and names[0] in _CHORDAL else "line"
    return "duo" if len(names) == 2 else "trio"


def _styles_for(arrangement: str, who: str, tempo_bpm: int) -> dict[str, float]:
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


def _notes(plan: _Plan, luck: Luck) -> list[Note]:
    beats = plan.style.beats_per_bar
    bar_s = beats * 60 / plan.tempo_bpm
    bars = math.ceil(plan.duration_s / bar_s) + 1
    chord_beats = 2 if beats == 4 and bar_s > 2.4 else beats
    alone = plan.melody is not None and plan.chords is None
    choices = MAJOR if plan.key.mode == "major" else MINOR
    degrees = luck.pick(HOME[plan.key.mode] if alone else choices)
    seventh = luck.chance(plan.style.sevenths)
    chords = progression(
        plan.key, degrees, beats=bars * beats, chord_beats=chord_beats, seventh=seventh
    )
    notes: list[Note] = []
    if plan.melody is not None:
        notes += _melody(plan, chords, bars, luck)
    if plan.chords is not None:
        notes += _comping(plan, chords, plan.chords, luck)
    for extra in plan.instruments:
        if extra == "bass" and plan.melody != "bass":
            notes += _bass(plan, chords, luck)
        elif extra == "drums":
            notes += _drums(plan, bars, luck)
        elif extra not in ("bass", plan.melody, plan.chords):
            notes += _comping(plan, chords, extra, luck, kind="pad")
    return _fitted(notes, plan.duration_s)


def _melody(plan: _Plan, chords: list[Chord], bars: int, luck: Luck) -> list[Note]:
    who = instrument(plan.melody or "")
    beats = plan.style.beats_per_bar
    backed = plan.chords is not None
    low = max(who.low, 60) if backed and who.name != "bass" else who.low
    center = luck.whole(low + 6, max(who.high - 7, low + 7))
    density = luck.between(*plan.style.density)
    long_notes = luck.between(0.8, 1.0)
    sung = tune(
        chords, bars=bars, beats_per_bar=beats,
        phrase_bars=2 if beats * 60 / plan.tempo_bpm > 1.7 else 4,
        center=center, span=8, density=density,
        alone=not backed, luck=luck,
    )  # fmt: skip
    return [
        _note(
            plan,
            who.name,
            one.beat,
            one.beats * long_notes,
            one.midi,
            0.03 + 0.16 * one.accent,
            luck,
        )
        for one in sung
    ]


def _comping(
    plan: _Plan, chords: list[Chord], who: str, luck: Luck, kind: str | None = None
) -> list[Note]:
    kind = kind or luck.pick(plan.style.comps)
    if who in ("strings", "flute", "brass", "clarinet") and kind not in (
        "waltz",
        "pad",
        "padpulse",
    ):
        kind = "pad"
    if plan.melody is None and kind == "pad":  # nothing else would tell the tempo
        kind = "picking" if who == "guitar" else "arpeggio"
    low = luck.whole(48, 55) if who != "flute" else 60
    voiced: list[int] = []
    notes: list[Note] = []
    for chord in chords:
        voiced = chord.voicing(voiced, low)
        hits = COMPS[kind](chord, voiced)
        strummed = 0.012 if who == "guitar" and kind in ("strum", "pad", "push") else 0.0
        notes += _played(plan, who, chord, hits, -0.1, strummed, luck)
    return notes


def _bass(plan: _Plan, chords: list[Chord], luck: Luck) -> list[Note]:
    line = luck.pick(BASSES[luck.pick(plan.style.basses)])
    low = luck.whole(28, 33)
    notes: list[Note] = []
    for chord in chords:
        notes += _played(plan, "bass", chord, bass_line(chord, line, low=low), 0.0, 0.0, luck)
    return notes


def _drums(plan: _Plan, bars: int, luck: Luck) -> list[Note]:
    pattern = luck.pick(plan.style.drums)
    beats = plan.style.beats_per_bar
    return [
        Note("drums", round(plan.seconds(bar * beats + beat), 5), 0.1, midi, round(hit, 3))
        for bar in range(bars)
        for beat, midi, hit in drum_bar(pattern, luck)
    ]


def _played(
    plan: _Plan, who: str, chord: Chord, hits: list[Hit], louder: float, strum_s: float, luck: Luck
) -> list[Note]:
    notes = []
    for beat, beats, midis, relative in hits:
        at = chord.start_beat + beat
        for i, midi in enumerate(midis):
            one = _note(plan, who, at, beats, midi, louder, luck)
            late = min(i * strum_s, 0.5 * one.duration_s)
            notes.append(
                replace(
                    one,
                    start_s=round(one.start_s + late, 5),
                    duration_s=round(one.duration_s - late, 5),
                    velocity=round(one.velocity * relative, 3),
                )
            )
    return notes


def _note(
    plan: _Plan, who: str, beat: float, beats: float, midi: int, louder: float, luck: Luck
) -> Note:
    stray = luck.between(-plan.style.human_s, plan.style.human_s)
    start_s = plan.seconds(beat) + stray
    duration_s = plan.seconds(beat + beats) - plan.seconds(beat)
    velocity = 0.4 + 0.42 * plan.energy + louder + luck.between(-0.04, 0.04)
    return Note(
        who, round(start_s, 5), round(duration_s, 5), midi, round(min(max(velocity, 0.15), 1.0), 3)
    )


def _fitted(notes: list[Note], duration_s: float) -> list[Note]:
    """Keep what sounds within the piece, in order of time."""
    kept = [
        replace(one, duration_s=round(min(one.duration_s, duration_s - one.start_s), 5))
        for one in notes
        if one.start_s < duration_s - 0.08
    ]
    return sorted(kept, key=lambda one: (one.start_s, one.instrument, one.midi))


_LEVELS_DB: Mapping[str, tuple[float, float]] = {
    "tune": (-1, 1), "chords": (-7, -4), "bass": (-5, -2), "drums": (-5, -1),
}  # fmt: skip
_WET: Mapping[str, float] = {"ambient": 0.95, "techno": 0.4, "chiptune": 0.15, "funk": 0.35}


def _dress(plan: _Plan, notes: list[Note], seed: int, luck: Luck) -> Piece:
    """Draw the sound: timbres, levels, tuning, room."""
    timbres = {n: draw_timbre(n, plan.style.name, luck) for n in plan.instruments}
    levels = {}
    for name in plan.instruments:
        role = name if name in ("bass", "drums") else "chords"
        role = "tune" if name == plan.melody else role
        levels[name] = round(luck.between(*_LEVELS_DB[role]), 2)
    off = luck.between(-50, 50)
    tuning_cents = round(off, 1) if luck.chance(0.2) else 0.0
    t60_s, wet_db = luck.pick((0.4, 0.7, 1.1, 1.6, 2.2)), round(luck.between(-20, -9), 1)
    if plan.style.name == "ambient":
        wet_db = round(wet_db + 4, 1)
    wet = luck.chance(_WET.get(plan.style.name, 0.6))
    return Piece(
        seed=seed, style=plan.style.name, tempo_bpm=plan.tempo_bpm,
        beats_per_bar=plan.style.beats_per_bar, tonic=plan.key.tonic, mode=plan.key.mode,
        instruments=plan.instruments, arrangement=plan.arrangement, melody=plan.melody,
        moods=moods(plan.tempo_bpm, plan.key.mode, plan.energy, "drums" in plan.instruments),
        energy=plan.energy, notes=tuple(notes), duration_s=plan.duration_s,
        tuning_cents=tuning_cents, timbres=timbres, levels_db=levels,
        room=(t60_s, wet_db) if wet else None,
    )  # fmt: skip
