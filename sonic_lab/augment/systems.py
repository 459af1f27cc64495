"""What sound passes through on its way: rooms, codecs, a telephone line."""

# ruff: noqa: RUF009 - `between` is a `dataclasses.field`
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .. import effects
from .ranges import Span, between
from .transform import Transform

_LONG_S = 2.0  # a hall in which words run into each other
_LOW_MP3_KBPS, _LOW_OPUS_KBPS = 24.0, 8.0
_CODED = {"quality": "what the codec leaves out is what a judge of quality listens for"}


@dataclass(frozen=True, kw_only=True, repr=False)
class Reverb(Transform):
    """Play it in a room of 7 x 5 x 3 m whose walls and late echoes are drawn.

    Parameters
    ----------
    rt60_s : how long the room takes to fall by 60 dB, seconds
    distance_m : from the source to the microphone, metres
    """

    effect = staticmethod(effects.reverb)
    needs_seed = True
    rt60_s: Span = between(0.2, 1.2, least=0.05, most=10, unit="s", scale="log")
    distance_m: Span = between(0.5, 3, least=0.1, most=5, unit="m")

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        found = {"place": "a room is added to the one of the recording"}
        found["quality"] = "reverberation is what a judge of quality listens for"
        if self.span("rt60_s")[1] > _LONG_S:
            why = f"{self.span('rt60_s')[1]:g} s of reverberation blur one into the next"
            found |= {"words": why, "timing": why}
        return found


@dataclass(frozen=True, kw_only=True, repr=False)
class Echo(Transform):
    """Add one reflection.

    Parameters
    ----------
    delay_ms : how much later, ms
    level_db : how loud, dB relative to the sound
    """

    effect = staticmethod(effects.echo)
    delay_ms: Span = between(60, 300, least=0, most=10_000, unit="ms")
    level_db: Span = between(-18, -6, least=-120, most=20, unit="dB")

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        return {
            "place": "an echo tells of a place",
            "timing": "every onset comes twice",
            "quality": "an echo is what a judge of quality listens for",
        }


@dataclass(frozen=True, kw_only=True, repr=False)
class Mp3(Transform):
    """Through the MP3 codec and back.

    Parameters
    ----------
    bitrate_kbps : kbit/s
    """

    effect = staticmethod(effects.mp3)
    bitrate_kbps: Span = between(32, 128, least=8, most=320, unit="kbit/s", scale="log")

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        low = self.span("bitrate_kbps")[0] < _LOW_MP3_KBPS
        return {**_CODED, **({"instrument": "so few bits leave little of a timbre"} if low else {})}


@dataclass(frozen=True, kw_only=True, repr=False)
class Opus(Transform):
    """Through the Opus codec and back, as in a call or a stream.

    Parameters
    ----------
    bitrate_kbps : kbit/s for each channel
    """

    effect = staticmethod(effects.opus)
    bitrate_kbps: Span = between(12, 64, least=6, most=256, unit="kbit/s", scale="log")

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        low = self.span("bitrate_kbps")[0] < _LOW_OPUS_KBPS
        return {**_CODED, **({"instrument": "so few bits leave little of a timbre"} if low else {})}


@dataclass(frozen=True, kw_only=True, repr=False)
class Telephone(Transform):
    """Through an old telephone line: 300 to 3400 Hz in eight bits."""

    effect = staticmethod(effects.telephone)

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        return {"quality": "a telephone line is heard at once"}
