"""From a seed to a piece."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .captions import captions
from .instruments import draw_timbre
from .luck import Luck
from .moods import moods
from .planning import Plan, plan
from .scores import Note, Piece
from .scoring import write_notes
from .wishes import Wishes, check_seed


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
    check_seed(seed)
    wishes = Wishes(style, instruments, tempo_bpm, tonic, mode, duration_s)
    wishes.check()
    planned = plan(Luck("piece", int(seed)), wishes)
    notes = write_notes(planned, Luck("notes", int(seed)))
    piece = _dress(planned, notes, int(seed), Luck("sound", int(seed)))
    return replace(piece, captions=captions(piece))


_LEVELS_DB: Mapping[str, tuple[float, float]] = {
    "tune": (-1, 1), "chords": (-7, -4), "bass": (-5, -2), "drums": (-5, -1),
}  # fmt: skip
_OUT_OF_TUNE = 0.2  # the share of pieces that are up to half a semitone off
_WET: Mapping[str, float] = {"ambient": 0.95, "techno": 0.4, "chiptune": 0.15, "funk": 0.35}


def _dress(planned: Plan, notes: list[Note], seed: int, luck: Luck) -> Piece:
    """Draw the sound: timbres, levels, tuning, room."""
    style = planned.style.name
    timbres = {name: draw_timbre(name, style, luck) for name in planned.instruments}
    levels_db = {}
    for name in planned.instruments:
        role = name if name in ("bass", "drums") else "chords"
        role = "tune" if name == planned.melody else role
        levels_db[name] = round(luck.between(*_LEVELS_DB[role]), 2)
    cents = round(luck.between(-50, 50), 1)
    off = luck.chance(_OUT_OF_TUNE)
    return Piece(
        seed=seed, style=style, tempo_bpm=planned.tempo_bpm,
        beats_per_bar=planned.style.beats_per_bar, tonic=planned.key.tonic, mode=planned.key.mode,
        instruments=planned.instruments, arrangement=planned.arrangement, melody=planned.melody,
        moods=moods(
            planned.tempo_bpm, planned.key.mode, planned.energy, "drums" in planned.instruments
        ),
        energy=planned.energy, notes=tuple(notes), duration_s=planned.duration_s,
        tuning_cents=cents if off else 0.0, timbres=timbres, levels_db=levels_db,
        room=_room(style, luck),
    )  # fmt: skip


def _room(style: str, luck: Luck) -> tuple[float, float] | None:
    t60_s, wet_db = luck.pick((0.4, 0.7, 1.1, 1.6, 2.2)), round(luck.between(-20, -9), 1)
    if style == "ambient":
        wet_db = round(wet_db + 4, 1)
    return (t60_s, wet_db) if luck.chance(_WET.get(style, 0.6)) else None
