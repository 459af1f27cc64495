"""How many CPU threads to decode on: found by trying, not by counting cores.

A step is many small products with waits between them. A second thread helps where weights are
large and cores idle, and hurts where they are small or busy: each wait then lasts until the
slower thread has had its turn.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from .. import devices
from ..models.training import threads

_WORTH_IT = 0.9  # more threads must save a tenth, or the course takes cores for next to nothing
_TRIES, _BUDGET_S = 12, 1.0


def quickest(step: Callable[[], None]) -> int:
    """Return the number of threads on which `step` runs fastest.

    Each number is tried a dozen times, or for about a second where a step is slow, and judged by
    its best time, since whatever else the machine does only ever adds.
    """
    best, best_s = 1, float("inf")
    for n in candidates(devices.cores()):
        with threads(n):
            seconds = _best_of(step)
        if seconds < best_s * _WORTH_IT:
            best, best_s = n, seconds
    return best


def candidates(cores: int) -> list[int]:
    """Return the numbers worth trying: powers of two, and all cores.

    >>> candidates(6)
    [1, 2, 4, 6]
    """
    powers = [2**n for n in range(cores.bit_length()) if 2**n < cores]
    return [*powers, cores]


def _best_of(step: Callable[[], None]) -> float:
    best, begin = float("inf"), time.perf_counter()
    for attempt in range(_TRIES):
        start = time.perf_counter()
        step()
        now = time.perf_counter()
        if attempt:  # the first one wakes the threads
            best = min(best, now - start)
        if now - begin > _BUDGET_S and attempt:
            break
    return best
