"""Marks in sound that cannot be heard and can be read, and attacks to try them with."""

from .embedding import STRENGTHS, Strength
from .neighbours import AudioSeal, Audiowmark, Aware, Perth, ScoredHit, available
from .spread_spectrum import Hit, SpreadSpectrum, UnmarkableError

__all__ = [
    "STRENGTHS",
    "AudioSeal",
    "Audiowmark",
    "Aware",
    "Hit",
    "Perth",
    "ScoredHit",
    "SpreadSpectrum",
    "Strength",
    "UnmarkableError",
    "available",
]
