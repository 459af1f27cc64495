"""A MusicGen that is ready to play: text encoder, our decoder, codec, and what they are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..errors import ParameterError
from .catalogue import ModelInfo
from .decoder import Decoder
from .decoding import Choice, Decoding
from .products import Precision
from .settings import Settings
from .threads import quickest
from .voices import Voice, voice_for

_USUAL_GUIDANCE = 3.0  # MusicGen's own, where a model names none
_TRIAL_FRAMES = 64


class Model:
    """A loaded model. `load` makes one; anything that takes `model=` takes it too.

    Parameters
    ----------
    network : a `MusicgenForConditionalGeneration` on its device, in evaluation mode
    tokenizer : prompts (list of str) -> ``input_ids`` and ``attention_mask``, as transformers'
    info : its name and its licence
    precision : of the decoder's weights
    weights_sha256 : of the file that they came from
    consume : take the network's decoder apart, so that no weight is in memory twice

    Attributes
    ----------
    sr : Hz, of the sound
    frame_rate, n_codebooks, codebook_size, channels : frames a second, K, V, 1 or 2
    max_duration_s : the longest that the model can keep in mind
    guidance : what it was published with
    threads : CPU threads on which it decodes fastest here, measured once
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
        self.info, self.precision, self.weights_sha256 = info, precision, weights_sha256
        self._network, self._tokenizer = network, tokenizer
        self._decoder = Decoder(network.decoder, precision=precision, consume=consume)
        self.device = self._decoder.device
        codec = network.audio_encoder.config
        self.sr, self.frame_rate = int(codec.sampling_rate), int(codec.frame_rate)
        self.n_codebooks = self._decoder.n_codebooks
        self.codebook_size = self._decoder.codebook_size
        self.channels = self._decoder.channels
        most = self._decoder.max_columns - self.n_codebooks // self.channels
        self.max_duration_s = most / self.frame_rate
        self.guidance = float(network.generation_config.guidance_scale or _USUAL_GUIDANCE)
        self.threads = 1 if self.device.type == "cuda" else quickest(self._trial())

    def begin(self, prompts: list[str], settings: Settings, *, seeds: list[int]) -> Decoding:
        """Read the prompts and set memory aside, ready for the first step.

        Raises
        ------
        ParameterError
            A prompt or the duration is longer than the model can keep in mind.
        """
        frames = self.frames(settings.duration_s)
        memory, words = self.read(prompts)
        return Decoding(
            self._decoder, memory, words, frames=frames, choice=self.choice(settings), seeds=seeds
        )

    def frames(self, duration_s: float) -> int:
        """Return how many frames make up a duration, at least one."""
        if duration_s > self.max_duration_s:
            raise ParameterError(
                f"duration_s={duration_s:g} is more than {self.info.name} can keep in mind: "
                f"at most {self.max_duration_s:g} seconds"
            )
        return max(1, round(duration_s * self.frame_rate))

    def choice(self, settings: Settings) -> Choice:
        """Return how tokens are chosen, the guidance settled."""
        guidance = self.guidance if settings.guidance is None else float(settings.guidance)
        return Choice(guidance, float(settings.temperature), settings.top_k, settings.top_p)

    def voice(self) -> Voice:
        """Return a voice that turns this model's tokens into sound."""
        return voice_for(self._network.audio_encoder, channels=self.channels)

    def read(self, prompts: list[str]) -> tuple[Tensor, Tensor]:
        """Encode prompts: float (B, L, D), and bool (B, L) where there are words."""
        batch = self._tokenizer(prompts, padding=True, return_tensors="pt")
        ids, words = batch["input_ids"].to(self.device), batch["attention_mask"].to(self.device)
        most = getattr(self._network.config.text_encoder, "n_positions", None) or 512
        if ids.shape[1] > most:
            longest = max(prompts, key=len)
            raise ParameterError(
                f"the prompt of {len(longest)} characters is {ids.shape[1]} pieces of text, and "
                f"{self.info.name} reads at most {most}: a sentence or two is what it knows"
            )
        net = self._network
        with torch.inference_mode():
            memory = net.text_encoder(input_ids=ids, attention_mask=words).last_hidden_state
            if hasattr(net, "enc_to_dec_proj"):
                memory = net.enc_to_dec_proj(memory)
        return memory, words.bool()

    def unknown_words(self, prompt: str) -> list[str]:
        """Return the words of a prompt that the model has no piece for, such as an emoji."""
        unknown = getattr(self._tokenizer, "unk_token_id", None)
        words = prompt.split()
        pieces = [self._tokenizer([word])["input_ids"][0] for word in words]
        return [word for word, ids in zip(words, pieces, strict=True) if unknown in ids]

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

    def __repr__(self) -> str:
        return f"Model({self.info.name}, {self.precision} on {self.device}, {self.sr} Hz)"
