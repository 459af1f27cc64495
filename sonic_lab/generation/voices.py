"""Tokens to sound while tokens are still coming, so that the parts join to the whole.

A codec's decoder looks at frames on both sides of the one it plays. So a voice holds the newest
frames back until their neighbours are there, and decodes every part with its neighbourhood,
which is then cut off. There are no seams to fade over: each sample is the one that decoding
everything at once would give, but for rounding.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor


class Voice(Protocol):
    """Turns tokens into sound, part by part."""

    def push(self, codes: Tensor, *, final: bool) -> Tensor:
        """Return the sound that has become certain: (B, 1, n), n often 0.

        Parameters
        ----------
        codes : int64 (B, K, t), all tokens so far
        final : there will be no more, so nothing is held back
        """


def voice_for(codec: Any, *, channels: int = 1) -> Voice:
    """Return a voice that has said nothing yet.

    Parameters
    ----------
    codec : a `SonicCodecModel`, an ``EncodecModel``, or another with their ``decode``, which is
        then played all at once at the end, since nothing is known of its neighbourhood
    channels : 2 where a mono codec's codebooks alternate left and right
    """
    if channels == 2:
        return StereoVoice(voice_for(codec), voice_for(codec))
    if hasattr(codec, "decode_part"):
        return WindowVoice(codec)
    streams = getattr(codec.config, "model_type", "") == "encodec"
    # A norm over time, as in EnCodec at 48 kHz, needs all of it before the first sample is known.
    if streams and codec.config.norm_type == "weight_norm" and codec.config.chunk_length is None:
        return EncodecVoice(codec)
    return WholeVoice(codec)


class WindowVoice:
    """A codec whose frames depend on a known number of others on either side."""

    def __init__(self, codec: Any) -> None:
        self._codec, self._said = codec, 0

    def push(self, codes: Tensor, *, final: bool) -> Tensor:
        """As `Voice.push`."""
        total = codes.shape[-1]
        sure = total if final else total - self._codec.config.context_frames
        if sure <= self._said:
            return codes.new_zeros(len(codes), 1, 0, dtype=torch.float32)
        start, self._said = self._said, sure
        return self._codec.decode_part(codes[None], start, sure)


class EncodecVoice:
    """EnCodec: a convolution, an LSTM that remembers everything, then convolutions.

    The LSTM's memory is carried from part to part, and only what comes before and after it is
    decoded with a neighbourhood.
    """

    def __init__(self, codec: Any) -> None:
        self._quantizer = codec.quantizer
        self._enter, self._lstm, *self._rest = codec.decoder.layers
        config = codec.config
        self._hop = int(codec.config.hop_length)
        reach = config.kernel_size - 1
        self._before = reach if config.use_causal_conv else reach - reach // 2
        self._after = 0 if config.use_causal_conv else reach // 2
        self._context = _frames_seen_beyond_the_lstm(config)
        self._memory: Any = None
        self._remembered: Tensor | None = None  # after the LSTM, (B, C, frames)
        self._said = 0

    def push(self, codes: Tensor, *, final: bool) -> Tensor:
        """As `Voice.push`."""
        states = self._remember(codes, final)
        sure = states.shape[-1] - (0 if final else self._context)
        if sure <= self._said:
            return codes.new_zeros(len(codes), 1, 0, dtype=torch.float32)
        first = max(0, self._said - self._context)
        x = states[..., first:]
        for layer in self._rest:
            x = layer(x)
        start, self._said = self._said, sure
        return x[..., (start - first) * self._hop : (sure - first) * self._hop]

    def _remember(self, codes: Tensor, final: bool) -> Tensor:
        known = 0 if self._remembered is None else self._remembered.shape[-1]
        total = codes.shape[-1]
        sure = total if final else max(known, total - self._after)
        # At the very start and end the convolution mirrors what it sees, and wants enough of it.
        if sure > known and (final or total > self._before + self._after):
            first = max(0, known - self._before)
            latents = self._quantizer.decode(codes[..., first:].transpose(0, 1))
            x = self._enter(latents)[..., known - first : sure - first].permute(2, 0, 1)
            heard, self._memory = self._lstm.lstm(x, self._memory)
            x = (heard + x).permute(1, 2, 0)
            parts = [x] if self._remembered is None else [self._remembered, x]
            self._remembered = torch.cat(parts, dim=-1)
        if self._remembered is None:
            return torch.zeros(len(codes), 1, 0, device=codes.device)
        return self._remembered


class StereoVoice:
    """Two voices, whose codebooks alternate; gives (B, 2, n)."""

    def __init__(self, left: Voice, right: Voice) -> None:
        self._left, self._right = left, right

    def push(self, codes: Tensor, *, final: bool) -> Tensor:
        """As `Voice.push`."""
        sides = (self._left, codes[:, 0::2]), (self._right, codes[:, 1::2])
        return torch.cat([voice.push(part, final=final) for voice, part in sides], dim=1)


class WholeVoice:
    """Any other codec: silent until the end."""

    def __init__(self, codec: Any) -> None:
        self._codec = codec

    def push(self, codes: Tensor, *, final: bool) -> Tensor:
        """As `Voice.push`."""
        if not final:
            return codes.new_zeros(len(codes), 1, 0, dtype=torch.float32)
        return self._codec.decode(codes[None], [None]).audio_values


def _frames_seen_beyond_the_lstm(config: Any) -> int:
    """Count the frames on a side that a sample depends on, from the last layer back to the LSTM.

    A causal model looks back twice as far and not ahead; counting its whole reach covers both.
    """
    reach = config.last_kernel_size - 1
    for ratio in reversed(config.upsampling_ratios):
        for layer in range(config.num_residual_layers):
            reach += (config.residual_kernel_size - 1) * config.dilation_growth_rate**layer
        reach = -(-reach // ratio) + 1  # a transposed convolution spreads a frame over two
    return int(reach)
