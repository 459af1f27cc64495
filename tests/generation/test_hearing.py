"""Attention to a text, multiplied out or not, is that of transformers' module."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from sonic_lab.generation.hearing import Ear
from tests.generation import noise


@pytest.fixture(scope="module")
def attention() -> Any:
    """A layer's attention to the text: 4 heads of 64, so 64 pieces of text are many."""
    return noise.tiny().double().decoder.model.decoder.layers[0].encoder_attn


def text(batch: int, length: int) -> tuple[Tensor, Tensor]:
    """Return what is read, and where there are words: fewer of them in later rows."""
    memory = torch.randn(batch, length, 256, generator=torch.Generator().manual_seed(0)).double()
    there = torch.arange(length) < length - torch.arange(batch)[:, None]
    return memory * there[..., None], there


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("length", [4, 20, 70])
def test_rows_hear_what_the_module_gives(attention: Any, batch: int, length: int) -> None:
    memory, there = text(batch, length)
    rows = torch.randn(batch, 256, generator=torch.Generator().manual_seed(1)).double()
    closed = torch.zeros(there.shape).double().masked_fill(~there, -torch.inf)[:, None, None]
    with torch.inference_mode():
        expected = attention(rows[:, None], key_value_states=memory, attention_mask=closed)[0]
        heard = Ear(attention, torch.float64, precision="float32").read(memory, there)(rows)
    assert torch.allclose(heard, expected[:, 0], atol=1e-12)  # the same sums in double precision


def test_a_row_is_deaf_to_the_texts_of_others(attention: Any) -> None:
    memory, there = text(3, 4)
    rows = torch.randn(3, 256, generator=torch.Generator().manual_seed(2)).double()
    ear = Ear(attention, torch.float64, precision="float32")
    with torch.inference_mode():
        before = ear.read(memory, there)(rows)
        memory[1] += 1
        after = ear.read(memory, there)(rows)
    assert torch.equal(before[[0, 2]], after[[0, 2]])
    assert not torch.equal(before[1], after[1])
