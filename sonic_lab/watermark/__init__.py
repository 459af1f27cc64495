"""Marks in sound that cannot be heard and can be read, and attacks to try them with."""

from . import attacks
from .checks import UnmarkableError
from .embedding import STRENGTHS, Strength
from .hum import Hum, HumHit, find_hum, notch
from .spread_spectrum import Hit, SpreadSpectrum

__all__ = [
    "STRENGTHS",
    "Hit",
    "Hum",
    "HumHit",
    "SpreadSpectrum",
    "Strength",
    "UnmarkableError",
    "attacks",
    "find_hum",
    "notch",
]
