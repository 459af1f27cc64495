"""Greedy decoding gives transformers' own tokens.

In double precision, so that the sums' order cannot tip a choice between two near-equal logits:
both round the same numbers to float32 before they choose, and a tie needs an accident of 1e-9.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from sonic_lab.generation.decoder import Decoder
from sonic_lab.generation.decoding import Choice, Decoding
from tests.generation import noise


def ours(model: Any, ids: Tensor, mask: Tensor, *, frames: int, guidance: float, **how: Any) -> Any:
    decoding = Decoding(
        Decoder(model.decoder, precision=how.pop("precision", "float32")),
        noise.memory(model, ids, mask),
        mask.bool(),
        frames=frames,
        choice=Choice(guidance, temperature=0, top_k=None, top_p=None),
        seeds=[0] * len(ids),
        **how,
    )
    for _ in range(decoding.steps):
        decoding.step()
    return decoding.staircase.straighten(decoding.columns)


def theirs(model: Any, ids: Tensor, mask: Tensor, *, frames: int, guidance: float) -> Tensor:
    settings = {"do_sample": False, "guidance_scale": guidance}
    new = frames + model.decoder.num_codebooks - 1  # the last codebook comes that much later
    return noise.from_transformers(model, ids, mask, max_new_tokens=new, **settings)


@pytest.fixture(scope="module")
def tiny() -> Any:
    return noise.tiny().double()


@pytest.mark.parametrize("guidance", [1.0, 3.0])
@pytest.mark.parametrize("batch", [1, 4])
def test_the_tiny_model_says_the_same(tiny: Any, batch: int, guidance: float) -> None:
    ids, mask = noise.text(batch)
    expected = theirs(tiny, ids, mask, frames=48, guidance=guidance)
    assert len(expected.unique()) > 60  # a model stuck on one token would prove little
    assert torch.equal(ours(tiny, ids, mask, frames=48, guidance=guidance), expected)


@pytest.mark.slow
def test_the_tiny_model_says_the_same_at_full_length(tiny: Any) -> None:
    ids, mask = noise.text(1)
    expected = theirs(tiny, ids, mask, frames=500, guidance=3.0)
    assert torch.equal(ours(tiny, ids, mask, frames=500, guidance=3.0), expected)


@pytest.fixture(scope="module")
def small() -> Any:
    return noise.small(layers=1).double()


@pytest.mark.parametrize(("batch", "guidance"), [(1, 3.0), (4, 1.0)])
def test_the_small_architecture_says_the_same(small: Any, batch: int, guidance: float) -> None:
    ids, mask = noise.text(batch)
    expected = theirs(small, ids, mask, frames=61, guidance=guidance)  # 64 steps
    assert torch.equal(ours(small, ids, mask, frames=61, guidance=guidance), expected)


def test_after_a_long_text_it_says_the_same(tiny: Any) -> None:
    ids, mask = noise.text(2, length=70)  # too long to be multiplied out
    expected = theirs(tiny, ids, mask, frames=16, guidance=3.0)
    assert torch.equal(ours(tiny, ids, mask, frames=16, guidance=3.0), expected)


def test_stereo_says_the_same() -> None:
    model = noise.tiny(channels=2).double()
    ids, mask = noise.text(1)
    settings = {"do_sample": False, "guidance_scale": 3.0}
    # Left and right share a step, so the last of four codebooks comes one step late, not three.
    expected = noise.from_transformers(model, ids, mask, max_new_tokens=31, **settings)
    assert torch.equal(ours(model, ids, mask, frames=30, guidance=3.0), expected)


def test_in_single_precision_it_says_the_same() -> None:
    # Here the order of the sums does matter, by about 1e-6 of a logit. The seed is one at which
    # no two logits come so near, and a wrong term would be seen within a few frames.
    model = noise.tiny()
    ids, mask = noise.text(1)
    expected = theirs(model, ids, mask, frames=32, guidance=3.0)
    assert torch.equal(ours(model, ids, mask, frames=32, guidance=3.0), expected)


def test_fixed_spans_as_on_cuda_change_nothing(tiny: Any) -> None:
    ids, mask = noise.text(2)
    plain = ours(tiny, ids, mask, frames=16, guidance=3.0)
    fixed = ours(tiny, ids, mask, frames=16, guidance=3.0, fixed_spans=True)
    assert torch.equal(plain, fixed)


def test_what_was_rewound_says_the_same_again(tiny: Any) -> None:
    ids, mask = noise.text(1)
    decoding = Decoding(
        Decoder(tiny.decoder, precision="float32"), noise.memory(tiny, ids, mask), mask.bool(),
        frames=8, choice=Choice(3.0, 1.0, 250, None), seeds=[4],
    )  # fmt: skip
    said = []
    for _ in range(2):
        for _ in range(decoding.steps):
            decoding.step()
        said.append(decoding.columns.clone())
        decoding.rewind()
    assert decoding.done == 0
    assert torch.equal(said[0], said[1])
