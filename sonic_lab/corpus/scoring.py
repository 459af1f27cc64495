"""From a plan to its notes: the tune, the chords behind it, the bass, the drums."""

from __future__ import annotations

import math
from dataclasses import replace

from .backing import BASSES, COMPS, Hit, bass_line, drum_bar
from .harmony import Chord, progression
from .instruments import instrument
from .luck import Luck
from .melody import tune
from .planning import Plan
from .scores import Note
from .styles import HOME, MAJOR, MINOR


def write_notes(plan: Plan, luck: Luck) -> list[Note]:
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


def _melody(plan: Plan, chords: list[Chord], bars: int, luck: Luck) -> list[Note]:
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
    plan: Plan, chords: list[Chord], who: str, luck: Luck, kind: str | None = None
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


def _bass(plan: Plan, chords: list[Chord], luck: Luck) -> list[Note]:
    line = luck.pick(BASSES[luck.pick(plan.style.basses)])
    low = luck.whole(28, 33)
    notes: list[Note] = []
    for chord in chords:
        notes += _played(plan, "bass", chord, bass_line(chord, line, low=low), 0.0, 0.0, luck)
    return notes


def _drums(plan: Plan, bars: int, luck: Luck) -> list[Note]:
    pattern = luck.pick(plan.style.drums)
    beats = plan.style.beats_per_bar
    return [
        Note("drums", round(plan.seconds(bar * beats + beat), 5), 0.1, midi, round(hit, 3))
        for bar in range(bars)
        for beat, midi, hit in drum_bar(pattern, luck)
    ]


def _played(
    plan: Plan, who: str, chord: Chord, hits: list[Hit], louder: float, strum_s: float, luck: Luck
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
    plan: Plan, who: str, beat: float, beats: float, midi: int, louder: float, luck: Luck
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
