"""Draw music from a MusicLM: a place from words, names from the place, tokens from both.

    text ──▶ place ──▶ names, one after the other ──▶ columns of the staircase, one after the other

Both transformers take single steps, with the keys and values of the steps before them kept, and
both are guided: a twin that is told nothing runs beside each item, and what the telling changes
is exaggerated.

References
----------
Agostinelli et al., MusicLM: Generating Music From Text (2023), section 3.4.
Ho and Salimans, Classifier-Free Diffusion Guidance (2022).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from ..errors import ParameterError
from ..models.musiclm import MusicLM, positions
from .catalogue import ModelInfo
from .decoding import Choice
from .player import Player
from .sampling import choose, draw_luck
from .settings import Settings
from .staircase import Staircase

GUIDANCE = 2.0
_LONGEST = 2048  # columns; it learned 503
_MOST_PIECES = 512
_TRIAL_S = 1.0


class Walk:
    """A transformer that takes single steps.

    Parameters
    ----------
    body : a `models.musiclm.Transformer`
    place : (M, place), one for each row
    steps : how many there will be
    """

    def __init__(self, body: Any, place: Tensor, *, steps: int) -> None:
        self._body, self._at = body, 0
        heads, width = body.layers[0].heads, body.place.out_features
        shape = (len(place), heads, steps, width // heads)
        with torch.inference_mode():
            self._place = body.place(place)
            self._past = [(place.new_empty(shape), place.new_empty(shape)) for _ in body.layers]
            self._positions = positions(torch.arange(steps, device=place.device), width)

    def step(self, x: Tensor) -> Tensor:
        """Go on by one step: (M, D) -> (M, D)."""
        at, self._at = self._at, self._at + 1
        x = x + self._place + self._positions[at]
        for layer, (keys, values) in zip(self._body.layers, self._past, strict=True):
            parts = layer.ask(layer.norms[0](x)).chunk(3, dim=1)
            q, k, v = (part.unflatten(1, (layer.heads, 1, -1)) for part in parts)  # (M, H, 1, D/H)
            keys[:, :, at : at + 1], values[:, :, at : at + 1] = k, v
            seen = scaled_dot_product_attention(q, keys[:, :, : at + 1], values[:, :, : at + 1])
            x = x + layer.tell(seen.flatten(1))
            x = x + layer.think(layer.norms[1](x))
        return self._body.norm(x)


def draw_names(model: MusicLM, place: Tensor, *, luck: Tensor, choice: Choice) -> Tensor:
    """Draw what happens: places (B, place) and luck (S, B) -> names, int64 (B, S)."""
    semantic, rows = model.semantic, _rows(choice)
    names = torch.full((len(place), 1 + len(luck)), semantic.start, device=place.device)
    walk = Walk(semantic.body, _twins(place, rows), steps=len(luck))
    with torch.inference_mode():
        for at, own in enumerate(luck):
            h = walk.step(semantic.embed(names[:, at]).repeat(rows, 1))
            names[:, at + 1] = _choose(semantic.head(_guide(h, choice)), own, choice)
    return names[:, 1:]


class MusicLMDecoding:
    """Names at places being turned into the codec's tokens, column by column.

    What is here and what it means is as in `decoding.Decoding`.

    Parameters
    ----------
    model : in evaluation mode
    names : int64 (B, S), enough for all frames
    place : (B, place)
    frames : how many to decode
    luck : (columns, B, K)
    choice : how tokens are chosen
    """

    def __init__(
        self,
        model: MusicLM,
        names: Tensor,
        place: Tensor,
        *,
        frames: int,
        luck: Tensor,
        choice: Choice,
    ) -> None:
        config = model.config
        if names.ndim != 2 or len(names) != len(place) or names.shape[1] * config.stride < frames:
            raise ParameterError(
                f"names have shape {tuple(names.shape)} and places {tuple(place.shape)}: they "
                f"must be (B, S) and (B, place) with the same B, and S names of {config.stride} "
                f"frames must last {frames}"
            )
        self._acoustic, self._choice, self._luck = model.acoustic, choice, luck
        self._place, self._rows = place, _rows(choice)
        self.staircase = Staircase.of(frames, n_codebooks=config.n_codebooks)
        self.steps, self.done = self.staircase.steps, 0
        B, K = len(names), config.n_codebooks
        with torch.inference_mode():
            self.columns = names.new_full((B, K, 1 + self.steps), model.acoustic.pad)
            self.logits = place.new_empty(self.steps, B, K, config.codebook_size)
            unnamed = torch.full_like(names, model.acoustic.unnamed)
            told = model.acoustic.tell(torch.cat([names, unnamed][: self._rows]))  # (M, S, D)
            lasting = (torch.arange(self.steps) // config.stride).clamp(max=names.shape[1] - 1)
            self._told = told[:, lasting.to(names.device)]  # (M, steps, D)
            self._open = self.staircase.open.to(names.device)
        self.rewind()

    def rewind(self) -> None:
        """Begin again; with the same luck, so with the same result."""
        place = _twins(self._place, self._rows)
        self._walk: Walk | None = Walk(self._acoustic.body, place, steps=self.steps)
        self.done = 0

    def step(self) -> None:
        """Decode one more column."""
        if self._walk is None:
            raise ParameterError("this decoding has let go of its memory: begin another")
        at = self.done
        with torch.inference_mode():
            heard = self._acoustic.hear(self.columns[:, :, at : at + 1])[:, 0]  # (B, D)
            h = self._walk.step(heard.repeat(self._rows, 1) + self._told[:, at])
            logits = self._acoustic.guess(_guide(h, self._choice)[:, None])[:, :, 0]  # (B, K, V)
            self.logits[at] = logits
            tokens = _choose(logits, self._luck[at], self._choice)
            opened = self._open[:, at + 1]
            self.columns[:, :, at + 1] = torch.where(opened, tokens, self._acoustic.pad)
        self.done += 1

    def let_go(self) -> None:
        """Give back the memory that only further steps would need."""
        self._walk = None

    @property
    def frames_done(self) -> int:
        """How many frames have all their tokens."""
        return self.staircase.complete(self.done)


class MusicLMPlayer(Player):
    """A loaded MusicLM.

    Parameters
    ----------
    model : in evaluation mode, on its device
    codec, tokenizer, info, weights_sha256 : as a `Player` takes them
    """

    def __init__(
        self,
        model: MusicLM,
        codec: Any,
        tokenizer: Callable[..., Any],
        *,
        info: ModelInfo,
        weights_sha256: str = "",
    ) -> None:
        super().__init__(
            codec,
            tokenizer,
            info=info,
            precision="float32",
            weights_sha256=weights_sha256,
            n_codebooks=model.config.n_codebooks,
            codebook_size=model.config.codebook_size,
            channels=1,
            longest=_LONGEST,
            guidance=GUIDANCE,
        )
        self._model, self.device = model, model.centres.device
        self.threads = self.quickest_threads(self._trial())

    def begin(self, prompts: list[str], settings: Settings, *, seeds: list[int]) -> MusicLMDecoding:
        """As `Player.begin`; all names are drawn here, which takes a tenth of the time."""
        frames = self.frames(settings.duration_s)
        with torch.inference_mode():
            place = self._model.text(*self.words(prompts, most=_MOST_PIECES))
        return self._at(place, frames, self.choice(settings), seeds)

    def _at(self, place: Tensor, frames: int, choice: Choice, seeds: list[int]) -> MusicLMDecoding:
        n_names, K = -(-frames // self._model.config.stride), self.n_codebooks
        luck = draw_luck(seeds, steps=n_names + frames + K - 1, n_codebooks=K).to(self.device)
        names = draw_names(self._model, place, luck=luck[:n_names, :, 0], choice=choice)
        return MusicLMDecoding(
            self._model, names, place, frames=frames, luck=luck[n_names:], choice=choice
        )

    def _trial(self) -> Callable[[], None]:
        """Return a step to measure threads with."""
        place = torch.zeros(1, self._model.config.place, device=self.device)
        decoding = self._at(place, self.frames(_TRIAL_S), self.choice(Settings(seed=0)), [0])

        def step() -> None:
            if decoding.done == decoding.steps:
                decoding.rewind()
            decoding.step()

        return step


def _rows(choice: Choice) -> int:
    """Return how many rows an item has: 2 where it is guided."""
    return 2 if choice.guidance > 1 else 1


def _twins(place: Tensor, rows: int) -> Tensor:
    """Put places of nothing below the others: (B, place) -> (rows B, place)."""
    return torch.cat([place, torch.zeros_like(place)][:rows])


def _guide(h: Tensor, choice: Choice) -> Tensor:
    """Mix an item with its twin, before the heads, which are linear: (M, D) -> (B, D)."""
    if choice.guidance <= 1:
        return h
    told, untold = h.chunk(2)
    return torch.lerp(untold, told, choice.guidance)


def _choose(logits: Tensor, luck: Tensor, choice: Choice) -> Tensor:
    return choose(
        logits, luck, temperature=choice.temperature, top_k=choice.top_k, top_p=choice.top_p
    )
