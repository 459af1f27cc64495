"""Find the pieces of a sound that was cut and joined: where each lies in the pattern.

What was cut out leaves a jump in the pattern, what was put elsewhere a leap. Each short window of
the sound is compared with every place in the pattern, and the likeliest path through the places
is found, where staying on costs nothing, skipping a little costs something, and leaping more.

References
----------
A. J. Viterbi, "Error bounds for convolutional codes and an asymptotically optimum decoding
algorithm", IEEE Trans. Information Theory 13 (1967).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import numpy as np
from scipy.ndimage import maximum_filter1d
from scipy.special import gammaln

from .key import CYCLE, Pattern
from .tiles import TILE

CYCLE_FRAMES = CYCLE * TILE
WINDOW = 20  # frames, 0.23 s: pieces begin and end at its multiples
SKIP = 16  # frames: a jump forward by at most so many counts as a skip, any other as a leap
# What a skip and a leap cost the path, in deviations of a window's score: a bold and a shy search.
_COSTS = ((1.5, 3.5), (3.0, 5.5))
_STEP = 2  # frames that are added up: places are looked for in steps of so many
_PLACES, _REACH = CYCLE_FRAMES // _STEP, SKIP // _STEP

Pieces = tuple[tuple[int, int], ...]  # of each: its first frame, and the pattern's offset in it


def candidates(x: np.ndarray, pattern: Pattern) -> Iterator[Pieces]:
    """Yield ways in which a sound may have been cut: of each, two pieces or more.

    Parameters
    ----------
    x : (B, F) how far each frame stands out from its neighbours
    pattern : that of the key
    """
    scores = _scores(x, pattern)
    if len(scores) < 2:
        return
    found = {_path(scores, *costs) for costs in _COSTS}
    for pieces in sorted(found, key=len):
        if len(pieces) > 1:
            yield pieces


def log_choices(pieces: Pieces, n_frames: int) -> float:
    """Return log(1 / share) of one way to cut, the shares of all of them adding up to one at most.

    Half as much goes to each number of pieces as to one less; then each choice of their
    beginnings is as likely; the first lies anywhere; each other one begins, as likely as not, a
    skip further on, and else anywhere.
    """
    windows, joins = n_frames // WINDOW, len(pieces) - 1
    ways = gammaln(windows) - gammaln(joins + 1) - gammaln(windows - joins)
    jumps = [(b - a) % CYCLE_FRAMES for (_, a), (_, b) in pairwise(pieces)]
    where = sum(np.log(2 * (SKIP if 0 < jump <= SKIP else CYCLE_FRAMES)) for jump in jumps)
    return float(joins * np.log(2) + ways + np.log(CYCLE_FRAMES) + where)


def _scores(x: np.ndarray, pattern: Pattern) -> np.ndarray:
    """Return how well each window agrees with each offset of the sound's start: (W, places)."""
    windows, steps = x.shape[1] // WINDOW, WINDOW // _STEP
    pairs = x[:, : windows * WINDOW].reshape(len(x), windows, steps, _STEP).sum(axis=3)
    seen = pairs.transpose(1, 0, 2).reshape(windows, -1).astype(np.float32)
    scores = seen @ _unfolded(pattern)
    scores = np.stack([np.roll(row, -steps * w) for w, row in enumerate(scores)])
    return scores / (scores.std() + 1e-12)


@lru_cache(4)
def _unfolded(pattern: Pattern) -> np.ndarray:
    """Return the pilots as a window sees them from each place: float32 (B · steps, places)."""
    frame = np.arange(CYCLE_FRAMES).reshape(_PLACES, _STEP) // TILE
    pilots = pattern.pilots[:, frame].mean(axis=2)
    place = (np.arange(WINDOW // _STEP)[:, None] + np.arange(_PLACES)) % _PLACES
    return pilots[:, place].reshape(-1, _PLACES).astype(np.float32)


def _path(scores: np.ndarray, skip: float, leap: float) -> Pieces:
    """Return the likeliest path: where its pieces begin, and their offsets."""
    totals = np.empty_like(scores)  # of the best path to each place
    totals[0] = scores[0]
    for w in range(1, len(scores)):
        total = totals[w - 1]
        skipped = maximum_filter1d(total, _REACH, mode="wrap", origin=_REACH // 2 - 1)
        reached = np.maximum(np.roll(skipped, 1) - skip, total.max() - leap)
        np.add(np.maximum(total, reached), scores[w], out=totals[w])
    at, pieces = int(np.argmax(totals[-1])), []
    for w in range(len(scores) - 1, 0, -1):
        total, near = totals[w - 1], (at - np.arange(1, _REACH + 1)) % _PLACES
        close, far = int(near[np.argmax(total[near])]), int(np.argmax(total))
        ways = [(total[at], at), (total[close] - skip, close), (total[far] - leap, far)]
        before = max(ways, key=lambda way: way[0])[1]
        if before != at:
            pieces.append((w * WINDOW, _STEP * at))
        at = before
    return ((0, _STEP * at), *reversed(pieces))
