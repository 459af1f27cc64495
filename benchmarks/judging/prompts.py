"""Two hundred prompts, and what each asks for in so many words.

What is asked together comes from pieces that the corpus could have composed (seeds of their own),
so nothing impossible is asked. The sentences are written here and not taken from the captions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sonic_lab import corpus

FIRST_SEED = 4_000_000
DEVELOPMENT_SEED = 5_000_000  # of prompts to choose settings by
NAMES = {
    "piano": ("piano", "grand piano"), "guitar": ("guitar", "acoustic guitar"),
    "flute": ("flute",), "bells": ("bells", "chimes"), "strings": ("strings", "violins"),
    "synth": ("synth", "synthesizer"), "bass": ("bass", "bass line"), "drums": ("drums", "beat"),
}  # fmt: skip
TONIC_WORDS = {"C#": "C sharp", "D#": "D sharp", "F#": "F sharp", "G#": "G sharp", "A#": "B flat"}
# What a piece's first mood may be called, and the mode that is asked for by it, if any.
MOODS = {
    "sad": ("sad", "minor"), "wistful": ("melancholic", "minor"), "tense": ("dark", "minor"),
    "happy": ("happy", "major"), "warm": ("warm", None), "peaceful": ("peaceful", None),
}  # fmt: skip


@dataclass(frozen=True)
class Prompt:
    """A prompt and what it asks for; None where it does not say.

    `instruments` are those named, drums left out: `drums` is whether they are asked for or
    refused.
    """

    text: str
    seed: int
    instruments: tuple[str, ...]
    drums: bool | None = None
    mode: str | None = None
    tonic: str | None = None
    tempo_bpm: int | None = None


def prompts(n: int = 200, *, first_seed: int = FIRST_SEED) -> list[Prompt]:
    """Return the first n prompts, always the same."""
    return [_write(first_seed + i, i) for i in range(n)]


def _write(seed: int, i: int) -> Prompt:
    piece = corpus.compose(seed)
    rng = np.random.default_rng(seed)
    named = [name for name in piece.instruments if name != "drums"]
    named = [str(name) for name in rng.permutation(named)[:2]]
    said = [str(rng.choice(NAMES[name])) for name in named]
    drums = piece.drums if i % 2 else (True if piece.drums else None)
    with_drums = {True: " with drums", False: ", no drums", None: ""}[drums]
    tonic = TONIC_WORDS.get(piece.tonic, piece.tonic)
    facts: Mapping[int, tuple[str, dict[str, object]]] = {
        0: (f", {piece.tempo_bpm} BPM", {"tempo_bpm": piece.tempo_bpm}),
        1: (f" in {tonic} {piece.mode}", {"tonic": piece.tonic, "mode": piece.mode}),
        2: (f" in {tonic} {piece.mode}, {piece.tempo_bpm} BPM",
            {"tonic": piece.tonic, "mode": piece.mode, "tempo_bpm": piece.tempo_bpm}),
        3: (f", {piece.mode} key", {"mode": piece.mode}),
    }  # fmt: skip
    fact, asked = facts[i % 4 if named else 0]
    players = " and ".join(said) or "groove"
    if i % 4 == 0 or not named:
        mood, mode = MOODS[piece.moods[0]]
        mode = mode if named else None  # drums alone are in no key
        return Prompt(f"{mood} {piece.style} {players}{with_drums}{fact}", seed, tuple(named),
                      drums, mode=mode, **asked)  # fmt: skip
    article = "an" if piece.style[0] in "aeiou8" else "a"
    text = f"{article} {piece.style} track with {players}{with_drums.replace(' with', ' and')}"
    return Prompt(f"{text}{fact}", seed, tuple(named), drums, **asked)
