"""Draw music from a MusicLM: a place from words, names from the place, tokens from both.

Plain loops that run the whole transformer at every step: right, short and slow. What makes such a
loop fast is in `decoding`.

References
----------
Agostinelli et al., MusicLM: Generating Music From Text (2023), section 3.4.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..audio import check_whole
from ..errors import ParameterError
from ..models.musicgen import undelay
from ..models.musiclm import MusicLM
from .sampling import choose


def draw_names(
    model: MusicLM,
    place: Tensor,
    *,
    count: int,
    generator: torch.Generator,
    temperature: float = 1.0,
    top_k: int | None = None,
) -> Tensor:
    """Draw what happens: a place (B, place) -> names, int64 (B, count)."""
    check_whole(count, name="count", low=1, high=100_000)
    names = torch.zeros(len(place), 0, dtype=torch.long, device=place.device)
    with torch.inference_mode():
        for _ in range(count):
            logits = model.semantic(names, place)[:, -1]  # (B, V)
            luck = _luck(logits, generator)
            new = choose(logits, luck, temperature=temperature, top_k=top_k, top_p=None)
            names = torch.cat([names, new[:, None]], dim=1)
    return names


def draw_codes(
    model: MusicLM,
    names: Tensor,
    place: Tensor,
    *,
    generator: torch.Generator,
    temperature: float = 1.0,
    top_k: int | None = 250,
) -> Tensor:
    """Draw how it sounds: names (B, S) at a place -> codes, int64 (B, K, stride · S)."""
    if names.ndim != 2 or len(names) != len(place):
        raise ParameterError(
            f"names have shape {tuple(names.shape)} and places {tuple(place.shape)}: they must "
            "be (B, S) and (B, place) with the same B"
        )
    K, pad = model.config.n_codebooks, model.acoustic.pad
    frames = names.shape[1] * model.config.stride
    stairs = torch.zeros(len(names), K, 0, dtype=torch.long, device=names.device)
    with torch.inference_mode():
        for step in range(frames + K - 1):
            logits = model.acoustic(stairs, names, place)[:, :, -1]  # (B, K, V)
            luck = _luck(logits, generator)
            new = choose(logits, luck, temperature=temperature, top_k=top_k, top_p=None)
            for k in range(K):
                if not k <= step < k + frames:  # a hole of the staircase
                    new[:, k] = pad
            stairs = torch.cat([stairs, new[:, :, None]], dim=2)
    return undelay(stairs)


def _luck(logits: Tensor, generator: torch.Generator) -> Tensor:
    return torch.rand(logits.shape[:-1], generator=generator).to(logits.device)
