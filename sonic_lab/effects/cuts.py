"""Scissors: keep a piece, take a piece out, or put the pieces in another order."""

from __future__ import annotations

import numpy as np

from ..audio import check_number, check_rate, check_sound
from ..errors import AudioError
from ..randomness import generator
from .parameters import contiguous

_LONGEST_S = 1e6


def crop(y: np.ndarray, *, sr: int, start_s: float, duration_s: float) -> np.ndarray:
    """Keep `duration_s` seconds from `start_s` on, or as many as there are.

    >>> crop(np.arange(8) / 8, sr=4, start_s=0.5, duration_s=1).tolist()
    [0.25, 0.375, 0.5, 0.625]
    """
    sound, start, n = _piece(y, sr=sr, start_s=start_s, duration_s=duration_s)
    return sound[..., start : start + n].copy()


def cut_out(
    y: np.ndarray, *, sr: int, start_s: float, duration_s: float, crossfade_ms: float = 5.0
) -> np.ndarray:
    """Take `duration_s` seconds out and join the ends, fading one into the other.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    sr : Hz
    start_s, duration_s : the piece that goes, in seconds
    crossfade_ms : how long the ends overlap, 0 to 1000 ms; less where an end is shorter

    Returns
    -------
    float32 array, shorter by the piece (the crossfade uses what was taken out, not what stays)
    """
    sound, start, n = _piece(y, sr=sr, start_s=start_s, duration_s=duration_s)
    fade_s = check_number(crossfade_ms, name="crossfade_ms", low=0, high=1000, unit="ms") / 1000
    if n >= sound.shape[-1]:
        raise AudioError(f"nothing would be left: y has {sound.shape[-1]} samples, all in the cut")
    left, right = sound[..., :start].copy(), sound[..., start + n :]
    m = min(round(fade_s * sr), n, start)
    if m and right.shape[-1]:
        rising = np.sin(np.pi / 2 * (np.arange(m) + 0.5) / m) ** 2  # the two weights sum to one
        left[..., -m:] = (
            left[..., -m:] * (1 - rising) + sound[..., start + n - m : start + n] * rising
        )
    return contiguous(np.concatenate([left, right], axis=-1))


def shuffle(
    y: np.ndarray, *, sr: int, segment_s: float, rng: np.random.Generator | int | None = None
) -> np.ndarray:
    """Cut the sound into segments of equal length and put them in a random order.

    The last segment may be shorter, and moves with the others; channels stay together.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    sr : Hz
    segment_s : length of a segment, seconds
    rng : a seed, a NumPy generator, or None for fresh luck
    """
    sound, rate, luck = check_sound(y), check_rate(sr), generator(rng)
    seconds = check_number(segment_s, name="segment_s", low=1 / rate, high=_LONGEST_S, unit="s")
    step = max(1, round(seconds * rate))
    pieces = [sound[..., at : at + step] for at in range(0, sound.shape[-1], step)]
    return contiguous(np.concatenate([pieces[i] for i in luck.permutation(len(pieces))], axis=-1))


def _piece(
    y: np.ndarray, *, sr: int, start_s: float, duration_s: float
) -> tuple[np.ndarray, int, int]:
    """Return the checked sound, and where the piece starts and how long it is, in samples."""
    sound, rate = check_sound(y), check_rate(sr)
    start = round(check_number(start_s, name="start_s", low=0, high=_LONGEST_S, unit="s") * rate)
    seconds = check_number(duration_s, name="duration_s", low=1 / rate, high=_LONGEST_S, unit="s")
    if start >= sound.shape[-1]:
        raise AudioError(
            f"start_s={start_s!r} lies past the end of the sound, {sound.shape[-1] / rate:.3f} s"
        )
    return sound, start, min(max(1, round(seconds * rate)), sound.shape[-1] - start)
