"""Many clips at once through filters and rooms."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...effects import room_impulse_response
from .crew import each
from .recursion import recursion, state_space
from .sections import sections
from .steps import Drawn


def filtered(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any, name: str) -> Any:
    """Filter: `name` is the transform's."""
    import torch

    rows = torch.from_numpy(sections(name, list(drawn), sr=sr))
    filters = (part.to(y.device) for part in state_space(rows))
    return recursion(y, *filters, out=y.new_empty(y.shape) if out is y else out), lengths


def reverb(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    """Play in a room."""
    import torch

    rooms: list[np.ndarray] = [np.empty(0)] * len(drawn)

    def build(i: int) -> None:
        rooms[i] = room_impulse_response(sr=sr, **drawn[i])[: lengths[i]]

    each(build, len(drawn), kind=y.device.type)
    longest = max(map(len, rooms))
    n = y.shape[1]
    kernel = y.new_zeros(len(y), longest)
    for row, room in zip(kernel, rooms, strict=True):
        row[: len(room)] = torch.from_numpy(room)
    size = 2 ** int(np.ceil(np.log2(2 * longest)))  # blocks of at least half their own length
    step = size - longest + 1
    blocks = -(-n // step)
    padded = torch.nn.functional.pad(y, (longest - 1, blocks * step - n))
    frames = padded.unfold(1, size, step)  # (B, K, size): overlap and save
    spectra = torch.fft.rfft(frames) * torch.fft.rfft(kernel, size)[:, None]
    wet = torch.fft.irfft(spectra, size)[..., longest - 1 :]
    return wet.reshape(len(y), -1)[:, :n], lengths
