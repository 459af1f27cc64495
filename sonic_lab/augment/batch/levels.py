"""Levels of many clips at once, and what bends them: see `steps` for what is given and returned."""

from __future__ import annotations

from typing import Any

from .steps import Drawn, peaks, ratios


def scaled(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    """Multiply by a gain, or by -1."""
    import torch

    level = [-1.0 if "gain_db" not in one else 10 ** (one["gain_db"] / 20) for one in drawn]
    return torch.mul(y, y.new_tensor(level)[:, None], out=out), lengths


def clip(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    """Cut the peaks off."""
    import torch

    ceiling = peaks(y) * ratios(y, drawn, "threshold_db")
    # `clamp` with a bound of each row's own takes three times as long as these two passes.
    return torch.minimum(torch.maximum(y, -ceiling, out=out), ceiling, out=out), lengths


def soft_clip(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    """Bend the peaks."""
    import torch

    drive, peak = ratios(y, drawn, "drive_db"), peaks(y)
    return torch.mul(y, drive / peak.clamp(min=1e-30), out=out).tanh_().mul_(
        peak / drive.tanh()
    ), lengths


def quantize(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    """Round to fewer bits."""
    import torch

    half = y.new_tensor([2.0 ** (one["bits"] - 1) for one in drawn])[:, None]
    too_high = peaks(y) > (half - 1) / half  # seldom, and a bound of each row's own is slow
    steps = torch.mul(y, half, out=out).round_()
    if too_high.any():
        torch.clamp(steps, -half, half - 1, out=steps)
    return steps.div_(half), lengths
