"""Train the small MusicLM: ``python -m tools.train.musiclm --folder RUN``, hours on one core.

    towers:    clips and captions find the same place (contrastive)
    names:     k-means over what the sound tower sees
    semantic:  names from places ──▶ acoustic: the codec's tokens from names and places

One stage after the other, each with a checkpoint; the same command goes on where it was stopped.
The transformers never see a word: the words come in only when something is asked for.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sonic_lab import corpus, features
from sonic_lab.models import pieces
from sonic_lab.models.musiclm import MusicLM, MusicLMConfig, contrast
from sonic_lab.models.residual_vq import k_means
from tools.train import captions, checkpoints, reader
from tools.train.token_sets import Tokens, load_tokens

STAGES = ("towers", "semantic", "acoustic")


@dataclass(frozen=True)
class Plan:
    """How to train: steps of each stage, clips a step, and frames of the acoustic crop."""

    towers: int = 1500
    semantic: int = 2000
    acoustic: int = 4000
    batch_size: int = 24
    acoustic_batch_size: int = 8
    frames: int = 256
    learning_rate: float = 1e-3
    seed: int = 0


class Sounds:
    """Log-mels of the corpus's clips, computed when they are asked for and kept in 8 bits."""

    def __init__(self, folder: Path, config: MusicLMConfig) -> None:
        self.clips = corpus.read(folder)
        self.place = {record["seed"]: i for i, record in enumerate(self.clips.records)}
        self.config = config
        self.kept: dict[int, np.ndarray] = {}

    def mels(self, seeds: Sequence[int]) -> Tensor:
        """Return dB below the loudest point, (B, M, T)."""
        return torch.from_numpy(np.stack([self._mel(seed) for seed in seeds])).float() / 3 - 80

    def _mel(self, seed: int) -> np.ndarray:
        if seed not in self.kept:
            y, _ = self.clips[self.place[seed]]
            hop, n_mels = self.config.hop_length, self.config.n_mels
            db = features.log_mel(y, sr=corpus.SR, n_fft=1024, hop_length=hop, n_mels=n_mels)
            self.kept[seed] = np.rint((db + 80) * 3).astype(np.uint8)[:, : len(y) // hop]
        return self.kept[seed]


class Run:
    """The training's state, and one cost for each stage."""

    def __init__(self, folder: Path, data: Tokens, sounds: Sounds, plan: Plan) -> None:
        self.folder, self.data, self.sounds, self.plan = folder, data, sounds, plan
        torch.manual_seed(plan.seed)
        self.tokenizer = self._words()
        self.model = MusicLM(sounds.config)
        self.done = dict.fromkeys(STAGES, 0)
        self.optimiser = torch.optim.AdamW(self.model.parameters(), plan.learning_rate)
        if (kept := checkpoints.load(folder / "checkpoint.pt")) is not None:
            self.model.load_state_dict(kept["model"])
            self.optimiser.load_state_dict(kept["optimiser"])
            self.done = kept["done"]

    def _words(self) -> Any:
        from transformers import AutoTokenizer

        if not (self.folder / "words" / "tokenizer.json").exists():
            found = pieces.train_pieces(captions.all_words(self.data.records), size=1024)
            pieces.save_processor(pieces.make_processor(found), self.folder / "words")
        return AutoTokenizer.from_pretrained(self.folder / "words")

    def _batch(self, stage: str, n: int) -> tuple[np.random.Generator, list[int], Tensor]:
        rng = np.random.default_rng([self.plan.seed, STAGES.index(stage), self.done[stage]])
        chosen = [int(i) for i in rng.choice(len(self.data), n, replace=False)]
        return rng, chosen, self.sounds.mels([self.data.records[i]["seed"] for i in chosen])

    def towers(self) -> Tensor:
        """Cost of finding each clip's caption and each caption's clip."""
        rng, chosen, mels = self._batch("towers", self.plan.batch_size)
        texts = captions.choose([self.data.records[i] for i in chosen], rng)
        words = reader.read(self.tokenizer, texts)
        return contrast(self.model.sound(mels), self.model.text(**words))

    def semantic(self) -> Tensor:
        """Cost of the names, from where the sound itself lies."""
        _, _, mels = self._batch("semantic", self.plan.batch_size)
        with torch.no_grad():
            names, place = self.model.name(mels), self.model.sound(mels)
        return self.model.semantic_cost(names, place)

    def acoustic(self) -> Tensor:
        """Cost of the tokens of some seconds, from the names of those seconds."""
        rng, chosen, mels = self._batch("acoustic", self.plan.acoustic_batch_size)
        stride, frames = self.sounds.config.stride, self.plan.frames
        codes = self.data.take(chosen)
        first = stride * int(rng.integers((codes.shape[2] - frames) // stride + 1))
        with torch.no_grad():
            names = self.model.name(mels)[:, first // stride : (first + frames) // stride]
            place = self.model.sound(mels)
        return self.model.acoustic_cost(codes[..., first : first + frames], names, place).mean()

    def find_names(self, clips: int = 400) -> None:
        """Let k-means find the centres in what the sound tower sees."""
        _, _, mels = self._batch("semantic", min(clips, len(self.data)))
        with torch.no_grad():
            seen = self.model.sound.features(mels).flatten(0, 1)
        luck = torch.Generator().manual_seed(self.plan.seed)
        self.model.centres.copy_(k_means(seen, len(self.model.centres), generator=luck))

    def keep(self) -> None:
        """Write all that is needed to go on."""
        state = {"model": self.model.state_dict(), "optimiser": self.optimiser.state_dict(),
                 "done": self.done}  # fmt: skip
        checkpoints.save(self.folder / "checkpoint.pt", state)

    def advance(self, stage: str) -> float:
        """Take one step of a stage."""
        steps = getattr(self.plan, stage)
        share = min(1.0, (self.done[stage] + 1) / 100, (steps - self.done[stage]) / (0.4 * steps))
        for group in self.optimiser.param_groups:
            group["lr"] = self.plan.learning_rate * share
        cost: Callable[[], Tensor] = getattr(self, stage)
        error = cost()
        self.optimiser.zero_grad(set_to_none=True)  # weights without a gradient stand still
        error.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.done[stage] += 1
        return error.item()


def train(run: Run) -> None:
    """Go through the stages, with a line every 50 steps and a checkpoint every 200."""
    start = time.perf_counter()
    for stage in STAGES:
        recent: list[float] = []
        while run.done[stage] < getattr(run.plan, stage):
            if stage == "semantic" and run.done[stage] == 0:
                run.find_names()
            recent.append(run.advance(stage))
            if run.done[stage] % 50 == 0:
                took = time.perf_counter() - start
                print(
                    f"{stage} {run.done[stage]} {np.mean(recent[-50:]):.3f} {took:.0f} s",
                    flush=True,
                )
            if run.done[stage] % 200 == 0:
                run.keep()
        run.keep()


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, or go on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--tokens", type=Path, default=Path(".artefacts/tokens"))
    parser.add_argument("--data", type=Path, default=Path(".artefacts/corpus"))
    parser.add_argument("--threads", type=int, default=1)
    for stage in STAGES:
        parser.add_argument(f"--{stage}", type=int, default=getattr(Plan, stage))
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    data, _ = load_tokens(chosen.tokens, chosen.data)
    config = MusicLMConfig()
    plan = Plan(**{stage: getattr(chosen, stage) for stage in STAGES})
    some = data.first(config.n_codebooks, frames=data.codes.shape[2])
    train(Run(chosen.folder, some, Sounds(chosen.data, config), plan))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
