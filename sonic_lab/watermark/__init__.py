"""Marks in sound that cannot be heard and can be read, and attacks to try them with."""

from . import attacks
from .checks import UnmarkableError
from .embedding import STRENGTHS, Strength
from .hum import Hum, HumHit, find_hum, notch
from .neighbours import AudioSeal, Audiowmark, Aware, Perth, ScoredHit, available
from .spread_spectrum import Hit, SpreadSpectrum

__all__ = [
    "STRENGTHS",
    "AudioSeal",
    "Audiowmark",
    "Aware",
    "Hit",
    "Hum",
    "HumHit",
    "Perth",
    "ScoredHit",
    "SpreadSpectrum",
    "Strength",
    "UnmarkableError",
    "attacks",
    "available",
    "find_hum",
    "notch",
]
