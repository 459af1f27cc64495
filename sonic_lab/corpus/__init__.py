"""A corpus of music that we can account for: a composer, a synthesiser, captions, shards."""

from .composing import compose
from .instruments import HELD_OUT_TIMBRES, INSTRUMENTS
from .mixing import render, samples, stems
from .scores import MODES, SR, TONICS, Note, Piece
from .styles import STYLES

__all__ = [
    "HELD_OUT_TIMBRES",
    "INSTRUMENTS",
    "MODES",
    "SR",
    "STYLES",
    "TONICS",
    "Note",
    "Piece",
    "compose",
    "render",
    "samples",
    "stems",
]
