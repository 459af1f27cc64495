"""Train the bundled codec: ``python -m tools.train.codec --help``.

    corpus ──▶ joint: encoder, codebooks, decoder ──▶ tokens (tools.train.tokens)
                                  └──▶ decoder: codes stand still, the decoder goes on learning

Everything is kept in one checkpoint a stage: stopped at any step, the same command goes on as if
it had never stopped. What a step learns from is drawn from the seed and the step's number alone.
The rate of learning rises, stays, and falls to nothing in the last part of the steps, so
`--steps` may be changed on the way, until the fall begins.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from sonic_lab import corpus, tracking
from sonic_lab.models.codec import SonicCodecConfig, SonicCodecModel
from sonic_lab.models.residual_vq import CodebookLearner
from tools.train import checkpoints
from tools.train.codec_losses import WINDOWS, note_distance, spectral_distance, tone_distance

SAVE_EVERY, SAY_EVERY, LOOK_EVERY = 250, 50, 100


@dataclass(frozen=True)
class Plan:
    """How to train.

    `quantise_from` steps pass before the codebooks start; `hint` weighs what the bank is told of
    the tones that can be found in the sound, until `hint_until` of the steps have passed.
    `often` are the numbers of codebooks that most steps use; `notes` weighs how loud each
    semitone is.
    """

    stage: str = "joint"
    steps: int = 6500
    batch_size: int = 8
    frames: int = 64
    learning_rate: float = 1e-3
    warm_up: int = 100
    falling: float = 0.4
    windows_a_step: int = 3
    quantise_from: int = 600
    commitment: float = 0.1
    hint: float = 2.0
    hint_until: float = 1.5
    notes: float = 0.0
    often: tuple[int, ...] = (8, 8, 4, 4)
    seldom: float = 0.3
    seed: int = 0
    half_precision: bool = True

    def rate(self, step: int) -> float:
        """Return the share of the learning rate at a step."""
        left = (self.steps - step) / (self.falling * self.steps)
        return min((step + 1) / self.warm_up, 1.0, max(left, 0.0))


class Clips(Protocol):
    """What is learned from: `sonic_lab.corpus.Corpus`, or anything that looks like it."""

    def __len__(self) -> int: ...

    def samples(self, i: int) -> np.ndarray: ...


def draw(clips: Clips, plan: Plan, n: int, rng: np.random.Generator) -> Tensor:
    """Cut a batch out of the clips, each piece varied: float32 (B, n)."""
    batch = np.empty((plan.batch_size, n), dtype=np.float32)
    for row in batch:
        speed = float(rng.uniform(0.84, 1.19)) if rng.random() < 0.5 else 1.0
        length = int(np.ceil(n * speed)) + 1
        y = clips.samples(int(rng.integers(len(clips))))
        start = int(rng.integers(len(y) - length))
        piece = y[start : start + length].astype(np.float32) / 32768
        row[:] = vary(_faster(piece, speed, n), rng)
    return torch.from_numpy(batch)


def _faster(y: np.ndarray, speed: float, n: int) -> np.ndarray:
    """Play faster or slower, and so higher or lower: tunings and timbres nobody composed."""
    if speed == 1.0:
        return y[:n]
    return np.interp(np.arange(n) * speed, np.arange(len(y)), y)


def vary(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Change the level and, now and then, the colour, by a smooth random curve over frequency."""
    gain = 10 ** (rng.uniform(-10, 3) / 20)
    if rng.random() < 0.5:
        spectrum = np.fft.rfft(y)
        knots = rng.uniform(-6, 6, size=6)  # dB, evenly over the logarithm of the frequency
        at = np.linspace(0, 5, len(spectrum)) if rng.random() < 0.2 else _octaves(len(spectrum))
        y = np.fft.irfft(spectrum * 10 ** (np.interp(at, np.arange(6), knots) / 20), n=len(y))
    peak = float(np.abs(y).max())
    return y * min(gain, 1.0 / max(peak, 1e-9))


def _octaves(bins: int) -> np.ndarray:
    return np.clip(5 + np.log2((np.arange(bins) + 1) / bins) * (5 / 7), 0, 5)


class Training:
    """A codec in training: its weights, its codebooks' averages, its optimiser, and its step."""

    def __init__(self, plan: Plan, config: SonicCodecConfig | None = None) -> None:
        self.plan, self.step = plan, 0
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(plan.seed)
            self.model = SonicCodecModel(config or SonicCodecConfig()).train()
        luck = torch.Generator().manual_seed(plan.seed)
        self.learner = CodebookLearner(self.model.quantizer, generator=luck)
        learning = self.model if plan.stage == "joint" else self.model.decoder
        self.optimiser = torch.optim.AdamW(
            learning.parameters(), plan.learning_rate, betas=(0.8, 0.99), fused=True
        )

    def take_step(self, clips: Clips) -> dict[str, float]:
        """Learn from one batch, and return the losses."""
        plan, c = self.plan, self.model.config
        rng = np.random.default_rng([plan.seed, self.step])
        y = draw(clips, plan, plan.frames * c.hop_length, rng)
        if plan.stage == "joint" and self.step == plan.quantise_from:
            self._start_codebooks(clips)
        with torch.autocast("cpu", torch.bfloat16, enabled=plan.half_precision):
            z, commitment = self._through_codes(y, rng)
            faders = self.model.decoder.set_faders(z)
        sound = self.model.decoder.play(faders, first_frame=int(rng.integers(10_000)))
        chosen = sorted(rng.choice(len(WINDOWS), plan.windows_a_step, replace=False))
        distance = spectral_distance(sound, y, windows=[WINDOWS[i] for i in chosen])
        loss = distance + plan.commitment * commitment
        if plan.notes:
            loss = loss + plan.notes * note_distance(sound, y, sr=c.sampling_rate)
        hint = plan.hint * max(0.0, 1 - self.step / (plan.hint_until * plan.steps))
        some = max(1, plan.batch_size // 2)  # half of the batch: finding tones is slow
        tones = tone_distance(faders[:some], y[:some], c) if hint else torch.zeros(())
        self._learn(loss + hint * tones)
        self.step += 1
        losses = {"distance": distance, "commitment": commitment, "tones": tones}
        return {"loss": loss.item()} | {name: value.item() for name, value in losses.items()}

    def _learn(self, loss: Tensor) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = self.plan.learning_rate * self.plan.rate(self.step)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()

    def _through_codes(self, y: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Encode and quantise: latents as the decoder gets them, and how far they were moved."""
        plan, quantizer = self.plan, self.model.quantizer
        with torch.set_grad_enabled(plan.stage == "joint"):
            z = self.model.encoder(y).float()
        if plan.stage == "joint" and self.step < plan.quantise_from:
            return z, torch.zeros(())
        k = int(rng.choice(plan.often))
        if rng.random() < plan.seldom:
            k = int(rng.integers(1, len(quantizer.codebooks) + 1))
        codes, residuals = quantizer.walk(z.detach(), k)
        said = quantizer.decode(codes)
        if plan.stage != "joint":
            return said, torch.zeros(())
        self.learner.update(residuals, codes)
        # Straight through (van den Oord et al.): what the decoder says of `said` is told to `z`.
        return z + (said - z).detach(), (z - said).square().mean()

    @torch.no_grad()
    def _start_codebooks(self, clips: Clips) -> None:
        latents = []
        for i in range(16):
            rng = np.random.default_rng([self.plan.seed, self.step, i])
            y = draw(clips, self.plan, self.plan.frames * self.model.config.hop_length, rng)
            latents.append(self.model.encoder(y).flatten(0, 1))
        self.learner.start(torch.cat(latents))

    def state_dict(self) -> dict[str, Any]:
        """Return all that `load_state_dict` needs to go on."""
        return {
            "model": self.model.state_dict(),
            "learner": self.learner.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "plan": asdict(self.plan),
            "config": self.model.config.to_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from `state_dict`."""
        self.model.load_state_dict(state["model"])
        self.learner.load_state_dict(state["learner"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = state["step"]

    def begin_from(self, state: dict[str, Any]) -> None:
        """Take the weights of a finished stage; encoder and codebooks as half precision says them.

        The weights are bundled in half precision, and the tokens must be theirs.
        """
        self.model.load_state_dict(state["model"])
        with torch.no_grad():
            for part in (self.model.encoder, self.model.quantizer):
                for tensor in (*part.parameters(), *part.buffers()):
                    tensor.copy_(tensor.half().float())


def run(training: Training, folder: Path, data: Path, *, seconds: float) -> Iterator[str]:
    """Train until the plan is done or the time is up; yield what there is to say."""
    plan, path = training.plan, folder / f"{training.plan.stage}.pt"
    start, clips = time.monotonic(), corpus.read(data)
    sums: dict[str, float] = {}
    settings = {**asdict(plan), "often": list(plan.often), "from_step": training.step}
    with tracking.start("json", folder=folder / "runs", name=f"codec-{plan.stage}") as log:
        log.params(settings)
        while training.step < plan.steps and time.monotonic() - start < seconds:
            if training.step % LOOK_EVERY == 0:
                clips = corpus.read(data)  # it may have grown
            for name, value in training.take_step(clips).items():
                sums[name] = sums.get(name, 0.0) + value / SAY_EVERY
            if training.step % SAY_EVERY == 0:
                log.metrics(sums, step=training.step)
                told = " ".join(f"{name} {value:.4f}" for name, value in sums.items())
                yield f"{training.step} {time.monotonic() - start:.0f} s {len(clips)} clips {told}"
                sums = {}
            if training.step % SAVE_EVERY == 0:
                checkpoints.save(path, training.state_dict())
        checkpoints.save(path, training.state_dict())


def _to_begin_from(joint: Path, published: Path | None) -> dict[str, Any] | None:
    """Return the weights that the decoder's stage begins with."""
    if published is None:
        return checkpoints.load(joint)
    return {"model": SonicCodecModel.from_pretrained(published).state_dict()}


def main() -> int:
    """Train a stage, from its last checkpoint if there is one."""
    parser = argparse.ArgumentParser(prog="python -m tools.train.codec", description=__doc__)
    parser.add_argument("--stage", choices=("joint", "decoder"), default="joint")
    parser.add_argument("--folder", type=Path, default=Path(".artefacts/train/codec"))
    parser.add_argument("--data", type=Path, default=Path(".artefacts/corpus"))
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--published", type=Path, help="begin the decoder's stage from this folder of a codec"
    )
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.stage == "joint":
        plan = Plan(steps=options.steps)
    else:
        plan = Plan(
            stage="decoder", steps=options.steps, batch_size=6, learning_rate=5e-4, hint=0.0,
            falling=0.6, windows_a_step=2, notes=2.0,
        )  # fmt: skip
    training = Training(plan)
    kept = checkpoints.load(options.folder / f"{plan.stage}.pt")
    if kept is not None:
        training.load_state_dict(kept)
    elif plan.stage == "decoder":
        done = _to_begin_from(options.folder / "joint.pt", options.published)
        if done is None:
            print("the decoder's stage begins where the joint one ended: train that first")
            return 1
        training.begin_from(done)
    for line in run(training, options.folder, options.data, seconds=options.seconds):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
