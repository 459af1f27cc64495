"""Do the same to many files: one core, all cores, or a Ray cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from ..devices import cores
from ..errors import EngineError, ParameterError, unknown_name
from ..optional import need

Item = TypeVar("Item")
Result = TypeVar("Result")
Progress = Callable[[int, int], None]

ENGINES = ("processes", "ray", "serial")
_FEW = 256  # below this, starting processes (3 s or more) takes longer than the work (6 ms a clip)
_CHUNK = 32  # items a task: long enough that handing it over costs little


def each(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    engine: str = "processes",
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[Result]:
    """Call a function for every item, and return what it returns, in order.

    Parameters
    ----------
    function : importable by name, so that other processes find it
    items : what to call it with
    engine : ``"serial"``; ``"processes"``, all cores of this machine; ``"ray"``, the cluster that
        ``ray.init`` was called for, else the one that RAY_ADDRESS names, else this machine's
        cores. Every machine of a cluster must see the files under the same path.
    workers : processes, or for Ray the tasks in flight; None is one a core, or just this one
        where there is so little to do that starting others would take longer
    progress : called now and then with how many are done, and of how many

    Raises
    ------
    UnknownNameError, ParameterError
        No such engine, or no worker.
    MissingDependencyError
        Ray is asked for and not installed.
    EngineError
        Ray is installed and does not start, as on a machine too busy for it.
    """
    if engine not in ENGINES:
        raise unknown_name("engine", engine, ENGINES)
    n_workers = cores() if workers is None else workers
    if isinstance(n_workers, bool) or not isinstance(n_workers, int) or n_workers < 1:
        raise ParameterError(f"workers={workers!r} must be a whole number of at least 1, or None")
    chunks = [items[i : i + _CHUNK] for i in range(0, len(items), _CHUNK)]
    if engine == "ray":
        done = _on_ray(function, chunks, n_workers)
    elif engine == "serial" or n_workers == 1 or (workers is None and len(items) < _FEW):
        done = ((i, [result]) for i, result in enumerate(map(function, items)))
    else:
        done = _in_processes(function, chunks, n_workers)
    parts: dict[int, list[Result]] = {}
    count = 0
    for index, results in done:
        parts[index] = results
        count += len(results)
        if progress is not None:
            progress(count, len(items))
    return [result for index in sorted(parts) for result in parts[index]]


def _run(function: Callable[[Any], Any], index: int, chunk: Sequence[Any]) -> tuple[int, list[Any]]:
    return index, [function(item) for item in chunk]


def _in_processes(
    function: Callable[[Any], Any], chunks: Sequence[Sequence[Any]], workers: int
) -> Iterator[tuple[int, list[Any]]]:
    # joblib's processes, unlike multiprocessing's, neither fork threads that hold locks nor run
    # the caller's script again: it works in notebooks and in scripts without a __main__ guard.
    joblib = need("joblib", extra="provenance")
    parallel = joblib.Parallel(n_jobs=workers, return_as="generator_unordered")
    task = joblib.delayed(_run)
    yield from parallel(task(function, index, chunk) for index, chunk in enumerate(chunks))


def _on_ray(
    function: Callable[[Any], Any], chunks: Sequence[Sequence[Any]], workers: int
) -> Iterator[tuple[int, list[Any]]]:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ray = need("ray", extra="ray")
    if not ray.is_initialized():
        local = {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": workers}
        try:
            ray.init(include_dashboard=False, log_to_driver=False, **local)
        except Exception as error:  # Ray has no type for it
            raise EngineError(
                f"Ray did not start: {error} Use engine='processes', which needs no cluster, or "
                "wait until the machine is less busy"
            ) from error
    task = ray.remote(_run)
    # No more than two tasks a worker at a time, so that a million files do not fill the memory.
    waiting = list(reversed(list(enumerate(chunks))))
    running: list[Any] = []
    while waiting or running:
        while waiting and len(running) < 2 * workers:
            index, chunk = waiting.pop()
            running.append(task.remote(function, index, chunk))
        ready, running = ray.wait(running, num_returns=1)
        yield from ray.get(ready)
