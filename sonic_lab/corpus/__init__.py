"""A corpus of music that we can account for: a composer, a synthesiser, captions, shards."""

from .composing import compose
from .instruments import HELD_OUT_TIMBRES, INSTRUMENTS
from .mixing import render, samples, stems
from .reading import Corpus, read
from .records import record
from .scores import MODES, SR, TONICS, Note, Piece
from .shards import HELD_OUT_TIMBRE_SEED, TEST_SEED, TRAIN_SEED, write
from .styles import STYLES

__all__ = [
    "HELD_OUT_TIMBRES",
    "HELD_OUT_TIMBRE_SEED",
    "INSTRUMENTS",
    "MODES",
    "SR",
    "STYLES",
    "TEST_SEED",
    "TONICS",
    "TRAIN_SEED",
    "Corpus",
    "Note",
    "Piece",
    "compose",
    "read",
    "record",
    "render",
    "samples",
    "stems",
    "write",
]
