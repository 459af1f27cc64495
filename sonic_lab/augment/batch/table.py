"""Which step does a transform to many clips."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..foreign import Foreign
from ..levels import Clip, Gain, Invert, Quantize, SoftClip
from ..noise import GaussianNoise, NoiseAtSnr
from ..record import Draw
from ..systems import Reverb
from ..timing import PitchShift, Shift, Speed, TimeStretch
from ..tone import BandPass, HighPass, HighShelf, LowPass, LowShelf, Peak
from ..transform import Transform
from . import levels, noise, systems, timing
from .crew import each
from .steps import Drawn, stacked

_RUNS: dict[type[Transform], Callable[..., Any]] = {
    Gain: levels.scaled,
    Invert: levels.scaled,
    Clip: levels.clip,
    SoftClip: levels.soft_clip,
    Quantize: levels.quantize,
    GaussianNoise: noise.gaussian,
    NoiseAtSnr: noise.at_snr,
    Shift: timing.shift,
    **{
        kind: partial(systems.filtered, name=kind.__name__)
        for kind in (LowPass, HighPass, BandPass, Peak, LowShelf, HighShelf)
    },
    Reverb: systems.reverb,
    Speed: timing.speed,
    TimeStretch: timing.stretch,
    PitchShift: timing.pitch,
}


def step_of(transform: Transform) -> Callable[..., Any]:
    """Return the step of a transform; torch has no faster way for some, and none for yours."""
    return _RUNS.get(type(transform)) or _single(transform)


def _single(transform: Transform) -> Callable[..., Any]:
    """Run the path for one sound on every clip."""

    def run(y: Any, lengths: list[int], drawn: Drawn, sr: int, *, out: Any) -> Any:
        made: list[np.ndarray] = [np.empty(0)] * len(drawn)
        source = y.cpu().numpy()

        def one(i: int) -> None:
            made[i] = transform.apply(source[i, : lengths[i]], sr=sr, settings=drawn[i])

        each(one, len(drawn), kind=y.device.type)
        return stacked(made, y), [len(row) for row in made]

    return run


def one_by_one(
    y: Any, lengths: list[int], transform: Foreign, *, sr: int, luck: list[np.random.Generator]
) -> tuple[Any, list[Draw]]:
    """Let a transform of others decide and work on each clip; `lengths` is brought up to date."""
    source = y.cpu().numpy()
    rows = zip(source, lengths, luck, strict=True)
    both = [transform.step(row[:n].copy(), sr=sr, rng=one) for row, n, one in rows]
    lengths[:] = [len(row) for row, _ in both]
    return stacked([row for row, _ in both], y), [draw for _, draw in both]
