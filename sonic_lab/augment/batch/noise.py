"""Noise on many clips at once, each with the luck that it would have alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...effects import colored_noise
from ...randomness import generator
from .steps import Drawn, on_threads, ratios, room


def gaussian(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    import torch

    noise = np.empty(y.shape, dtype=np.float32)

    def fill(i: int) -> None:
        n = lengths[i]
        noise[i, n:] = 0
        generator(drawn[i]["rng"]).standard_normal(out=noise[i, :n], dtype=np.float32)

    on_threads(fill, len(y))
    level = y.new_tensor([one["amplitude"] for one in drawn])[:, None]
    return torch.addcmul(y, torch.from_numpy(noise).to(y.device), level, out=room(y, out)), lengths


def at_snr(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    import torch

    noise = torch.zeros(y.shape)

    def fill(i: int) -> None:
        one, n = drawn[i], lengths[i]
        made = colored_noise(n, sr=sr, color=one["color"], rng=one["rng"])
        noise[i, :n] = torch.from_numpy(made)

    if any(one["color"] != "white" for one in drawn):
        on_threads(fill, len(y))
    else:
        ones = [{"amplitude": 1.0, "rng": one["rng"]} for one in drawn]
        noise = gaussian(noise, lengths, ones, sr, out=noise)[0]
    noise = noise.to(y.device)
    size = torch.linalg.vector_norm(y, dim=1, keepdim=True)
    added = torch.linalg.vector_norm(noise, dim=1, keepdim=True).clamp(min=1e-30)
    return torch.addcmul(
        y, noise, size / added / ratios(y, drawn, "snr_db"), out=room(y, out)
    ), lengths
