"""MusicGen in small: a language model over a codec's tokens that reads a line of text.

Nothing here is a network of our own: the model *is* `transformers`'
`MusicgenForConditionalGeneration`, so the code that loads ``facebook/musicgen-small`` loads ours.
What is ours is its size, the words it knows (`pieces`), its training (``tools/train/musicgen.py``)
and the codec whose tokens it speaks.

    text  ──T5 encoder──▶ (B, L, D) ──cross-attention──┐
    codes (B, K, T) ──delay──▶ (B, K, T + K - 1) ──▶ decoder ──▶ K heads: (B, K, T + K - 1, V)

References
----------
Copet et al., Simple and Controllable Music Generation (2023), section 2 and figure 1.
Ho and Salimans, Classifier-Free Diffusion Guidance (2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..errors import ParameterError
from .codec import SonicCodecConfig
from .quiet import quietly

if TYPE_CHECKING:
    from transformers import MusicgenConfig, MusicgenForConditionalGeneration, PretrainedConfig


@dataclass(frozen=True)
class MusicgenSize:
    """How large a MusicGen is.

    Attributes
    ----------
    width, layers, heads, hidden : of the decoder; `hidden` is inside its feed-forward blocks
    text_width, text_layers, text_heads, text_hidden : of the T5 encoder
    vocabulary : pieces that the tokenizer knows
    n_codebooks : how many of the codec's codebooks are spoken, the coarsest first
    codebook_size : entries of each; the next number is the pad that fills the staircase's holes
    """

    width: int = 256
    layers: int = 5
    heads: int = 4
    hidden: int = 1024
    text_width: int = 192
    text_layers: int = 2
    text_heads: int = 3
    text_hidden: int = 512
    vocabulary: int = 1024
    n_codebooks: int = 4
    codebook_size: int = 1024

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not isinstance(value, int) or value < 1:
                raise ParameterError(f"{name}={value!r} must be a positive integer")
        for width, heads in ((self.width, self.heads), (self.text_width, self.text_heads)):
            if width % heads:
                raise ParameterError(f"{heads} heads do not divide a width of {width}")


def tiny_config(
    size: MusicgenSize | None = None, *, codec: PretrainedConfig | None = None
) -> MusicgenConfig:
    """Return the configuration of a tiny MusicGen.

    Parameters
    ----------
    size : how large; `MusicgenSize()`, the bundled one, if None
    codec : configuration of the codec that turns tokens into sound; Sonic Lab's own if None

    Examples
    --------
    >>> config = tiny_config()
    >>> config.audio_encoder.sampling_rate, config.decoder.num_codebooks
    (16000, 4)
    """
    from transformers import MusicgenConfig, MusicgenDecoderConfig, T5Config

    size = size or MusicgenSize()
    text = T5Config(
        vocab_size=size.vocabulary,
        d_model=size.text_width,
        d_kv=size.text_width // size.text_heads,
        d_ff=size.text_hidden,
        num_layers=size.text_layers,
        num_heads=size.text_heads,
        feed_forward_proj="gated-gelu",
        dropout_rate=0.0,
    )
    with quietly():  # that the pad is no entry of a codebook is MusicGen's way, and worries it
        decoder = MusicgenDecoderConfig(
            vocab_size=size.codebook_size,
            hidden_size=size.width,
            num_hidden_layers=size.layers,
            num_attention_heads=size.heads,
            ffn_dim=size.hidden,
            num_codebooks=size.n_codebooks,
            pad_token_id=size.codebook_size,
            bos_token_id=size.codebook_size,
            dropout=0.0,
        )
    codec = SonicCodecConfig() if codec is None else codec
    for part in (text, codec, decoder):
        part.dtype = "float32"  # stored in 16 bits, computed in 32: a CPU has no fast float16
    with quietly():
        config = MusicgenConfig(text_encoder=text, audio_encoder=codec, decoder=decoder)
    config.dtype = "float32"
    return config


def random_model(
    config: MusicgenConfig | None = None, *, seed: int = 0
) -> MusicgenForConditionalGeneration:
    """Build a MusicGen with random weights, ready to generate (noise).

    Torch's global luck is left as it was. The generation settings are those of the bundled model:
    ten seconds, sampled, guided.

    Parameters
    ----------
    config : as `tiny_config` returns it, or that of any MusicGen; `tiny_config()` if None
    seed : luck of the weights
    """
    from transformers import MusicgenForConditionalGeneration

    config = tiny_config() if config is None else config
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        with quietly():
            model = MusicgenForConditionalGeneration(config).eval()
    pad = model.decoder.config.pad_token_id
    settings = model.generation_config
    settings.update(pad_token_id=pad, bos_token_id=pad, decoder_start_token_id=pad)
    settings.update(do_sample=True, guidance_scale=3.0, max_length=503)
    return model


def delay(codes: Tensor, *, pad: int) -> Tensor:
    """Lay codes out as a staircase: codebook k comes k steps late.

    So the model chooses the four codes of one frame one after the other, each knowing those
    before it, and yet takes one step a frame rather than four.

    Parameters
    ----------
    codes : int64 (B, K, T)
    pad : what fills the holes at both ends

    Returns
    -------
    int64 (B, K, T + K - 1)

    Examples
    --------
    >>> delay(torch.tensor([[[1, 2, 3], [4, 5, 6]]]), pad=0)
    tensor([[[1, 2, 3, 0],
             [0, 4, 5, 6]]])
    """
    _check_codes(codes)
    B, K, T = codes.shape
    stairs = codes.new_full((B, K, T + K - 1), pad)
    for k in range(K):
        stairs[:, k, k : k + T] = codes[:, k]
    return stairs


def undelay(stairs: Tensor) -> Tensor:
    """Straighten a staircase: (B, K, T + K - 1) -> (B, K, T), what `delay` was given.

    Raises
    ------
    ParameterError
        It is too short for its number of codebooks, or no tensor of integers.
    """
    _check_codes(stairs)
    K, T = stairs.shape[1], stairs.shape[2] - stairs.shape[1] + 1
    if T < 1:
        raise ParameterError(f"{stairs.shape[2]} steps hold no whole frame of {K} codebooks")
    return torch.stack([stairs[:, k, k : k + T] for k in range(K)], dim=1)


def _check_codes(codes: Tensor) -> None:
    if not isinstance(codes, Tensor) or codes.ndim != 3 or codes.is_floating_point():
        shape = getattr(codes, "shape", type(codes).__name__)
        raise ParameterError(f"codes must be a tensor of integers (B, K, T), not {shape}")
