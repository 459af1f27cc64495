"""Augmenting 64 clips of 5 s: audiomentations clip by clip against `sl.augment.augment_batch`.

Both turn an array of clips into an array of clips. Audiomentations uses one core by itself, the
batch as many as torch may. Each transform is set to what its counterpart does, and is always
applied. The turns alternate, so that whatever else the machine does falls on both; beside the time
that passes stands the processor time of all threads, which is the ratio on one core.

Run it with ``python -m benchmarks.augmentation``, or with a number of turns.
"""

from __future__ import annotations

import sys
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
# What bounds a transform below that, where it is not our code.
BOUNDS = {
    "gain": "one pass over memory on either side",
    "polarity": "one pass over memory on either side",
    "shift": "one pass over memory on either side",
    "speed / resample": "the same resampler on either side: as many times as there are cores",
}


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


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that pass in one run, and those that the processor's cores spend."""
    start, spent = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - start, time.process_time() - spent


def compare(theirs: Any, ours: Any, Y: np.ndarray, *, device: str, rounds: int) -> np.ndarray:
    """Return medians over alternating turns: (theirs and ours, seconds passed and spent)."""
    policy = augment.Pipeline(ours if isinstance(ours, list) else [ours])
    luck = np.random.default_rng(0)  # moves on, as theirs does: of one draw, much or little is run
    sides: tuple[Callable[[], object], ...] = (
        lambda: with_theirs(theirs, Y),
        lambda: augment.augment_batch(policy, Y, sr=SR, rng=luck, device=device).y.cpu(),
    )
    for run in sides:
        run()  # the first fills caches
    return np.median([[timed(run) for run in sides] for _ in range(rounds)], axis=0)


def write_rooms(folder: Path) -> None:
    """Write eight impulse responses, which audiomentations reads as files and keeps."""
    for i in range(8):
        room = effects.room_impulse_response(sr=SR, rt60_s=0.2 * 6 ** (i / 7), rng=i)
        audio.save(folder / f"{i}.wav", 0.5 * room / np.abs(room).max(), sr=SR)


def row(what: str, times: np.ndarray) -> str:
    """Lay out one line of the table."""
    (one, one_spent), (many, many_spent) = times
    return (
        f"{what:24}{1e3 * one:>14.1f}{1e3 * many:>16.1f}{one / many:>10.1f}"
        f"{one_spent / many_spent:>14.1f}"
    )


def report(times: dict[str, np.ndarray], *, heading: str, device: str) -> tuple[str, list[str]]:
    """Lay out the whole table, and name what is slower than the claim."""
    slow = [what for what, (one, many) in times.items() if one[0] / many[0] < MIN_RATIO]
    claim = f"at least {MIN_RATIO:g} times audiomentations' throughput"
    lines = [
        heading,
        "",
        f"{'':24}{'audiomentations':>14}{'batch, ' + device:>15}{'ratio':>10}{'on one core':>14}",
        *(row(what, one) for what, one in times.items()),
        "",
        verdict(f"{claim}: {len(times) - len(slow)} of {len(times)}", not slow),
        *(f"below it: {what}{': ' * (what in BOUNDS)}{BOUNDS.get(what, '')}" for what in slow),
    ]
    return "\n".join(lines), slow


def main(rounds: int = ROUNDS) -> int:
    """Measure, print the table and keep it; 1 when a transform misses the ratio that is claimed."""
    warnings.simplefilter("ignore")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(devices.cores())
    heading = (
        f"{CLIPS} clips of {SECONDS} s at {SR} Hz; median of {rounds} turns, ms a batch\n"
        + describe("numpy", "scipy", "torch", "audiomentations")
    )
    Y = (0.1 * np.random.default_rng(0).standard_normal((CLIPS, SECONDS * SR))).astype(np.float32)
    times = {}
    with tempfile.TemporaryDirectory() as name:
        write_rooms(Path(name))
        for what, (theirs, ours) in pairs(Path(name)).items():
            times[what] = compare(theirs, ours, Y, device=device, rounds=rounds)
            print(row(what, times[what]), flush=True)
    table, slow = report(times, heading=heading, device=device)
    keep("augmentation", table)
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:])))
