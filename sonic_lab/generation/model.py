"""A MusicGen that is ready to play: text encoder, our decoder, codec, and what they are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from .catalogue import ModelInfo
from .decoder import Decoder
from .decoding import Choice, Decoding
from .player import Player
from .products import Precision
from .settings import Settings

_USUAL_GUIDANCE = 3.0  # MusicGen's own, where a model names none
_TRIAL_FRAMES = 64


class Model(Player):
    """A loaded MusicGen.

    Parameters
    ----------
    network : a `MusicgenForConditionalGeneration` on its device, in evaluation mode
    tokenizer, info, precision, weights_sha256 : as a `Player` takes them
    consume : take the network's decoder apart, so that no weight is in memory twice
    """

    def __init__(
        self,
        network: Any,
        tokenizer: Callable[..., Any],
        *,
        info: ModelInfo,
        precision: Precision = "float32",
        weights_sha256: str = "",
        consume: bool = False,
    ) -> None:
        self._network = network
        self._decoder = Decoder(network.decoder, precision=precision, consume=consume)
        self.device = self._decoder.device
        super().__init__(
            network.audio_encoder,
            tokenizer,
            info=info,
            precision=precision,
            weights_sha256=weights_sha256,
            n_codebooks=self._decoder.n_codebooks,
            codebook_size=self._decoder.codebook_size,
            channels=self._decoder.channels,
            longest=self._decoder.max_columns,
            guidance=float(network.generation_config.guidance_scale or _USUAL_GUIDANCE),
        )
        self.threads = self.quickest_threads(self._trial())

    def begin(self, prompts: list[str], settings: Settings, *, seeds: list[int]) -> Decoding:
        """As `Player.begin`."""
        frames = self.frames(settings.duration_s)
        memory, words = self.read(prompts)
        return Decoding(
            self._decoder, memory, words, frames=frames, choice=self.choice(settings), seeds=seeds
        )

    def read(self, prompts: list[str]) -> tuple[Tensor, Tensor]:
        """Encode prompts: float (B, L, D), and bool (B, L) where there are words."""
        net = self._network
        most = getattr(net.config.text_encoder, "n_positions", None) or 512
        ids, words = self.words(prompts, most=most)
        with torch.inference_mode():
            memory = net.text_encoder(input_ids=ids, attention_mask=words).last_hidden_state
            if hasattr(net, "enc_to_dec_proj"):
                memory = net.enc_to_dec_proj(memory)
        return memory, words.bool()

    def _trial(self) -> Callable[[], None]:
        """Return a step to measure threads with: guided, with a second of past."""
        width = self._decoder.width
        decoding = Decoding(
            self._decoder,
            torch.zeros(1, 8, width, device=self.device),
            torch.ones(1, 8, dtype=torch.bool, device=self.device),
            frames=_TRIAL_FRAMES,
            choice=Choice(self.guidance, 1.0, 250, None),
            seeds=[0],
        )

        def step() -> None:
            if decoding.done == decoding.steps:
                decoding.rewind()
            decoding.step()

        return step
