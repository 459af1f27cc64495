"""Marks in sound that cannot be heard and can be read, and attacks to try them with."""

from .embedding import STRENGTHS, Strength
from .spread_spectrum import Hit, SpreadSpectrum, UnmarkableError

__all__ = ["STRENGTHS", "Hit", "SpreadSpectrum", "Strength", "UnmarkableError"]
