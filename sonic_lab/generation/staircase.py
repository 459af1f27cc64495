"""The delay pattern: codebook k comes some steps late, so that one step gives K tokens.

References: Copet et al., Simple and Controllable Music Generation (2023), section 2.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Staircase:
    """Where the tokens of T frames lie among the columns that are decoded.

    Column 0 holds only the pad, which begins the sequence; frame t of a codebook whose delay is
    d lies in column 1 + d + t, and all other places hold the pad.

    Attributes
    ----------
    frames : T
    delays : of each codebook, in steps: 0, 1, 2, ... for mono; for stereo, whose codebooks
        alternate left and right, 0, 0, 1, 1, ...
    """

    frames: int
    delays: tuple[int, ...]

    @classmethod
    def of(cls, frames: int, *, n_codebooks: int, channels: int = 1) -> Staircase:
        """Build MusicGen's staircase.

        >>> Staircase.of(5, n_codebooks=4, channels=2).delays
        (0, 0, 1, 1)
        """
        return cls(frames, tuple(k // channels for k in range(n_codebooks)))

    @property
    def steps(self) -> int:
        """How many columns are to be decoded."""
        return self.frames + max(self.delays)

    @cached_property
    def open(self) -> Tensor:
        """Which places hold a token: bool (K, 1 + steps)."""
        column = torch.arange(1 + self.steps)
        first = torch.tensor(self.delays)[:, None] + 1
        return (column >= first) & (column < first + self.frames)

    def complete(self, steps_done: int) -> int:
        """Count the frames all of whose codebooks have been decoded."""
        return max(0, min(self.frames, steps_done - max(self.delays)))

    def straighten(self, columns: Tensor, frames: int | None = None) -> Tensor:
        """Take the staircase out: (B, K, 1 + steps) -> (B, K, frames), the first ones."""
        count = self.frames if frames is None else frames
        rows = [columns[:, k, 1 + d : 1 + d + count] for k, d in enumerate(self.delays)]
        return torch.stack(rows, dim=1)

    def so_far(self, columns: Tensor, steps_done: int) -> np.ndarray:
        """Return the tokens there are, int64 (B, K, T), and -1 where there is none yet."""
        tokens = self.straighten(columns).cpu().numpy().copy()
        for k, d in enumerate(self.delays):
            tokens[:, k, max(0, steps_done - d) :] = -1
        return tokens
