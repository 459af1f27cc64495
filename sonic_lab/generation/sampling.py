"""From logits to a token: guidance apart, everything that stands between a guess and a choice.

Luck is drawn beforehand, one number in [0, 1) for every token of an item, from that item's own
seed. So a choice is a plain function, the same on every device that computes the same logits,
and an item of a batch does not depend on its neighbours' luck.
"""

from __future__ import annotations

import torch
from torch import Tensor

# The largest luck whose product with a sum is below the sum also when it is rounded to float32, so
# that a walk never goes past the last token that has a chance.
_ALMOST_ALL = 1 - 2**-23


def draw_luck(seeds: list[int], *, steps: int, n_codebooks: int) -> Tensor:
    """Return uniform numbers in [0, 1), float32 (S, B, K), item b from its own seed alone."""
    rows = [
        torch.rand(steps, n_codebooks, generator=torch.Generator().manual_seed(seed))
        for seed in seeds
    ]
    return torch.stack(rows, dim=1)


def weigh(
    logits: Tensor, *, temperature: float, top_k: int | None, top_p: float | None
) -> tuple[Tensor, Tensor]:
    """Return the tokens that may be drawn, the likeliest first, and their probabilities.

    Parameters
    ----------
    logits : float (..., V)
    temperature : above 0
    top_k, top_p : as in `Settings`; k is applied first, then p to what is left

    Returns
    -------
    tokens : int64 (..., k)
    probabilities : float (..., k), 0 for what top-p rules out, summing to 1
    """
    size = logits.shape[-1]
    likely, tokens = logits.topk(min(top_k or size, size))
    if temperature != 1:
        # The largest is taken off first: a tiny temperature then gives -inf, and never inf - inf.
        likely = (likely - likely[..., :1]) / temperature
    p = torch.softmax(likely, dim=-1)
    if top_p is not None:
        p = p * (p.cumsum(-1) - p < top_p)  # keep while those before have not reached p yet
        p = p / p.sum(-1, keepdim=True)
    return tokens, p


def choose(
    logits: Tensor, luck: Tensor, *, temperature: float, top_k: int | None, top_p: float | None
) -> Tensor:
    """Choose a token from each distribution: (..., V) and luck (...) -> int64 (...)."""
    if temperature == 0:
        return logits.argmax(-1)
    tokens, p = weigh(logits, temperature=temperature, top_k=top_k, top_p=top_p)
    reached = p.cumsum(-1)  # walk along it until luck is used up
    aim = luck.clamp(max=_ALMOST_ALL)[..., None] * reached[..., -1:]
    place = (reached <= aim).sum(-1, keepdim=True)
    return tokens.gather(-1, place)[..., 0]
