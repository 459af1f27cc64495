"""Reading a corpus that was written: samples stay on disk until they are asked for."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import AudioFileError
from .scores import SR


class Corpus:
    """A corpus on disk, as `read` opens it.

    ``corpus[i]`` is clip `i`: float32 samples in [-1, 1], (n,), and its record.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.sr = SR
        # The records come last: where they stand, the shard is whole.
        self._stems = sorted(path.with_suffix("") for path in self.folder.glob("shard-*.jsonl"))
        if not self._stems:
            raise AudioFileError(f"{self.folder} holds no corpus: make one with corpus.write")
        self._blocks = [_block(stem) for stem in self._stems]
        self._starts = np.cumsum([0, *(len(block) for block in self._blocks)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """Every clip's record, read when first asked for: some 4 kB a clip on disk."""
        return [row for stem in self._stems for row in read_rows(stem)]

    def samples(self, i: int) -> np.ndarray:
        """Return clip `i` as it is on disk: int16, (n,), memory-mapped.

        Raises
        ------
        IndexError
            There is no such clip.
        """
        if not 0 <= i < len(self):
            raise IndexError(f"clip {i} of {len(self)}")
        shard = int(np.searchsorted(self._starts, i, side="right")) - 1
        return self._blocks[shard][i - self._starts[shard]]

    def __getitem__(self, i: int) -> tuple[np.ndarray, dict[str, Any]]:
        return self.samples(i).astype(np.float32) / np.float32(32768), self.records[i]


def read(folder: str | Path) -> Corpus:
    """Open a corpus that `write` made; it may still be growing, and is read as it now is.

    Parameters
    ----------
    folder : where `write` put it

    Raises
    ------
    AudioFileError
        The folder holds none, or a shard of it is damaged.

    Examples
    --------
    >>> import tempfile
    >>> from sonic_lab import corpus
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = corpus.read(corpus.write(folder, [3, 4], duration_s=1))
    ...     y, record = found[1]
    ...     len(found), y.shape, record["seed"]
    (2, (16000,), 4)
    """
    return Corpus(folder)


def read_rows(stem: Path) -> list[dict[str, Any]]:
    """Return a shard's records."""
    try:
        text = Path(f"{stem}.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]
    except ValueError as error:
        raise _damaged(stem) from error


def _block(stem: Path) -> np.ndarray:
    try:
        block = np.load(f"{stem}.npy", mmap_mode="r")
    except (OSError, ValueError, EOFError) as error:
        raise _damaged(stem) from error
    if Path(f"{stem}.jsonl").read_bytes().count(b"\n") != len(block):
        raise _damaged(stem)
    return block


def _damaged(stem: Path) -> AudioFileError:
    return AudioFileError(f"{stem} is damaged: remove its two files and make the corpus again")
