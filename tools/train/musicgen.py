"""Train the bundled MusicGen on tokens and captions: ``python -m tools.train.musicgen --help``.

    tokens (N, K, T) + records ──▶ pieces ──▶ reader ──▶ drills ──▶ language model ──▶ the package

One checkpoint in the run's folder holds everything: stopped at any step, the same command goes on
as if it had never stopped. The learning rate rises, stays, and falls to nothing in the last part
of the steps, so `--steps` may be raised or lowered on the way, until the fall begins.

What the model is taught follows Copet et al. (2023): the staircase of `musicgen.delay`, each
codebook's cross-entropy, captions left out now and then for guidance. Some things differ, since
one CPU core is all there is: most steps see half a clip, with the positions it has in the whole;
the first codebooks, which hold the notes, weigh more; and `lessons` ask between the layers for
what the words say and the score holds. A fourth: of two captions, one of which names an
instrument wrongly, it must tell by the tokens' odds which is right. The text encoder, taught to
read first, and the first layer, taught by `drills` to count, learn on with the rest.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sonic_lab.models import musicgen, pieces
from tools.train import captions, checkpoints, drills, lessons, reader, steps
from tools.train.muon import Muon
from tools.train.token_sets import Tokens, load_tokens

SIZE = musicgen.MusicgenSize()
FRAMES = 500  # ten seconds


@dataclass(frozen=True)
class Plan:
    """How to train.

    Attributes
    ----------
    steps, batch_size, crop : clips a step, and steps of the staircase that each gives
    whole : share of the steps, the last ones, that see whole clips (half as many)
    openings, opening : clips of which every step also sees a few steps of the staircase, and how
        many, with nothing before them. There the words decide who plays; else, what has been does
    anywhere : share of the openings that lie anywhere in the clip. Of beginnings alone, as many
        were learned by heart
    spoken, own : share of the clips in whose past the model hears itself, and of their frames, at
        most, that it says there. What it plays, it must go on from; of pieces alone it learns to
        trust every sound that has been
    telling : weight of telling, of each opening, which of two captions is its own
    learning_rate, muon_rate : highest, of AdamW (embeddings, heads) and of Muon (layers)
    reading_rate : highest, of AdamW for the text encoder
    warm_up, falling : steps to get there; share of the steps that fall
    weights : of the codebooks' costs
    facts, clock, score : weights of the three kinds of side lessons
    drill, drilled : weight of what must be told of moments by themselves, and of how many clips.
        With no music around, only the words and the place in time can tell the beat
    reading, read : weight of what the text encoder alone must tell of captions, and how many a step
    silent : share of the captions left out, so that guidance has something to compare with
    averaged : how slowly the weights that are kept follow those that are trained
    half_precision : compute in bfloat16, and keep weights and their moves in float32
    """

    steps: int = 4000
    batch_size: int = 24
    crop: int = 252
    whole: float = 0.3
    openings: int = 40
    opening: int = 12
    anywhere: float = 0.8
    spoken: float = 0.5
    own: float = 0.6
    telling: float = 0.3
    learning_rate: float = 2e-3
    muon_rate: float = 4e-3
    reading_rate: float = 6e-4
    warm_up: int = 100
    falling: float = 0.4
    weight_decay: float = 0.05
    weights: tuple[float, ...] = (1.5, 1.0, 0.8, 0.7)
    facts: float = 0.3
    clock: float = 1.5
    score: float = 0.3
    drill: float = 1.0
    drilled: int = 64
    reading: float = 1.0
    read: int = 32
    silent: float = 0.12
    averaged: float = 0.995
    seed: int = 0
    half_precision: bool = True

    def rate(self, step: int) -> float:
        """Return the share of the learning rate at a step."""
        left = (self.steps - step) / (self.falling * self.steps)
        return min((step + 1) / self.warm_up, 1.0, max(left, 0.0))

    def is_whole(self, step: int) -> bool:
        """Say whether a step sees whole clips."""
        return step >= (1 - self.whole) * self.steps


def draw(data: Tokens, tokenizer: Any, plan: Plan, step: int) -> steps.Batch:
    """Draw the batch of a step: it depends on the seed and the step alone."""
    rng = np.random.default_rng([plan.seed, step])
    whole = plan.is_whole(step)
    n = plan.batch_size // 2 if whole else plan.batch_size
    chosen = _turn(len(data), step * plan.batch_size, n, plan.seed)
    last = data.codes.shape[2] + SIZE.n_codebooks - 1
    crop = last if whole else min(plan.crop, last)
    begins = rng.integers(last - crop + 1, size=n) * (rng.random(n) < 0.5)  # half at the beginning
    return steps.lay_out(
        data.take(chosen),
        reader.read(tokenizer, captions.choose([data.records[i] for i in chosen], rng)),
        heard=torch.tensor(rng.random(n) >= plan.silent).long(),
        first=torch.tensor(begins),
        crop=crop,
        clips=chosen,
    )


def draw_openings(
    data: Tokens, tokenizer: Any, plan: Plan, step: int, *, often: np.ndarray
) -> steps.Batch:
    """Draw a few steps of some clips, with nothing before them, and none without its caption.

    Each clip is drawn as `often` as it says, (N,), in shares of one. All come twice: the second
    half of the batch has the clips of the first, and captions that name an instrument wrongly.
    """
    rng = np.random.default_rng([plan.seed, step, 2])
    n = min(plan.openings, len(data))
    chosen = [int(i) for i in rng.choice(len(data), n, replace=False, p=often)]
    first = rng.integers(data.codes.shape[2] - plan.opening + 1, size=len(chosen))
    first *= rng.random(len(chosen)) < plan.anywhere
    right, wrong = captions.choose_pairs([data.records[i] for i in chosen], rng)
    batch = steps.lay_out(
        data.take([*chosen, *chosen]),
        reader.read(tokenizer, [*right, *wrong]),
        heard=torch.ones(2 * len(chosen), dtype=torch.long),
        first=torch.from_numpy(np.tile(first, 2)),
        crop=plan.opening,
        clips=[*chosen, *chosen],
    )
    batch.inputs[..., 0] = steps.PAD  # as at the beginning, whatever came before
    return batch


def rarity(records: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """Return shares of one, (N,): the seldomer a clip's rarest instrument plays, the more.

    Bells play in a tenth of the clips and drums in half, and are asked for by name alike.
    """
    count = Counter(name for record in records for name in record["instruments"])
    weight = np.array([1 / min(count[name] for name in r["instruments"]) for r in records])
    return weight / weight.sum()


def _turn(n: int, position: int, count: int, seed: int) -> list[int]:
    """Return the next clips in an order that is shuffled anew each time all were seen."""
    places = range(position, position + count)
    orders = {p // n: np.random.default_rng([seed, 1, p // n]).permutation(n) for p in places}
    return [int(orders[p // n][p % n]) for p in places]


@torch.inference_mode()
def examine(
    model: Any,
    data: Tokens,
    tokenizer: Any,
    *,
    clips: int = 64,
    others: int = 0,
    half_precision: bool = True,
) -> list[float]:
    """Return the cost of a token in each codebook on whole clips with their first caption.

    With `others`, each clip has the caption of the clip so many places on: what that costs more
    is what the words are worth.
    """
    model.eval()
    total = torch.zeros(SIZE.n_codebooks)
    n = min(clips, len(data))
    captions_of = [record["captions"][0] for record in data.records[:n]]
    for at in range(0, n, 8):
        some = list(range(at, min(at + 8, n)))
        words = reader.read(tokenizer, [captions_of[(i + others) % n] for i in some])
        crop = data.codes.shape[2] + SIZE.n_codebooks - 1
        ones, zeros = (
            torch.ones(len(some), dtype=torch.long),
            torch.zeros(len(some), dtype=torch.long),
        )
        batch = steps.lay_out(data.take(some), words, heard=ones, first=zeros, crop=crop)
        with torch.autocast("cpu", torch.bfloat16, enabled=half_precision):
            total += steps.costs(steps.forward(model, batch)[0], batch) * len(some)
    model.train()
    return [round(x, 4) for x in (total / n).tolist()]


@torch.no_grad()
def begin(model: Any, tokenizer: Any, *, seed: int) -> None:
    """Start where tokens are heard above positions, each is expected once more, and words count.

    The usual small embeddings drown in the positions, which are added at full size; that a held
    note goes on would have to be learned for every token anew; and the states of the reader come
    through the usual small projection at a tenth of what the layers listen to.
    """
    luck = torch.Generator().manual_seed(seed)
    embeds = model.decoder.model.decoder.embed_tokens
    for embed, head in zip(embeds, model.decoder.lm_heads, strict=True):
        nn.init.normal_(embed.weight, std=0.5, generator=luck)
        head.weight.copy_(0.1 * embed.weight[:-1])  # all but the pad
    listen(model, tokenizer, luck)


@torch.no_grad()
def listen(model: Any, tokenizer: Any, luck: torch.Generator) -> None:
    """Begin to listen to the words: bring their states to size 1, and look at them evenly."""
    words = reader.read(tokenizer, ["slow sad piano melody", "techno, fast, with drums"])
    size = model.text_encoder(**words).last_hidden_state.square().mean().sqrt()
    project = model.enc_to_dec_proj
    nn.init.normal_(
        project.weight, std=1 / (project.in_features**0.5 * size.item()), generator=luck
    )
    nn.init.zeros_(project.bias)
    for layer in model.decoder.model.decoder.layers:
        ask = layer.encoder_attn
        for part in (ask.q_proj, ask.k_proj, ask.v_proj):
            nn.init.normal_(part.weight, std=part.in_features**-0.5, generator=luck)
        nn.init.normal_(ask.out_proj.weight, std=0.02, generator=luck)


def grown(kept: Mapping[str, Tensor], fresh: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights of a model with more layers below, which at first change next to nothing.

    Parameters
    ----------
    kept : `parts_of` a model, as its state
    fresh : the same of the larger one, as it begins
    """
    stem = "1.model.decoder.layers."
    more = _layers(fresh, stem) - _layers(kept, stem)
    found = {
        name: 0.02 * weight if name.endswith(("out_proj.weight", "fc2.weight")) else weight
        for name, weight in fresh.items()
    }
    for name, weight in kept.items():
        if name.startswith(stem):
            at, rest = name.removeprefix(stem).split(".", 1)
            name = f"{stem}{int(at) + more}.{rest}"
        found[name] = weight
    return found


def _layers(weights: Mapping[str, Tensor], stem: str) -> int:
    return 1 + max(int(n.removeprefix(stem).split(".")[0]) for n in weights if n.startswith(stem))


def parts_of(model: Any) -> nn.ModuleList:
    """Return all of a MusicGen but its codec."""
    return nn.ModuleList([model.text_encoder, model.decoder, model.enc_to_dec_proj])


def _is_inner(name: str) -> bool:
    return ".layers." in name or name == "2.weight"  # the layers', and the words' projection


class Run:
    """A training run in a folder: model, tokenizer, optimiser and all that is needed to go on.

    `scores` are those of `data`, in the same order. The text encoder is taught to read first.
    """

    def __init__(
        self,
        folder: Path,
        data: Tokens,
        unseen: Tokens,
        plan: Plan,
        *,
        scores: Sequence[lessons.Score],
    ) -> None:
        self.folder, self.data, self.unseen, self.plan = folder, data, unseen, plan
        self.scores, self.labels = scores, reader.Labels(data.records)
        self.often = rarity(data.records)
        folder.mkdir(parents=True, exist_ok=True)
        self.model = musicgen.random_model(musicgen.tiny_config(SIZE), seed=plan.seed).train()
        self.tokenizer = self._words()
        self.model.decoder.set_attn_implementation("eager")  # on a CPU the fused one is slower
        begin(self.model, self.tokenizer, seed=plan.seed)
        with torch.random.fork_rng():
            torch.manual_seed(plan.seed)
            self.lessons = lessons.Lessons(SIZE.width, self.labels.sizes())
            self.reader = reader.Reader(self.model.text_encoder, self.labels.sizes())
        self.drills = drills.Drills(
            self.model, self.lessons, data, scores=scores, labels=self.labels,
            tokenizer=self.tokenizer, clips=plan.drilled, seed=plan.seed,
            half_precision=plan.half_precision,
        )  # fmt: skip
        self.parts = parts_of(self.model)
        weights = {n: w for n, w in self.parts.named_parameters() if w.requires_grad}
        self.weights = list(weights.values())
        reading = list(self.model.text_encoder.parameters())
        inner = {n: w for n, w in weights.items() if _is_inner(n) and w.ndim == 2}
        self.muon = Muon(
            inner.values(), weight_decay=plan.weight_decay, half_precision=plan.half_precision
        )
        apart = {id(w) for w in (*inner.values(), *reading)}
        rest = [w for w in self.weights if id(w) not in apart]
        rate = plan.learning_rate
        self.optimiser = torch.optim.AdamW(
            [
                {"params": [w for w in rest if w.ndim == 2], "weight_decay": plan.weight_decay,
                 "rate": rate},
                {"params": [w for w in rest if w.ndim != 2], "weight_decay": 0.0, "rate": rate},
                {"params": reading, "weight_decay": 0.0, "rate": plan.reading_rate},
                {"params": self._heads(), "weight_decay": 0.0, "rate": rate},
            ],
            lr=rate,
            betas=(0.9, 0.95),
            fused=True,
        )  # fmt: skip
        self.step, self.seconds = 0, 0.0
        self.history: list[dict[str, Any]] = []
        self._go_on()
        self.average = getattr(self, "average", [w.detach().clone() for w in self.weights])

    def _words(self) -> Any:
        from transformers import AutoTokenizer

        folder = self.folder / "words"
        if not (folder / "reader.pt").exists():
            texts = captions.all_words(self.data.records)
            tokenizer = pieces.train_pieces(texts, size=SIZE.vocabulary)
            pieces.save_processor(pieces.make_processor(tokenizer), folder)
            right = reader.teach(
                self.model.text_encoder, tokenizer, self.data.records, self.unseen.records
            )
            print("reader, share right on unseen clips", right, flush=True)
            torch.save(self.model.text_encoder.state_dict(), folder / "reader.pt")
        self.model.text_encoder.load_state_dict(torch.load(folder / "reader.pt"))
        return AutoTokenizer.from_pretrained(folder)

    def _go_on(self) -> None:
        kept = checkpoints.load(self.folder / "checkpoint.pt")
        if kept is None:
            return
        self.parts.load_state_dict(kept["parts"])
        self.lessons.load_state_dict(kept["lessons"])
        self.reader.heads.load_state_dict(kept["reader"])
        self.optimiser.load_state_dict(kept["optimiser"])
        self.muon.load_state_dict(kept["muon"])
        self.average = kept["average"]
        self.step, self.seconds, self.history = kept["step"], kept["seconds"], kept["history"]

    def keep(self, name: str = "checkpoint.pt") -> None:
        """Write all that is needed to go on."""
        state = {
            "parts": self.parts.state_dict(), "lessons": self.lessons.state_dict(),
            "reader": self.reader.heads.state_dict(),
            "optimiser": self.optimiser.state_dict(), "muon": self.muon.state_dict(),
            "average": self.average, "step": self.step, "seconds": self.seconds,
            "history": self.history, "plan": asdict(self.plan),
        }  # fmt: skip
        checkpoints.save(self.folder / name, state)

    def advance(self) -> list[float]:
        """Take a step; return the cost of each codebook, of facts, clock, score, drill, telling."""
        start = time.perf_counter()
        plan = self.plan
        for group in self.optimiser.param_groups:
            group["lr"] = group["rate"] * plan.rate(self.step)
        batch = draw(self.data, self.tokenizer, plan, self.step)
        each = self._learn_from(self._speak_into(batch))
        told = self._learn_to_tell() if plan.openings else 0.0
        drilled = self._drill()
        self._read_on()
        nn.utils.clip_grad_norm_(self.weights, 1.0)
        self.optimiser.step()
        self.muon.step(plan.muon_rate * plan.rate(self.step))
        for weight in (*self.weights, *self._heads()):
            weight.grad = None
        with torch.no_grad():
            slow = min(plan.averaged, (1 + self.step) / (10 + self.step))
            torch._foreach_lerp_(self.average, [w.detach() for w in self.weights], 1 - slow)
        self.step += 1
        self.seconds += time.perf_counter() - start
        return [*each.tolist(), drilled, told]

    def _learn_from(self, batch: steps.Batch) -> Tensor:
        """Add a batch's slopes to the gradients; return the cost of each codebook and lesson."""
        with self._narrow():
            logits, states = steps.forward(self.model, batch)
            total, each = self._price(logits, states, batch)
        total.backward()
        return each

    @torch.no_grad()
    def _speak_into(self, batch: steps.Batch) -> steps.Batch:
        """Put what the model would say, each token after the true past, in the place of frames.

        Of such a frame only the first codebook is to be told still: the others hold what the
        tokens before them leave, and those are not the true ones.
        """
        plan, rng = self.plan, np.random.default_rng([self.plan.seed, self.step, 4])
        n = int(plan.spoken * len(batch.clips))
        if not n:
            return batch
        with self._narrow():
            logits, _ = steps.forward(self.model, steps.first(batch, n))
        books, crop = batch.inputs.shape[1:]
        frames = rng.random((n, crop + books)) < plan.own * rng.random((n, 1))
        own = (
            torch.from_numpy(  # token k of a frame is said k steps after its first
                np.stack([frames[:, books - k : books - k + crop] for k in range(books)], axis=1)
            )
            & (batch.targets[:n] != steps.PAD)
        )
        luck = torch.Generator().manual_seed(int(rng.integers(2**62)))
        odds = logits[own].float().softmax(-1)
        said = batch.targets[:n].masked_scatter(own, torch.multinomial(odds, 1, generator=luck))
        inputs, targets = batch.inputs.clone(), batch.targets.clone()
        inputs[:n, :, 1:] = torch.where(own[..., :-1], said[..., :-1], inputs[:n, :, 1:])
        targets[:n, 1:][own[:, 1:]] = steps.PAD
        return replace(batch, inputs=inputs, targets=targets)

    def _learn_to_tell(self) -> float:
        """Add the slopes of openings; return what telling their captions from wrong ones costs."""
        plan = self.plan
        both = draw_openings(self.data, self.tokenizer, plan, self.step, often=self.often)
        n = len(both.clips) // 2
        with self._narrow():
            logits, states = steps.forward(self.model, both)
            total, _ = self._price(logits[:n], [h[:n] for h in states], steps.first(both, n))
            right, wrong = steps.likelihoods(logits, both).split(n)
            told = -nn.functional.logsigmoid(right - wrong).mean()
        (total + plan.telling * told).backward()
        return told.item()

    def _narrow(self) -> torch.autocast:
        return torch.autocast("cpu", torch.bfloat16, enabled=self.plan.half_precision)

    def _price(
        self, logits: Tensor, states: list[Tensor], batch: steps.Batch
    ) -> tuple[Tensor, Tensor]:
        """Return what a batch costs in all, and the cost of each codebook and lesson."""
        plan = self.plan
        truth = self.labels([self.data.records[i] for i in batch.clips])
        scores = [self.scores[i] for i in batch.clips]
        now = lessons.moments(scores, batch.at[:, 0].tolist(), batch.at.shape[1])
        each = steps.costs(logits, batch)
        facts = self.lessons.knows(states, truth)
        clock = self.lessons.keeps_time(states, *lessons.clock(scores, batch.at)).sum()
        chords = self.lessons.harmonises(states, lessons.harmony(scores, batch.at)).sum()
        score = self.lessons.hears(states, now) + chords
        tokens = (each * torch.tensor(plan.weights)).sum()
        total = tokens + plan.facts * facts + plan.clock * clock + plan.score * score
        return total, torch.cat([each, torch.stack([facts, clock, score])]).detach()

    def _drill(self) -> float:
        """Add what a drill's moments cost; return what the clock costs there."""
        facts, clock, harmony = self.drills.cost("beside music", self.step)
        (self.plan.drill * (facts + clock + 0.5 * harmony)).backward()
        return clock.item()

    def _read_on(self) -> None:
        """Add what the text encoder has yet to learn of captions by themselves."""
        plan, rng = self.plan, np.random.default_rng([self.plan.seed, self.step, 3])
        records = [self.data.records[i] for i in rng.choice(len(self.data), plan.read)]
        with self._narrow():
            error = reader.lesson(self.reader, self.tokenizer, self.labels, records, rng)
        (plan.reading * error).backward()

    def _heads(self) -> list[nn.Parameter]:
        """Return the weights that only ask, and are thrown away."""
        return [*self.lessons.parameters(), *self.reader.heads.parameters()]

    def learn_to_count(self, turns: int) -> None:
        """Let drills alone teach the first layers; the seconds they take are counted."""
        start = time.perf_counter()
        self.drills.teach(turns)
        self.average = [w.detach().clone() for w in self.weights]
        self.seconds += time.perf_counter() - start

    def begin_after(self, kept: Mapping[str, Any]) -> None:
        """Take over the weights of a run that has ended, and count its seconds on."""
        self.parts.load_state_dict(grown(kept["parts"], self.parts.state_dict()))
        for heads, name in ((self.lessons, "lessons"), (self.reader.heads, "reader")):
            fresh = heads.state_dict()
            fits = {n: w for n, w in kept.get(name, {}).items()
                    if n in fresh and w.shape == fresh[n].shape}  # fmt: skip
            heads.load_state_dict(fits, strict=False)  # what is asked otherwise now begins anew
        self.average = [w.detach().clone() for w in self.weights]
        self.seconds, self.history = kept["seconds"], kept["history"]

    def use_average(self) -> None:
        """Put the averaged weights in the place of the trained ones."""
        with torch.no_grad():
            for weight, mean in zip(self.weights, self.average, strict=True):
                weight.copy_(mean)


def train(run: Run, *, report: int = 25, examined: int = 250) -> None:
    """Advance to the last step, with a line now and then and a checkpoint every 100 steps."""
    running: list[list[float]] = []
    while run.step < run.plan.steps:
        running.append(run.advance())
        last = run.step == run.plan.steps
        if run.step % report == 0:
            mean = " ".join(f"{x:.3f}" for x in np.mean(running, axis=0))
            print(f"{run.step} {mean} | {run.seconds:.0f} s", flush=True)
            running.clear()
        if run.step % examined == 0 or last:
            unseen = examine(run.model, run.unseen, run.tokenizer)
            opening = Tokens(run.unseen.codes[..., : run.plan.opening], run.unseen.records)
            right, wrong = (
                examine(run.model, opening, run.tokenizer, clips=128, others=n) for n in (0, 1)
            )
            seen = {"step": run.step, "unseen": unseen, "openings": right, "wrong caption": wrong}
            run.history.append({**seen, "seconds": run.seconds})
            print(seen, flush=True)
        if run.step == int((1 - run.plan.falling) * run.plan.steps):
            run.keep("before_the_fall.pt")
        if run.step % 100 == 0 or last:
            run.keep()


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, or go on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the run's checkpoint and words")
    parser.add_argument("--tokens", type=Path, default=Path(".artefacts/tokens"))
    parser.add_argument("--data", type=Path, default=Path(".artefacts/corpus"))
    parser.add_argument("--after", type=Path, help="begin with the weights of an ended run")
    parser.add_argument("--drills", type=int, default=1200, help="steps of drills before the rest")
    parser.add_argument("--threads", type=int, default=1)
    settings = {
        "steps": int, "batch_size": int, "openings": int,
        "learning_rate": float, "muon_rate": float, "falling": float, "clock": float,
        "telling": float,
    }  # fmt: skip
    for name, kind in settings.items():
        flag = "--" + name.replace("_", "-")
        parser.add_argument(flag, type=kind, default=getattr(Plan, name))
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    plan = Plan(**{name: getattr(chosen, name) for name in settings})
    data, unseen = (
        part.first(SIZE.n_codebooks, frames=FRAMES)
        for part in load_tokens(chosen.tokens, chosen.data)
    )
    scores = lessons.load_scores(chosen.data, [record["seed"] for record in data.records])
    run = Run(chosen.folder, data, unseen, plan, scores=scores)
    if chosen.after and run.step == 0:
        ended = checkpoints.load(chosen.after / "checkpoint.pt")
        if ended is None:
            raise SystemExit(f"{chosen.after} holds no checkpoint to begin after")
        run.begin_after(ended)
    if run.step == 0:
        run.learn_to_count(chosen.drills)
    train(run)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
