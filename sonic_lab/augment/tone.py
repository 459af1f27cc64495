"""Duller, thinner, brighter: filters and equalizers."""

# ruff: noqa: RUF009 - `between` is a `dataclasses.field`
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .. import effects
from ..errors import ParameterError
from .ranges import Span, between, choice
from .transform import Transform

# Rules of thumb: below 1 kHz most overtones are gone, above it most fundamentals; speech needs
# about 300 to 2000 Hz to be followed.
_DULL_HZ, _THIN_HZ = 1000.0, 1000.0
_SPEECH_HZ = (300.0, 2000.0)
_FAR_DB = 18.0
_ORDERS = (2, 4, 6, 8)


def band_pass(
    y: np.ndarray, *, sr: int, center_hz: float, octaves: float, order: int
) -> np.ndarray:
    """`effects.band_pass`, with the band given by its middle and its width."""
    half = 2 ** (octaves / 2)
    return effects.band_pass(
        y, sr=sr, low_hz=center_hz / half, high_hz=center_hz * half, order=order
    )


def _narrowed(*, low_hz: float = 0, high_hz: float = np.inf) -> dict[str, str]:
    """Say what is lost where only `low_hz` to `high_hz` is sure to pass."""
    found = {"quality": "part of the spectrum is taken away"}
    if high_hz < _DULL_HZ or low_hz > _THIN_HZ:
        kept = f"above {low_hz:.0f} Hz" if high_hz == np.inf else f"below {high_hz:.0f} Hz"
        why = f"what is left {kept} may not tell it from others"
        found |= {"instrument": why, "speaker": why}
    if high_hz < _SPEECH_HZ[1] or low_hz > _SPEECH_HZ[0] * 2:
        found["words"] = "speech needs the range from about 300 to 2000 Hz"
    return found


def _coloured(gain_db: tuple[float, float]) -> dict[str, str]:
    found = {"quality": "the balance of low and high is changed"}
    if max(abs(end) for end in gain_db) > _FAR_DB:
        found["instrument"] = f"more than {_FAR_DB:g} dB may hide what it is known by"
    return found


@dataclass(frozen=True, kw_only=True, repr=False)
class LowPass(Transform):
    """Keep what lies below a drawn cutoff.

    Parameters
    ----------
    cutoff_hz : Hz, drawn so that every octave is as likely
    order : 6 dB an octave for each
    """

    effect = staticmethod(effects.low_pass)
    cutoff_hz: Span = between(1500, 7500, least=20, most=96_000, unit="Hz", scale="log")
    order: int = choice(4, *_ORDERS)

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        return _narrowed(high_hz=self.span("cutoff_hz")[0])


@dataclass(frozen=True, kw_only=True, repr=False)
class HighPass(Transform):
    """Keep what lies above a drawn cutoff.

    Parameters
    ----------
    cutoff_hz : Hz, drawn so that every octave is as likely
    order : 6 dB an octave for each
    """

    effect = staticmethod(effects.high_pass)
    cutoff_hz: Span = between(60, 500, least=20, most=96_000, unit="Hz", scale="log")
    order: int = choice(4, *_ORDERS)

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        return _narrowed(low_hz=self.span("cutoff_hz")[1])


@dataclass(frozen=True, kw_only=True, repr=False)
class BandPass(Transform):
    """Keep a band of frequencies.

    Parameters
    ----------
    center_hz : its middle, Hz, drawn so that every octave is as likely
    octaves : its width
    order : 6 dB an octave for each, at both edges
    """

    effect = staticmethod(band_pass)
    center_hz: Span = between(700, 1500, least=20, most=96_000, unit="Hz", scale="log")
    octaves: Span = between(2.5, 4, least=0.1, most=8)
    order: int = choice(4, *_ORDERS)

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        half = 2 ** (self.span("octaves")[0] / 2)
        low, high = self.span("center_hz")[1] / half, self.span("center_hz")[0] * half
        return {**_narrowed(high_hz=high), **_narrowed(low_hz=low)}

    def check_at(self, sr: int) -> None:
        """See `Transform.check_at`."""
        high = self.span("center_hz")[1] * 2 ** (self.span("octaves")[1] / 2)
        if high >= sr / 2:
            raise ParameterError(
                f"the band of {self!r} reaches {high:.0f} Hz, and sound at sr={sr} "
                f"ends at {sr / 2:g} Hz: lower or narrow it"
            )


@dataclass(frozen=True, kw_only=True, repr=False)
class Peak(Transform):
    """Raise or lower a region of frequencies.

    Parameters
    ----------
    center_hz : Hz, drawn so that every octave is as likely
    gain_db : dB at the centre
    q : centre over width
    """

    effect = staticmethod(effects.peak)
    center_hz: Span = between(100, 5000, least=20, most=96_000, unit="Hz", scale="log")
    gain_db: Span = between(-12, 12, least=-40, most=40, unit="dB")
    q: Span = between(0.5, 2, least=0.05, most=100, scale="log")

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        return _coloured(self.span("gain_db"))


@dataclass(frozen=True, kw_only=True, repr=False)
class LowShelf(Transform):
    """Raise or lower the bass.

    Parameters
    ----------
    corner_hz : Hz, where half of the gain is reached
    gain_db : dB well below it
    """

    effect = staticmethod(effects.low_shelf)
    corner_hz: Span = between(80, 400, least=20, most=96_000, unit="Hz", scale="log")
    gain_db: Span = between(-12, 12, least=-40, most=40, unit="dB")

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        return _coloured(self.span("gain_db"))


@dataclass(frozen=True, kw_only=True, repr=False)
class HighShelf(Transform):
    """Raise or lower the treble.

    Parameters
    ----------
    corner_hz : Hz, where half of the gain is reached
    gain_db : dB well above it
    """

    effect = staticmethod(effects.high_shelf)
    corner_hz: Span = between(1500, 5000, least=20, most=96_000, unit="Hz", scale="log")
    gain_db: Span = between(-12, 12, least=-40, most=40, unit="dB")

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        return _coloured(self.span("gain_db"))
