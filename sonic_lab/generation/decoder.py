"""MusicGen's decoder, one column at a time, over the weights of transformers' module.

The same sums as `MusicgenForCausalLM`, laid out for decoding: one product where the module has
three (query, key and value), or K (the heads); one table where it has K (the embeddings); keys
and values in memory that is set aside once; and what depends on the text alone computed once.

One step, for B items, guided or not:

    tokens (B, K, 1) ─tables─▶ x (M, D), M = B, or 2B with the unguided twins below
    each layer:  x += self-attention over the columns so far
                 x += attention to the text, in the first B rows alone
                 x += feed forward
    ─▶ (M, D) ─guidance─▶ (B, D) ─heads─▶ logits (B, K, V)

Two savings are exact, not approximate. A twin's text is all zeros, and these layers have no
biases, so what it would add is zero. And the heads are linear, so guidance may mix the twins
before them rather than after, which halves the largest product.

References
----------
Copet et al., Simple and Controllable Music Generation (2023).
Ho and Salimans, Classifier-Free Diffusion Guidance (2022).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import layer_norm, scaled_dot_product_attention
from transformers.activations import GELUActivation

from ..errors import ParameterError
from .hearing import Ear, Hearing
from .products import Precision, make_product


class Norm:
    """Layer normalisation with the gain and offset of a module."""

    def __init__(self, module: Any, dtype: torch.dtype) -> None:
        self.shape, self.eps = module.normalized_shape, module.eps
        self.gain, self.offset = module.weight.data.to(dtype), module.bias.data.to(dtype)

    def __call__(self, x: Tensor) -> Tensor:
        return layer_norm(x, self.shape, self.gain, self.offset, self.eps)


class Layer:
    """One layer: its products, fused."""

    def __init__(self, module: Any, dtype: torch.dtype, **product: Any) -> None:
        own = module.self_attn
        self.heads = own.num_heads
        self.own_norm = Norm(module.self_attn_layer_norm, dtype)
        fused = torch.cat([own.q_proj.weight, own.k_proj.weight, own.v_proj.weight])
        self.own_qkv = make_product(fused.data, **product)
        self.own_out = make_product(own.out_proj.weight.data, **product)
        self.text_norm = Norm(module.encoder_attn_layer_norm, dtype)
        self.ear = Ear(module.encoder_attn, dtype, **product)
        self.wide_norm = Norm(module.final_layer_norm, dtype)
        self.widen = make_product(module.fc1.weight.data, **product)
        self.bend = _quick(module.activation_fn, first=fused)
        self.narrow = make_product(module.fc2.weight.data, **product)

    def __call__(
        self,
        x: Tensor,
        past: Tensor,
        at: Tensor,
        span: int,
        reach: Tensor | None,
        hear: Hearing,
        told: int,
    ) -> Tensor:
        """Add to x (M, D) what this layer says; write keys and values into past[:, :, :, at]."""
        M, D = x.shape
        H = self.heads
        qkv = self.own_qkv(self.own_norm(x)).reshape(M, 3, H, 1, D // H)
        past.index_copy_(3, at, qkv[:, 1:])  # past is (M, 2, H, columns, D/H)
        keys, values = past[:, :, :, :span].unbind(1)
        seen = scaled_dot_product_attention(qkv[:, 0], keys, values, attn_mask=reach)
        x = x + self.own_out(seen.reshape(M, D))

        asked = x[:told]
        asked += hear(self.text_norm(asked))  # in x, of which it is a part

        return x.add_(self.narrow(self.bend(self.widen(self.wide_norm(x)))))


class Decoder:
    """The decoder of a MusicGen, ready to take single steps.

    Parameters
    ----------
    module : a `MusicgenForCausalLM`
    precision : of the weights, see `make_product`
    rows : how many rows a step will usually have
    consume : take the module apart while its weights are fused, so that a large one is never in
        memory twice; it is of no use afterwards

    Attributes
    ----------
    n_codebooks, codebook_size, pad, width, channels : K, V, the token that is no token, D, and 2
        for stereo
    max_columns : how long a sequence the model was made for
    """

    def __init__(
        self, module: Any, *, precision: Precision, rows: int = 2, consume: bool = False
    ) -> None:
        body, config = module.model.decoder, module.config
        first = body.embed_tokens[0].weight
        self.device = first.device
        self.dtype = _row_dtype(first, precision)
        self.n_codebooks, self.codebook_size = config.num_codebooks, config.vocab_size
        self.width, self.heads = config.hidden_size, config.num_attention_heads
        self.channels = getattr(config, "audio_channels", 1)
        self.max_columns = config.max_position_embeddings
        self.pad = config.pad_token_id
        product = {"precision": precision, "rows": rows}
        with torch.inference_mode():
            self.table = torch.cat([e.weight.data.to(self.dtype) for e in body.embed_tokens])
            starts = torch.arange(self.n_codebooks, device=self.device)
            self.starts = starts * (self.codebook_size + 1)
            places = body.embed_positions.get_embedding(self.max_columns, self.width)
            self.places = places.to(self.device, self.dtype)  # (columns, D)
            self.norm = Norm(body.layer_norm, self.dtype)
            heads = torch.cat([head.weight.data for head in module.lm_heads])
            self.to_logits = make_product(heads, precision=precision, rows=max(1, rows // 2))
            self.layers = []
            for index in range(len(body.layers)):
                self.layers.append(Layer(body.layers[index], self.dtype, **product))
                if consume:
                    body.layers[index] = torch.nn.Identity()

    def read(self, memory: Tensor, there: Tensor) -> list[Hearing]:
        """Read texts (B, L, D), with words where `there` (B, L): how each layer hears them."""
        return [layer.ear.read(memory.to(self.dtype), there) for layer in self.layers]

    def blank_past(self, rows: int, columns: int) -> list[Tensor]:
        """Set aside each layer's keys and values: (M, 2, H, columns, D/H)."""
        shape = (rows, 2, self.heads, columns, self.width // self.heads)
        # Zeros, since a masked place is multiplied by zero, and NaN times zero is NaN.
        return [
            torch.zeros(shape, dtype=self.dtype, device=self.device)
            for _ in range(len(self.layers))
        ]

    def embed(self, tokens: Tensor, at: Tensor) -> Tensor:
        """Sum the codebooks' embeddings and the place's: (B, K, 1) -> (B, D)."""
        rows = self.table[tokens[:, :, 0] + self.starts]  # (B, K, D)
        return rows.sum(1) + self.places.index_select(0, at)

    def step(
        self,
        x: Tensor,
        past: list[Tensor],
        text: list[Hearing],
        told: int,
        *,
        at: Tensor,
        span: int,
        reach: Tensor | None = None,
    ) -> Tensor:
        """Take one column through all layers: (M, D) -> (M, D).

        Parameters
        ----------
        x : from `embed`
        past : from `blank_past`, with the columns before this one filled in; this one is added
        text : from `read`, of B items
        told : B; the first B of the M rows attend to the text
        at : int64 (1,), the column's number
        span : how many columns to look at, from the first
        reach : bool (1, span), which of them exist yet; None is all
        """
        for layer, columns, hear in zip(self.layers, past, text, strict=True):
            x = layer(x, columns, at, span, reach, hear, told)
        return self.norm(x)

    def logits(self, x: Tensor) -> Tensor:
        """Return (B, K, V), in float32, from what `step` gave."""
        return self.to_logits(x).float().reshape(len(x), self.n_codebooks, self.codebook_size)


def _quick(activation: Any, *, first: Tensor) -> Callable[[Tensor], Tensor]:
    """Return the activation, by plain operations where torch's own takes its time to wake up."""
    on_cpu = first.device.type == "cpu"
    return _gelu if on_cpu and isinstance(activation, GELUActivation) else activation


def _gelu(x: Tensor) -> Tensor:
    return torch.special.ndtr(x).mul_(x)  # x times the chance that a normal number is below x


def _row_dtype(weight: Tensor, precision: Precision) -> torch.dtype:
    if weight.dtype == torch.float64:
        return torch.float64  # only tests ask for that, to compare without rounding
    if weight.device.type == "cpu":
        return torch.float32
    if not hasattr(torch, precision):
        raise ParameterError(f"precision={precision!r} is for CPUs; CUDA takes 'bfloat16'")
    return getattr(torch, precision)
