"""Laws of Muon: its steps turn with the matrix, and all their directions are about as long."""

from __future__ import annotations

import pytest
import torch

from tools.train.muon import Muon, straighten


def matrix(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("half_precision", [False, True])
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 8, 32)])
def test_all_singular_values_come_near_one(shape: tuple[int, ...], half_precision: bool) -> None:
    uneven = matrix(*shape) * torch.logspace(0, -1, shape[1])[:, None]
    straight = straighten(uneven, half_precision=half_precision)
    assert straight.dtype == uneven.dtype
    assert torch.equal(straight, straighten(uneven)) != half_precision  # it is computed otherwise
    values = torch.linalg.svdvals(straight)
    # The polynomial does not settle at 1 but swings about it, between 0.68 and 1.14 (Jordan et
    # al.); values below a hundredth of the largest may not have come up yet.
    assert values.max() < 1.25
    assert values.median() > 0.6


def test_a_step_turns_with_the_matrix() -> None:
    X = matrix(1, 6, 10)
    Q, _ = torch.linalg.qr(matrix(6, 6, seed=1))
    # Float32 through five rounds of matrix products.
    torch.testing.assert_close(straighten(Q @ X), Q @ straighten(X), rtol=1e-3, atol=1e-4)


def test_a_matrix_and_the_one_lying_on_its_side_move_alike() -> None:
    start, slope = matrix(4, 9), matrix(4, 9, seed=2)
    upright, lying = start.clone(), start.T.clone()
    upright.grad, lying.grad = slope.clone(), slope.T.clone()
    for weight in (upright, lying):
        Muon([weight]).step(0.1)
    torch.testing.assert_close(upright, lying.T)
    assert not torch.equal(upright, start)


def test_it_finds_the_bottom_of_a_bowl_steeper_one_way_than_the_other() -> None:
    goal, steep = matrix(6, 6), torch.logspace(0, 2, 6)[:, None]
    weight = torch.zeros(6, 6, requires_grad=True)
    muon = Muon([weight], weight_decay=0.0)
    for step in range(300):
        weight.grad = None
        (steep * (weight - goal) ** 2).sum().backward()
        muon.step(0.2 * (1 - step / 300))
    assert (weight - goal).abs().max() < 0.05  # of numbers about 1


def test_it_goes_on_from_its_state() -> None:
    a, b = (matrix(5, 7).requires_grad_() for _ in range(2))
    first, second = Muon([a]), Muon([b])
    a.grad = matrix(5, 7, seed=3)
    first.step(0.1)
    with torch.no_grad():
        b.copy_(a)
    second.load_state_dict(first.state_dict())
    for weight, muon in ((a, first), (b, second)):
        weight.grad = matrix(5, 7, seed=4)
        muon.step(0.1)
    assert torch.equal(a, b)
