"""Residual quantisation: laws of the codes, and the codebooks' learning by hand."""

from __future__ import annotations

import pytest
import torch

from sonic_lab.errors import ParameterError
from sonic_lab.models.residual_vq import CodebookLearner, ResidualVQ, k_means, nearest


def luck(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def quantizer() -> ResidualVQ:
    made = ResidualVQ(n_codebooks=4, codebook_size=32, dim=6)
    # Each book finer than the last, as residuals are.
    scale = torch.tensor([1.0, 0.5, 0.25, 0.125])[:, None, None]
    made.codebooks.copy_(torch.randn(4, 32, 6, generator=luck()) * scale)
    return made


@pytest.fixture
def z() -> torch.Tensor:
    return torch.randn(3, 50, 6, generator=luck(1))


def test_fewer_codebooks_give_the_first_of_the_codes(quantizer, z):
    whole = quantizer.encode(z)
    assert whole.shape == (3, 4, 50)
    for k in range(1, 5):
        assert torch.equal(quantizer.encode(z, k), whole[:, :k])


def test_two_stages_by_hand():
    quantizer = ResidualVQ(n_codebooks=2, codebook_size=2, dim=1)
    quantizer.codebooks.copy_(torch.tensor([[[0.0], [10.0]], [[-1.0], [2.0]]]))
    # 11.5 is nearest to 10, and what is left, 1.5, to 2: together 12.
    codes = quantizer.encode(torch.tensor([[[11.5]]]))
    assert codes.flatten().tolist() == [1, 1]
    assert quantizer.decode(codes).item() == 12.0


def test_each_stage_is_given_what_the_ones_before_left_over(quantizer, z):
    codes, residuals = quantizer.walk(z)
    for k in range(1, 4):
        said = quantizer.decode(codes[:, :k])
        assert torch.allclose(residuals[k], z - said, atol=1e-5)  # sums in another order


def test_the_nearest_is_the_nearest():
    points, book = torch.randn(40, 5, generator=luck(2)), torch.randn(9, 5, generator=luck(3))
    assert torch.equal(nearest(points, book), torch.cdist(points, book).argmin(1))


def test_averages_move_as_computed_by_hand():
    quantizer = ResidualVQ(n_codebooks=1, codebook_size=2, dim=1)
    quantizer.codebooks.copy_(torch.tensor([[[0.0], [10.0]]]))
    learner = CodebookLearner(quantizer, generator=luck(), decay=0.9)
    codes, residuals = quantizer.walk(torch.tensor([[[1.0], [1.0], [9.0]]]))
    learner.update(residuals, codes)
    # First: count 0.9 + 0.1 · 2 = 1.1, sum 0.1 · 2 = 0.2. Second: 1.0, and 9 + 0.1 · 9 = 9.9.
    assert quantizer.codebooks.flatten().tolist() == pytest.approx([0.2 / 1.1, 9.9])


def test_only_the_stages_that_were_walked_learn(quantizer, z):
    before = quantizer.codebooks.clone()
    learner = CodebookLearner(quantizer, generator=luck())
    codes, residuals = quantizer.walk(z, 2)
    learner.update(residuals, codes)
    assert not torch.equal(quantizer.codebooks[:2], before[:2])
    assert torch.equal(quantizer.codebooks[2:], before[2:])


def test_a_vector_that_nobody_names_is_sent_to_where_the_data_are():
    quantizer = ResidualVQ(n_codebooks=1, codebook_size=2, dim=1)
    quantizer.codebooks.copy_(torch.tensor([[[0.0], [1000.0]]]))
    learner = CodebookLearner(quantizer, generator=luck(), decay=0.5, dead_below=0.3)
    points = torch.tensor([[[1.0], [2.0], [3.0]]])
    for _ in range(3):  # its count falls to 0.5, then to 0.25, which is dead
        learner.update(*reversed(quantizer.walk(points)))
    assert 1.0 <= quantizer.codebooks[0, 1].item() <= 3.0


def test_it_learns_to_say_the_data_better(z):
    quantizer = ResidualVQ(n_codebooks=3, codebook_size=16, dim=6)
    learner = CodebookLearner(quantizer, generator=luck())
    points = z.flatten(0, 1)
    learner.start(points)
    errors = []
    for k in range(4):
        said = quantizer.decode(quantizer.encode(z, k)) if k else torch.zeros_like(z)
        errors.append((z - said).square().mean().item())
    assert errors == sorted(errors, reverse=True)
    assert errors[3] < 0.5 * errors[0]  # 12 bits for 6 numbers halve the power easily


def test_k_means_ends_nearer_than_it_began():
    points = torch.randn(500, 4, generator=luck(4))

    def error(rounds: int) -> float:
        centres = k_means(points, 20, rounds=rounds, generator=luck(5))
        return (points - centres[nearest(points, centres)]).square().sum().item()

    assert error(6) < error(1) < error(0)


def test_k_means_needs_as_many_points_as_centres():
    with pytest.raises(ParameterError, match="4 centres need at least as many points, not 3"):
        k_means(torch.zeros(3, 2), 4, generator=luck())


@pytest.mark.parametrize("bad", [0, 5, 1.5, True, "2"])
def test_a_number_of_codebooks_that_is_not_there_is_refused(quantizer, z, bad):
    with pytest.raises(ParameterError, match="n_codebooks="):
        quantizer.encode(z, bad)


def test_learning_goes_on_as_if_it_had_not_stopped(z):
    def learner() -> CodebookLearner:
        made = ResidualVQ(n_codebooks=2, codebook_size=16, dim=6)
        return CodebookLearner(made, generator=luck(7), decay=0.5, dead_below=0.3)

    def teach(one: CodebookLearner, rounds: int) -> None:
        for _ in range(rounds):
            codes, residuals = one.quantizer.walk(z)
            one.update(residuals, codes)

    through = learner()
    through.start(z.flatten(0, 1))
    teach(through, 6)
    first, second = learner(), learner()
    first.start(z.flatten(0, 1))
    teach(first, 3)
    second.quantizer.load_state_dict(first.quantizer.state_dict())
    second.load_state_dict(first.state_dict())
    teach(second, 3)
    assert torch.equal(through.quantizer.codebooks, second.quantizer.codebooks)
