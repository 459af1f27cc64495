"""Louder, upside down, too loud, evened out, or in coarser steps."""

# ruff: noqa: RUF009 - `between` is a `dataclasses.field`
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .. import effects
from .ranges import Span, between
from .transform import Transform

_HEAVY_CLIP_DB = -20.0  # a tenth of the peak is left, and every wave is nearly square
_HEAVY_DRIVE_DB = 24.0
_FEW_BITS = 5
_HARSH = "so much distortion adds overtones that are not the instrument's"


@dataclass(frozen=True, kw_only=True, repr=False)
class Gain(Transform):
    """Make it louder or quieter.

    Parameters
    ----------
    gain_db : dB, positive is louder
    """

    effect = staticmethod(effects.gain)
    needs_rate = False
    gain_db: Span = between(-12, 6, least=-60, most=60, unit="dB")

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        return {"loudness": "the level is what it changes"} if any(self.span("gain_db")) else {}


@dataclass(frozen=True, kw_only=True, repr=False)
class Invert(Transform):
    """Turn the polarity round, which nobody hears and every sample shows."""

    effect = staticmethod(effects.invert)
    needs_rate = False


@dataclass(frozen=True, kw_only=True, repr=False)
class Clip(Transform):
    """Cut the peaks off.

    Parameters
    ----------
    threshold_db : where, relative to the highest peak, dB
    """

    effect = staticmethod(effects.clip)
    needs_rate = False
    threshold_db: Span = between(-12, -1, least=-60, most=0, unit="dB")

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        found = {"quality": "clipping is a fault of recording", "loudness": "peaks are cut off"}
        if self.span("threshold_db")[0] < _HEAVY_CLIP_DB:
            found["instrument"] = _HARSH
        return found


@dataclass(frozen=True, kw_only=True, repr=False)
class SoftClip(Transform):
    """Bend the peaks, as an overdriven valve does.

    Parameters
    ----------
    drive_db : how far the quiet parts are raised into the bend, dB
    """

    effect = staticmethod(effects.soft_clip)
    needs_rate = False
    drive_db: Span = between(3, 18, least=0, most=60, unit="dB")

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        found = {"quality": "distortion is a fault of recording", "loudness": "quiet parts rise"}
        if self.span("drive_db")[1] > _HEAVY_DRIVE_DB:
            found["instrument"] = _HARSH
        return found


@dataclass(frozen=True, kw_only=True, repr=False)
class Compress(Transform):
    """Turn down what is loud, as a compressor in a studio does.

    Parameters
    ----------
    threshold_db : the level from which on, dBFS
    ratio : so many dB above it become one
    """

    effect = staticmethod(effects.compress)
    threshold_db: Span = between(-36, -12, least=-100, most=0, unit="dB")
    ratio: Span = between(2, 8, least=1, most=1000)

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        return {"loudness": "loud and quiet come closer together"}


@dataclass(frozen=True, kw_only=True, repr=False)
class Quantize(Transform):
    """Round to fewer bits.

    Parameters
    ----------
    bits : a whole number of bits a sample
    """

    effect = staticmethod(effects.quantize)
    needs_rate = False
    bits: Span = between(6, 12, least=1, most=24, scale="whole")

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        found = {"quality": "coarse steps are heard as noise"}
        if self.span("bits")[0] < _FEW_BITS:
            found["instrument"] = _HARSH
        return found
