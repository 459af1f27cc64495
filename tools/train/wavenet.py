"""Train the bundled WaveNet: ``python -m tools.train.wavenet --folder RUN``.

``make``   plays the notes to learn from, thousands of them, by the code that made the bundled ones
``train``  teaches the network, from where the last checkpoint in the folder left off
"""

from __future__ import annotations

import argparse
import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from sonic_lab import audio
from sonic_lab.models import wavenet
from sonic_lab.models.wavenet import Note, WaveNet, WaveNetConfig
from tools.make_clips import notes as played
from tools.make_clips import score
from tools.make_clips.sound import luck

CONFIG = WaveNetConfig(instruments=played.NAMES)
DURATION_S = 1.0
TAIL_S = 0.1  # made longer and cut, so that no clip ends in a fade that nothing announced
PER_INSTRUMENT = {"train": 600, "test": 20}


@dataclass(frozen=True)
class Plan:
    """How to train: the learning rate rises, stays, and falls in the last third."""

    steps: int = 3000
    batch_size: int = 4
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    warm_up: int = 100
    falling: float = 0.35
    seed: int = 0

    def rate(self, step: int) -> float:
        """Return the share of the learning rate at a step."""
        left = (self.steps - step) / (self.falling * self.steps)
        return min((step + 1) / self.warm_up, 1.0, max(left, 0.0))


def draw_notes(split: str, index: int, name: str, rng: np.random.Generator) -> list[Note]:
    """Draw one note, or two that follow on each other, on the condition's grid of frames."""
    velocity = float(rng.uniform(0.45, 0.95))
    pitches = CONFIG.lowest_midi + rng.permutation(CONFIG.highest_midi - CONFIG.lowest_midi + 1)
    if rng.random() < 0.5:
        held_s = round(float(rng.uniform(0.15, 0.75)), 2)
        return [Note(name, int(pitches[0]), played.START_S, held_s, velocity)]
    held_s, again_s = (round(float(rng.uniform(0.15, 0.45)), 2) for _ in range(2))
    second_s = round(played.START_S + held_s + float(rng.choice([0.0, 0.05])), 2)
    return [
        Note(name, int(pitches[0]), played.START_S, held_s, velocity),
        Note(name, int(pitches[1]), second_s, again_s, velocity),
    ]


def play(split: str, name: str, index: int) -> tuple[np.ndarray, list[Note]]:
    """Make one clip at the model's rate, (n,) float32, and say what was played."""
    rng = luck("wavenet", split, name, index)
    timbre = played.draw(split, index, rng)
    first, *more = line = draw_notes(split, index, name, rng)
    touch = played.Touch(first.midi, first.velocity, first.held_s, timbre.timbre, timbre.room)
    then = tuple(score.Note(n.start_s, n.held_s, n.midi, n.velocity) for n in more)
    room = f"notes/{split}/{touch.room}"
    y = played.make(name, touch, rng, room, duration_s=DURATION_S + TAIL_S, then=then)
    y = audio.resample(y.astype(np.float32), orig_sr=played.SR, target_sr=CONFIG.sr)
    return y[: round(DURATION_S * CONFIG.sr)], line


def make(split: str) -> dict[str, np.ndarray]:
    """Make all clips of a split: their symbols (N, T) and what was asked for (N, D, frames)."""
    codes, asked = [], []
    for index in range(PER_INSTRUMENT[split]):
        for name in played.NAMES:
            y, line = play(split, name, index)
            codes.append(wavenet.mu_law_encode(y).astype(np.uint8))
            asked.append(wavenet.condition(line, config=CONFIG, duration_s=DURATION_S).half())
    return {"codes": np.stack(codes), "asked": torch.stack(asked).numpy()}


def made(folder: Path, split: str) -> tuple[Tensor, Tensor, str]:
    """Load a split from the folder, made there when it is not: codes, conditions, sha256."""
    path = folder / f"{split}.npz"
    if not path.exists():
        np.savez(path, **make(split))
    with np.load(path) as kept:
        codes, asked = kept["codes"], kept["asked"]
    digest = hashlib.sha256(codes.tobytes() + asked.tobytes()).hexdigest()
    return torch.from_numpy(codes), torch.from_numpy(asked), digest


def nats(model: WaveNet, codes: Tensor, asked: Tensor, *, batch_size: int = 8) -> float:
    """Return the mean cost of a sample, in nats, over all clips."""
    total = 0.0
    with torch.inference_mode():
        for some, how in zip(codes.split(batch_size), asked.split(batch_size), strict=True):
            truth = some.long()
            total += nn.functional.cross_entropy(model(truth, how.float()), truth).item() * len(
                some
            )
    return total / len(codes)


def train(folder: Path, plan: Plan, *, bf16: bool) -> WaveNet:
    """Teach the network, and keep a checkpoint every hundred steps."""
    codes, asked, _ = made(folder, "train")
    unseen, unseen_asked, _ = made(folder, "test")
    model = WaveNet(CONFIG, generator=torch.Generator().manual_seed(plan.seed))
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay, betas=(0.9, 0.98)
    )
    step = 0
    if (folder / "checkpoint.pt").exists():
        kept = torch.load(folder / "checkpoint.pt", weights_only=True)
        model.load_state_dict(kept["model"])
        optimiser.load_state_dict(kept["optimiser"])
        step = kept["step"]
    start = time.perf_counter()
    running = 0.0
    while step < plan.steps:
        order = np.random.default_rng([plan.seed, step]).choice(len(codes), plan.batch_size, False)
        for group in optimiser.param_groups:
            group["lr"] = plan.learning_rate * plan.rate(step)
        truth = codes[order].long()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            logits = model(truth, asked[order].float())
        loss = nn.functional.cross_entropy(logits.float(), truth)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        step += 1
        running += loss.item()
        if step % 25 == 0:
            took = time.perf_counter() - start
            print(f"{step} {running / 25:.4f} {took:.0f}s", flush=True)
            running = 0.0
        if step % 100 == 0 or step == plan.steps:
            state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "step": step}
            torch.save(state, folder / "new.pt")
            (folder / "new.pt").replace(folder / "checkpoint.pt")
        if step % 500 == 0 or step == plan.steps:
            print(f"{step} unseen {nats(model, unseen[:48], unseen_asked[:48]):.4f}", flush=True)
    return model


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=Plan.steps)
    parser.add_argument("--bf16", action="store_true")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    train(chosen.folder, Plan(steps=chosen.steps), bf16=chosen.bf16)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
