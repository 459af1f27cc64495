"""Time and pitch of many clips at once."""

from __future__ import annotations

from typing import Any

from ...errors import AudioError
from .resampling import read_faster
from .steps import Drawn, trimmed
from .vocoder import stretched


def shift(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    """Begin earlier or later."""
    moved = y.new_empty(y.shape) if out is y else out
    for to, row, n, one in zip(moved, y, lengths, drawn, strict=True):
        by = round(one["fraction"] * n)
        at = by % n  # where the sound's first sample goes
        to[at:n], to[:at], to[n:] = row[: n - at], row[n - at : n], 0
        if not one["wrap"] and by > 0:
            to[:by] = 0
        elif not one["wrap"] and by < 0:
            to[n + by : n] = 0
    return moved, lengths


def speed(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    """Play faster or slower, as a tape does."""
    steps = [one["factor"] for one in drawn]
    new = [round(n / step) for n, step in zip(lengths, steps, strict=True)]
    if min(new) == 0:
        raise AudioError(f"{min(lengths)} samples are too few to play {max(steps):g} times faster")
    faster = read_faster(y, lengths, steps, new)
    return _kept(faster, lengths, new, drawn)


def pitch(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    """Move every pitch, at the same length."""
    steps = [2 ** (one["semitones"] / 12) for one in drawn]
    longer, between = stretched(y, lengths, steps, sr=sr)
    return read_faster(longer, between, steps, lengths), lengths


def stretch(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    """Play slower or faster at the same pitch."""
    other, new = stretched(y, lengths, [1 / one["rate"] for one in drawn], sr=sr)
    return _kept(other, lengths, new, drawn)


def _kept(y: Any, before: list[int], now: list[int], drawn: Drawn) -> Any:
    """Cut or fill up to the length before, where that is asked for."""
    import torch

    kept = [a if one["keep_length"] else b for a, b, one in zip(before, now, drawn, strict=True)]
    missing = max(0, max(kept) - y.shape[1])
    return torch.nn.functional.pad(trimmed(y, now), (0, missing)), kept
