"""Does augmentation help? One small classifier, taught with it and without, on sound it never met.

    python -m benchmarks.robustness             # five seeds, the table in results/
    python -m benchmarks.robustness --quick     # two seeds, fewer copies: a glance

Ten notes of each of six instruments are drawn for every seed. One network learns from these alone,
its twin from these and from copies that the article's pipeline made of them (noise, stretch,
pitch); both begin with the same weights and take the same number of steps. Both are tested on the
sixty held-out notes, as they are and damaged in seven ways, none of which the pipeline knows. How
hard each damage hits was chosen before anything was measured, and not touched since.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")

import numpy as np
import scipy.stats
import torch

import sonic_lab as sl
from benchmarks.machine import describe, keep
from sonic_lab import effects, tracking
from sonic_lab.provenance import Manifest, Row, facts_of

RUNS = Path(__file__).parents[1] / ".artefacts" / "runs" / "robustness"
NOTES = sl.clips.notes()
PER_INSTRUMENT = 10  # of 30
BATCH = 20
CONFIDENCE = 0.95
ARMS = ("without", "with")

Sounds = np.ndarray  # float32, (N, n)
Damage = Callable[[np.ndarray, int], np.ndarray]


def _rain(y: np.ndarray, i: int) -> np.ndarray:
    rain, _ = sl.clips.load("rain", sr=NOTES.sr)
    start = i * len(y) // 4 % (len(rain) - len(y))  # another moment of the rain for each note
    return effects.mix(y, rain[start : start + len(y)], snr_db=6)


DAMAGES: dict[str, Damage] = {
    "clean": lambda y, i: y,
    "rain, 6 dB below": _rain,
    "a telephone line": lambda y, i: effects.telephone(y, sr=NOTES.sr),
    "a room of 0.8 s": lambda y, i: effects.reverb(y, sr=NOTES.sr, rt60_s=0.8, distance_m=3),
    "MP3, 16 kbit/s": lambda y, i: effects.mp3(y, sr=NOTES.sr, bitrate_kbps=16),
    "clipped by 12 dB": lambda y, i: effects.clip(y, threshold_db=-12),
    "low-pass, 1 kHz": lambda y, i: effects.low_pass(y, sr=NOTES.sr, cutoff_hz=1000),
    "six bits": lambda y, i: effects.quantize(y, bits=6),
}


def see(y: Sounds) -> torch.Tensor:
    """Turn sounds into the pictures that notebook 02 teaches with: dB, (N, 64, T)."""
    return sl.features.log_mel_batch(
        y, sr=NOTES.sr, device="cpu", n_fft=1024, hop_length=256, n_mels=64
    )


def few(seed: int) -> np.ndarray:
    """Draw the notes to learn from, as many of each instrument."""
    rng = np.random.default_rng(seed)
    of_one = [np.flatnonzero((NOTES.label == k) & (NOTES.split == "train")) for k in range(6)]
    return np.concatenate([rng.choice(all_, PER_INSTRUMENT, replace=False) for all_ in of_one])


def copies(y: Sounds, *, count: int, seed: int) -> Sounds:
    """Return the sounds, and `count` copies of each as the article's pipeline draws them."""
    pipeline = sl.augment.article(keep_length=True, keeps=("instrument",))
    rng = np.random.default_rng(seed)
    made = [pipeline(one, sr=NOTES.sr, rng=rng) for _ in range(count) for one in y]
    return np.concatenate([y, np.stack(made)])


def teach(arm: str, seed: int, *, count: int, steps: int) -> sl.models.Classifier:
    """Teach one network; both arms of a seed begin alike and take as many steps."""
    chosen = few(seed)
    y, label = NOTES.y[chosen], NOTES.label[chosen]
    if arm == "with":
        y, label = copies(y, count=count, seed=seed), np.tile(label, count + 1)
    luck = torch.Generator().manual_seed(seed)
    net = sl.models.Classifier(sl.models.ClassifierConfig(n_classes=6), generator=luck)
    epochs = round(steps / -(-len(y) // BATCH))
    plan = sl.models.TrainingConfig(epochs=epochs, batch_size=BATCH)
    with tracking.start("json", folder=RUNS, project="robustness", name=f"{arm} {seed}") as run:
        run.dataset(papers())
        run.params(arm=arm, seed=seed, notes=chosen.tolist(), copies=count)
        targets = torch.from_numpy(label)
        sl.models.fit(net, see(y), targets, config=plan, generator=luck, log=run, device="cpu")
    return net


def papers() -> Manifest:
    """Return the papers of the notes' file."""
    path = sl.clips.path("trumpet").with_name("notes.ogg")
    facts = facts_of(path)
    row = Row(
        path.name,
        **{name: getattr(facts, name) for name in ("sha256", "samples_sha256", "duration_s")},
        sr=facts.sr,
        channels=facts.channels,
        licence="CC0-1.0",
        creator="The Sonic Lab authors",
        voice=False,
    )
    return Manifest([row], title="Sonic Lab's bundled notes")


def accuracies(net: sl.models.Classifier, tests: dict[str, torch.Tensor]) -> list[float]:
    """Return the share of held-out notes that are named rightly, for each damage."""
    truth = torch.from_numpy(NOTES.part("test").label)
    with torch.inference_mode():
        return [float((net(x).argmax(1) == truth).float().mean()) for x in tests.values()]


def interval(values: np.ndarray) -> tuple[float, float]:
    """Return the mean over seeds, and half of Student's t interval around it."""
    half = scipy.stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1) * scipy.stats.sem(values)
    return float(values.mean()), float(half)


def table(results: np.ndarray) -> list[str]:
    """Lay out accuracies, shape (arms, seeds, damages), with what augmentation changes."""
    lines = [f"{'':18}{'without':>16}{'with':>16}{'difference':>18}"]
    columns = {**{name: results[:, :, i] for i, name in enumerate(DAMAGES)}}
    columns["all seven damages"] = results[:, :, 1:].mean(axis=2)
    for name, both in columns.items():
        cells = [interval(100 * arm) for arm in both]
        gain, half = interval(100 * (both[1] - both[0]))  # paired: one seed, one set of notes
        shown = "".join(f"{mean:>9.1f} ± {h:4.1f}" for mean, h in cells)
        sure = "" if abs(gain) > half else "  (may be chance)"
        lines.append(f"{name:18}{shown}{gain:>+11.1f} ± {half:4.1f}{sure}")
    return lines


def main(arguments: list[str]) -> int:
    """Teach both for every seed, test them, print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="two seeds, fewer copies and steps")
    quick = parser.parse_args(arguments).quick
    seeds, count, steps = (range(2), 4, 120) if quick else (range(5), 20, 630)
    where = describe("numpy", "torch")
    held_out = NOTES.part("test").y
    tests = {
        name: see(np.stack([damage(y, i) for i, y in enumerate(held_out)]))
        for name, damage in DAMAGES.items()
    }
    results = np.array(
        [
            [accuracies(teach(arm, seed, count=count, steps=steps), tests) for seed in seeds]
            for arm in ARMS
        ]
    )
    report = [
        f"{'QUICK RUN, too few seeds to lean on. ' if quick else ''}Right names of "
        f"{len(held_out)} held-out notes, %; six instruments, so guessing gets 16.7",
        f"taught on {PER_INSTRUMENT} notes of each, without and with {count} copies a note from "
        f"the article's pipeline; {steps} steps of {BATCH} for both",
        f"mean over {len(seeds)} seeds ± half of Student's t interval at {CONFIDENCE:.0%}; the "
        "difference is paired by seed",
        where,
        "",
        *table(results),
    ]
    keep("robustness-quick" if quick else "robustness", "\n".join(report))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
