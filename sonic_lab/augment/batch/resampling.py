"""Read many clips faster or slower, band-limited: by the SoX resampler, or by sincs on a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...effects.speed import resampled
from .crew import each

_TAPS = 32  # zero crossings on either side, where a GPU resamples


def read_faster(y: Any, lengths: Sequence[int], steps: Sequence[float], new: Sequence[int]) -> Any:
    """Read each clip at every `step` samples, band-limited, for `new` samples."""
    import torch

    if y.device.type != "cpu":
        return sinc(y, lengths, steps, new)
    source, out = y.numpy(), np.zeros((len(y), max(new)), dtype=np.float32)

    def read(i: int) -> None:
        out[i, : new[i]] = resampled(source[i, : lengths[i]], n_out=new[i], step=steps[i])

    each(read, len(y), kind="cpu")
    return torch.from_numpy(out)


def sinc(y: Any, lengths: Sequence[int], steps: Sequence[float], new: Sequence[int]) -> Any:
    """Resample by windowed sincs, a clip at a time: what a GPU has instead of the SoX resampler.

    Both let pass what lies below 0.9 of the lower Nyquist frequency, and are alike there.
    """
    import torch

    out = y.new_zeros(len(y), max(new))
    for row, to, n, step, n_out in zip(y, out, lengths, steps, new, strict=True):
        cutoff = 0.95 * min(1.0, 1 / step)
        half = int(np.ceil(_TAPS / cutoff))
        at = torch.arange(n_out, device=y.device, dtype=torch.float64) * step
        first = at.floor().long() - half + 1
        padded = torch.nn.functional.pad(row[:n], (half, half + int(step) + 2))
        taps = torch.arange(2 * half, device=y.device)
        away = (at - first)[:, None] - taps  # from each tap to where we read: (n_out, taps)
        window = torch.cos(np.pi / 2 * (away / half).clamp(-1, 1)) ** 2
        weights = (cutoff * torch.sinc(cutoff * away) * window).float()
        index = (first[:, None] + taps + half).clamp(0, len(padded) - 1)
        to[:n_out] = (padded[index] * weights).sum(1)
    return out
