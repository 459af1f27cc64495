"""Log-mels of the whole corpus, computed once and kept in 8 bits beside a training run.

A file a shard, so that an interrupted run goes on where it was; a third of a decibel a step.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from sonic_lab import corpus, features
from sonic_lab.models.musiclm import MusicLMConfig

CLIPS_AT_ONCE = 20


class Mels:
    """What the sound tower sees of every clip, in the order of the corpus's shards.

    Parameters
    ----------
    data : the corpus
    folder : where the files are kept
    config : of the log-mels
    """

    def __init__(self, data: Path, folder: Path, config: MusicLMConfig) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.shards = [
            _read(data / whole.with_suffix(".npy").name, folder, config)
            for whole in sorted(data.glob("shard-*.jsonl"))  # written after the samples
        ]
        self.first = np.cumsum([0, *(len(shard) for shard in self.shards)])

    def __len__(self) -> int:
        return int(self.first[-1])

    def take(self, chosen: np.ndarray | list[int]) -> Tensor:
        """Return some clips: dB below each one's loudest point, float32 (B, M, T)."""
        shards = np.searchsorted(self.first, chosen, side="right") - 1
        rows = [self.shards[s][i - self.first[s]] for s, i in zip(shards, chosen, strict=True)]
        return torch.from_numpy(np.stack(rows)).float() / 3 - 80


def _read(sound: Path, folder: Path, config: MusicLMConfig) -> np.ndarray:
    path = folder / sound.name
    if not path.exists():
        found = look(np.load(sound, mmap_mode="r"), config)
        with path.with_suffix(".part").open("wb") as file:
            np.save(file, found)
        path.with_suffix(".part").replace(path)
    kept: np.ndarray = np.load(path, mmap_mode="r")
    return kept


def look(sounds: np.ndarray, config: MusicLMConfig) -> np.ndarray:
    """Turn 16-bit clips (N, n) into log-mels, uint8 (N, M, n / hop)."""
    found = []
    for at in range(0, len(sounds), CLIPS_AT_ONCE):
        some = sounds[at : at + CLIPS_AT_ONCE].astype(np.float32) / 32768
        db = features.log_mel_batch(some, sr=corpus.SR, device="cpu", **config.picture())
        found.append(
            ((db + 80) * 3).round().to(torch.uint8)[..., : sounds.shape[1] // config.hop_length]
        )
    return torch.cat(found).numpy()
