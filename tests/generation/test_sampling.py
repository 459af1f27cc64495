"""From logits to tokens: transformers' own warpers are the oracle."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from sonic_lab.generation.sampling import choose, draw_luck, weigh

LOGITS = 3 * torch.randn(5, 4, 64, generator=torch.Generator().manual_seed(0)).double()


def theirs(logits: Tensor, temperature: float, top_k: int | None, top_p: float | None) -> Tensor:
    from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

    warpers: list[Any] = [TemperatureLogitsWarper(temperature)]
    warpers += [TopKLogitsWarper(top_k)] if top_k else []
    warpers += [TopPLogitsWarper(top_p)] if top_p else []
    scores = logits.reshape(-1, logits.shape[-1])
    for warper in warpers:
        scores = warper(None, scores)
    return torch.softmax(scores, -1).reshape(logits.shape)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("top_k", [None, 1, 10, 64, 1000])
@pytest.mark.parametrize("top_p", [None, 0.1, 0.9, 1.0])
def test_probabilities_are_those_of_transformers(
    temperature: float, top_k: int | None, top_p: float | None
) -> None:
    expected = theirs(LOGITS, temperature, top_k, top_p)
    tokens, p = weigh(LOGITS, temperature=temperature, top_k=top_k, top_p=top_p)
    got = torch.zeros_like(LOGITS).scatter(-1, tokens, p)
    assert torch.allclose(got, expected, atol=1e-12)  # the same sums in double precision
    assert torch.all(p.diff(dim=-1) <= 1e-15)  # the likeliest first


def test_what_is_drawn_has_the_frequencies_of_the_distribution() -> None:
    n = 20_000
    logits = LOGITS[0, 0].expand(n, -1)
    luck = torch.rand(n, generator=torch.Generator().manual_seed(1))
    how: dict[str, Any] = {"temperature": 1.0, "top_k": 10, "top_p": 0.95}
    drawn = choose(logits, luck, **how)
    expected = theirs(LOGITS[0, 0], 1.0, 10, 0.95)
    seen = torch.bincount(drawn, minlength=64) / n
    # Four standard deviations of a share of 20,000 draws are at most 4 * 0.5 / sqrt(20000).
    assert (seen - expected).abs().max() < 0.015
    assert torch.all(seen[expected == 0] == 0)


def test_luck_at_its_ends_takes_the_first_and_the_last_token_that_may_be_drawn() -> None:
    logits = torch.tensor([[0.0, 2.0, 1.0, -50.0]])
    how: dict[str, Any] = {"temperature": 1.0, "top_k": None, "top_p": 0.99}
    assert choose(logits, torch.tensor([0.0]), **how).item() == 1
    assert choose(logits, torch.tensor([1 - 2**-24]), **how).item() == 0


def test_temperature_zero_takes_the_likeliest_whatever_the_luck() -> None:
    luck = torch.rand(5, 4, generator=torch.Generator().manual_seed(2))
    got = choose(LOGITS, luck, temperature=0, top_k=5, top_p=0.5)
    assert torch.equal(got, LOGITS.argmax(-1))


def test_a_tiny_temperature_is_nearly_zero_and_gives_no_nan() -> None:
    luck = torch.full((5, 4), 0.999)
    got = choose(LOGITS.float() * 1e30, luck, temperature=1e-30, top_k=None, top_p=None)
    assert torch.equal(got, LOGITS.argmax(-1))


def test_an_items_luck_is_its_own() -> None:
    together = draw_luck([7, 8, 9], steps=20, n_codebooks=4)
    alone = draw_luck([8], steps=20, n_codebooks=4)
    assert together.shape == (20, 3, 4)
    assert torch.equal(together[:, 1], alone[:, 0])
    assert not torch.equal(together[:, 0], together[:, 1])


def test_global_luck_is_left_alone() -> None:
    before = torch.random.get_rng_state()
    draw_luck([1], steps=3, n_codebooks=4)
    assert torch.equal(before, torch.random.get_rng_state())
