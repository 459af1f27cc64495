"""Noise on many clips at once, each with the luck that it would have alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...effects.noise import colored, tilt
from ...randomness import normals
from .crew import each
from .steps import Drawn, ratios


def gaussian(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    """Add white noise of an amplitude."""
    import torch

    level = y.new_tensor([one["amplitude"] for one in drawn])[:, None]
    noise = _noise(y, lengths, drawn, color="white", sr=sr)
    return torch.addcmul(y, noise, level, out=out), lengths


def at_snr(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    """Add noise at a ratio to the sound."""
    import torch

    color = drawn[0]["color"]  # it is the transform's, and so the same for all
    noise = _noise(y, lengths, drawn, color=color, sr=sr)
    size = torch.linalg.vector_norm(y, dim=1, keepdim=True)
    added = torch.linalg.vector_norm(noise, dim=1, keepdim=True).clamp(min=1e-30)
    return torch.addcmul(y, noise, size / added / ratios(y, drawn, "snr_db"), out=out), lengths


def _noise(y: Any, lengths: Any, drawn: Drawn, *, color: str, sr: int) -> Any:
    import torch

    noise = np.empty(y.shape, dtype=np.float32)
    # Clips of one length are coloured together; for each other, torch would prepare too long.
    together = color != "white" and set(lengths) == {y.shape[1]}

    def fill(i: int) -> None:
        n = lengths[i]
        white = normals(n, drawn[i]["rng"])
        noise[i, :n] = white if together else colored(white, color=color, sr=sr)
        noise[i, n:] = 0

    each(fill, len(y), kind=y.device.type)
    filled = torch.from_numpy(noise).to(y.device)
    if not together:
        return filled
    size, weight = tilt(y.shape[1], color=color, sr=sr)
    spectra = torch.fft.rfft(filled, size).mul_(torch.tensor(weight, device=y.device))
    return torch.fft.irfft(spectra, size)[:, : y.shape[1]]
