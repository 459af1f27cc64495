"""Train the bundled WaveNet: ``python -m tools.train.wavenet --help``.

Stopped at any step, the same command goes on as if it had never stopped: what a step learns from
is drawn from the seed and the step's number alone. The rate of learning rises, stays, and falls to
nothing in the last part of the steps, so `--steps` may be changed until the fall begins.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sonic_lab import tracking
from sonic_lab.models import bundled, wavenet
from sonic_lab.models.wavenet import WaveNet
from tools.train import checkpoints, hearing, records, wavenet_step
from tools.train.muon import Muon
from tools.train.played import CONFIG, Played, read

SAVE_EVERY, SAY_EVERY = 100, 50
HOP = CONFIG.hop_length
SILENCE = int(wavenet.mu_law_encode(np.zeros(1), levels=CONFIG.levels)[0])


@dataclass(frozen=True)
class Plan:
    """How to train. Muon moves the matrices inside, AdamW all else."""

    steps: int = 3000
    batch_size: int = 8
    frames: int = 20  # of each clip that are scored; those before them are only heard
    noisy: float = 0.5  # the share of the batch whose past is heard through noise, at first
    noise: float = 3.0  # its largest standard deviation, symbols
    noisy_steps: int = 1200  # how long at first
    silent: float = 0.3  # the share whose past is silence up to somewhere, later
    silent_from: int = 1300  # how much later
    learning_rate: float = 3e-3
    matrix_rate: float = 5e-3
    warm_up: int = 50
    falling: float = 0.4
    seed: int = 0
    half_precision: bool = True

    def rate(self, step: int) -> float:
        """Return the share of the learning rates at a step."""
        left = (self.steps - step) / (self.falling * self.steps)
        return min((step + 1) / self.warm_up, 1.0, max(left, 0.0))


class Training:
    """A WaveNet in training: its weights, its optimisers, and its step."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.step = plan, 0
        self.model = WaveNet(CONFIG, generator=torch.Generator().manual_seed(plan.seed))
        inside = {
            name: weight
            for name, weight in self.model.named_parameters()
            if name.endswith("weight")
            and name.startswith(("layers", "head.1"))
            # Nothing comes after the last layer's way onward: it has no gradient.
            and f"{len(CONFIG.dilations) - 1}.onward" not in name
        }
        self.inside = list(inside.values())
        self.matrices = [weight.detach().flatten(1) for weight in self.inside]  # the same memory
        self.muon = Muon(self.matrices)
        others = [w for name, w in self.model.named_parameters() if name not in inside]
        self.adam = torch.optim.AdamW(
            others, plan.learning_rate, betas=(0.9, 0.98), weight_decay=1e-3
        )

    def take_step(self, clips: Played) -> float:
        """Learn from one batch; return its cost, nats a sample."""
        plan = self.plan
        now = replace(
            plan,
            noisy=plan.noisy if self.step < plan.noisy_steps else 0.0,
            silent=plan.silent if self.step >= plan.silent_from else 0.0,
        )
        luck = np.random.default_rng([plan.seed, self.step])
        codes, asked, heard = draw(clips, now, luck)
        cost = wavenet_step.nats(
            self.model, codes, asked, heard=heard, lead_in=codes.shape[1] - plan.frames * HOP,
            dtype=torch.bfloat16 if plan.half_precision else torch.float32,
        )  # fmt: skip
        self.model.zero_grad(set_to_none=True)
        cost.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for matrix, weight in zip(self.matrices, self.inside, strict=True):
            assert weight.grad is not None
            matrix.grad = weight.grad.flatten(1)
        self.muon.step(plan.matrix_rate * plan.rate(self.step))
        for group in self.adam.param_groups:
            group["lr"] = plan.learning_rate * plan.rate(self.step)
        self.adam.step()
        self.step += 1
        return cost.item()

    def state_dict(self) -> dict[str, Any]:
        """Return all that `load_state_dict` needs to go on."""
        return {
            "model": self.model.state_dict(),
            "muon": self.muon.state_dict(),
            "adam": self.adam.state_dict(),
            "step": self.step,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from `state_dict`."""
        self.model.load_state_dict(state["model"])
        self.muon.load_state_dict(state["muon"])
        self.adam.load_state_dict(state["adam"])
        self.step = state["step"]


def draw(clips: Played, plan: Plan, luck: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Cut pieces out of clips: their symbols, what was asked, and their past as it is heard.

    What the network draws itself is not quite what it should be, so it must not only be taught on
    pasts that are. At first some pieces are heard through noise, and it looks for what was asked
    before it trusts its last few samples. But it comes to take the first stirring of a note for
    noise, and plays silence, which then goes on for ever. So later some are heard as silence up to
    a place within, and it learns to begin, wherever in a note it finds that nothing sounds.
    """
    lead_in = -(-CONFIG.reach // HOP)  # frames; silent before a clip begins
    chosen = luck.choice(len(clips), plan.batch_size, replace=False)
    codes = nn.functional.pad(clips.codes[chosen].long(), (lead_in * HOP, 0), value=SILENCE)
    asked = nn.functional.pad(clips.asked[chosen], (lead_in, 0))
    frames = lead_in + plan.frames
    firsts = luck.integers(asked.shape[2] - frames + 1, size=plan.batch_size)
    codes = torch.stack(
        [c[f * HOP : (f + frames) * HOP] for c, f in zip(codes, firsts, strict=True)]
    )
    asked = torch.stack([a[:, f : f + frames] for a, f in zip(asked, firsts, strict=True)])
    loud = np.where(luck.random(plan.batch_size) < plan.noisy, plan.noise, 0)
    spread = loud * luck.random(plan.batch_size)
    noise = luck.standard_normal(codes.shape, np.float32) * spread[:, None]
    heard = codes + torch.from_numpy(noise.round().astype(np.int64))
    heard = heard.clamp(0, CONFIG.levels - 1)
    ends = luck.integers(codes.shape[1], size=plan.batch_size)
    ends[luck.random(plan.batch_size) >= plan.silent] = 0
    silent = torch.arange(codes.shape[1]) < torch.from_numpy(ends)[:, None]
    return codes, asked, torch.where(silent, SILENCE, heard)


@torch.inference_mode()
def held_out(model: WaveNet, clips: Played, *, batch_size: int = 8) -> float:
    """Return the mean cost of a sample over all clips."""
    parts = zip(clips.codes.split(batch_size), clips.asked.split(batch_size), strict=True)
    costs = (
        nn.functional.cross_entropy(model(codes.long(), asked), codes.long()).item() * len(codes)
        for codes, asked in parts
    )
    return sum(costs) / len(clips)


def run(training: Training, folder: Path, *, seconds: float) -> Iterator[str]:
    """Train until the plan is done or the time is up; yield what there is to say."""
    plan, path = training.plan, folder / "checkpoint.pt"
    clips, start, total = read(folder, "train"), time.monotonic(), 0.0
    with tracking.start("json", folder=folder / "runs", name="wavenet") as log:
        log.params({**asdict(plan), "from_step": training.step})
        while training.step < plan.steps and time.monotonic() - start < seconds:
            total += training.take_step(clips)
            if training.step % SAY_EVERY == 0:
                log.metrics({"nats": total / SAY_EVERY}, step=training.step)
                yield f"{training.step} {time.monotonic() - start:.0f} s {total / SAY_EVERY:.4f}"
                total = 0.0
            if training.step % SAVE_EVERY == 0:
                checkpoints.save(path, training.state_dict())
    checkpoints.save(path, training.state_dict())


def bundle(training: Training, folder: Path, target: Path) -> dict[str, float]:
    """Measure what was learned, and write it where the package finds it; return the figures."""
    clips, unseen = read(folder, "train"), read(folder, "test")
    model = wavenet.load(wavenet.save(training.model, target))  # as it is kept: half precision
    figures = {
        "held out, nats a sample": held_out(model, unseen),
        "chance, nats a sample": float(np.log(CONFIG.levels)),
        **hearing.judge(model),
    }
    record = records.Record(
        name="Sonic Lab's WaveNet",
        summary="A small WaveNet that plays notes of six instruments, one sample at a time, at "
        f"{CONFIG.sr} Hz in {CONFIG.levels} mu-law levels.",
        data={
            "name": "notes played by tools.make_clips",
            "sha256": clips.sha256,
            "sha256 of what was held out": unseen.sha256,
            "clips": len(clips),
            "seconds each": clips.codes.shape[1] / CONFIG.sr,
            "licence": "CC0-1.0",
        },
        settings={
            **asdict(CONFIG), **asdict(training.plan), "steps taken": training.step,
            "weights": sum(weight.numel() for weight in model.parameters()),
            "receptive field, samples": CONFIG.receptive_field,
        },
        figures=figures,
        limits=(
            "It knows pitches from 55 to 79 and six synthesised instruments, and no music.",
            "It hears a thirtieth of a second back: a tune comes from what is asked, not from it.",
            "It plays in tune and not evenly: how loud a note comes out is left to luck, and its "
            "trumpet and its piano are often taken for another instrument.",
            "It hisses, as a network must that draws each sample from eight bits.",
        ),
    )  # fmt: skip
    records.write(target, record)
    return figures


def main() -> int:
    """Train, from the last checkpoint if there is one; then measure and bundle if asked."""
    parser = argparse.ArgumentParser(prog="python -m tools.train.wavenet", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".artefacts/train/wavenet"))
    parser.add_argument("--steps", type=int, default=Plan.steps)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--bundle", action="store_true", help="measure it and put it in place")
    parser.add_argument("--to", type=Path, default=bundled.WEIGHTS / "wavenet")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    training = Training(Plan(steps=options.steps))
    kept = checkpoints.load(options.folder / "checkpoint.pt")
    if kept is not None:
        training.load_state_dict(kept)
    for line in run(training, options.folder, seconds=options.seconds):
        print(line, flush=True)
    if options.bundle:
        for name, value in bundle(training, options.folder, options.to).items():
            print(f"{name:50} {value:.4g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
