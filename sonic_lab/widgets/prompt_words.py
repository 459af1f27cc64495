"""Words to ask with: the corpus' own vocabulary, which the bundled model has learnt from."""

from __future__ import annotations

import numpy as np

from ..corpus import INSTRUMENTS, MODES, STYLES, compose
from ..corpus.moods import moods

EXAMPLES = (
    "slow sad piano melody",
    "80s pop synth track with a groovy bassline",
    "calm and melancholic acoustic folk guitar melody",
    "fast happy chiptune",
)
_TEMPI_BPM = (66, 100, 140)


def suggestions() -> dict[str, list[str]]:
    """Return words by kind: how fast, which mood, which instruments, which style.

    >>> "sad" in suggestions()["mood"], "piano" in suggestions()["instruments"]
    (True, True)
    """
    felt = {
        mood
        for tempo_bpm in _TEMPI_BPM
        for mode in MODES
        for energy in (0.2, 0.5, 0.8)
        for drums in (False, True)
        for mood in moods(tempo_bpm, mode, energy, drums)
    }
    return {
        "tempo": ["slow", "fast"],
        "mood": sorted(felt),
        "instruments": list(INSTRUMENTS),
        "style": list(STYLES),
    }


def surprise(rng: np.random.Generator) -> str:
    """Return what a listener might say of a piece that the corpus' composer has just thought up."""
    piece = compose(int(rng.integers(2**31)))
    return str(rng.choice(piece.captions))
