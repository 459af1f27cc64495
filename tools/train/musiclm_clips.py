"""What the MusicLM learns from: records, log-mels and tokens of every clip, and crops of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from sonic_lab.models import musicgen
from sonic_lab.models.musiclm import MusicLMConfig
from tools.train.mels import Mels
from tools.train.token_sets import load_codes, load_records, unseen

FRAMES = 500  # ten seconds


class Clips:
    """All clips: records, log-mels and, where there are some yet, tokens, in one order."""

    def __init__(self, data: Path, tokens: Path, mels: Path, config: MusicLMConfig) -> None:
        self.records = load_records(data)
        self.mels = Mels(data, mels, config)
        if len(self.records) != len(self.mels):
            raise SystemExit(f"{len(self.records)} records and {len(self.mels)} clips of log-mels")
        kept = unseen(self.records)
        self.learned, self.unseen = np.flatnonzero(~kept), np.flatnonzero(kept)
        self.codes: np.ndarray | None = None
        if (tokens / "READY").exists():
            codes = load_codes(tokens, self.records)[:, : config.n_codebooks, :FRAMES]
            self.codes = np.ascontiguousarray(codes)

    def take(self, chosen: np.ndarray) -> Tensor:
        """Return the tokens of some clips: int64 (B, K, T)."""
        if self.codes is None:
            raise SystemExit("there are no tokens yet: run `python -m tools.train.tokens`")
        return torch.from_numpy(self.codes[chosen].astype(np.int64))


def lay_out(
    codes: Tensor, rng: np.random.Generator, *, pad: int, crop: int | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Cut steps of the staircase from codes (B, K, T), half of them from the beginning.

    Returns
    -------
    inputs, targets : int64 (B, K, crop), all steps where `crop` is None
    first : int64 (B,), where each begins
    """
    stairs = nn.functional.pad(musicgen.delay(codes, pad=pad), (1, 0), value=pad)
    steps = stairs.shape[2] - 1
    crop = min(crop or steps, steps)
    begins = rng.integers(steps - crop + 1, size=len(codes)) * (rng.random(len(codes)) < 0.5)
    first = torch.from_numpy(begins)
    where = (first[:, None] + torch.arange(crop + 1))[:, None].expand(-1, stairs.shape[1], -1)
    cut = stairs.gather(2, where)
    return cut[..., :-1], cut[..., 1:], first
