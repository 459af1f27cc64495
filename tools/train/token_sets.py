"""Tokens and the records of the clips they came from, side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

HELD_OUT_EVERY = 50  # clips whose seed is 49, 99, ... are never learned from
KEPT = ("seed", "style", "tempo_bpm", "tonic", "mode", "instruments", "moods", "captions")


@dataclass(frozen=True)
class Tokens:
    """Codes (N, K, T) of N clips and their records, in one order."""

    codes: np.ndarray
    records: Sequence[Mapping[str, Any]]

    def __post_init__(self) -> None:
        if len(self.codes) != len(self.records):
            raise ValueError(f"{len(self.codes)} clips of codes and {len(self.records)} records")

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, chosen: Sequence[int]) -> Tensor:
        """Return the codes of some clips: int64 (B, K, T)."""
        return torch.from_numpy(self.codes[list(chosen)].astype(np.int64))

    def first(self, n_codebooks: int, *, frames: int) -> Tokens:
        """Keep the first codebooks and frames."""
        return Tokens(np.ascontiguousarray(self.codes[:, :n_codebooks, :frames]), self.records)


def load_tokens(folder: Path, data: Path) -> tuple[Tokens, Tokens]:
    """Load what ``tools.train.tokens`` wrote, with the corpus's records: to learn from, unseen.

    The records are read from the corpus as it stands, so captions may be mended after encoding.
    """
    codes = np.load(folder / "codes.npy", mmap_mode="r")
    index = [json.loads(line) for line in (folder / "index.jsonl").read_text("utf-8").splitlines()]
    rows: dict[str, list[dict[str, Any]]] = {}
    for shard in sorted({entry["shard"] for entry in index}):
        lines = (data / f"{shard}.jsonl").read_text("utf-8").splitlines()
        rows[shard] = [json.loads(line) for line in lines]
    records = []
    for entry in index:
        row = rows[entry["shard"]][entry["row"]]
        if row["seed"] != entry["seed"]:
            raise SystemExit(f"{entry} and the corpus's record of seed {row['seed']} do not match")
        records.append({name: row[name] for name in KEPT})
    kept = unseen(records)
    return _some(codes, records, ~kept), _some(codes, records, kept)


def unseen(records: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """Say which clips are never learned from: bool (N,)."""
    return np.array([r["seed"] % HELD_OUT_EVERY == HELD_OUT_EVERY - 1 for r in records])


def load_records(data: Path) -> list[dict[str, Any]]:
    """Load what is kept of all records of a corpus, in the order of its shards."""
    found = []
    for path in sorted(data.glob("shard-*.jsonl")):
        rows = (json.loads(line) for line in path.read_text("utf-8").splitlines())
        found += [{name: row[name] for name in KEPT} for row in rows]
    return found


def load_codes(folder: Path, records: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """Load the codes of all of a corpus's records, in their order: int16 (N, K, T)."""
    lines = (folder / "index.jsonl").read_text("utf-8").splitlines()
    if [json.loads(line)["seed"] for line in lines] != [record["seed"] for record in records]:
        raise SystemExit(f"the tokens in {folder} are not those of all clips of the corpus")
    codes: np.ndarray = np.load(folder / "codes.npy", mmap_mode="r")
    return codes


def _some(codes: np.ndarray, records: Sequence[Mapping[str, Any]], which: np.ndarray) -> Tokens:
    return Tokens(codes[which], [records[i] for i in np.flatnonzero(which)])
