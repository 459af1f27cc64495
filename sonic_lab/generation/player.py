"""What every loaded model is to those who use it, whichever architecture it has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor

from ..errors import ParameterError
from .settings import Settings
from .threads import quickest
from .voices import Voice, voice_for

if TYPE_CHECKING:
    from .catalogue import ModelInfo
    from .decoding import Choice
    from .products import Precision
    from .staircase import Staircase


_QUICK_ENOUGH = 2  # times real time; more threads than that takes are better left to others


class Columns(Protocol):
    """A batch whose columns are being decoded, as `decoding.Decoding` describes it."""

    staircase: Staircase
    columns: Tensor
    logits: Tensor
    steps: int
    done: int

    @property
    def frames_done(self) -> int:
        """How many frames have all their tokens."""

    def step(self) -> None:
        """Decode one more column."""

    def rewind(self) -> None:
        """Begin again."""

    def let_go(self) -> None:
        """Give back the memory that only further steps would need."""


class Player(ABC):
    """A loaded model. `load` makes one; anything that takes `model=` takes it too.

    Parameters
    ----------
    codec : turns tokens into sound
    tokenizer : prompts (list of str) -> ``input_ids`` and ``attention_mask``, as transformers'
    info : its name and its licence
    precision : of the weights that are read at every step
    weights_sha256 : of the file that they came from
    n_codebooks, codebook_size, channels : K, V, 1 or 2
    longest : columns of the longest sequence
    guidance : what it was published with

    Attributes
    ----------
    sr : Hz, of the sound
    frame_rate : frames a second
    max_duration_s : the longest that the model can keep in mind
    device : where it computes
    threads : CPU threads on which it decodes: one where that is quick enough, else the fastest
    """

    device: torch.device
    threads: int

    def __init__(
        self,
        codec: Any,
        tokenizer: Callable[..., Any],
        *,
        info: ModelInfo,
        precision: Precision,
        weights_sha256: str,
        n_codebooks: int,
        codebook_size: int,
        channels: int,
        longest: int,
        guidance: float,
    ) -> None:
        self.info, self.precision, self.weights_sha256 = info, precision, weights_sha256
        self._codec, self._tokenizer = codec, tokenizer
        self.sr, self.frame_rate = int(codec.config.sampling_rate), int(codec.config.frame_rate)
        self.n_codebooks, self.codebook_size, self.channels = n_codebooks, codebook_size, channels
        self.max_duration_s = (longest - n_codebooks // channels) / self.frame_rate
        self.guidance = guidance

    @abstractmethod
    def begin(self, prompts: list[str], settings: Settings, *, seeds: list[int]) -> Columns:
        """Read the prompts and set memory aside, ready for the first step.

        Raises
        ------
        ParameterError
            A prompt or the duration is longer than the model can keep in mind.
        """

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
        from .decoding import Choice

        guidance = self.guidance if settings.guidance is None else float(settings.guidance)
        return Choice(guidance, float(settings.temperature), settings.top_k, settings.top_p)

    def quickest_threads(self, step: Callable[[], None]) -> int:
        """Return how many CPU threads `step`, which decodes a column, should have."""
        if self.device.type == "cuda":
            return 1
        return quickest(step, enough_s=1 / (_QUICK_ENOUGH * self.frame_rate))

    def voice(self) -> Voice:
        """Return a voice that turns this model's tokens into sound."""
        return voice_for(self._codec, channels=self.channels)

    def words(self, prompts: list[str], *, most: int) -> tuple[Tensor, Tensor]:
        """Cut prompts into at most so many pieces: int64 (B, L), and 1 where there is one."""
        batch = self._tokenizer(prompts, padding=True, return_tensors="pt")
        ids, mask = batch["input_ids"].to(self.device), batch["attention_mask"].to(self.device)
        if ids.shape[1] > most:
            longest = max(prompts, key=len)
            raise ParameterError(
                f"the prompt of {len(longest)} characters is {ids.shape[1]} pieces of text, and "
                f"{self.info.name} reads at most {most}: a sentence or two is what it knows"
            )
        return ids, mask

    def unknown_words(self, prompt: str) -> list[str]:
        """Return the words of a prompt that the model has no piece for, such as an emoji."""
        unknown = getattr(self._tokenizer, "unk_token_id", None)
        words = prompt.split()
        pieces = [self._tokenizer([word])["input_ids"][0] for word in words]
        return [word for word, ids in zip(words, pieces, strict=True) if unknown in ids]

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}({self.info.name}, {self.precision} on {self.device}, {self.sr} Hz)"
