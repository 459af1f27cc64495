"""What a decoder hears of a text: attention whose keys and values stay as they are.

One head of width d, with keys K and values V of a text of L pieces, (L, d) each, gives a row x

    softmax(x Wq' K' / √d) V Wo'        x is (1, D), and ' turns a matrix

What stands on either side of the softmax does not depend on x. So it is multiplied out when the
text is read, to questions (D, L) and answers (L, D) for each of the H heads. Where H L < D, which
is where a text is shorter than a head is wide, they are smaller than the D × D of Wq and Wo, which
a step then need not read. This is exact, but for rounding. Longer texts are heard the usual way.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear, scaled_dot_product_attention

from .products import Product, make_product

Hearing = Callable[[Tensor], Tensor]
"""What rows (B, D) hear, each of its own text: (B, D)."""


class Ear:
    """The attention of one layer to the text.

    Parameters
    ----------
    module : a `MusicgenAttention`
    dtype : of rows, and on CUDA of weights too
    product : the keywords of `make_product`, for the usual way
    """

    def __init__(self, module: Any, dtype: torch.dtype, **product: Any) -> None:
        self._heads, self._product = module.num_heads, product
        both = torch.cat([module.k_proj.weight, module.v_proj.weight])  # (2D, D)
        weights = (module.q_proj.weight, both, module.out_proj.weight)
        on_cpu = both.device.type == "cpu"
        self._q, self._kv, self._out = (w.data if on_cpu else w.data.to(dtype) for w in weights)

    def read(self, memory: Tensor, there: Tensor) -> Hearing:
        """Read texts, float (B, L, D), that have words where `there`, bool (B, L)."""
        B, L, D = memory.shape
        exact = torch.promote_types(memory.dtype, torch.float32)
        both = linear(memory.to(exact), self._kv.to(exact)).unflatten(2, (2, self._heads, -1))
        keys, values = both.permute(2, 0, 3, 1, 4)  # (B, H, L, d) each
        if B * L * self._heads < D:
            return _Folded(
                keys, values, self._q.to(exact), self._out.to(exact), there, memory.dtype
            )
        keys, values = keys.to(memory.dtype).contiguous(), values.to(memory.dtype).contiguous()
        return _Usual(keys, values, *self._products, there[:, None, None])

    @cached_property
    def _products(self) -> tuple[Product, Product]:
        """What rows ask and how they are answered, made where a text is long enough to need it."""
        return make_product(self._q, **self._product), make_product(self._out, **self._product)


class _Folded:
    """All texts lie end to end, so that one product asks them all; a row is deaf to the others'."""

    def __init__(
        self,
        keys: Tensor,
        values: Tensor,
        q: Tensor,
        out: Tensor,
        there: Tensor,
        dtype: torch.dtype,
    ) -> None:
        B, H, L, d = keys.shape
        ask = keys.transpose(0, 1).flatten(1, 2) @ q.unflatten(0, (H, d))  # (H, BL, D)
        tell = values.transpose(0, 1).flatten(1, 2) @ out.t().unflatten(0, (H, d))  # (H, BL, D)
        own = torch.eye(B, dtype=torch.bool, device=there.device)[:, :, None] & there  # (B, B, L)
        deaf = torch.where(own.flatten(1), 0.0, -torch.inf).repeat(1, H)  # (B, HBL)
        self._questions = (ask.flatten(0, 1) * d**-0.5).t().to(dtype)  # (D, HBL)
        self._answers, self._deaf = tell.flatten(0, 1).to(dtype), deaf.to(dtype)
        self._by_head = (B, H, B * L)

    def __call__(self, rows: Tensor) -> Tensor:
        asked = torch.addmm(self._deaf, rows, self._questions)
        share = torch.softmax(asked.view(self._by_head), dim=-1)
        return torch.mm(share.view(asked.shape), self._answers)


class _Usual:
    def __init__(
        self, keys: Tensor, values: Tensor, q: Product, out: Product, mask: Tensor
    ) -> None:
        self._keys, self._values, self._q, self._out, self._mask = keys, values, q, out, mask

    def __call__(self, rows: Tensor) -> Tensor:
        B, H, _, d = self._keys.shape
        q = self._q(rows).reshape(B, H, 1, d)
        heard = scaled_dot_product_attention(q, self._keys, self._values, attn_mask=self._mask)
        return self._out(heard.reshape(B, H * d))
