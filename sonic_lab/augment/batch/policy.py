"""A policy over a batch: draw for every clip, then do each step to all that drew it.

Luck stays NumPy's: every clip draws what it would draw alone, noise included, so that a batch
and a loop hear the same within rounding. What torch has no faster way for (resampling, codecs,
transforms of others) runs the path for one sound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...audio import check_rate
from ...devices import choose
from ...features.batch import check_batch, check_finite
from ...randomness import generator
from ..foreign import Foreign
from ..pipeline import Pipeline
from ..record import Draw, Record
from ..transform import Transform
from .crew import shares, spread
from .steps import trimmed
from .table import one_by_one, step_of

if TYPE_CHECKING:
    import torch


class Batch(NamedTuple):
    """Clips that were augmented together.

    Attributes
    ----------
    y : float32 tensor, shape (B, n); shorter clips are filled up with silence
    lengths : of each clip, in samples
    records : what was done to each
    """

    y: torch.Tensor
    lengths: tuple[int, ...]
    records: tuple[Record, ...]


def augment_batch(
    policy: Pipeline,
    Y: Any,
    *,
    sr: int,
    rng: np.random.Generator | int | None = None,
    device: str = "auto",
) -> Batch:
    """Augment equally long mono clips, each with luck of its own.

    Clip `i` becomes what ``policy(Y[i], sr=sr, rng=seeds[i])`` is, where `seeds` are
    ``np.random.default_rng(rng).integers(2**63, size=B)``: within 1e-5 of full scale.
    (Where a sound is stretched, rounding may rarely choose another of two peaks that are equal.)

    Parameters
    ----------
    policy : the pipeline
    Y : float array or tensor, shape (B, n)
    sr : Hz
    rng : a seed, a NumPy generator (which moves on), or None for fresh luck
    device : ``"auto"``, ``"cpu"`` or ``"cuda"``

    Raises
    ------
    AudioError, ParameterError, DeviceError
        The batch, the rate or the device is not usable.

    Examples
    --------
    >>> from sonic_lab.augment import Gain
    >>> policy = Pipeline([Gain(gain_db=-20, p=1)])
    >>> augment_batch(policy, np.ones((2, 4)), sr=8000, device="cpu").y[0, 0].item()
    0.10000000149011612
    """
    import torch

    rate, place = check_rate(sr), choose(device)
    policy.check_at(rate)
    clips = check_batch(Y).detach()
    seeds = generator(rng).integers(2**63, size=len(clips)).tolist()
    out = torch.empty(clips.shape, device=place)

    def share(rows: slice) -> Batch:
        part = check_finite(clips[rows].to(place, torch.float32))
        return _augmented(policy, part, seeds[rows], sr=rate, out=out[rows])

    parts = spread(share, shares(*clips.shape, kind=place.type))
    lengths = tuple(n for part in parts for n in part.lengths)
    records = tuple(record for part in parts for record in part.records)
    return Batch(_joined([part.y for part in parts], out, max(lengths)), lengths, records)


def _augmented(
    policy: Pipeline, clips: torch.Tensor, seeds: list[int], *, sr: int, out: torch.Tensor
) -> Batch:
    """Augment a few clips; the result lies in `out` where it has that shape."""
    import torch

    y, lengths = clips, [clips.shape[1]] * len(clips)
    lots = [policy.lots(seed) for seed in seeds]
    draws: list[list[Draw]] = [[] for _ in lots]
    with torch.no_grad():  # not inference_mode: a network must be able to learn from these
        for k, transform in enumerate(policy):
            luck = [lot[k] for lot in lots]
            if isinstance(transform, Foreign):
                y, decided = one_by_one(y, lengths, transform, sr=sr, luck=luck)
            else:
                decided = [transform.decide(one) for one in luck]
                spare = out if y is clips else y
                y = _apply(y, lengths, transform, decided, sr=sr, spare=spare)
            for clip, draw in zip(draws, decided, strict=True):
                clip.append(draw)
        if y.shape == out.shape and y.data_ptr() != out.data_ptr():
            y = out.copy_(y)
    return Batch(y, tuple(lengths), tuple(Record(sr, tuple(clip)) for clip in draws))


def _apply(
    y: torch.Tensor,
    lengths: list[int],
    transform: Transform,
    decided: list[Draw],
    *,
    sr: int,
    spare: torch.Tensor,
) -> torch.Tensor:
    """Apply a transform to the clips that drew it; `lengths` is brought up to date.

    The result may be written to `spare`: it is `y` itself, unless that is the caller's.
    """
    import torch

    rows = [i for i, draw in enumerate(decided) if draw.ran]
    if not rows:
        return y
    drawn = [dict(decided[i].settings) for i in rows]
    every = len(rows) == len(y)
    part = y if every else y[rows]
    out = spare if every else part
    done, now = step_of(transform)(part, [lengths[i] for i in rows], drawn, sr, out=out)
    for i, n in zip(rows, now, strict=True):
        lengths[i] = n
    if every:
        return trimmed(done, now)
    y = y if spare is y else spare.copy_(y)
    n = max(lengths)
    y = torch.nn.functional.pad(y, (0, max(0, n - y.shape[1])))[:, :n]
    y[rows, : min(n, done.shape[1])] = done[:, :n]
    y[rows, done.shape[1] :] = 0
    return trimmed(y, lengths)


def _joined(parts: list[torch.Tensor], out: torch.Tensor, n: int) -> torch.Tensor:
    """Lay the shares out as one batch of `n` samples: in `out`, where they all lie there."""
    if all(part.shape[1] == n == out.shape[1] for part in parts):
        return out
    longer = out.new_empty(len(out), n)

    def lay(both: tuple[torch.Tensor, torch.Tensor]) -> None:
        rows, part = both
        rows[:, : part.shape[1]] = part
        rows[:, part.shape[1] :] = 0

    places = longer.split([len(part) for part in parts])
    spread(lay, list(zip(places, parts, strict=True)))
    return longer
