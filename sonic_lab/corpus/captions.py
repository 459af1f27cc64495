"""What a listener might type to ask for a piece: short and long, of much or of little.

Everything said is true of the piece; most captions leave most of it unsaid.
"""

from __future__ import annotations

from collections.abc import Callable

from .luck import Luck
from .moods import pace
from .scores import Piece
from .words import (
    BASSLINES,
    INSTRUMENT_WORDS,
    MOOD_WORDS,
    NO_DRUMS,
    PACE_WORDS,
    STYLE_WORDS,
    say,
)

COUNT = 8


def captions(piece: Piece) -> tuple[str, ...]:
    """Describe a piece in `COUNT` ways, none of them twice; the same ones every time."""
    luck = Luck("captions", piece.seed, *piece.instruments, piece.tempo_bpm, piece.mode)
    found: dict[str, None] = {}
    forms = [form for form in _FORMS if form is not _keyed or piece.tuning_cents == 0]
    turn = 0
    while len(found) < COUNT:
        text = " ".join(forms[turn % len(forms)](piece, luck).split())
        found[_cased(text, luck)] = None
        turn += 1
    return tuple(found)


def _cased(text: str, luck: Luck) -> str:
    if luck.chance(0.3):
        text = text[0].upper() + text[1:]
        return text + "." if luck.chance(0.4) else text
    return text


# Parts of captions


def _mood(piece: Piece, luck: Luck) -> str:
    return say(luck, luck.pick(_mood_words(piece)))


def _mood_words(piece: Piece) -> tuple[tuple[str, ...], ...]:
    """Return the words for each of a piece's moods; of drums alone, no mode can be heard."""
    if piece.arrangement == "drums":
        return (MOOD_WORDS["energetic"] if "energetic" in piece.moods else ("steady", "simple"),)
    return tuple(MOOD_WORDS[mood] for mood in piece.moods)


def _pace(piece: Piece, luck: Luck) -> str:
    name = pace(piece.tempo_bpm)
    return say(luck, PACE_WORDS[name]) if name != "medium" or luck.chance(0.3) else ""


def _style(piece: Piece, luck: Luck) -> str:
    """Name the style where it is heard: a lone tune has it only in part."""
    lone = len(piece.instruments) == 1
    if piece.arrangement == "drums" or (lone and not _speaks(piece)):
        return ""
    if not set(piece.instruments) & _NEEDS.get(piece.style, set(piece.instruments)):
        return ""
    if lone and luck.chance(0.5):
        return ""
    return say(luck, STYLE_WORDS[piece.style])


# A style is named only where one of these plays.
_NEEDS = {
    "80s synth pop": {"synth"},
    "chiptune": {"synth"},
    "techno": {"synth"},
    "acoustic folk": {"guitar"},
}
_LONE_STYLES = {
    "guitar": ("acoustic folk",),
    "flute": ("ambient",),
    "strings": ("ambient",),
    "bells": ("ambient",),
    "synth": ("80s synth pop", "chiptune", "techno", "ambient"),
    "piano": ("lo-fi", "ambient"),
    "bass": ("funk",),
}


def _speaks(piece: Piece) -> bool:
    """Whether a lone instrument's style can be told: a waltz always, others where they belong."""
    return piece.style == "waltz" or piece.style in _LONE_STYLES.get(piece.instruments[0], ())


def _lead(piece: Piece, luck: Luck) -> str:
    name = piece.melody or piece.instruments[0]
    words = INSTRUMENT_WORDS[name]
    if name == "piano" and len(piece.instruments) > 1:
        words = tuple(word for word in words if word != "solo piano")
    if name == "synth" and piece.melody != "synth":
        words = words[:-1]
    return say(luck, words)


def _named(name: str, luck: Luck) -> str:
    words = tuple(w for w in INSTRUMENT_WORDS[name] if not w.startswith("solo"))
    return say(luck, words[:-1] if name == "synth" else words)


def _players(piece: Piece, luck: Luck) -> str:
    """List the players, all of them or, in a band, a few; drums are never passed over."""
    names = list(piece.instruments)
    if len(names) > 2 and luck.chance(0.4):
        pitched = [name for name in names if name != "drums"]
        few = luck.shuffled(pitched)[: luck.whole(1, len(pitched) - 1)]
        names = [*few, *(["drums"] if piece.drums else [])]
    return _list([_named(name, luck) for name in names])


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _noun(piece: Piece, luck: Luck) -> str:
    """Call the piece what it is. A track or a groove has drums; a melody or a theme has none."""
    if piece.arrangement == "drums":
        return luck.pick(("loop", "pattern", "groove", "solo"))
    if piece.drums:
        return say(luck, ("track", "song", "groove", "beat", "instrumental"))
    if piece.melody is None:
        return say(luck, ("chords", "piece", "harmony", "chord progression"))
    if piece.melody == "bass":
        return say(luck, ("riff", "solo", "melody"))
    return say(luck, ("melody", "tune", "piece", "theme"))


def _mode(piece: Piece, luck: Luck) -> str:
    if piece.arrangement == "drums":
        return ""
    if piece.tuning_cents == 0 and luck.chance(0.2):
        return f"in {_tonic(piece, luck)} {piece.mode}"
    return luck.pick((f"in a {piece.mode} key", f"in {piece.mode}"))


_FLATS = {"C#": "D flat", "D#": "E flat", "F#": "G flat", "G#": "A flat", "A#": "B flat"}


def _tonic(piece: Piece, luck: Luck) -> str:
    flat = _FLATS.get(piece.tonic)
    if flat is None:
        return piece.tonic
    return luck.pick((piece.tonic, flat, piece.tonic.replace("#", " sharp")))


def _drums(piece: Piece, luck: Luck) -> str:
    """Say that there are drums, or none; an empty text where they are taken for granted."""
    if piece.drums:
        return luck.pick(("with drums", "with a drum beat", "with a beat"))
    return say(luck, NO_DRUMS)


def _bpm(piece: Piece, luck: Luck) -> str:
    return luck.pick(
        (f"{piece.tempo_bpm} bpm", f"{piece.tempo_bpm} BPM", f"at {piece.tempo_bpm} bpm")
    )


def _some(luck: Luck, share: float, text: str) -> str:
    return text if luck.chance(share) else ""


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


# Forms


def _short(piece: Piece, luck: Luck) -> str:
    words = [_pace(piece, luck), _mood(piece, luck)]
    words = luck.shuffled(words) if luck.chance(0.4) else words
    if not piece.drums:
        return " ".join([*words, _lead(piece, luck), _some(luck, 0.6, _noun(piece, luck))])
    if piece.arrangement == "drums" or luck.chance(0.5):
        return " ".join([*words, _lead(piece, luck), _noun(piece, luck)])
    return " ".join([*words, _lead(piece, luck), luck.pick(("and drums", "with drums"))])


def _bare(piece: Piece, luck: Luck) -> str:
    """Name the sound and hardly more."""
    if len(piece.instruments) > 1:
        told = _list([_named(name, luck) for name in piece.instruments])
        return f"{_some(luck, 0.5, _mood(piece, luck))} {told}"
    lead = _named(piece.instruments[0], luck)
    noun = _noun(piece, luck)
    return luck.pick((f"solo {lead}", f"{lead} alone", f"just {lead}", f"{lead} {noun}"))


def _styled(piece: Piece, luck: Luck) -> str:
    style = _style(piece, luck) or _mood(piece, luck)
    lead = _lead(piece, luck) if len(piece.instruments) == 1 or luck.chance(0.4) else ""
    head = f"{style} {lead} {_noun(piece, luck)}"
    moods = " and ".join(dict.fromkeys(say(luck, words) for words in _mood_words(piece)))
    return _joined(head, moods, _some(luck, 0.4, _pace(piece, luck)))


def _sentence(piece: Piece, luck: Luck) -> str:
    mood = _mood(piece, luck)
    first = ", ".join(part for part in (_pace(piece, luck), mood) if part)
    kind = f"{_some(luck, 0.6, _style(piece, luck))} {_noun(piece, luck)}"
    article = "an" if first[0] in "aeiou" else "a"
    how = luck.pick(("with", "played on", "for", "on"))
    head = f"{article} {first} {kind} {how} {_players(piece, luck)}"
    return _joined(
        f"{head} {_some(luck, 0.6, _mode(piece, luck))}".strip(),
        _some(luck, 0.5, _drums(piece, luck) if not piece.drums else ""),
    )  # fmt: skip


def _listed(piece: Piece, luck: Luck) -> str:
    """Set attributes side by side, as people write tags."""
    tags = [
        _players(piece, luck),
        _some(luck, 0.8, _mood(piece, luck)),
        _some(luck, 0.6, _pace(piece, luck)),
        _some(luck, 0.6, _mode(piece, luck)),
        _some(luck, 0.5, _style(piece, luck)),
        _some(luck, 0.35, _bpm(piece, luck)),
        _some(luck, 0.4, _drums(piece, luck)),
    ]
    return _joined(*luck.shuffled(tags))


def _paced(piece: Piece, luck: Luck) -> str:
    """Give the tempo as a number."""
    what = f"{_some(luck, 0.5, _style(piece, luck))} {_lead(piece, luck)} {_noun(piece, luck)}"
    return f"{what} {_some(luck, 0.4, _mode(piece, luck))}, {_bpm(piece, luck)}".replace(" ,", ",")


def _keyed(piece: Piece, luck: Luck) -> str:
    what = f"{_some(luck, 0.6, _mood(piece, luck))} {_lead(piece, luck)} {_noun(piece, luck)}"
    if piece.arrangement == "drums":
        return f"{what}, {_mood(piece, luck)}"
    return _joined(
        f"{what} in {_tonic(piece, luck)} {piece.mode}", _some(luck, 0.5, _pace(piece, luck))
    )


def _backed(piece: Piece, luck: Luck) -> str:
    """Say what stands out behind the tune: a bassline, a beat, chords, or that nothing does."""
    style = _style(piece, luck) or _mood(piece, luck)
    head = f"{style} {_some(luck, 0.5, _lead(piece, luck))} {_noun(piece, luck)}"
    if len(piece.instruments) == 1:
        head = f"{_mood(piece, luck)} {_lead(piece, luck)} {_noun(piece, luck)}"
        return _joined(head, "" if piece.drums else _drums(piece, luck))
    behind = []
    if "bass" in piece.instruments and piece.melody != "bass":
        line = say(luck, BASSLINES.get(piece.style, ("a bassline", "bass")))
        if piece.style in BASSLINES and luck.chance(0.6):
            return f"{head} with {line}"
        behind.append(line)
    if piece.drums:
        behind.append(say(luck, ("drums", "a drum beat", "steady drums", "a beat")))
    behind += [
        _named(n, luck) for n in piece.instruments if n not in ("bass", "drums", piece.melody)
    ]
    behind = luck.shuffled(behind)[: luck.whole(1, 2)]
    end = "" if piece.drums else _some(luck, 0.4, _drums(piece, luck))
    return _joined(f"{head} with {' and '.join(behind)}", end)


_FORMS: tuple[Callable[[Piece, Luck], str], ...] = (
    _short, _styled, _sentence, _listed, _bare, _paced, _backed, _short, _keyed,
)  # fmt: skip
