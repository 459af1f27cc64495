"""Longer, higher, faster, later: what moves time or pitch."""

# ruff: noqa: RUF009 - `between` is a `dataclasses.field`
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .. import effects
from ..audio import check_sound
from .labels import NOTE_TOLERANCE, TEMPO_TOLERANCE
from .ranges import Span, between, choice
from .transform import Transform

_FADE_S = 0.005  # at the ends of a hole, so that they do not click
_VOICE_SEMITONES = 1.0  # further off, a voice sounds like somebody else's
_FAR_SEMITONES = 12.0
_FAR_RATE = 2.0


def fitted(y: np.ndarray, n: int) -> np.ndarray:
    """Cut to `n` samples, or fill up with silence."""
    missing = max(0, n - y.shape[-1])
    return np.pad(y, [(0, 0)] * (y.ndim - 1) + [(0, missing)])[..., :n]


def stretch(y: np.ndarray, *, sr: int, rate: float, keep_length: bool) -> np.ndarray:
    """`effects.time_stretch` by a rate of playing: above 1 is faster, and shorter."""
    out = effects.time_stretch(y, sr=sr, factor=1 / rate)
    return fitted(out, np.shape(y)[-1]) if keep_length else out


def speed(y: np.ndarray, *, factor: float, keep_length: bool) -> np.ndarray:
    """`effects.speed`, cut or filled up with silence to its old length if asked."""
    out = effects.speed(y, factor=factor)
    return fitted(out, np.shape(y)[-1]) if keep_length else out


def shift(y: np.ndarray, *, fraction: float, wrap: bool) -> np.ndarray:
    """Begin later (or earlier): what leaves at one end comes in at the other, or is lost.

    >>> shift(np.array([1, 2, 3, 4.0]), fraction=0.25, wrap=True).tolist()
    [4.0, 1.0, 2.0, 3.0]
    >>> shift(np.array([1, 2, 3, 4.0]), fraction=-0.25, wrap=False).tolist()
    [2.0, 3.0, 4.0, 0.0]
    """
    sound = check_sound(y)
    by = round(fraction * sound.shape[-1])
    out = np.roll(sound, by, axis=-1)
    if not wrap and by > 0:
        out[..., :by] = 0
    elif not wrap and by < 0:
        out[..., by:] = 0
    return out


def mask_time(y: np.ndarray, *, sr: int, fraction: float, place: float) -> np.ndarray:
    """Silence a stretch of `fraction` of the sound; `place` 0 is at its beginning, 1 at its end."""
    sound = check_sound(y).copy()
    n = sound.shape[-1]
    m = round(fraction * n)
    start = round(place * (n - m))
    fade = min(round(_FADE_S * sr), m // 2)
    edge = np.cos(np.pi / 2 * (np.arange(fade) + 0.5) / max(1, fade)) ** 2
    level = np.concatenate([edge, np.zeros(m - 2 * fade), edge[::-1]])
    sound[..., start : start + m] *= level.astype(np.float32)
    return sound


def _slower_or_faster(name: str, span: tuple[float, float]) -> dict[str, str]:
    low, high = span
    found = {}
    if max(high - 1, 1 - low) > TEMPO_TOLERANCE:
        found["tempo"] = f"{name} of {low:g} to {high:g} multiplies the tempo by as much"
    if (low, high) != (1, 1):
        found["timing"] = "every onset moves, the more the later it is"
    if max(high, 1 / low) > _FAR_RATE:
        why = f"{name} of {low:g} to {high:g} smears or crowds the attacks it is known by"
        found |= {"instrument": why, "words": why, "style": why}
    return found


def _higher_or_lower(semitones: float) -> dict[str, str]:
    found: dict[str, str] = {}
    by = f"every note moves by up to {semitones:.3g} semitones"
    if semitones >= NOTE_TOLERANCE:
        found |= {"note": by, "key": by}
    if semitones > _VOICE_SEMITONES:
        found["speaker"] = f"{by}, and the voice's formants with it"
    if semitones > _FAR_SEMITONES:
        why = f"{by}, and the timbre with it, as if of another instrument"
        found |= {"instrument": why, "words": why}
    return found


@dataclass(frozen=True, kw_only=True, repr=False)
class TimeStretch(Transform):
    """Play slower or faster at the same pitch.

    Parameters
    ----------
    rate : of playing; above 1 is faster, and the sound 1 / rate as long
    keep_length : cut or fill up with silence to the old length, so that clips stay of one size
    """

    effect = staticmethod(stretch)
    rate: Span = between(0.8, 1.25, least=0.1, most=10)
    keep_length: bool = choice(False, True)

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        return _slower_or_faster("a rate", self.span("rate"))


@dataclass(frozen=True, kw_only=True, repr=False)
class PitchShift(Transform):
    """Move every pitch by the same interval, at the same length.

    Parameters
    ----------
    semitones : 12 are an octave; 0.01 of one is a cent
    """

    effect = staticmethod(effects.pitch_shift)
    semitones: Span = between(-4, 4, least=-24, most=24, unit="semitones")

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        return _higher_or_lower(max(abs(end) for end in self.span("semitones")))


@dataclass(frozen=True, kw_only=True, repr=False)
class Speed(Transform):
    """Play slower or faster as a tape does: time and pitch move together.

    Parameters
    ----------
    factor : 2 is twice as fast and an octave up
    keep_length : cut or fill up with silence to the old length
    """

    effect = staticmethod(speed)
    needs_rate = False
    factor: Span = between(0.9, 1.1, least=0.1, most=10, scale="log")
    keep_length: bool = choice(False, True)

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        semitones = max(abs(12 * np.log2(end)) for end in self.span("factor"))
        return {
            **_higher_or_lower(float(semitones)),
            **_slower_or_faster("a factor", self.span("factor")),
        }


@dataclass(frozen=True, kw_only=True, repr=False)
class Shift(Transform):
    """Begin earlier or later.

    Parameters
    ----------
    fraction : of the length; positive is later
    wrap : let what leaves at one end come in at the other; else silence comes in
    """

    effect = staticmethod(shift)
    needs_rate = False
    fraction: Span = between(-0.5, 0.5, least=-1, most=1)
    wrap: bool = choice(True, False)

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        found = {"timing": "every onset moves"}
        if self.wrap:
            found["words"] = "a word may be cut in two, its end before its beginning"
        else:
            found["words"] = "a word may be pushed out at the end"
        return found


@dataclass(frozen=True, kw_only=True, repr=False)
class TimeMask(Transform):
    """Silence one stretch of the sound.

    Parameters
    ----------
    fraction : of the length that falls silent
    place : 0 at the beginning, 1 at the end
    """

    effect = staticmethod(mask_time)
    fraction: Span = between(0.02, 0.15, least=0, most=0.9)
    place: Span = between(0, 1, least=0, most=1)

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        return {
            "words": "a word may fall into the silence",
            "timing": "an onset may fall into the silence",
            "quality": "a gap is a fault of recording",
        }
