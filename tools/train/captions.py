"""What the language model is told of a clip: captions, varied as people vary them.

A caption comes from the clip's record as the corpus wrote it. People write otherwise: they beg
("please make …"), speak of what no label holds ("… about the sea"), misspell, and add emoji. So
now and then words that mean nothing here are put among those that do, and the model learns to
read past them.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

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


def vary(caption: str, rng: np.random.Generator) -> str:
    """Return the caption as some person might have put it."""
    words = caption.split()
    if rng.random() < UNSEEN:
        words.insert(int(rng.integers(len(words) + 1)), _nonsense(rng))
    text = " ".join(words)
    if rng.random() < WRAPPED:
        text = f"{BEFORE[rng.integers(len(BEFORE))]} {text}"
    if rng.random() < WRAPPED:
        text = f"{text} {AFTER[rng.integers(len(AFTER))]}"
    return text


def _nonsense(rng: np.random.Generator) -> str:
    if rng.random() < 0.3:
        return "♪"  # no letter of ours: it stands for all that is read as <unk>
    letters = rng.choice(list(string.ascii_lowercase), int(rng.integers(3, 9)))
    return "".join(letters)


def choose(records: Sequence[Mapping[str, Any]], rng: np.random.Generator) -> list[str]:
    """Draw one caption of each clip, and vary it."""
    found = []
    for record in records:
        captions = record["captions"]
        found.append(vary(captions[rng.integers(len(captions))], rng))
    return found


def all_words(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return every text that the vocabulary of pieces is learned from."""
    captions = [caption for record in records for caption in record["captions"]]
    return [*captions, *(BEFORE + AFTER) * (len(captions) // 200 + 1)]
