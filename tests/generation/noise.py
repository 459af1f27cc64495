"""MusicGens with random weights: they make noise, by the same sums as the real ones."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from sonic_lab.models.musicgen import random_model, tiny_config


def tiny(*, channels: int = 1, seed: int = 0) -> Any:
    """Return the bundled model's architecture, with a codec whose codebooks are not all zero."""
    config = tiny_config()
    if channels == 2:
        config.decoder.audio_channels = 2
    return lively(random_model(config, seed=seed))


def small(*, layers: int) -> Any:
    """Return musicgen-small's decoder with fewer layers, and a text encoder and codec of our own.

    Width, heads, feed-forward and codebooks are those of facebook/musicgen-small; what is left
    out changes the time a test takes and nothing of the decoding.
    """
    config = tiny_config()
    decoder = config.decoder
    decoder.hidden_size, decoder.num_attention_heads, decoder.ffn_dim = 1024, 16, 4096
    decoder.num_hidden_layers = layers
    decoder.vocab_size = 2048
    decoder.pad_token_id = decoder.bos_token_id = 2048
    config.audio_encoder.codebook_size = 2048
    return lively(random_model(config))


def lively(model: Any) -> Any:
    """Fill the codebooks, which an untrained codec leaves at zero, so that tokens are heard."""
    stir(model.audio_encoder)
    return model


@torch.no_grad()
def stir(codec: Any) -> Any:
    """Give a codec, ours or EnCodec, codebooks of random vectors."""
    luck = torch.Generator().manual_seed(1)
    quantizer = codec.quantizer
    layers = getattr(quantizer, "layers", [])
    for book in [layer.codebook.embed for layer in layers] or [quantizer.codebooks]:
        book.copy_(torch.randn(book.shape, generator=luck))
    return codec


def text(batch: int, length: int = 9) -> tuple[Tensor, Tensor]:
    """Return made-up prompts and their mask, padded where there is more than one: (B, L) each."""
    luck = torch.Generator().manual_seed(2)
    ids = torch.randint(3, 1000, (batch, length), generator=luck)
    mask = torch.ones_like(ids)
    for row in range(1, batch):
        mask[row, length - 2 * row :] = 0
    return ids, mask


def from_transformers(model: Any, ids: Tensor, mask: Tensor, **settings: Any) -> Tensor:
    """Return the tokens (B, K, T) that `transformers` generates, before they become sound."""
    heard: list[Tensor] = []

    def listen(codes: Tensor, **_: Any) -> Any:
        heard.append(codes[0].clone())
        return type("Sound", (), {"audio_values": torch.zeros(len(ids), 1, 1)})

    model.audio_encoder.decode = listen
    try:
        model.generate(input_ids=ids, attention_mask=mask, **settings)
    finally:
        del model.audio_encoder.decode
    if len(heard) == 2:  # stereo is decoded one side after the other, and alternates in the tokens
        return torch.stack(heard, dim=2).flatten(1, 2)
    return heard[0]


def memory(model: Any, ids: Tensor, mask: Tensor) -> Tensor:
    """Return what the decoder reads: (B, L, D)."""
    with torch.inference_mode():
        states = model.text_encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return model.enc_to_dec_proj(states)
