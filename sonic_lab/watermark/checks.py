"""What the mark is given, checked at the door: sounds, keys, payloads and strengths."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..audio import check_rate, check_sound
from ..errors import AudioError, ParameterError, unknown_name
from .embedding import STRENGTHS, Strength
from .tiles import HOP, RATE

LOWEST_SR, HIGHEST_SR = 16_000, 48_000
SHORTEST_S = 2.0
_SILENCE = 1e-4  # −80 dBFS: a frame below this shows nothing
_SOUNDING_S = 1.0


class UnmarkableError(AudioError):
    """Sound too short or too silent to carry a mark, or to show whether it carries one."""


def check_markable(y: Any, sr: Any) -> tuple[np.ndarray, int]:
    """Return a sound and its rate, or say why no mark can be put into it or sought."""
    rate = check_rate(sr)
    if not LOWEST_SR <= rate <= HIGHEST_SR:
        raise ParameterError(
            f"sr={rate} is outside {LOWEST_SR} to {HIGHEST_SR} Hz: resample the sound first, "
            "with sl.audio.resample"
        )
    sound = check_sound(y)
    if sound.shape[-1] < SHORTEST_S * rate:
        raise UnmarkableError(
            f"y lasts {sound.shape[-1] / rate:.2f} s, and a mark needs {SHORTEST_S:g} s: a sound "
            "this short can neither carry a mark nor be called free of one"
        )
    return sound, rate


def check_sounding(low: np.ndarray, purpose: str) -> None:
    """Refuse a sound, (c, n) at `RATE`, of which too little can be heard."""
    n = low.shape[1] // HOP
    level = np.sqrt(np.mean(low[:, : n * HOP].reshape(len(low), n, HOP) ** 2, axis=2)).max(axis=0)
    sounding = float(np.sum(level > _SILENCE)) * HOP / RATE
    if sounding < _SOUNDING_S:
        raise UnmarkableError(
            f"y holds {sounding:.2f} s of sound above −80 dBFS, and {_SOUNDING_S:g} s are needed: "
            f"it is too silent to {purpose}"
        )


def check_key(key: Any) -> bytes:
    """Return a key as bytes."""
    if not isinstance(key, (str, bytes)):
        raise ParameterError(f"key must be text or bytes, not {type(key).__name__}")
    if not key:
        raise ParameterError("key is empty: anybody could guess it")
    return key.encode() if isinstance(key, str) else key


def check_strength(strength: Any) -> Strength:
    """Return a strength, by its name or as it is."""
    if isinstance(strength, Strength):
        return strength
    if strength not in STRENGTHS:
        raise unknown_name("strength", strength, STRENGTHS)
    return STRENGTHS[strength]


def check_payload(payload: Any, bits: int) -> int:
    """Return a payload that fits into its bits."""
    if isinstance(payload, (bool, np.bool_)) or not isinstance(payload, (int, np.integer)):
        raise ParameterError(f"payload={payload!r} must be a whole number")
    if not 0 <= payload < 1 << bits:
        raise ParameterError(
            f"payload={payload} does not fit into {bits} bits: 0 to {(1 << bits) - 1} do"
            + (", or make the mark with bits=32" if bits == 16 else "")
        )
    return int(payload)


def kept_dtype(y: Any) -> np.dtype:
    """Return the dtype that a marked sound keeps: the float type it came in."""
    dtype = np.asarray(y).dtype
    return dtype if dtype.kind == "f" else np.dtype(np.float32)
