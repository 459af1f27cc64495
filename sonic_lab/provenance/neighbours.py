"""Find recordings that occur twice among many, without comparing each with each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .fingerprint import MIN_FRAMES, SURE_FRAMES, Fingerprint, overlap, similarity

# Measured by benchmarks/fingerprint.py: copies through MP3 at 57 kbit/s, gain, 8 kHz or a cut keep
# at least 0.88; two different recordings reach 0.27 at most.
ALIKE = 0.6
# Tunes put together of the same 24 notes reach 0.6 where they share a second, and 0.41 where they
# share two: more is asked for the less is shared.
_ALIKE_AT_LEAST = 0.9
_CROWD = 8  # clips that share a key: among more, each is compared with its neighbours alone
_SHARED_KEYS = 4  # at one lag: fewer are chance, or one drum stroke that both use
_FAR = 2**20  # frames, more than six hours: no lag is longer


@dataclass(frozen=True)
class Pair:
    """Two clips, by index, that hold the same recording. `likeness` is 1 for a perfect copy."""

    first: int
    second: int
    likeness: float


def near_duplicates(
    prints: Sequence[Fingerprint | None], *, threshold: float = ALIKE
) -> list[Pair]:
    """Find the pairs of clips that hold the same recording.

    Of many copies of one recording not every pair is named, but enough to join all of them.

    Parameters
    ----------
    prints : one fingerprint a clip; None, or one that is not `enough`, matches nothing
    threshold : least `similarity` of a pair that shares two seconds; more for those that share less

    Returns
    -------
    Pairs with ``first < second``, in order
    """
    found = []
    for (first, second), lag in _candidates(prints).items():
        a, b = prints[first], prints[second]
        assert a is not None  # a candidate has keys, so it has a fingerprint
        assert b is not None
        likeness, best = max((similarity(a, b, lag=lag + slip), lag + slip) for slip in (-1, 0, 1))
        if likeness >= _needed(overlap(a, b, best), threshold):
            found.append(Pair(first, second, round(likeness, 3)))
    return sorted(found, key=lambda pair: (pair.first, pair.second))


def _needed(frames: int, threshold: float) -> float:
    """Raise the threshold for clips that share little."""
    short = max(0.0, (SURE_FRAMES - frames) / (SURE_FRAMES - MIN_FRAMES))
    return threshold + min(1.0, short) * max(0.0, _ALIKE_AT_LEAST - threshold)


def _candidates(prints: Sequence[Fingerprint | None]) -> dict[tuple[int, int], int]:
    """Return the pairs that share keys, each with the lag that most of these keys agree on."""
    usable = [(i, p) for i, p in enumerate(prints) if p is not None and p.enough]
    if len(usable) < 2:
        return {}
    keys = np.concatenate([p.keys for _, p in usable])
    clips = np.repeat([i for i, _ in usable], [len(p.keys) for _, p in usable])
    frames = np.concatenate([p.frames for _, p in usable])
    order = np.lexsort((frames, clips, keys))
    keys, clips, frames = keys[order], clips[order], frames[order]
    once = np.append(True, (keys[1:] != keys[:-1]) | (clips[1:] != clips[:-1]))
    keys, clips, frames = keys[once], clips[once], frames[once]  # a held note repeats its key
    return _vote(*_meetings(keys, clips, frames))


def _meetings(
    keys: np.ndarray, clips: np.ndarray, frames: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return first clip, second clip and lag for each key that two clips share."""
    firsts, seconds, lags = [], [], []
    for step in range(1, _CROWD):  # neighbours at this distance in the sorted list
        same = keys[step:] == keys[:-step]
        if not same.any():
            break
        firsts.append(clips[:-step][same])
        seconds.append(clips[step:][same])
        lags.append(frames[:-step][same] - frames[step:][same])
    if not firsts:
        return (np.zeros(0, np.int64),) * 3
    return np.concatenate(firsts), np.concatenate(seconds), np.concatenate(lags)


def _vote(firsts: np.ndarray, seconds: np.ndarray, lags: np.ndarray) -> dict[tuple[int, int], int]:
    """Count the keys that agree on a lag, and keep each pair's best lag where enough do.

    Pair and lag are packed into one number: sorting rows of three would take ten times as long.
    """
    if not len(firsts):
        return {}
    pairs = firsts.astype(np.int64) * (seconds.max() + 1) + seconds
    packed, votes = np.unique(pairs * (2 * _FAR) + (lags + _FAR), return_counts=True)
    agreed = votes >= _SHARED_KEYS
    packed, votes = packed[agreed], votes[agreed]
    if not len(packed):
        return {}
    pairs, lags = packed // (2 * _FAR), packed % (2 * _FAR)
    starts = np.flatnonzero(np.append(True, pairs[1:] != pairs[:-1]))
    best = np.maximum.reduceat(votes * (2 * _FAR) + lags, starts) % (2 * _FAR) - _FAR
    first, second = np.divmod(pairs[starts], seconds.max() + 1)
    found = zip(first.tolist(), second.tolist(), best.tolist(), strict=True)
    return {(a, b): lag for a, b, lag in found}
