"""Teach a T5 encoder to read captions before there is any music: it guesses a clip's labels.

MusicGen's own text encoder comes trained; ours would have to learn English from music, which
costs hours. Reading is learned in minutes instead, from captions and labels alone: with the mean
of its last states, the encoder must say which instruments play, in what style, how fast, in which
key, and in what mood. Of tempo, mode and key it is asked only where the caption names them: what
nobody can know teaches nothing, slowly. The heads that answer are thrown away, the encoder is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tools.train.captions import choose, says, told_all

UNSAID = -100  # the answer that costs nothing

TEMPO_BPM = np.geomspace(60, 160, 60)  # 1.7 % apart: what 10 s of a clock need


class Labels:
    """A clip's labels as numbers, one row a clip: `many` are yes or no, `one` is one of several."""

    def __init__(self, records: Sequence[Mapping[str, Any]]) -> None:
        self.instruments = sorted({name for r in records for name in r["instruments"]})
        self.moods = sorted({name for r in records for name in r["moods"]})
        self.styles = sorted({r["style"] for r in records})
        self.keys = sorted({f"{r['tonic']} {r['mode']}" for r in records})

    def sizes(self) -> dict[str, int]:
        """Return how many answers each question has."""
        many = len(self.instruments) + len(self.moods)
        return {"many": many, "style": len(self.styles), "tempo": len(TEMPO_BPM),
                "mode": 2, "key": len(self.keys)}  # fmt: skip

    def __call__(self, records: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """Return the right answers."""
        many = [
            [float(name in r["instruments"]) for name in self.instruments]
            + [float(name in r["moods"]) for name in self.moods]
            for r in records
        ]
        tempo = [int(np.abs(np.log(TEMPO_BPM / r["tempo_bpm"])).argmin()) for r in records]
        return {
            "many": torch.tensor(many),
            "style": torch.tensor([self.styles.index(r["style"]) for r in records]),
            "tempo": torch.tensor(tempo),
            "mode": torch.tensor([int(r["mode"] == "minor") for r in records]),
            "key": torch.tensor([self.keys.index(f"{r['tonic']} {r['mode']}") for r in records]),
        }


class Reader(nn.Module):
    """An encoder and one linear head a question."""

    def __init__(self, encoder: nn.Module, sizes: Mapping[str, int]) -> None:
        super().__init__()
        self.encoder = encoder
        width = encoder.config.d_model
        self.heads = nn.ModuleDict({name: nn.Linear(width, n) for name, n in sizes.items()})

    def forward(self, words: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Answer from the mean of the states that are no padding."""
        mask = words["attention_mask"][..., None].float()
        states = self.encoder(**words).last_hidden_state  # (B, L, D)
        mean = (states * mask).sum(1) / mask.sum(1)
        return {name: head(mean) for name, head in self.heads.items()}


def only_what_is_said(truth: Mapping[str, Tensor], texts: Sequence[str]) -> dict[str, Tensor]:
    """Take the tempo, mode and key out of the right answers where a caption does not name them."""
    named = [says(text) for text in texts]
    asked = dict(truth)
    for name in ("tempo", "mode", "key"):
        said = torch.tensor([one[name] for one in named])
        asked[name] = torch.where(said, truth[name], UNSAID)
    return asked


def lesson(
    reader: Reader,
    tokenizer: Any,
    labels: Labels,
    records: Sequence[Mapping[str, Any]],
    rng: np.random.Generator,
) -> Tensor:
    """Return what the reader's answers to captions of some clips cost, in nats."""
    texts = told_all(records, rng)
    answers = reader(read(tokenizer, texts))
    truth = only_what_is_said(labels(records), texts)
    return cost({name: x.float() for name, x in answers.items()}, truth)


def cost(answers: Mapping[str, Tensor], truth: Mapping[str, Tensor]) -> Tensor:
    """Sum the costs of all questions, in nats."""
    total = nn.functional.binary_cross_entropy_with_logits(answers["many"], truth["many"]) * 10
    for name in ("style", "tempo", "mode", "key"):
        each = nn.functional.cross_entropy(answers[name], truth[name], reduction="sum")
        total = total + each / (truth[name] != UNSAID).sum().clamp(min=1)
    return total


def teach(
    encoder: nn.Module,
    tokenizer: Any,
    records: Sequence[Mapping[str, Any]],
    unseen: Sequence[Mapping[str, Any]],
    *,
    steps: int = 1500,
    batch_size: int = 64,
    learning_rate: float = 1e-3,
    seed: int = 0,
) -> dict[str, float]:
    """Teach the encoder in place; return the share of right answers on unseen clips' captions."""
    labels = Labels(records)
    torch.manual_seed(seed)
    reader = Reader(encoder, labels.sizes()).train()
    optimiser = torch.optim.AdamW(reader.parameters(), learning_rate, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, learning_rate, total_steps=steps + 1, pct_start=0.1
    )
    for step in range(steps):
        rng = np.random.default_rng([seed, step])
        chosen = [records[i] for i in rng.choice(len(records), batch_size)]
        with torch.autocast("cpu", torch.bfloat16):
            error = lesson(reader, tokenizer, labels, chosen, rng)
        optimiser.zero_grad(set_to_none=True)
        error.backward()
        nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 100 == 99:
            print(f"reader {step + 1} {error.item():.3f}", flush=True)
    return marks(reader.eval(), tokenizer, unseen, labels)


def read(tokenizer: Any, texts: list[str]) -> dict[str, Tensor]:
    """Cut texts into pieces, and pad them to one length."""
    words = tokenizer(texts, padding=True, truncation=True, max_length=64, return_tensors="pt")
    return {name: words[name] for name in ("input_ids", "attention_mask")}


@torch.inference_mode()
def marks(
    reader: Reader, tokenizer: Any, records: Sequence[Mapping[str, Any]], labels: Labels
) -> dict[str, float]:
    """Return the share of right answers to each question. Captions do not tell all of them."""
    answers = reader(read(tokenizer, choose(records, np.random.default_rng(1))))
    truth = labels(records)
    right = {"many": ((answers["many"] > 0) == truth["many"].bool()).float().mean().item()}
    for name in ("style", "tempo", "mode", "key"):
        right[name] = (answers[name].argmax(1) == truth[name]).float().mean().item()
    return right
