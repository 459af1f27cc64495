"""Drills: single moments of clips, of which the model must tell where in the beat they are.

A clip in which music sounds tells its beat by itself, and half-heard music will do: so from music
alone, that "97 bpm" in the words sets the beat from the first moment on is learned last or never.
Here each moment is seen by itself, with a caption that names the tempo. The beat is then a matter
of arithmetic, from the tempo that was read and the place in time, and the first layer learns it
within minutes. What else the caption names is asked of it as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tools.train import captions, lessons, reader, steps
from tools.train.muon import Muon
from tools.train.token_sets import Tokens

MOMENTS = 16  # of a clip


class Drills:
    """The drills of a model, on the clips of a corpus.

    Parameters
    ----------
    model : a MusicGen
    heads : what is asked of its states
    data : clips, with their `scores` and `labels`
    clips : how many each drill takes its moments from
    """

    def __init__(
        self,
        model: Any,
        heads: lessons.Lessons,
        data: Tokens,
        *,
        scores: Sequence[lessons.Score],
        labels: reader.Labels,
        tokenizer: Any,
        clips: int = 64,
        seed: int = 0,
        half_precision: bool = True,
    ) -> None:
        self.model, self.heads, self.data = model, heads, data
        self.scores, self.labels, self.tokenizer = scores, labels, tokenizer
        self.clips, self.seed, self.half_precision = min(clips, len(data)), seed, half_precision

    def draw(self, kind: str, turn: int) -> tuple[steps.Batch, list[str]]:
        """Draw moments and captions: they depend on the seed, the kind of drill and the turn."""
        rng = np.random.default_rng([self.seed, turn, *kind.encode()])
        chosen = [int(i) for i in rng.choice(len(self.data), self.clips, replace=False)]
        texts = captions.told_all([self.data.records[i] for i in chosen], rng, tempo=True)
        at = rng.integers(self.data.codes.shape[2], size=(len(chosen), MOMENTS))
        batch = steps.look_at(
            self.data.take(chosen),
            reader.read(self.tokenizer, texts),
            heard=torch.ones(len(chosen), dtype=torch.long),
            at=torch.from_numpy(at),
            clips=chosen,
            apart=True,
        )
        return batch, texts

    def cost(self, kind: str, turn: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return what a moment costs, in nats: facts that its caption names, clock, harmony."""
        batch, texts = self.draw(kind, turn)
        records = [self.data.records[i] for i in batch.clips]
        truth = reader.only_what_is_said(self.labels(records), texts)
        scores = [self.scores[i] for i in batch.clips]
        time, classes = lessons.clock(scores, batch.at), lessons.harmony(scores, batch.at)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half_precision):
            states = steps.forward(self.model, batch, layers=lessons.WORDS_AFTER)[1]
            facts, clock = self.heads.knows(states, truth), self.heads.keeps_time(states, *time)[0]
            return facts, clock, self.heads.harmonises(states, classes)[0]

    def teach(self, turns: int, *, rate: float = 3e-3, muon_rate: float = 4e-3) -> None:
        """Teach the first layers, in place, before there is any music to learn."""
        layers = self.model.decoder.model.decoder.layers[: lessons.WORDS_AFTER]
        inner = [w for w in layers.parameters() if w.ndim == 2]
        rest = [w for w in layers.parameters() if w.ndim != 2] + [*self.heads.parameters()]
        reading = [*self.model.text_encoder.parameters()]
        taught = [*inner, *rest, *reading]
        muon = Muon(inner, weight_decay=0.01, half_precision=self.half_precision)
        optimiser = torch.optim.AdamW(
            [{"params": rest, "rate": rate}, {"params": reading, "rate": rate / 10}],
            betas=(0.9, 0.95), weight_decay=0.0,
        )  # fmt: skip
        for turn in range(turns):
            share = min(1.0, (turn + 1) / 20, 4 * (1 - turn / turns) + 0.1)
            for group in optimiser.param_groups:
                group["lr"] = group["rate"] * share
            facts, clock, harmony = self.cost("alone", turn)
            (facts + clock + 0.5 * harmony).backward()
            nn.utils.clip_grad_norm_(taught, 1.0)
            optimiser.step()
            muon.step(muon_rate * share)
            self.model.zero_grad()
            self.heads.zero_grad()
            if turn % 50 == 0:
                told = f"facts {facts:.3f}, clock {clock:.3f}, harmony {harmony:.3f}"
                print(f"drill {turn}: {told}", flush=True)
