"""Cross-entropy for many small classifications: one pass over the logits each way.

A language model over four codebooks spends a third of its time on a CPU in the cross-entropy of
its guesses, most of it carrying logits to memory and back. The gradient, probabilities less the
truth, is known as soon as the cost is: it is worked out at once and kept as small as the logits.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits: Tensor, targets: Tensor, ignored: int) -> Tensor:
        guesses = logits.float()
        counted = targets != ignored
        share = counted / counted.sum().clamp(min=1)  # (N,)
        right = torch.where(counted, targets, 0)[:, None]
        normaliser = torch.logsumexp(guesses, 1)
        cost = ((normaliser - guesses.gather(1, right)[:, 0]) * share).sum()
        slope = (guesses - normaliser[:, None]).exp_()  # probabilities
        slope.scatter_add_(1, right, slope.new_full((len(right), 1), -1.0))
        ctx.save_for_backward(slope.mul_(share[:, None]).to(logits.dtype))
        return cost

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        (slope,) = ctx.saved_tensors
        return slope * grad.to(slope.dtype), None, None


def cross_entropy(logits: Tensor, targets: Tensor, *, ignored: int) -> Tensor:
    """Return the mean cost of the right answers, in nats, as float32.

    Parameters
    ----------
    logits : (..., V), of any floating type; the gradient has the same
    targets : int64 (...), from 0 to V - 1, or `ignored`
    ignored : targets that do not count; if none counts, the cost is 0
    """
    return _CrossEntropy.apply(logits.flatten(0, -2), targets.flatten(), ignored)
