"""What the steps of a batch share.

A step does one transform to many clips: ``(y, lengths, drawn, sr, out) -> (y, lengths)``. Where
`out` is given, the result may be written there; it is `y` itself where that is ours to overwrite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from ...devices import cores

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
    import torch

    out = np.zeros((len(rows), max(map(len, rows))), dtype=np.float32)
    for to, row in zip(out, rows, strict=True):
        to[: len(row)] = row
    return torch.from_numpy(out).to(like.device)


def on_threads(run: Callable[[int], None], count: int) -> None:
    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(run, range(count)))


def room(y: torch.Tensor, out: torch.Tensor | None) -> torch.Tensor:
    import torch

    return torch.empty_like(y) if out is None else out


def peaks(y: torch.Tensor) -> torch.Tensor:
    import torch

    low, high = torch.aminmax(y, dim=1, keepdim=True)
    return torch.maximum(-low, high)


def ratios(y: torch.Tensor, drawn: Drawn, name: str) -> torch.Tensor:
    return y.new_tensor([10 ** (one[name] / 20) for one in drawn])[:, None]
