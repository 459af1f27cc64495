"""A corpus on disk: shards of 16-bit samples, and beside each a record a clip.

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
from .records import record
from .scores import SR, Piece

SHARD_CLIPS = 100
# Which seeds are for what: never train on the last two.
TRAIN_SEED, TEST_SEED, HELD_OUT_TIMBRE_SEED = 0, 1_000_000, 2_000_000
Progress = Callable[[int, int], None]


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
        A shard of another corpus stands in the way.
    """
    if not len(seeds) or workers < 1:
        raise ParameterError(f"{len(seeds)} seeds and workers={workers} must be at least 1")
    home = Path(folder)
    home.mkdir(parents=True, exist_ok=True)
    jobs = []
    for i in range(0, len(seeds), SHARD_CLIPS):
        jobs.append((home / f"shard-{i // SHARD_CLIPS:05d}", tuple(seeds[i : i + SHARD_CLIPS])))
    work = _describe_shard if records_only else _make_shard
    act = functools.partial(work, duration_s=duration_s, lone=lone)
    done = 0
    for count in _spread(act, jobs, workers):
        done += count
        if progress is not None:
            progress(done, len(seeds))
    return home


def _spread(
    act: Callable[..., int], jobs: list[tuple[Path, tuple[int, ...]]], workers: int
) -> Iterator[int]:
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
    rows = _rows(stem)
    if tuple(row["seed"] for row in rows) != seeds or rows[0]["duration_s"] != duration_s:
        raise AudioFileError(
            f"{stem}.npy holds other clips than asked for: choose another folder, or remove it"
        )


def _rows(stem: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in Path(f"{stem}.jsonl").read_text("utf-8").splitlines()]


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
    for i, (seed, old) in enumerate(zip(seeds, _rows(stem), strict=True)):
        new = record(_piece(seed, duration_s, lone), block[i])
        if any(json.loads(json.dumps(new[key])) != old[key] for key in _SOUND):
            raise AudioFileError(f"seed {seed} would sound another way now: make the corpus anew")
        rows.append(new)
    _write_rows(stem, rows)
    return len(seeds)


class Corpus:
    """A corpus that was written, read lazily: samples stay on disk until they are asked for."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._stems = sorted(p.with_suffix("") for p in self.folder.glob("shard-*.jsonl"))
        if not self._stems:
            raise AudioFileError(f"{self.folder} holds no corpus: make one with corpus.write")
        self.records = [row for stem in self._stems for row in _rows(stem)]
        blocks = [np.load(f"{stem}.npy", mmap_mode="r") for stem in self._stems]
        self._blocks = blocks
        self._starts = np.cumsum([0, *(len(block) for block in blocks)])
        if self._starts[-1] != len(self.records):
            raise AudioFileError(f"{self.folder}: samples and records are not of one length")
        self.sr = SR

    def __len__(self) -> int:
        return len(self.records)

    def samples(self, i: int) -> np.ndarray:
        """Return clip `i` as it is on disk: int16, (n,), memory-mapped."""
        if not 0 <= i < len(self):
            raise IndexError(f"clip {i} of {len(self)}")
        shard = int(np.searchsorted(self._starts, i, side="right")) - 1
        return self._blocks[shard][i - self._starts[shard]]

    def __getitem__(self, i: int) -> tuple[np.ndarray, dict[str, object]]:
        """Return clip `i` as float32 samples in [-1, 1], and its record."""
        return self.samples(i).astype(np.float32) / np.float32(32768), self.records[i]


def read(folder: str | Path) -> Corpus:
    """Open a corpus that `write` made; it may still be growing, and is read as it now is.

    Raises
    ------
    AudioFileError
        The folder holds none, or one whose files do not belong together.
    """
    return Corpus(folder)
