"""Shares of a batch on threads: as many as torch may use, each of which runs torch alone.

Torch by itself splits every operation, and its threads wait for the slowest part after each, at
full speed: where another program has one of the cores, ten sums took fifteen times the processor
time that they take on one thread. Here a thread takes a few clips through all steps, so that they
stay in a cache, and waits for no one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from ...devices import cores

_SAMPLES = 700_000  # of a share, 3 MB: less costs more in calls than a nearer cache saves
_LOCK = threading.Lock()
_inside: list[int] = []  # how many threads torch had before each call that is at work

Item = TypeVar("Item")
Result = TypeVar("Result")


def shares(count: int, n: int, *, kind: str) -> list[slice]:
    """Cut `count` clips of `n` samples into runs for a kind of device; a GPU takes all at once."""
    rows = max(1, _SAMPLES // n) if kind == "cpu" else count
    return [slice(start, min(count, start + rows)) for start in range(0, count, rows)]


def spread(run: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Run a function that computes with torch on each item, on as many threads as torch may use."""
    import torch

    threads = min(torch.get_num_threads(), len(items))
    if threads < 2:
        return [run(item) for item in items]
    with (
        _torch_put_back(),
        ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool,
    ):
        return list(pool.map(run, items))


@contextmanager
def _torch_put_back() -> Iterator[None]:
    """Give torch its threads again after a ``with``, when the last of those at work is through.

    A thread's own setting also becomes that of threads to come, and of MKL.
    """
    import torch

    with _LOCK:
        _inside.append(torch.get_num_threads())
    try:
        yield
    finally:
        with _LOCK:
            before = _inside[0]  # the first saw torch as it was
            _inside.pop()
            if not _inside:
                torch.set_num_threads(before)


def each(run: Callable[[int], None], count: int, *, kind: str) -> None:
    """Run a function that computes with NumPy for each number.

    A CPU's share has its thread already. For a GPU's one share this takes a thread for each core.
    """
    if kind == "cpu":
        for i in range(count):
            run(i)
    else:
        with ThreadPoolExecutor(cores()) as pool:
            list(pool.map(run, range(count)))
