"""How many CPU threads to decode on: found by trying, not by counting cores.

A step is many small products with waits between them. A second thread helps where weights are
large and cores idle, and hurts where they are small or busy: each wait then lasts until the
slower thread has had its turn. Two kernels that both decode a small model on both of two cores
take ten times as long as on one core each. So a model that is quick enough on one thread stays
there, however idle the machine is at the moment.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch

from .. import devices
from ..models.training import threads

_WORTH_IT = 0.9  # more threads must save a tenth, or the course takes cores for next to nothing
_TRIES, _BUDGET_S = 12, 1.0


def quickest(step: Callable[[], None], *, enough_s: float = 0.0) -> int:
    """Return the number of threads on which `step` runs fastest, of as many as torch may use.

    Each number is tried a dozen times, or for about a second where a step is slow, and judged by
    the median: what else the machine does belongs to the question.

    Parameters
    ----------
    step : what will be done over and over
    enough_s : as fast as it need be; the fewest threads that do this are taken
    """
    best, best_s = 1, float("inf")
    for n in candidates(min(devices.cores(), torch.get_num_threads())):
        with threads(n):
            seconds = _median_of(step)
        if seconds < best_s * _WORTH_IT:
            best, best_s = n, seconds
        if best_s <= enough_s:
            break
    return best


def candidates(cores: int) -> list[int]:
    """Return the numbers worth trying: powers of two, and all cores.

    >>> candidates(6)
    [1, 2, 4, 6]
    """
    powers = [2**n for n in range(cores.bit_length()) if 2**n < cores]
    return [*powers, cores]


def _median_of(step: Callable[[], None]) -> float:
    seconds, begin = [], time.perf_counter()
    step()  # the first one wakes the threads
    for _ in range(_TRIES):
        start = time.perf_counter()
        step()
        now = time.perf_counter()
        seconds.append(now - start)
        if now - begin > _BUDGET_S:
            break
    return statistics.median(seconds)
