"""The phase vocoder of `sonic_lab.effects.time_stretch`, for many clips at once, in torch.

It is the same arithmetic in another order. Only one thing goes from frame to frame, the angle by
which each peak is turned. On a CPU that is asked of the peaks alone, by the function for one
sound; a GPU would wait for each of so many small steps, and turns all bins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...effects.stretch import locked_turns

if TYPE_CHECKING:
    import torch

_WINDOW_S = 0.046  # as in `sonic_lab.effects`
_OVERLAP = 4
_FRAMES = {"cpu": 1024, "cuda": 65536}  # transformed at once: few enough for a CPU's cache


def stretched(
    y: torch.Tensor, lengths: Sequence[int], ratios: Sequence[float], *, sr: int
) -> tuple[torch.Tensor, list[int]]:
    """Make each clip `ratio` times as long at the same pitch: (B, n) -> (B, m), and the lengths."""
    import torch

    new = [max(1, round(n * ratio)) for n, ratio in zip(lengths, ratios, strict=True)]
    n_fft = max(32, 2 ** round(np.log2(_WINDOW_S * sr)))
    hop = n_fft // _OVERLAP
    frames = -(-max(new) // hop) + _OVERLAP
    centres = np.round(np.arange(frames)[:, np.newaxis] * hop / np.array(ratios)).astype(int)
    # Past its own end a clip is silent; its frames there are read from the last place there is.
    reach = max(lengths) + n_fft + hop
    starts = torch.from_numpy(np.minimum(centres, reach)).to(y.device)  # (T, B)
    source = torch.nn.functional.pad(y, (n_fft // 2 + hop, reach + n_fft + hop - y.shape[1]))
    window = torch.from_numpy(np.hanning(n_fft + 1)[:-1].astype(np.float32)).to(y.device)
    out = y.new_zeros(len(y), (frames + _OVERLAP) * hop)
    turn = torch.ones(len(y), n_fft // 2 + 1, dtype=torch.complex64, device=y.device)
    first = 0
    last: torch.Tensor | None = None
    step = max(8, _FRAMES[y.device.type] // len(y))
    for block in starts.split(step):
        now, before = _spectra(source, block + hop, window), _spectra(source, block, window)
        turns = _turns(now, before, last, turn)
        last, turn = now[-1], turns[-1].clone()
        heard = torch.fft.irfft(turns.mul_(now), n_fft).mul_(window)
        _overlap_add(out, heard, first, hop)
        first += step
    # Squared Hann windows at a quarter's hop add up to 1.5 everywhere.
    out = out[:, n_fft // 2 : n_fft // 2 + max(new)] / 1.5
    for row, clip, ratio, n in zip(out, y, ratios, new, strict=True):
        row[n:] = 0
        if ratio == 1:
            row[:n] = clip[:n]
    return out, new


def _spectra(source: torch.Tensor, starts: torch.Tensor, window: torch.Tensor) -> torch.Tensor:
    """Transform the frames that begin at `starts`: (B, N), (T, B) -> (T, B, F)."""
    import torch

    rows = torch.arange(len(source), device=source.device)
    frames = source.unfold(1, len(window), 1)[rows, starts]
    return torch.fft.rfft(frames.mul_(window))


def _turns(
    now: torch.Tensor, before: torch.Tensor, last: torch.Tensor | None, turn: torch.Tensor
) -> torch.Tensor:
    """Find by which unit phasor to turn each bin of each frame: (T, B, F)."""
    import torch

    if now.device.type != "cpu":
        return all_turns(now, before, last, turn)
    rest = None if last is None else last.numpy()
    return torch.from_numpy(locked_turns(now.numpy(), before.numpy(), rest, turn.numpy()))


def all_turns(
    now: torch.Tensor, before: torch.Tensor, last: torch.Tensor | None, turn: torch.Tensor
) -> torch.Tensor:
    """Do what `locked_turns` does, for all bins and not for the peaks alone."""
    import torch

    previous = torch.cat([(now[0] if last is None else last)[None], now[:-1]])
    step = _unit(previous.mul_(before.conj()))
    if last is None:
        step[0] = 1  # the first frame is the input's own
    peaks = _nearest_peak(now.abs())  # (T, B, F), counted through the whole of (B, F)
    turns = torch.empty_like(now)
    for t in range(len(now)):
        turn = torch.take(turn * step[t], peaks[t])
        turns[t] = turn
    return _unit(turns)  # rounding would wear its length away


def _unit(z: torch.Tensor) -> torch.Tensor:
    """Keep the angle only; zero, which has none, becomes 1, so that silence ends no partial."""
    import torch

    size = z.abs()
    return torch.where(size > 0, z / size.clamp(min=1e-37), torch.ones((), dtype=z.dtype))


def _nearest_peak(magnitude: torch.Tensor) -> torch.Tensor:
    """Give for each bin the index of the closest local maximum over five bins: (T, B, F).

    The index counts bins through clips, as `torch.take` does of (B, F).
    """
    import torch

    frames, clips, bins = magnitude.shape
    edge = torch.nn.functional.pad(magnitude, (2, 2), value=-1.0)
    is_peak = magnitude >= edge[..., :bins]
    for shift in (1, 3, 4):
        is_peak &= magnitude >= edge[..., shift : shift + bins]
    flat = is_peak.view(-1)
    places = torch.nonzero(flat).view(-1)  # every frame has one, its maximum
    count = torch.cumsum(flat, 0)
    here = torch.arange(len(flat), device=flat.device)
    row = here - here % bins  # where this frame begins
    below = places[(count - 1).clamp(min=0)]
    above = places[(count - flat.long()).clamp(max=len(places) - 1)]
    down = torch.where((below >= row) & (below <= here), here - below, 2 * bins)
    up = torch.where((above >= here) & (above < row + bins), above - here, 2 * bins)
    nearest = torch.where(down <= up, below, above) - row
    offset = torch.arange(clips, device=flat.device)[:, None] * bins
    return nearest.view(frames, clips, bins) + offset


def _overlap_add(out: torch.Tensor, heard: torch.Tensor, first: int, hop: int) -> None:
    """Add frames (T, B, n_fft) into `out` one hop apart, a quarter of each at a time."""
    lanes = out.view(len(out), -1, hop)
    for part in range(_OVERLAP):
        piece = heard[..., part * hop : (part + 1) * hop].transpose(0, 1)
        lanes[:, first + part : first + part + len(heard)] += piece
