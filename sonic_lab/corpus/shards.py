"""Writing a corpus: shards of 16-bit samples, and beside each a record a clip.

``shard-00000.npy`` is (clips, n) int16; ``shard-00000.jsonl`` holds one line a clip. Both are
written under another name and then moved, the records last: where they stand, the shard is whole.
"""

from __future__ import annotations

import concurrent.futures
import functools
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from ..errors import AudioFileError, ParameterError
from .composing import compose
from .mixing import samples
from .reading import read_rows
from .records import record
from .scores import SR, Piece
from .wishes import check_duration, check_seed

SHARD_CLIPS = 100
# Which seeds are for what: never train on the last two.
TRAIN_SEED, TEST_SEED, HELD_OUT_TIMBRE_SEED = 0, 1_000_000, 2_000_000
Progress = Callable[[int, int], None]
Job = tuple[Path, tuple[int, ...]]  # a shard without its suffix, and its seeds


def write(
    folder: str | Path,
    seeds: Sequence[int],
    *,
    duration_s: float = 10.0,
    workers: int = 1,
    lone: Sequence[str] | None = None,
    records_only: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Make a corpus, or go on with one: shards that are there already are left as they are.

    Parameters
    ----------
    folder : made where it is missing
    seeds : one clip each, in this order, `SHARD_CLIPS` to a shard
    duration_s : seconds a clip
    workers : processes
    lone : instruments that take turns, each clip a tune by one alone; drawn bands where None
    records_only : write the records of whole shards anew (after captions have changed), and
        refuse where the music would no longer be that of the samples
    progress : called with (clips done, clips in all) after every shard

    Raises
    ------
    ParameterError
        No seeds, or fewer than one worker.
    AudioFileError
        A shard of another corpus stands in the way, or the disk does not take the files.
    """
    if not len(seeds) or workers < 1:
        raise ParameterError(f"{len(seeds)} seeds and workers={workers} must be at least 1")
    for seed in seeds:
        check_seed(seed)
    check_duration(duration_s)
    home = Path(folder)
    work = _describe_shard if records_only else _make_shard
    act = functools.partial(work, duration_s=duration_s, lone=lone)
    done = 0
    try:
        home.mkdir(parents=True, exist_ok=True)
        for count in _spread(act, _jobs(home, seeds), workers):
            done += count
            if progress is not None:
                progress(done, len(seeds))
    except AudioFileError:
        raise
    except OSError as error:
        raise AudioFileError(
            f"{home} cannot be written ({error}): free some room or choose another folder; "
            f"the {done} clips that are done are kept"
        ) from error
    return home


def _jobs(home: Path, seeds: Sequence[int]) -> list[Job]:
    starts = range(0, len(seeds), SHARD_CLIPS)
    return [
        (home / f"shard-{i // SHARD_CLIPS:05d}", tuple(seeds[i : i + SHARD_CLIPS])) for i in starts
    ]


def _spread(act: Callable[..., int], jobs: list[Job], workers: int) -> Iterator[int]:
    if workers == 1:
        yield from (act(*job) for job in jobs)
        return
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting = [pool.submit(act, *job) for job in jobs]
        try:
            yield from (one.result() for one in concurrent.futures.as_completed(waiting))
        finally:
            pool.shutdown(cancel_futures=True)


def _make_shard(
    stem: Path, seeds: tuple[int, ...], *, duration_s: float, lone: Sequence[str] | None
) -> int:
    if stem.with_suffix(".jsonl").exists():
        _check_same(stem, seeds, duration_s)
        return len(seeds)
    rows, block = [], np.zeros((len(seeds), round(duration_s * SR)), dtype=np.int16)
    for i, seed in enumerate(seeds):
        piece = _piece(seed, duration_s, lone)
        block[i] = samples(piece)
        rows.append(record(piece, block[i]))
    with open(f"{stem}.npy.part", "wb") as file:
        np.save(file, block)
    os.replace(f"{stem}.npy.part", f"{stem}.npy")
    _write_rows(stem, rows)
    return len(seeds)


def _piece(seed: int, duration_s: float, lone: Sequence[str] | None) -> Piece:
    instruments = None if lone is None else [lone[seed % len(lone)]]
    return compose(seed, duration_s=duration_s, instruments=instruments)


def _write_rows(stem: Path, rows: list[dict[str, object]]) -> None:
    text = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
    Path(f"{stem}.jsonl.part").write_text(text, encoding="utf-8")
    os.replace(f"{stem}.jsonl.part", f"{stem}.jsonl")


def _check_same(stem: Path, seeds: tuple[int, ...], duration_s: float) -> None:
    rows = read_rows(stem)
    if tuple(row["seed"] for row in rows) != seeds or rows[0]["duration_s"] != duration_s:
        raise AudioFileError(
            f"{stem}.npy holds other clips than asked for: choose another folder, or remove it"
        )


_SOUND = ("notes", "timbres", "levels_db", "tuning_cents", "room", "duration_s")


def _describe_shard(
    stem: Path, seeds: tuple[int, ...], *, duration_s: float, lone: Sequence[str] | None
) -> int:
    """Write a whole shard's records anew beside the samples that are there."""
    if not stem.with_suffix(".jsonl").exists():
        return 0
    _check_same(stem, seeds, duration_s)
    block = np.load(f"{stem}.npy", mmap_mode="r")
    rows = []
    for i, (seed, old) in enumerate(zip(seeds, read_rows(stem), strict=True)):
        new = record(_piece(seed, duration_s, lone), block[i])
        if any(json.loads(json.dumps(new[key])) != old[key] for key in _SOUND):
            raise AudioFileError(f"seed {seed} would sound another way now: make the corpus anew")
        rows.append(new)
    _write_rows(stem, rows)
    return len(seeds)
