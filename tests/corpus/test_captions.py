"""No caption says what is not so."""

from __future__ import annotations

import re
from collections import Counter

from sonic_lab import corpus
from sonic_lab.corpus import words
from sonic_lab.corpus.captions import COUNT

PIECES = [corpus.compose(seed) for seed in range(250)] + [
    corpus.compose(seed, instruments=[name])
    for name in (*corpus.INSTRUMENTS, *corpus.HELD_OUT_TIMBRES)
    for seed in (1, 2, 3)
]

# Written down apart from the words the captions are made of.
PLAYERS = {
    "piano": {"piano", "keys"},
    "guitar": {"guitar", "guitars"},
    "flute": {"flute", "flutes"},
    "bells": {"bells", "bell", "chimes"},
    "strings": {"strings", "string", "violins"},
    "synth": {"synth", "synths", "synthesizer", "synthesiser", "synthpop"},
    "bass": {"bass", "bassline"},
    "drums": {"drums", "drum", "beat", "percussion"},
    "clarinet": {"clarinet"},
    "kalimba": {"kalimba", "mbira"},
    "brass": {"brass", "trumpet"},
}
PACES = {
    "slow": {"slow", "slow-paced", "unhurried"},
    "fast": {"fast", "fast-paced", "quick", "up-tempo", "rapid"},
    "medium": {"medium", "mid-tempo", "moderate"},
}
STYLES = {
    "80s synth pop": {"80s", "pop", "eighties", "synthpop"},
    "acoustic folk": {"folk", "folky"},
    "lo-fi": {"lo-fi", "lofi", "chillhop", "hop"},
    "techno": {"techno", "club", "rave", "dance", "electronic"},
    "waltz": {"waltz", "waltzing", "three-four"},
    "ambient": {"ambient", "atmospheric", "dreamy", "spacious"},
    "funk": {"funk", "funky"},
    "chiptune": {"chiptune", "8-bit", "video", "retro", "game"},
}
MINOR = {"sad", "mournful", "sorrowful", "gloomy", "melancholic", "melancholy", "wistful",
         "tense", "dark", "nostalgic", "pensive", "moody", "urgent", "restless"}  # fmt: skip
MAJOR = {"happy", "cheerful", "joyful", "merry", "upbeat", "sunny", "warm", "peaceful", "serene"}
SHARPS = {"d flat": "C#", "e flat": "D#", "g flat": "F#", "a flat": "G#", "b flat": "A#"}


def spoken(caption: str) -> set[str]:
    """The words of a caption, without those that deny."""
    text = re.sub(r"\b(no|without) (drums|percussion)\b", "", caption.lower())
    return set(re.findall(r"[a-z0-9#-]+", text))


def test_there_are_several_and_the_same_each_time() -> None:
    for one in PIECES:
        assert len(one.captions) == len(set(one.captions)) == COUNT >= 5
    assert corpus.compose(5).captions == PIECES[5].captions


def test_only_those_are_named_who_play() -> None:
    for piece in PIECES:
        for caption in piece.captions:
            for name, known in PLAYERS.items():
                if name not in piece.instruments:
                    assert not spoken(caption) & known, caption


def test_drums_are_denied_only_where_there_are_none() -> None:
    for piece in PIECES:
        for caption in piece.captions:
            assert not (piece.drums and re.search(r"\b(no|without)\b", caption.lower())), caption


def test_mode_pace_tempo_and_style_are_true() -> None:
    for piece in PIECES:
        slow, fast = piece.tempo_bpm <= 84, piece.tempo_bpm >= 116
        mine = "slow" if slow else "fast" if fast else "medium"
        for caption in piece.captions:
            said = spoken(caption)
            assert not said & {"major", "minor"} - {piece.mode}, caption
            for name, known in PACES.items():
                assert name == mine or not said & known, caption
            for bpm in re.findall(r"(\d+) bpm", caption.lower()):
                assert int(bpm) == piece.tempo_bpm
            for name, known in STYLES.items():
                heard = said - {"groovy", "pop"} if name == "80s synth pop" else said
                assert name == piece.style or not heard & known, caption


def test_moods_agree_with_the_mode() -> None:
    for piece in PIECES:
        wrong = MAJOR if piece.mode == "minor" else MINOR
        if piece.arrangement == "drums":
            wrong = MAJOR | MINOR  # of drums alone neither can be heard
        for caption in piece.captions:
            assert not spoken(caption) & wrong, caption


def test_a_key_that_is_named_is_the_key() -> None:
    for piece in PIECES:
        pattern = r"in ([a-g](?: flat| sharp|#)?) (major|minor)"
        for caption in piece.captions:
            for tonic, mode in re.findall(pattern, caption.lower().replace("in a major key", "")):
                if tonic == "a" and "in a minor key" in caption.lower():
                    continue  # "in a minor key" names no key
                name = SHARPS.get(tonic, tonic.replace(" sharp", "#").upper())
                assert (name, mode) == (piece.tonic, piece.mode), caption
                assert piece.tuning_cents == 0, caption


def test_a_melody_has_no_drums_and_a_track_has() -> None:
    for one in PIECES:
        for caption in one.captions:
            if {"melody", "theme"} & spoken(caption):
                assert not one.drums, caption
            if {"track", "groove", "song"} & spoken(caption):
                assert one.drums, caption


def test_the_requests_of_the_course_are_well_covered() -> None:
    """What the article and the notebooks ask for is said, in those words, of many clips."""
    every = [(c.lower(), p) for p in map(corpus.compose, range(700)) for c in p.captions]
    for asked in (
        {"slow", "sad", "piano", "melody"},
        {"80s", "pop", "synth", "track"},
        {"acoustic", "folk", "guitar", "melody"},
        {"fast", "happy", "flute"},
    ):
        assert sum(asked <= spoken(text) for text, _ in every) >= 5, asked
    assert sum("groovy bassline" in text for text, _ in every) >= 5


def test_captions_vary_in_length_and_words() -> None:
    texts = [c for p in PIECES for c in p.captions]
    lengths = [len(text.split()) for text in texts]
    assert min(lengths) <= 2
    assert max(lengths) >= 14
    used = Counter(word for text in texts for word in spoken(text))
    assert len(used) > 150
    for group in (words.INSTRUMENT_WORDS, words.MOOD_WORDS, words.STYLE_WORDS, words.PACE_WORDS):
        for told in group.values():
            assert any(told[0] in text.lower() for text in texts), told[0]
