"""Noise on many clips at once, each with the luck that it would have alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...effects import colored_noise
from ...randomness import generator
from .crew import each
from .steps import Drawn, ratios


def gaussian(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    """Add white noise of an amplitude."""
    import torch

    level = y.new_tensor([one["amplitude"] for one in drawn])[:, None]
    return torch.addcmul(y, _white(y, lengths, drawn), level, out=out), lengths


def at_snr(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    """Add noise at a ratio to the sound."""
    import torch

    white = all(one["color"] == "white" for one in drawn)
    noise = _white(y, lengths, drawn) if white else _colored(y, lengths, drawn, sr=sr)
    size = torch.linalg.vector_norm(y, dim=1, keepdim=True)
    added = torch.linalg.vector_norm(noise, dim=1, keepdim=True).clamp(min=1e-30)
    return torch.addcmul(y, noise, size / added / ratios(y, drawn, "snr_db"), out=out), lengths


def _white(y: Any, lengths: Any, drawn: Drawn) -> Any:
    import torch

    noise = np.empty(y.shape, dtype=np.float32)

    def fill(i: int) -> None:
        n = lengths[i]
        noise[i, n:] = 0
        generator(drawn[i]["rng"]).standard_normal(out=noise[i, :n], dtype=np.float32)

    each(fill, len(y), kind=y.device.type)
    return torch.from_numpy(noise).to(y.device)


def _colored(y: Any, lengths: Any, drawn: Drawn, *, sr: int) -> Any:
    import torch

    noise = np.zeros(y.shape, dtype=np.float32)

    def fill(i: int) -> None:
        one, n = drawn[i], lengths[i]
        noise[i, :n] = colored_noise(n, sr=sr, color=one["color"], rng=one["rng"])

    each(fill, len(y), kind=y.device.type)
    return torch.from_numpy(noise).to(y.device)
