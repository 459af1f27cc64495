"""The training's cross-entropy is PyTorch's, cost and gradient."""

from __future__ import annotations

import pytest
import torch

from tools.train.cross_entropy import cross_entropy

IGNORED = 7


@pytest.mark.parametrize("ignored_share", [0.0, 0.4, 1.0])
def test_it_equals_pytorchs(ignored_share: float) -> None:
    luck = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(3, 5, 7, generator=luck)
    targets = torch.randint(7, (3, 5), generator=luck)
    targets[torch.rand(3, 5, generator=luck) < ignored_share] = IGNORED
    ours, theirs = (logits.clone().requires_grad_() for _ in range(2))
    cost = cross_entropy(ours, targets, ignored=IGNORED)
    truth = torch.nn.functional.cross_entropy(
        theirs.flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="sum"
    ) / max(int((targets != IGNORED).sum()), 1)
    (2 * cost).backward()
    (2 * truth).backward()
    torch.testing.assert_close(cost, truth)
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_half_precision_rounds_the_gradient_alone() -> None:
    logits = torch.randn(64, 7, generator=torch.Generator().manual_seed(1)).bfloat16()
    targets = torch.arange(64) % 7
    ours, exact = logits.clone().requires_grad_(), logits.float().requires_grad_()
    cost = cross_entropy(ours, targets, ignored=IGNORED)
    truth = torch.nn.functional.cross_entropy(exact, targets)
    cost.backward()
    truth.backward()
    torch.testing.assert_close(cost, truth)
    # bfloat16 keeps 8 bits: a gradient is off by at most one part in 256.
    torch.testing.assert_close(ours.grad.float(), exact.grad, rtol=2**-8, atol=1e-6)
