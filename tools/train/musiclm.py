"""Train the small MusicLM: ``python -m tools.train.musiclm --folder RUN``.

    towers:    clips and captions find the same place (contrastive)
    names:     k-means over what the sound tower sees
    semantic:  names from places ──▶ acoustic: the codec's tokens from names and places

One stage after the other, each with a checkpoint; the same command goes on where it was stopped.
Only the last needs the codec's tokens, so ``--until semantic`` may run before there are any.

The paper's transformers learn from places of sounds alone, and meet places of words only in use.
A small tower does not put the two in quite the same place, so half of the places here are those
of a clip's caption. Some are left out altogether, so that guidance has something to compare with.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sonic_lab.models import pieces
from sonic_lab.models.musiclm import MusicLM, MusicLMConfig, contrast
from sonic_lab.models.residual_vq import k_means
from tools.train import captions, checkpoints, musiclm_figures, reader
from tools.train.muon import Muon
from tools.train.musiclm_clips import Clips, lay_out

STAGES = ("towers", "semantic", "acoustic")


@dataclass(frozen=True)
class Plan:
    """How to train.

    Attributes
    ----------
    towers, semantic, acoustic : steps of each stage
    towers_batch, semantic_batch, acoustic_batch : clips a step
    crop, whole : steps of the staircase that an acoustic step sees of each clip, and the share of
        the acoustic steps, the last ones, that see whole clips (half as many)
    learning_rate, muon_rate : highest, of AdamW and of Muon (the transformers' layers)
    warm_up, falling : steps in which the rates rise, in each stage, and the share of its steps in
        which they fall to nothing
    told : share of the places that are a caption's, not the sound's
    silent : share of the places and names that are left out
    weights : of the codebooks' costs
    """

    towers: int = 1200
    semantic: int = 1200
    acoustic: int = 2000
    towers_batch: int = 160
    semantic_batch: int = 64
    acoustic_batch: int = 12
    crop: int = 252
    whole: float = 0.2
    learning_rate: float = 2e-3
    muon_rate: float = 4e-3
    warm_up: int = 40
    falling: float = 0.5
    weight_decay: float = 0.05
    told: float = 0.5
    silent: float = 0.1
    weights: tuple[float, ...] = (1.5, 1.0, 0.8, 0.7)
    seed: int = 0


class Run:
    """The training's state, and one cost for each stage."""

    def __init__(self, folder: Path, clips: Clips, config: MusicLMConfig, plan: Plan) -> None:
        self.folder, self.clips, self.plan = folder, clips, plan
        self.tokenizer = self._words(config.vocabulary)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(plan.seed)
            self.model = MusicLM(config)
        begin(self.model)
        self.done = dict.fromkeys(STAGES, 0)
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self.names = torch.zeros(0, 0, dtype=torch.long)  # of all clips, once there are names
        self.places = torch.zeros(0, config.place)
        self.figures: dict[str, float] = {}
        self.optimisers: tuple[Any, Any] | None = None
        if (kept := checkpoints.load(folder / "checkpoint.pt")) is not None:
            self._go_on(kept)

    def _words(self, size: int) -> Any:
        from transformers import AutoTokenizer

        if not (self.folder / "words" / "tokenizer.json").exists():
            learned = [self.clips.records[i] for i in self.clips.learned]
            found = pieces.train_pieces(captions.all_words(learned), size=size)
            pieces.save_processor(pieces.make_processor(found), self.folder / "words")
        return AutoTokenizer.from_pretrained(self.folder / "words")

    # Each stage's cost --------------------------------------------------------------------------

    def draw(self, stage: str, n: int) -> tuple[np.random.Generator, np.ndarray]:
        """Draw the clips of a stage's next step, from the seed and the step alone."""
        rng = np.random.default_rng([self.plan.seed, STAGES.index(stage), self.done[stage]])
        learned = self.clips.learned
        return rng, rng.choice(learned, min(n, len(learned)), replace=False)

    def towers(self) -> Tensor:
        """Cost of finding each clip's caption and each caption's clip."""
        rng, chosen = self.draw("towers", self.plan.towers_batch)
        sounds = self.model.sound(self.clips.mels.take(chosen))
        return contrast(sounds.float(), self.read(chosen, rng).float())

    def read(self, chosen: np.ndarray, rng: np.random.Generator) -> Tensor:
        """Place one caption of each clip: (B, place)."""
        texts = captions.choose([self.clips.records[i] for i in chosen], rng)
        return self.model.text(**reader.read(self.tokenizer, texts))

    def told(self, chosen: np.ndarray, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Return names (B, S) and places (B, place) as a transformer is told them."""
        names, place = self.names[chosen].clone(), self.places[chosen].clone()
        by_words = torch.from_numpy(rng.random(len(chosen)) < self.plan.told)
        if by_words.any():
            with torch.no_grad():
                place[by_words] = self.read(chosen[by_words.numpy()], rng).float()
        silent = torch.from_numpy(rng.random(len(chosen)) < self.plan.silent)
        place[silent] = 0
        names[silent] = self.model.acoustic.unnamed
        return names, place

    def semantic(self) -> Tensor:
        """Cost of the names, from a place."""
        rng, chosen = self.draw("semantic", self.plan.semantic_batch)
        _, place = self.told(chosen, rng)
        return self.model.semantic_cost(self.names[chosen], place)

    def acoustic(self) -> Tensor:
        """Cost of the tokens, from names and a place."""
        plan, step = self.plan, self.done["acoustic"]
        whole = step >= (1 - plan.whole) * plan.acoustic
        rng, chosen = self.draw("acoustic", plan.acoustic_batch // (2 if whole else 1))
        names, place = self.told(chosen, rng)
        inputs, targets, first = lay_out(
            self.clips.take(chosen), rng, pad=self.model.acoustic.pad,
            crop=None if whole else plan.crop,
        )  # fmt: skip
        each = self.model.acoustic_cost(inputs, targets, names, place, first)
        return (each * torch.tensor(plan.weights)).sum() / sum(plan.weights)

    # Names --------------------------------------------------------------------------------------

    @torch.no_grad()
    def find_names(self, n_clips: int = 2000, rounds: int = 20) -> None:
        """Let k-means find the centres in what the sound tower sees, and name every clip."""
        rng = np.random.default_rng(self.plan.seed)
        learned = self.clips.learned
        some = rng.choice(learned, min(n_clips, len(learned)), replace=False)
        seen = self._see(self.model.sound.features, some).float()
        luck = torch.Generator().manual_seed(self.plan.seed)
        centres = k_means(
            seen.flatten(0, 1), len(self.model.centres), rounds=rounds, generator=luck
        )
        self.model.centres.copy_(centres)
        everyone = np.arange(len(self.clips.records))
        self.names = self._see(self.model.name, everyone)
        self.places = self._see(self.model.sound, everyone).float()

    @torch.no_grad()
    def _see(self, what: Callable[[Tensor], Tensor], chosen: np.ndarray) -> Tensor:
        """Ask something of the log-mels of many clips."""
        found = []
        for at in range(0, len(chosen), 40):
            with torch.autocast("cpu", torch.bfloat16):
                found.append(what(self.clips.mels.take(chosen[at : at + 40])))
        return torch.cat(found)

    # What was learned ---------------------------------------------------------------------------

    @torch.no_grad()
    def examine(self, stage: str) -> None:
        """Measure on clips that were never learned from, when a stage is over."""
        unseen, rng = self.clips.unseen, np.random.default_rng(1)
        records = [self.clips.records[i] for i in unseen]
        if stage == "towers":
            sounds = self._see(self.model.sound, unseen).float().numpy()
            texts = self.read(unseen, rng).numpy()
            self.figures |= musiclm_figures.found(sounds, texts, records)
        elif stage == "semantic":
            names = self.names.numpy()
            self.figures |= musiclm_figures.told(names, self.clips.records, unseen)
            cost = self.model.semantic_cost(self.names[unseen], self.read(unseen, rng))
            self.figures["cost of a name on unseen clips, told their caption, nats"] = cost.item()
        else:
            some = unseen[:24]
            inputs, targets, first = lay_out(
                self.clips.take(some), rng, pad=self.model.acoustic.pad, crop=None
            )
            place = self.read(some, rng)
            each = self.model.acoustic_cost(inputs, targets, self.names[some], place, first)
            for k, cost in enumerate(each.tolist()):
                self.figures[f"cost on unseen clips, codebook {k + 1}, nats a token"] = cost
        print({name: round(value, 3) for name, value in self.figures.items()}, flush=True)

    # Steps --------------------------------------------------------------------------------------

    def _make_optimisers(self, stage: str) -> tuple[Any, Any]:
        """AdamW for all that a stage trains but its layers' matrices, which are Muon's."""
        model, plan = self.model, self.plan
        trained: dict[str, list[nn.Module]] = {
            "towers": [model.sound, model.text], "semantic": [model.semantic],
            "acoustic": [model.acoustic],
        }  # fmt: skip
        named = [pair for part in trained[stage] for pair in part.named_parameters()]
        inner = [w for n, w in named if "body.layers." in n and w.ndim == 2]
        rest = [w for n, w in named if not ("body.layers." in n and w.ndim == 2)]
        adamw = torch.optim.AdamW(
            [
                {"params": [w for w in rest if w.ndim > 1], "weight_decay": plan.weight_decay},
                {"params": [w for w in rest if w.ndim == 1], "weight_decay": 0.0},
            ],
            lr=plan.learning_rate, betas=(0.9, 0.95), fused=True,
        )  # fmt: skip
        return adamw, Muon(inner, weight_decay=plan.weight_decay)

    def advance(self, stage: str) -> float:
        """Take one step of a stage."""
        start, plan = time.perf_counter(), self.plan
        if self.optimisers is None or self.done[stage] == 0:
            self.optimisers = self._make_optimisers(stage)
        adamw, muon = self.optimisers
        steps = getattr(plan, stage)
        left = (steps - self.done[stage]) / (plan.falling * steps)
        share = min(1.0, (self.done[stage] + 1) / plan.warm_up, left)
        for group in adamw.param_groups:
            group["lr"] = plan.learning_rate * share
        cost: Callable[[], Tensor] = getattr(self, stage)
        with torch.autocast("cpu", torch.bfloat16):
            error = cost()
        error.backward()
        weights = [w for group in adamw.param_groups for w in group["params"]]
        weights += [w for group in muon.groups.values() for w in group]
        nn.utils.clip_grad_norm_(weights, 1.0)
        adamw.step()
        with torch.autocast("cpu", torch.bfloat16):  # its products need no more
            muon.step(plan.muon_rate * share)
        for weight in weights:
            weight.grad = None
        self.done[stage] += 1
        self.seconds[stage] += time.perf_counter() - start
        return error.item()

    def keep(self) -> None:
        """Write all that is needed to go on."""
        adamw, muon = self.optimisers or (None, None)
        state = {
            "model": self.model.state_dict(), "done": self.done, "seconds": self.seconds,
            "names": self.names, "places": self.places, "plan": asdict(self.plan),
            "figures": self.figures,
            "adamw": adamw and adamw.state_dict(), "muon": muon and muon.state_dict(),
        }  # fmt: skip
        checkpoints.save(self.folder / "checkpoint.pt", state)

    def _go_on(self, kept: Mapping[str, Any]) -> None:
        self.model.load_state_dict(kept["model"])
        self.done, self.seconds = kept["done"], kept["seconds"]
        self.names, self.places, self.figures = (
            kept["names"],
            kept["places"],
            kept.get("figures", {}),
        )
        begun = [stage for stage in STAGES if self.done[stage]]
        if begun and kept["adamw"] is not None:
            self.optimisers = self._make_optimisers(begun[-1])
            for optimiser, state in zip(self.optimisers, ("adamw", "muon"), strict=True):
                optimiser.load_state_dict(kept[state])


@torch.no_grad()
def begin(model: MusicLM) -> None:
    """Expect each token and each name once more, as a note that is held is: at a tenth of sure."""
    semantic, acoustic = model.semantic, model.acoustic
    pairs = [(semantic.embed, semantic.head), *zip(acoustic.embeds, acoustic.heads, strict=True)]
    for embed, head in pairs:
        embed.weight.mul_(0.5)
        head.weight.copy_(0.1 * embed.weight[:-1])  # all but what stands for none
        head.bias.zero_()


def train(run: Run, *, until: str = STAGES[-1]) -> None:
    """Go through the stages, with a line every 50 steps and a checkpoint every 200."""
    for stage in STAGES[: STAGES.index(until) + 1]:
        recent: list[float] = []
        if run.done[stage] >= getattr(run.plan, stage):
            continue
        while run.done[stage] < getattr(run.plan, stage):
            if stage == "semantic" and not len(run.names):
                run.find_names()
                run.keep()
            recent.append(run.advance(stage))
            if run.done[stage] % 50 == 0:
                cost, took = np.mean(recent[-50:]), run.seconds[stage]
                print(f"{stage} {run.done[stage]} {cost:.3f} {took:.0f} s", flush=True)
            if run.done[stage] % 200 == 0:
                run.keep()
        run.examine(stage)
        run.keep()


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, or go on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".artefacts/train/musiclm"))
    parser.add_argument("--tokens", type=Path, default=Path(".artefacts/tokens"))
    parser.add_argument("--data", type=Path, default=Path(".artefacts/corpus"))
    parser.add_argument("--until", choices=STAGES, default=STAGES[-1])
    parser.add_argument("--threads", type=int, default=1)
    for stage in STAGES:
        parser.add_argument(f"--{stage}", type=int, default=getattr(Plan, stage))
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    config = MusicLMConfig()
    clips = Clips(chosen.data, chosen.tokens, chosen.folder / "mels", config)
    plan = Plan(**{stage: getattr(chosen, stage) for stage in STAGES})
    train(Run(chosen.folder, clips, config, plan), until=chosen.until)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
