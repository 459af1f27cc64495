"""What the language model sees of clips at a step of its training, and what it makes of it.

Steps of the staircase (`musicgen.delay`) that follow each other, as it sees them when it speaks,
or steps here and there, each by itself, which only the words and the place in time tell about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sonic_lab.models import musicgen
from tools.train.cross_entropy import cross_entropy

PAD = musicgen.MusicgenSize().codebook_size


@dataclass(frozen=True)
class Batch:
    """What one step sees: inputs and targets (B, K, T), at which steps (B, T), and the words."""

    inputs: Tensor
    targets: Tensor
    at: Tensor
    words: Mapping[str, Tensor]
    heard: Tensor  # (B,) 0 where the caption is left out
    clips: Sequence[int] = ()  # which they are
    apart: bool = False  # each step sees itself alone


def forward(model: Any, batch: Batch, *, layers: int | None = None) -> tuple[Tensor, list[Tensor]]:
    """Run the model's own layers: logits (B, K, T, V), and the states after each layer (B, T, D).

    The same arithmetic as the model's `forward` (a test compares them), which cannot begin in
    the middle of a clip, and which hands its layers a mask where none is needed.
    """
    decoder = model.decoder.model.decoder
    states = model.enc_to_dec_proj(model.text_encoder(**batch.words).last_hidden_state)
    known = batch.words["attention_mask"]
    states = states * (known * batch.heard[:, None])[..., None]  # no caption: states of 0
    h = decoder.embed_positions.weights[batch.at]
    h = h + sum(embed(batch.inputs[:, k]) for k, embed in enumerate(decoder.embed_tokens))
    unseen, padding = _masks(h.shape[1], known, states.dtype, apart=batch.apart)
    between = []
    for layer in decoder.layers[:layers]:
        h = layer(h, unseen, states, encoder_attention_mask=padding, use_cache=False)
        between.append(h)
    h = decoder.layer_norm(h)  # (B, T, D)
    return torch.stack([head(h) for head in model.decoder.lm_heads], dim=1), between


def _masks(steps: int, known: Tensor, kind: torch.dtype, *, apart: bool) -> tuple[Tensor, Tensor]:
    """Return what hides the steps to come or all others, (1, 1, T, T), and padding, (B, 1, 1, L).

    Both are added to the scores of attention, and of the scores' type: else all would be widened.
    """
    never = -1e9
    hidden = torch.full((steps, steps), never, dtype=kind)
    hidden = hidden.fill_diagonal_(0) if apart else hidden.triu(1)
    return hidden[None, None], ((1 - known) * never).to(kind)[:, None, None]


def first(batch: Batch, n: int) -> Batch:
    """Return the first n of a batch."""
    words = {name: values[:n] for name, values in batch.words.items()}
    return Batch(
        batch.inputs[:n], batch.targets[:n], batch.at[:n], words, batch.heard[:n],
        batch.clips[:n], apart=batch.apart,
    )  # fmt: skip


def likelihoods(logits: Tensor, batch: Batch) -> Tensor:
    """Return the log-likelihood of the tokens of each of a batch, in nats: (B,)."""
    known = batch.targets != PAD
    right = torch.where(known, batch.targets, 0)[..., None]
    odds = logits.float().log_softmax(-1).gather(-1, right)[..., 0]  # (B, K, T)
    return torch.where(known, odds, 0.0).sum((1, 2))


def costs(logits: Tensor, batch: Batch) -> Tensor:
    """Return the mean cost of a token in each codebook, in nats: (K,)."""
    pairs = zip(logits.unbind(1), batch.targets.unbind(1), strict=True)
    return torch.stack([cross_entropy(g, t, ignored=PAD) for g, t in pairs])


def lay_out(
    codes: Tensor,
    words: Mapping[str, Tensor],
    *,
    heard: Tensor,
    first: Tensor,
    crop: int,
    clips: Sequence[int] = (),
) -> Batch:
    """Turn codes (B, K, T) into a `Batch` of `crop` steps of the staircase from `first` on."""
    at = first[:, None] + torch.arange(crop)
    return look_at(codes, words, heard=heard, at=at, clips=clips)


def look_at(
    codes: Tensor,
    words: Mapping[str, Tensor],
    *,
    heard: Tensor,
    at: Tensor,
    clips: Sequence[int] = (),
    apart: bool = False,
) -> Batch:
    """Turn codes (B, K, T) into a `Batch` of the steps `at` (B, S) of the staircase."""
    stairs = musicgen.delay(codes, pad=PAD)
    start = stairs.new_full((*stairs.shape[:2], 1), PAD)
    inputs = torch.cat([start, stairs], dim=2)  # the start token, as generation begins
    where = at[:, None].expand(-1, stairs.shape[1], -1)
    return Batch(
        inputs.gather(2, where), stairs.gather(2, where), at, words, heard, clips, apart=apart
    )
