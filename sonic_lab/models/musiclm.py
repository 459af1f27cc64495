"""MusicLM in small: first what happens, then how it sounds.

Read it downwards: two towers that put a sound and its description into the same place; the names
that k-means gives to what the sound tower sees, a few a second; a transformer that writes those
names from a place; and one that writes the codec's tokens from the names and the place.

    text ──▶ place ──▶ names (6 a second) ──▶ tokens (50 a second × K) ──▶ codec ──▶ sound

The transformers learn from *sounds* alone: in training the place is where the sound tower puts
the clip, and in use it is where the text tower puts the words, which should be the same. So music
that nobody described can be learned from too. Everything here only predicts; drawing from what it
predicts is `sonic_lab.generation.musiclm`.

References
----------
Agostinelli et al., MusicLM: Generating Music From Text (2023), sections 3.1 to 3.3.
Huang et al., MuLan: A Joint Embedding of Music Audio and Natural Language (2022): the towers.
Borsos et al., AudioLM (2022): semantic tokens by k-means, then acoustic ones.
Copet et al., Simple and Controllable Music Generation (2023): the staircase of the second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from ..errors import ParameterError
from .musicgen import delay
from .residual_vq import nearest


@dataclass(frozen=True)
class MusicLMConfig:
    """The sizes of a `MusicLM`.

    Attributes
    ----------
    vocabulary : pieces of text
    n_mels, hop_length : of the log-mels the sound tower sees; the hop is the codec's
    place : numbers that say where a sound or a text lies
    width, layers, heads : of both transformers
    n_names : centres of the k-means
    stride : codec frames that one name lasts
    n_codebooks, codebook_size : of the codec, as many as are spoken
    """

    vocabulary: int = 1024
    n_mels: int = 64
    hop_length: int = 320
    place: int = 96
    width: int = 192
    layers: int = 4
    heads: int = 3
    n_names: int = 256
    stride: int = 8
    n_codebooks: int = 4
    codebook_size: int = 1024

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not isinstance(value, int) or value < 1:
                raise ParameterError(f"{name}={value!r} must be a positive integer")
        if self.width % self.heads:
            raise ParameterError(f"{self.heads} heads do not divide a width of {self.width}")
        if self.stride & (self.stride - 1):
            raise ParameterError(f"stride={self.stride} must be a power of 2")


class SoundTower(nn.Module):
    """Log-mels to what happens `stride` by `stride` frames, and to one place for the whole."""

    def __init__(self, config: MusicLMConfig) -> None:
        super().__init__()
        widths = [config.n_mels, *[config.width] * int(math.log2(config.stride))]
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Conv1d(a, b, 5, stride=2, padding=2), nn.GroupNorm(8, b), nn.GELU())
            for a, b in pairwise(widths)
        )
        self.leave = nn.Linear(2 * config.width, config.place)

    def features(self, log_mel: Tensor) -> Tensor:
        """See what happens: dB (B, M, T) -> (B, T / stride, D)."""
        h = log_mel / 40 + 1  # [-80, 0] dB -> [-1, 1]
        for block in self.blocks:
            h = block(h)
        return h.transpose(1, 2)

    def forward(self, log_mel: Tensor) -> Tensor:
        """Find the place of a sound: dB (B, M, T) -> unit vectors (B, place)."""
        h = self.features(log_mel)
        return nn.functional.normalize(self.leave(torch.cat([h.mean(1), h.amax(1)], dim=1)), dim=1)


class TextTower(nn.Module):
    """Pieces of text to one place. Their order says little here, so a mean will do."""

    def __init__(self, config: MusicLMConfig) -> None:
        super().__init__()
        self.embed = nn.Embedding(config.vocabulary, config.width)
        self.think = nn.Sequential(
            nn.Linear(config.width, config.width), nn.GELU(), nn.Linear(config.width, config.width)
        )
        self.leave = nn.Linear(config.width, config.place)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Find the place of a text: (B, L) and its mask -> unit vectors (B, place)."""
        known = attention_mask[..., None].float()
        h = self.embed(input_ids)
        h = ((h + self.think(h)) * known).sum(1) / known.sum(1).clamp(min=1)
        return nn.functional.normalize(self.leave(h), dim=1)


def contrast(sounds: Tensor, texts: Tensor, *, temperature: float = 0.1) -> Tensor:
    """Return what it costs to find each sound's text among the batch's, and each text's sound.

    Both are unit vectors (B, D); the result is in nats, and guessing costs ln B.

    >>> places = torch.eye(4)
    >>> bool(contrast(places, places) < contrast(places, places.roll(1, 0)))
    True
    """
    alike = sounds @ texts.T / temperature  # (B, B), the pairs on the diagonal
    right = torch.arange(len(alike), device=alike.device)
    cost = nn.functional.cross_entropy
    return (cost(alike, right) + cost(alike.T, right)) / 2


class Layer(nn.Module):
    """A transformer's layer: look back, then think."""

    def __init__(self, config: MusicLMConfig) -> None:
        super().__init__()
        d = config.width
        self.heads = config.heads
        self.norms = nn.ModuleList(nn.LayerNorm(d) for _ in range(2))
        self.ask = nn.Linear(d, 3 * d, bias=False)  # query, key and value at once
        self.tell = nn.Linear(d, d, bias=False)
        self.think = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) -> (B, T, D), each step from itself and those before it."""
        parts = self.ask(self.norms[0](x)).chunk(3, dim=2)
        q, k, v = (part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in parts)
        seen = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.tell(seen.transpose(1, 2).flatten(2))  # (B, H, T, D / H) -> (B, T, D)
        return x + self.think(self.norms[1](x))


class Transformer(nn.Module):
    """Layers under a place: it is added to every step, beside the step's position."""

    def __init__(self, config: MusicLMConfig) -> None:
        super().__init__()
        self.place = nn.Linear(config.place, config.width)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)

    def forward(self, x: Tensor, place: Tensor) -> Tensor:
        """Steps (B, T, D) under places (B, place) -> (B, T, D)."""
        x = x + self.place(place)[:, None] + _positions(x)
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)


def _positions(x: Tensor) -> Tensor:
    """Return sines and cosines of every step's number, (T, D); Vaswani et al. (2017), 3.5."""
    T, D = x.shape[1:]
    rate = torch.exp(-math.log(10_000) * torch.arange(0, D, 2, device=x.device) / D)
    angle = torch.arange(T, device=x.device)[:, None] * rate
    return torch.stack([angle.sin(), angle.cos()], dim=2).flatten(1)[:, :D]


class SemanticLM(nn.Module):
    """What happens next: names, from the names so far and a place."""

    def __init__(self, config: MusicLMConfig) -> None:
        super().__init__()
        self.start = config.n_names  # what stands before the first name
        self.embed = nn.Embedding(config.n_names + 1, config.width)
        self.body = Transformer(config)
        self.head = nn.Linear(config.width, config.n_names)

    def forward(self, names: Tensor, place: Tensor) -> Tensor:
        """Names so far (B, S) -> logits of the one after none, one, ... S: (B, S + 1, V)."""
        before = nn.functional.pad(names, (1, 0), value=self.start)
        return self.head(self.body(self.embed(before), place))


class AcousticLM(nn.Module):
    """How it sounds: the codec's tokens as a staircase, from all the names and a place."""

    def __init__(self, config: MusicLMConfig) -> None:
        super().__init__()
        self.config = config
        self.pad = config.codebook_size
        self.embeds = nn.ModuleList(
            nn.Embedding(config.codebook_size + 1, config.width) for _ in range(config.n_codebooks)
        )
        self.names = nn.Embedding(config.n_names, config.width)
        self.around = nn.Conv1d(config.width, config.width, 3, padding=1)  # the next name, too
        self.body = Transformer(config)
        self.heads = nn.ModuleList(
            nn.Linear(config.width, config.codebook_size) for _ in range(config.n_codebooks)
        )

    def forward(self, stairs: Tensor, names: Tensor, place: Tensor) -> Tensor:
        """Say what comes next.

        Parameters
        ----------
        stairs : the steps so far, int64 (B, K, T), as `musicgen.delay` lays them out
        names : all of the piece's, int64 (B, S)
        place : (B, place)

        Returns
        -------
        Logits (B, K, T + 1, V) of the step after none, one, ... T of them.
        """
        before = nn.functional.pad(stairs, (1, 0), value=self.pad)
        h = torch.stack([e(before[:, k]) for k, e in enumerate(self.embeds)]).sum(0)
        h = self.body(h + self._told(names, h.shape[1]), place)
        return torch.stack([head(h) for head in self.heads], dim=1)

    def _told(self, names: Tensor, steps: int) -> Tensor:
        """Spread names over the steps they last: (B, S) -> (B, steps, D)."""
        told = self.around(self.names(names).transpose(1, 2)).transpose(1, 2)
        spread = told.repeat_interleave(self.config.stride, dim=1)[:, :steps]
        missing = steps - spread.shape[1]  # the staircase is a little longer than the piece
        return torch.cat([spread, spread[:, -1:].expand(-1, missing, -1)], dim=1)


class MusicLM(nn.Module):
    """All four together, and the costs they learn by.

    Examples
    --------
    >>> model = MusicLM(MusicLMConfig(width=24, layers=1, place=8, n_names=16))
    >>> model.name(torch.zeros(2, 64, 80)).shape  # one name for every eight frames
    torch.Size([2, 10])
    """

    centres: Tensor

    def __init__(self, config: MusicLMConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or MusicLMConfig()
        self.sound, self.text = SoundTower(config), TextTower(config)
        self.semantic, self.acoustic = SemanticLM(config), AcousticLM(config)
        self.register_buffer("centres", torch.randn(config.n_names, config.width))

    @torch.no_grad()
    def name(self, log_mel: Tensor) -> Tensor:
        """Name what happens, by the nearest centre: dB (B, M, T) -> int64 (B, T / stride)."""
        seen = self.sound.features(log_mel)
        return nearest(seen.flatten(0, 1), self.centres).view(seen.shape[:2])

    def semantic_cost(self, names: Tensor, place: Tensor) -> Tensor:
        """Return the mean cost of a name, in nats."""
        logits = self.semantic(names[:, :-1], place)
        return nn.functional.cross_entropy(logits.transpose(1, 2), names)

    def acoustic_cost(self, codes: Tensor, names: Tensor, place: Tensor) -> Tensor:
        """Return the mean cost of a token in each codebook, in nats: codes (B, K, T) -> (K,)."""
        stairs = delay(codes, pad=self.acoustic.pad)
        logits = self.acoustic(stairs[..., :-1], names, place)  # (B, K, T', V)
        pairs = zip(logits.unbind(1), stairs.unbind(1), strict=True)
        cost = nn.functional.cross_entropy
        return torch.stack(
            [cost(g.transpose(1, 2), t, ignore_index=self.acoustic.pad) for g, t in pairs]
        )
