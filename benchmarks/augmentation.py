"""Augmenting 64 clips of 5 s: audiomentations clip by clip against `sl.augment.augment_batch`.

Both turn an array of clips into an array of clips on all cores there are; audiomentations uses one
of them by itself. Each transform is set to what its counterpart does, and is always applied. The
turns alternate, so that whatever else the machine does falls on both.

Run it with ``python -m benchmarks.augmentation``.
"""

from __future__ import annotations

import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import audiomentations as am
import numpy as np
import torch

from benchmarks.machine import describe, keep, verdict
from sonic_lab import audio, augment, devices, effects

CLIPS, SECONDS, SR = 64, 5, 16_000
ROUNDS, MIN_RATIO = 7, 3.0


def pairs(rooms: Path) -> dict[str, tuple[Any, augment.Transform | list[augment.Transform]]]:
    """Return what is compared: theirs and ours, by what they do."""
    slope = {"min_rolloff": 24, "max_rolloff": 24, "p": 1}  # fourth order
    pink = {"min_f_decay": -3.01, "max_f_decay": -3.01, "p": 1}
    return {
        "noise of an amplitude": (am.AddGaussianNoise(p=1), augment.GaussianNoise(p=1)),
        "white noise at an SNR": (am.AddGaussianSNR(p=1), augment.NoiseAtSnr(p=1)),
        "pink noise at an SNR": (am.AddColorNoise(**pink), augment.NoiseAtSnr(color="pink", p=1)),
        "gain": (am.Gain(p=1), augment.Gain(p=1)),
        "polarity": (am.PolarityInversion(p=1), augment.Invert(p=1)),
        "clipping": (am.ClippingDistortion(p=1), augment.Clip(p=1)),
        "soft clipping": (am.TanhDistortion(p=1), augment.SoftClip(p=1)),
        "fewer bits": (am.BitCrush(p=1), augment.Quantize(p=1)),
        "low-pass": (am.LowPassFilter(**slope), augment.LowPass(p=1)),
        "high-pass": (am.HighPassFilter(**slope), augment.HighPass(p=1)),
        "band-pass": (am.BandPassFilter(**slope), augment.BandPass(p=1)),
        "peak": (am.PeakingFilter(p=1), augment.Peak(p=1)),
        "low shelf": (am.LowShelfFilter(p=1), augment.LowShelf(p=1)),
        "high shelf": (am.HighShelfFilter(max_center_freq=7000, p=1), augment.HighShelf(p=1)),
        "shift": (am.Shift(p=1), augment.Shift(p=1)),
        "speed / resample": (
            am.Resample(min_sample_rate=14_400, max_sample_rate=17_600, p=1),
            augment.Speed(keep_length=True, p=1),
        ),
        "time stretch": (am.TimeStretch(p=1), augment.TimeStretch(keep_length=True, p=1)),
        "pitch shift": (am.PitchShift(p=1), augment.PitchShift(p=1)),
        "reverb (a room)": (am.ApplyImpulseResponse(rooms, p=1), augment.Reverb(p=1)),
        "the article's three": (
            am.Compose([am.AddGaussianNoise(), am.TimeStretch(), am.PitchShift()]),
            list(augment.article(keep_length=True)),
        ),
    }


def with_theirs(transform: Any, Y: np.ndarray) -> np.ndarray:
    """Augment clip by clip, and lay the clips out as a batch."""
    return np.stack([audio_of(transform(y, SR)) for y in Y])


def audio_of(y: np.ndarray) -> np.ndarray:
    """Bring a resampled clip to the length of the others, as a batch needs it."""
    n = SECONDS * SR
    return y if len(y) == n else np.pad(y, (0, max(0, n - len(y))))[:n]


def seconds(run: Callable[[], object]) -> float:
    """Return the seconds that one run takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def compare(theirs: Any, ours: Any, Y: np.ndarray, device: str) -> tuple[float, float]:
    """Return the median seconds of both, whose turns alternate."""
    policy = augment.Pipeline(ours if isinstance(ours, list) else [ours])
    sides: tuple[Callable[[], object], ...] = (
        lambda: with_theirs(theirs, Y),
        lambda: augment.augment_batch(policy, Y, sr=SR, rng=0, device=device).y.cpu(),
    )
    taken: list[list[float]] = [[], []]
    for turn in range(ROUNDS + 1):
        for side, run in enumerate(sides):
            one = min(seconds(run) for _ in range(2))  # the first wakes threads and caches
            if turn:
                taken[side].append(one)
    return statistics.median(taken[0]), statistics.median(taken[1])


def write_rooms(folder: Path) -> None:
    """Write eight impulse responses, which audiomentations reads as files and keeps."""
    for i in range(8):
        room = effects.room_impulse_response(sr=SR, rt60_s=0.2 * 6 ** (i / 7), rng=i)
        audio.save(folder / f"{i}.wav", 0.5 * room / np.abs(room).max(), sr=SR)


def main() -> int:
    """Measure, print the table and keep it; 1 when nothing reaches the ratio that is claimed."""
    warnings.simplefilter("ignore")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(devices.cores())
    machine = describe("numpy", "scipy", "torch", "audiomentations")
    Y = (0.1 * np.random.default_rng(0).standard_normal((CLIPS, SECONDS * SR))).astype(np.float32)
    lines, ratios = [], {}
    with tempfile.TemporaryDirectory() as name:
        write_rooms(Path(name))
        for what, (theirs, ours) in pairs(Path(name)).items():
            one, many = compare(theirs, ours, Y, device)
            ratios[what] = one / many
            lines.append(f"{what:24}{1e3 * one:>14.1f}{1e3 * many:>16.1f}{one / many:>10.1f}")
            print(lines[-1], flush=True)
    fast = [what for what, ratio in ratios.items() if ratio >= MIN_RATIO]
    slow = [what for what in ratios if what not in fast]
    claim = f"at least {MIN_RATIO:g} times audiomentations' throughput"
    keep("augmentation", "\n".join([
        f"{CLIPS} clips of {SECONDS} s at {SR} Hz; median of {ROUNDS} turns, ms a batch",
        machine,
        "",
        f"{'':24}{'audiomentations':>14}{'batch, ' + device:>15}{'ratio':>10}",
        *lines,
        "",
        verdict(f"{claim}: {len(fast)} of {len(ratios)}", not slow),
        *([f"below it: {', '.join(slow)}"] if slow else []),
    ]))  # fmt: skip
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
