"""MusicLM in small: first what happens, then how it sounds.

Read it downwards: two towers that put a sound and its description into the same place; the names
that k-means gives to what the sound tower sees, a few a second; a transformer that writes those
names from a place; and one that writes the codec's tokens from the names and the place.

    text ──▶ place ──▶ names (6 a second) ──▶ tokens (50 a second × K) ──▶ codec ──▶ sound

The transformers need no words: in training the place may be where the sound tower puts the clip,
and in use it is where the text tower puts the words, which should be the same. So music that
nobody described can be learned from too. (Ours hears both kinds of place in training, since its
towers are small; ``tools/train/musiclm.py``.) Everything here only predicts; drawing from what it
predicts is `sonic_lab.generation.musiclm`.

References
----------
Agostinelli et al., MusicLM: Generating Music From Text (2023), sections 3.1 to 3.3.
Huang et al., MuLan: A Joint Embedding of Music Audio and Natural Language (2022): the towers.
Borsos et al., AudioLM (2022): semantic tokens by k-means, then acoustic ones.
Copet et al., Simple and Controllable Music Generation (2023): the staircase of the second.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

from ..errors import ParameterError
from .residual_vq import nearest


@dataclass(frozen=True)
class MusicLMConfig:
    """The sizes of a `MusicLM`.

    Attributes
    ----------
    vocabulary : pieces of text
    n_fft, n_mels, hop_length : of the log-mels the sound tower sees
    codec_hop_length : samples in a frame of the codec
    place : numbers that say where a sound or a text lies
    width, layers, heads : of both transformers
    n_names : centres of the k-means
    stride : codec frames that one name lasts
    n_codebooks, codebook_size : of the codec, as many as are spoken
    """

    vocabulary: int = 1024
    n_fft: int = 2048
    n_mels: int = 128
    hop_length: int = 640
    codec_hop_length: int = 320
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
        columns, rest = divmod(self.stride * self.codec_hop_length, self.hop_length)
        if rest or columns < 1 or columns & (columns - 1):
            raise ParameterError(
                f"stride={self.stride} frames of {self.codec_hop_length} samples must be a power "
                f"of 2 times hop_length={self.hop_length}"
            )

    @property
    def columns(self) -> int:
        """How many columns of the log-mels one name lasts."""
        return self.stride * self.codec_hop_length // self.hop_length

    def picture(self) -> dict[str, int]:
        """Return the settings of `sonic_lab.features.log_mel_batch`."""
        return {name: getattr(self, name) for name in ("n_fft", "n_mels", "hop_length")}


class SoundTower(nn.Module):
    """Log-mels to what happens, `stride` codec frames at a time, and to one place for the whole."""

    def __init__(self, config: MusicLMConfig) -> None:
        super().__init__()
        widths = [config.n_mels, *[config.width] * int(math.log2(config.columns))]
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Conv1d(a, b, 5, stride=2, padding=2), nn.GroupNorm(8, b), nn.GELU())
            for a, b in pairwise(widths)
        )
        self.around = nn.ModuleList(
            nn.Sequential(
                nn.Conv1d(widths[-1], widths[-1], 5, padding=2 * apart, dilation=apart),
                nn.GroupNorm(8, widths[-1]),
                nn.GELU(),
            )
            for apart in (1, 2, 4)  # in the end four seconds, some bars
        )
        self.leave = nn.Linear(2 * widths[-1], config.place)

    def features(self, log_mel: Tensor) -> Tensor:
        """See what happens: dB (B, M, columns) -> (B, S, D)."""
        h = log_mel / 40 + 1  # [-80, 0] dB -> [-1, 1]
        for block in self.blocks:
            h = block(h)
        return h.transpose(1, 2)

    def forward(self, log_mel: Tensor) -> Tensor:
        """Find the place of a sound: dB (B, M, columns) -> unit vectors (B, place)."""
        h = self.features(log_mel).transpose(1, 2)
        for block in self.around:
            h = h + block(h)
        return nn.functional.normalize(self.leave(torch.cat([h.mean(2), h.amax(2)], dim=1)), dim=1)


class TextTower(nn.Module):
    """Pieces of text to one place: each with its neighbours ("no drums"), then all together."""

    def __init__(self, config: MusicLMConfig) -> None:
        super().__init__()
        d = config.width
        self.embed = nn.Embedding(config.vocabulary, d)
        self.around = nn.Conv1d(d, d, 3, padding=1)
        self.think = nn.Sequential(nn.Linear(d, 2 * d), nn.GELU(), nn.Linear(2 * d, d))
        self.leave = nn.Linear(d, config.place)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Find the place of a text: (B, L) and its mask -> unit vectors (B, place)."""
        known = attention_mask[..., None].float()
        h = self.embed(input_ids) * known
        h = h + nn.functional.gelu(self.around(h.transpose(1, 2)).transpose(1, 2))
        h = (h * known).sum(1) / known.sum(1).clamp(min=1)
        return nn.functional.normalize(self.leave(h + self.think(h)), dim=1)


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

    def forward(self, x: Tensor, place: Tensor, first: Tensor | None = None) -> Tensor:
        """Steps (B, T, D) under places (B, place), from step `first` (B,) on -> (B, T, D)."""
        steps = torch.arange(x.shape[1], device=x.device)
        steps = steps if first is None else steps + first[:, None]
        x = x + self.place(place)[:, None] + positions(steps, x.shape[2])
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)


def positions(steps: Tensor, width: int) -> Tensor:
    """Return sines and cosines of steps' numbers, (..., D); Vaswani et al. (2017), 3.5.

    >>> positions(torch.tensor([0]), 4)
    tensor([[0., 1., 0., 1.]])
    """
    rate = torch.exp(-math.log(10_000) * torch.arange(0, width, 2, device=steps.device) / width)
    angle = steps[..., None] * rate
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(-2)[..., :width]


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
        self.unnamed = config.n_names  # stands where no name is known, as under no place
        self.embeds = nn.ModuleList(
            nn.Embedding(config.codebook_size + 1, config.width) for _ in range(config.n_codebooks)
        )
        self.names = nn.Embedding(config.n_names + 1, config.width)
        self.around = nn.Conv1d(config.width, config.width, 3, padding=1)  # the next name, too
        self.body = Transformer(config)
        self.heads = nn.ModuleList(
            nn.Linear(config.width, config.codebook_size) for _ in range(config.n_codebooks)
        )

    def forward(
        self, stairs: Tensor, names: Tensor, place: Tensor, first: Tensor | None = None
    ) -> Tensor:
        """Say what comes next.

        Parameters
        ----------
        stairs : the steps so far, int64 (B, K, T), as `musicgen.delay` lays them out
        names : all of the piece's, int64 (B, S)
        place : (B, place); zeros are nowhere
        first : where the answers begin, int64 (B,): the steps are then those from one before it
            on; from the piece's beginning where None

        Returns
        -------
        Logits (B, K, T + 1, V) of the step after none, one, ... T of them; with `first`, (B, K,
        T, V) of the step after each.
        """
        if first is None:
            stairs = nn.functional.pad(stairs, (1, 0), value=self.pad)
        steps = torch.arange(stairs.shape[2], device=stairs.device)
        steps = steps.expand(len(stairs), -1) if first is None else steps + first[:, None]
        told = self.tell(names)  # (B, S, D)
        # The staircase is a little longer than the piece: the last name lasts to its end.
        lasting = (steps // self.config.stride).clamp(max=names.shape[1] - 1)[..., None]
        h = self.hear(stairs) + told.gather(1, lasting.expand(-1, -1, told.shape[2]))
        return self.guess(self.body(h, place, first))

    def tell(self, names: Tensor) -> Tensor:
        """Spread each name to its neighbours: (B, S) -> (B, S, D)."""
        return self.around(self.names(names).transpose(1, 2)).transpose(1, 2)

    def hear(self, stairs: Tensor) -> Tensor:
        """Join a step's tokens: (B, K, T) -> (B, T, D)."""
        parts = [embed(stairs[:, k]) for k, embed in enumerate(self.embeds)]
        return torch.stack(parts).sum(0)

    def guess(self, h: Tensor) -> Tensor:
        """Weigh the next tokens: (B, T, D) -> logits (B, K, T, V)."""
        return torch.stack([head(h) for head in self.heads], dim=1)


class MusicLM(nn.Module):
    """All four together, and the costs they learn by.

    Examples
    --------
    >>> model = MusicLM(MusicLMConfig(width=24, layers=1, place=8, n_names=16))
    >>> model.name(torch.zeros(2, 128, 40)).shape  # one name for every four columns
    torch.Size([2, 10])
    """

    centres: Tensor

    def __init__(self, config: MusicLMConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or MusicLMConfig()
        self.sound, self.text = SoundTower(config), TextTower(config)
        self.semantic, self.acoustic = SemanticLM(config), AcousticLM(config)
        self.register_buffer("centres", torch.randn(config.n_names, config.width))

    @classmethod
    def from_folder(cls, folder: str | Path) -> MusicLM:
        """Load what `save` wrote, in float32 and ready to predict.

        Raises
        ------
        ParameterError
            The folder holds no MusicLM.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            settings = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))
            model = cls(MusicLMConfig(**{k: v for k, v in settings.items() if k != "model_type"}))
            weights = load_file(Path(folder) / "model.safetensors")
            model.load_state_dict({name: value.float() for name, value in weights.items()})
        except (OSError, ValueError, TypeError, RuntimeError, SafetensorError) as error:
            first = str(error).strip().splitlines()[0]
            raise ParameterError(f"{folder} cannot be loaded as a MusicLM: {first}") from error
        return model.eval()

    def save(self, folder: str | Path) -> None:
        """Write the configuration, and the weights in half precision."""
        from safetensors.torch import save_file

        Path(folder).mkdir(parents=True, exist_ok=True)
        settings = {"model_type": "sonic_lab_musiclm", **asdict(self.config)}
        text = json.dumps(settings, indent=2, sort_keys=True)
        (Path(folder) / "config.json").write_text(text + "\n", encoding="utf-8")
        weights = {name: value.half().contiguous() for name, value in self.state_dict().items()}
        save_file(weights, Path(folder) / "model.safetensors", metadata={"format": "pt"})

    @torch.no_grad()
    def name(self, log_mel: Tensor) -> Tensor:
        """Name what happens, by the nearest centre: dB (B, M, T) -> int64 (B, T / stride)."""
        seen = self.sound.features(log_mel).float()  # whatever autocast made of it
        return nearest(seen.flatten(0, 1), self.centres).view(seen.shape[:2])

    def semantic_cost(self, names: Tensor, place: Tensor) -> Tensor:
        """Return the mean cost of a name, in nats."""
        logits = self.semantic(names[:, :-1], place)  # (B, S, V)
        return nn.functional.cross_entropy(logits.flatten(0, 1), names.flatten())

    def acoustic_cost(
        self, inputs: Tensor, targets: Tensor, names: Tensor, place: Tensor, first: Tensor
    ) -> Tensor:
        """Return the mean cost of a token in each codebook, in nats: (K,).

        Parameters
        ----------
        inputs, targets : steps of the staircase from one before `first` on, and from `first` on:
            int64 (B, K, T) each
        names, place, first : as `AcousticLM.forward` takes them
        """
        logits = self.acoustic(inputs, names, place, first)  # (B, K, T, V)
        cost = nn.functional.cross_entropy
        return torch.stack(
            [
                cost(g.flatten(0, 1), t.flatten(), ignore_index=self.acoustic.pad)
                for g, t in zip(logits.unbind(1), targets.unbind(1), strict=True)
            ]
        )
