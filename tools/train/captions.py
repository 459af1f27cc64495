"""What the language model is told of a clip: captions, varied as people vary them.

A caption comes from the clip's record as the corpus wrote it. People write otherwise: they beg
("please make …"), speak of what no label holds ("… about the sea"), misspell, and add emoji. So
now and then words that mean nothing here are put among those that do, and the model learns to
read past them. And a caption leaves most of a clip unsaid, while what is said seldom is learned
slowly: most captions are told up to three facts more, from the clip's record, in some of the ways
in which people put them (A sharp, B flat, Bb).
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sonic_lab.corpus.words import INSTRUMENT_WORDS

BEFORE = (
    "please make", "i want", "give me", "generate", "create", "can you play", "compose",
    "let me hear", "something like", "make me", "i would like", "play", "write",
)  # fmt: skip
AFTER = (
    "about the sea", "for my sister", "for a short film", "to study to", "for a rainy evening",
    "i can walk to", "for the intro of a game", "like in an old movie", "for my video", "thanks",
    "about a lost friend", "for the end credits", "in the morning", "with a lot of feeling",
)  # fmt: skip
UNSEEN = 0.1  # share of captions that get a word of random letters, or an emoji
WRAPPED = 0.15  # share that get words before or after
TOLD_MORE = 0.7  # share that get facts that were left unsaid
# In the corpus a "track" has drums and a "melody" has none; people say either of anything.
PIECE = frozenset(("melody", "tune", "track", "song", "piece", "instrumental", "groove", "theme"))
LOOSE = ("track", "song", "piece", "tune", "music", "instrumental")
LOOSELY = 0.3  # share in which the piece is called by any of these
TUNEFUL = ("piano", "guitar", "flute", "bells", "strings", "synth")  # what plays tunes and chords


# Longest first: a grand piano is not a grand guitar. Synth pop and pop synth are styles.
_NAMED = {
    name: re.compile(rf"(?<!pop )\b({'|'.join(words)})\b(?! pop)", re.IGNORECASE)
    for name in TUNEFUL
    if (words := sorted(INSTRUMENT_WORDS[name], key=len, reverse=True))
}


def vary(caption: str, rng: np.random.Generator) -> str:
    """Return the caption as some person might have put it."""
    words = caption.split()
    if rng.random() < LOOSELY:
        words = [str(rng.choice(LOOSE)) if word in PIECE else word for word in words]
    if rng.random() < UNSEEN:
        words.insert(int(rng.integers(len(words) + 1)), _nonsense(rng))
    text = " ".join(words)
    if rng.random() < WRAPPED:
        text = f"{BEFORE[rng.integers(len(BEFORE))]} {text}"
    if rng.random() < WRAPPED:
        text = f"{text} {AFTER[rng.integers(len(AFTER))]}"
    return text


def tell_more(
    caption: str, record: Mapping[str, Any], rng: np.random.Generator, *, most: int = 3
) -> str:
    """Add one to `most` facts of the clip's record that the caption leaves unsaid.

    Tempo, key or mode, drums or none, and one of the instruments.
    """
    said = caption.lower()
    facts = [fact for words, fact in _facts(record, rng) if not any(w in said for w in words)]
    few = rng.permutation(len(facts))[: int(rng.integers(1, most + 1))]
    return ", ".join([caption.rstrip("."), *(facts[i] for i in few)])


def _facts(
    record: Mapping[str, Any], rng: np.random.Generator
) -> list[tuple[tuple[str, ...], str]]:
    """Return facts, each with the words that show that it is said already."""
    bpm, mode, names = record["tempo_bpm"], record["mode"], list(record["instruments"])
    pitched = [name for name in names if name != "drums"]
    found = [(("bpm",), str(rng.choice([f"{bpm} bpm", f"{bpm} BPM", f"tempo {bpm}"])))]
    if pitched:
        tonic = str(rng.choice(_names(record["tonic"])))
        key = [f"in {tonic} {mode}", f"{tonic} {mode}", f"{mode} key"]
        found.append(((" major", " minor"), str(rng.choice(key))))
        name = str(rng.choice(pitched))
        found.append(((name,), str(rng.choice([f"with {name}", f"{name} playing"]))))
    drums = ["with drums", "drums too"] if "drums" in names else ["no drums", "without drums"]
    found.append((("drum", "beat", "percussion"), str(rng.choice(drums))))
    return found


def _names(tonic: str) -> list[str]:
    """Return what people call a tonic: A#, A sharp, B flat and Bb are one."""
    if not tonic.endswith("#"):
        return [tonic]
    flat = "CDEFGABC"["CDEFGAB".index(tonic[0]) + 1]
    return [tonic, f"{tonic[0]} sharp", f"{flat} flat", f"{flat}b"]


def _nonsense(rng: np.random.Generator) -> str:
    if rng.random() < 0.3:
        return "♪"  # no letter of ours: it stands for all that is read as <unk>
    letters = rng.choice(list(string.ascii_lowercase), int(rng.integers(3, 9)))
    return "".join(letters)


def choose(records: Sequence[Mapping[str, Any]], rng: np.random.Generator) -> list[str]:
    """Draw one caption of each clip, and vary it."""
    found = []
    for record in records:
        caption = record["captions"][rng.integers(len(record["captions"]))]
        if rng.random() < TOLD_MORE:
            caption = tell_more(caption, record, rng)
        found.append(vary(caption, rng))
    return found


def mistake(
    caption: str, record: Mapping[str, Any], rng: np.random.Generator
) -> tuple[str, str] | None:
    """Return the caption, and the same with a mistake in who plays; None where none can be made.

    One of the clip's instruments is called by the name of one that does not play. A caption that
    names none of them is told of one first.
    """
    played = [name for name in TUNEFUL if name in record["instruments"]]
    others = [name for name in TUNEFUL if name not in record["instruments"]]
    if not played or not others:
        return None
    other = str(rng.choice(INSTRUMENT_WORDS[str(rng.choice(others))]))
    named = [found for name in played if (found := _NAMED[name].search(caption)) is not None]
    if not named:
        return f"{caption}, with {rng.choice(played)}", f"{caption}, with {other}"
    found = named[int(rng.integers(len(named)))]
    return caption, f"{caption[: found.start()]}{other}{caption[found.end() :]}"


def choose_pairs(
    records: Sequence[Mapping[str, Any]], rng: np.random.Generator
) -> tuple[list[str], list[str]]:
    """Draw one caption of each clip, and the same with a mistake in who plays; vary both alike.

    Where no such mistake can be made, both are the same.
    """
    right, wrong = [], []
    for record in records:
        caption = record["captions"][rng.integers(len(record["captions"]))]
        if rng.random() < TOLD_MORE:
            caption = tell_more(caption, record, rng)
        pair = mistake(caption, record, rng) or (caption, caption)
        seed = int(rng.integers(2**32))
        for texts, text in zip((right, wrong), pair, strict=True):
            texts.append(vary(text, np.random.default_rng(seed)))
    return right, wrong


def told_all(
    records: Sequence[Mapping[str, Any]], rng: np.random.Generator, *, tempo: bool = False
) -> list[str]:
    """Draw one caption of each clip, told any number of its facts more, and vary it.

    With `tempo`, each names its tempo.
    """
    found = []
    for r in records:
        text = tell_more(r["captions"][rng.integers(len(r["captions"]))], r, rng, most=5)
        if tempo and not says(text)["tempo"]:
            text = f"{text}, {r['tempo_bpm']} BPM"
        found.append(vary(text, rng))
    return found


def says(text: str) -> dict[str, bool]:
    """Tell which of a clip's tempo, mode and key a caption names."""
    return {
        "tempo": re.search(r"\b\d{2,3}\b", text) is not None,
        "mode": re.search(r"\b(major|minor)\b", text) is not None,
        "key": re.search(r"\b[A-G](#|b| sharp| flat)? (major|minor)\b", text) is not None,
    }


def all_words(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return every text that the vocabulary of pieces is learned from."""
    captions = [caption for record in records for caption in record["captions"]]
    return [*captions, *(BEFORE + AFTER) * (len(captions) // 200 + 1)]
