"""Levels of many clips at once, and what bends them: see `steps` for what is given and returned."""

from __future__ import annotations

from typing import Any

from .steps import Drawn, peaks, ratios, room

_ROWS = 8  # clips that simple steps pass through together


def scaled(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    import torch

    level = [-1.0 if "gain_db" not in one else 10 ** (one["gain_db"] / 20) for one in drawn]
    return torch.mul(y, y.new_tensor(level)[:, None], out=room(y, out)), lengths


def clip(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    import torch

    ceiling = peaks(y) * ratios(y, drawn, "threshold_db")
    return torch.clamp(y, -ceiling, ceiling, out=room(y, out)), lengths


def soft_clip(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    import torch

    drive, peak, out = ratios(y, drawn, "drive_db"), peaks(y), room(y, out)
    into, back = drive / peak.clamp(min=1e-30), peak / drive.tanh()
    for rows in _few(len(y)):
        torch.mul(y[rows], into[rows], out=out[rows]).tanh_().mul_(back[rows])
    return out, lengths


def quantize(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    import torch

    half, out = y.new_tensor([2.0 ** (one["bits"] - 1) for one in drawn])[:, None], room(y, out)
    for rows in _few(len(y)):
        steps = torch.mul(y[rows], half[rows], out=out[rows]).round_()
        torch.clamp(steps, -half[rows], half[rows] - 1, out=steps).div_(half[rows])
    return out, lengths


def _few(count: int) -> list[slice]:
    """Cut the rows into pieces that stay in a CPU's cache from one step to the next."""
    return [slice(start, start + _ROWS) for start in range(0, count, _ROWS)]
