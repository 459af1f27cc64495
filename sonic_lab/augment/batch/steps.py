"""What the steps of a batch share.

A step does one transform to a few clips, or to all on a GPU:
``(y, lengths, drawn, sr, out) -> (y, lengths)``. The result may be written to `out`, which has the
shape of `y`, and is `y` itself where that is ours to overwrite.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

Drawn = Sequence[dict[str, Any]]


def trimmed(y: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
    """Cut to the longest clip, and silence what lies past the end of each."""
    y = y[:, : max(lengths)]
    if min(lengths) < y.shape[1]:
        for row, n in zip(y, lengths, strict=True):
            row[n:] = 0
    return y


def stacked(rows: list[np.ndarray], like: torch.Tensor) -> torch.Tensor:
    """Lay sounds out as a batch, filled up with silence."""
    import torch

    out = np.zeros((len(rows), max(map(len, rows))), dtype=np.float32)
    for to, row in zip(out, rows, strict=True):
        to[: len(row)] = row
    return torch.from_numpy(out).to(like.device)


def peaks(y: torch.Tensor) -> torch.Tensor:
    """Give the highest peak of each clip: (B, 1)."""
    import torch

    # `aminmax` along one axis takes eight times as long as these two passes.
    return torch.maximum(-y.amin(dim=1, keepdim=True), y.amax(dim=1, keepdim=True))


def ratios(y: torch.Tensor, drawn: Drawn, name: str) -> torch.Tensor:
    """Turn a setting in dB into factors: (B, 1)."""
    return y.new_tensor([10 ** (one[name] / 20) for one in drawn])[:, None]
