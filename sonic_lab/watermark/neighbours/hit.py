"""What the neighbours have in common: the shape of an answer, and the checks before a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...audio import check_rate, check_sound
from ...errors import ParameterError
from ..checks import UnmarkableError

_SILENCE = 1e-4  # −80 dBFS, as for our own mark


@dataclass(frozen=True)
class ScoredHit:
    """What a detector without a probability found.

    Attributes
    ----------
    present : whether `score` is above `threshold`
    score : in the detector's own scale. How often unmarked sound reaches it is nowhere
        written: it must be measured, and holds for sound like that which it was measured on.
    threshold : where present begins; each class says who set it, and on what
    payload : the number that was read; None where no mark is present, or the mark carries none
    guess : the likeliest payload, even where no mark is present; None where the mark carries none
    p_value : None, since these detectors give none; a number where one could be derived
    """

    present: bool
    score: float
    threshold: float
    payload: int | None = None
    guess: int | None = None
    p_value: float | None = None


def check(y: Any, sr: Any, *, shortest_s: float) -> tuple[np.ndarray, int]:
    """Return the sound and its rate, or say why it can carry or show no mark."""
    sound, rate = check_sound(y), check_rate(sr)
    seconds = sound.shape[-1] / rate
    if seconds < shortest_s:
        raise UnmarkableError(
            f"y lasts {seconds:.2f} s, and this mark needs {shortest_s:g} s: a sound this short "
            "can neither carry it nor be called free of it"
        )
    if np.abs(sound).max() < _SILENCE:
        raise UnmarkableError("y stays below −80 dBFS: silence can neither carry nor show a mark")
    return sound, rate


def check_payload(payload: Any, bits: int) -> int:
    """Return a payload that fits."""
    whole = isinstance(payload, (int, np.integer)) and not isinstance(payload, bool)
    if not whole or not 0 <= payload < 1 << bits:
        raise ParameterError(
            f"payload={payload!r} must be a whole number from 0 to {(1 << bits) - 1}: this mark "
            f"carries {bits} bits"
        )
    return int(payload)


def check_threshold(threshold: Any) -> float:
    """Return a threshold that is a finite number."""
    if not isinstance(threshold, (int, float, np.number)) or not np.isfinite(threshold):
        raise ParameterError(f"threshold={threshold!r} must be a finite number")
    return float(threshold)


def to_bits(number: int, bits: int) -> np.ndarray:
    """Write a number as bits, the highest first: int64, shape (bits,)."""
    return np.array([number >> k & 1 for k in reversed(range(bits))], dtype=np.int64)


def from_bits(bits: np.ndarray) -> int:
    """Read a number from bits, the highest first.

    >>> from_bits(to_bits(0xCAFE, 16)) == 0xCAFE
    True
    """
    return int("".join(str(int(bit)) for bit in bits), 2)


def marked(sound: np.ndarray, change: Callable[[np.ndarray], np.ndarray], like: Any) -> np.ndarray:
    """Run each channel through a call of (n,) -> (about n,), and keep shape, dtype and peaks.

    What a neighbour leaves off at the end, a frame at most, stays as it was.
    """
    channels = np.atleast_2d(sound)
    out = channels.astype(np.float32, copy=True)
    for row, channel in zip(out, channels, strict=True):
        new = change(channel)[: channel.size]
        row[: new.size] = new
    ceiling = np.maximum(1, np.abs(channels))
    dtype = np.asarray(like).dtype
    kept = np.clip(out, -ceiling, ceiling).reshape(sound.shape)
    return kept.astype(dtype if dtype.kind == "f" else np.float32, copy=False)
