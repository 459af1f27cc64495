"""WaveNet, small: a network that says what the next sample may be, given all that came before.

Read it downwards: mu-law turns a sample into one of 256 symbols; a note is asked for frame by
frame; a layer looks two samples back, or 512; and the network sums what its layers found and
gives a probability to each symbol. It only ever predicts. Drawing from what it predicts is
`sonic_lab.generation.wavenet`.

It differs from the paper where a CPU must train it: it has 16 narrow layers, and its first is an
embedding. Its conditions are frames, so that a tune can be asked for: the instrument and the
pitch, which the paper would call global, and how long ago the key went down and came up. As a
name, a pitch would have to be learned as a period, by heart, one for each; so the network also
gets an echo of its own sound, from one asked period ago.

References
----------
van den Oord et al., WaveNet: A Generative Model for Raw Audio (2016), sections 2.1 to 2.5.
ITU-T G.711 (1988): mu-law.
Wu et al., Quasi-Periodic WaveNet (2019): taps that lie a period of the asked pitch apart.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..audio import check_number, check_rate, check_sound, check_whole
from ..errors import AudioError, ParameterError, unknown_name

LEVELS = 256
MEMORIES_S = (0.01, 0.03, 0.1, 0.3, 1.0)  # how long ago, told on five clocks that run down
ECHOES = (-1, 0, 1)  # heard around the sample one asked period ago
SHORTEST_PERIOD = 3  # samples: any shorter, and an echo would reach what is being predicted


def mu_law_encode(y: np.ndarray, *, levels: int = LEVELS) -> np.ndarray:
    """Turn samples into symbols, finer steps for small samples than for large ones.

    F(y) = sign(y) ln(1 + mu |y|) / ln(1 + mu) with mu = levels - 1, then rounded to a whole
    number of steps from -1 to 1.

    Parameters
    ----------
    y : float, shape (n,) or (c, n); what lies outside [-1, 1] is clipped
    levels : how many symbols there are, from 2 to 65,536

    Returns
    -------
    int64, the shape of `y`, from 0 to levels - 1

    Raises
    ------
    AudioError, ParameterError
        `y` is no sound, or `levels` is out of range.

    References
    ----------
    ITU-T G.711 (1988); van den Oord et al. (2016), section 2.2.

    Examples
    --------
    >>> mu_law_encode(np.array([-1.0, 0.0, 0.01, 0.1, 1.0])).tolist()
    [0, 128, 157, 203, 255]
    """
    mu = _check_levels(levels) - 1
    sound = np.clip(check_sound(y).astype(np.float64), -1, 1)
    bent = np.sign(sound) * np.log1p(mu * np.abs(sound)) / np.log1p(mu)
    return np.floor((bent + 1) / 2 * mu + 0.5).astype(np.int64)


def mu_law_decode(codes: np.ndarray, *, levels: int = LEVELS) -> np.ndarray:
    """Turn symbols back into samples: float32 in [-1, 1], the shape of `codes`.

    With 256 levels a round trip moves a sample by at most 2.2 % of itself and 0.0001 more.

    Raises
    ------
    ParameterError
        `codes` are no whole numbers from 0 to levels - 1.

    Examples
    --------
    >>> [f"{sample:.4f}" for sample in mu_law_decode(np.array([0, 128, 192, 255]))]
    ['-1.0000', '0.0001', '0.0609', '1.0000']
    """
    mu = _check_levels(levels) - 1
    symbols = np.asarray(codes)
    if symbols.dtype.kind not in "iu" or (symbols.size and not _within(symbols, levels)):
        raise ParameterError(f"codes must be whole numbers from 0 to {levels - 1}")
    bent = 2 * symbols / mu - 1
    return (np.sign(bent) * np.expm1(np.abs(bent) * np.log1p(mu)) / mu).astype(np.float32)


@dataclass(frozen=True)
class Note:
    """One note to be played.

    Attributes
    ----------
    instrument : one of the model's instruments
    midi : MIDI note number, one of the model's pitches
    start_s : when its key goes down, s
    held_s : how long the key stays down, s
    velocity : how hard it is struck or blown, from 0 to 1; 0.45 to 0.95 was trained
    brightness : of the instrument, from -1 (dull) to 1
    """

    instrument: str
    midi: int
    start_s: float = 0.02
    held_s: float = 0.5
    velocity: float = 0.7
    brightness: float = 0.4

    def __post_init__(self) -> None:
        check_whole(self.midi, name="midi", low=0, high=127)
        check_number(self.start_s, name="start_s", low=0, high=3600, unit="s")
        check_number(self.held_s, name="held_s", low=0, high=3600, unit="s")
        check_number(self.velocity, name="velocity", low=0, high=1)
        check_number(self.brightness, name="brightness", low=-1, high=1)


@dataclass(frozen=True)
class WaveNetConfig:
    """The size of a `WaveNet`, and what can be asked of it.

    Attributes
    ----------
    sr : Hz
    levels : symbols of the mu-law
    width : channels of each layer
    skip_width : channels of the sum of what the layers found
    dilations : how far back each layer's second tap lies, samples
    instruments : the names it was taught
    lowest_midi, highest_midi : the pitches it was taught, both included
    hop_length : samples that one frame of the condition lasts
    """

    sr: int = 8000
    levels: int = LEVELS
    width: int = 48
    skip_width: int = 128
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64) * 2
    instruments: tuple[str, ...] = ("bells", "flute", "guitar", "piano", "strings", "trumpet")
    lowest_midi: int = 55
    highest_midi: int = 79
    hop_length: int = 80

    def __post_init__(self) -> None:
        check_rate(self.sr)
        _check_levels(self.levels)
        for name in ("width", "skip_width", "hop_length"):
            check_whole(getattr(self, name), name=name, low=1, high=2**16)
        if not self.dilations or min(self.dilations) < 1:
            raise ParameterError(
                f"dilations={self.dilations} must be one or more positive integers"
            )
        if not self.instruments or len(set(self.instruments)) < len(self.instruments):
            raise ParameterError(f"instruments={self.instruments} must be one or more names")
        if not 0 <= self.lowest_midi <= self.highest_midi <= 127:
            raise ParameterError(
                f"lowest_midi={self.lowest_midi} and highest_midi={self.highest_midi} must be in "
                "order, from 0 to 127"
            )
        if self.sr / _hertz(self.highest_midi) < SHORTEST_PERIOD:
            raise ParameterError(f"highest_midi={self.highest_midi} is too high for sr={self.sr}")

    @property
    def receptive_field(self) -> int:
        """How many of the last samples the layers hear: where no pitch is asked for, all.

        >>> WaveNetConfig(dilations=(1, 2, 4, 8)).receptive_field
        16
        """
        return 1 + sum(self.dilations)

    @property
    def longest_period(self) -> float:
        """Samples in a period of the lowest pitch."""
        return self.sr / _hertz(self.lowest_midi)

    @property
    def reach(self) -> int:
        """How many of the last samples matter at most: the receptive field, and the echo's.

        >>> WaveNetConfig().reach - WaveNetConfig().receptive_field
        41
        """
        return self.receptive_field + int(np.ceil(self.longest_period))

    @property
    def n_conditions(self) -> int:
        """How many numbers say, in one frame, what is asked for."""
        pitches = self.highest_midi - self.lowest_midi + 1
        return len(self.instruments) + pitches + 4 + 2 * len(MEMORIES_S)


def condition(notes: Sequence[Note], *, config: WaveNetConfig, duration_s: float) -> Tensor:
    """Write down, frame by frame, what is asked for: one instrument at a time, one note at a time.

    A frame holds the instrument and the pitch of the last note that began, each as a 1 among
    0s; its velocity and brightness; whether the key is down; on five clocks each, how long ago
    it went down and came up; and last its frequency in kHz. Before the first note all is 0.

    Parameters
    ----------
    notes : in any order
    config : the model's
    duration_s : how long it all lasts, s

    Returns
    -------
    float32, shape (D, N) with N = ceil(duration_s * sr / hop_length)

    Raises
    ------
    ParameterError, UnknownNameError
        A pitch or an instrument that the model was not taught, or a duration that is not positive.

    Examples
    --------
    >>> asked = condition([Note("flute", 69)], config=WaveNetConfig(), duration_s=1.0)
    >>> asked.shape
    torch.Size([45, 100])
    """
    check_number(duration_s, name="duration_s", low=1 / config.sr, high=3600, unit="s")
    n_frames = -(-round(duration_s * config.sr) // config.hop_length)
    times = np.arange(n_frames) * config.hop_length / config.sr
    asked = np.zeros((config.n_conditions, n_frames), np.float32)
    for note in sorted(notes, key=lambda one: one.start_s):
        since_down = times - note.start_s + 1e-9  # a frame that begins with the note belongs to it
        sounding = since_down >= 0
        asked[:, sounding] = _frames_of(note, since_down[sounding], config)
    return torch.from_numpy(asked)


def _frames_of(note: Note, since_down: np.ndarray, config: WaveNetConfig) -> np.ndarray:
    """Describe one note in the frames since its key went down: (D, N)."""
    if note.instrument not in config.instruments:
        raise unknown_name("instrument", note.instrument, config.instruments)
    pitch = check_whole(note.midi, name="midi", low=config.lowest_midi, high=config.highest_midi)
    who = np.zeros((len(config.instruments), len(since_down)))
    who[config.instruments.index(note.instrument)] = 1
    what = np.zeros((config.highest_midi - config.lowest_midi + 1, len(since_down)))
    what[pitch - config.lowest_midi] = 1
    since_up = since_down - note.held_s
    down = since_up < 0
    clocks = np.array(MEMORIES_S)[:, None]
    rows = (
        *who,
        *what,
        np.full_like(since_down, note.velocity),
        np.full_like(since_down, note.brightness),
        down,
        *np.exp(-since_down / clocks),
        *np.where(down, 0, np.exp(-np.maximum(since_up, 0) / clocks)),
        np.full_like(since_down, _hertz(pitch) / 1000),
    )
    return np.stack(rows)


def echo_places(condition: Tensor, *, config: WaveNetConfig) -> tuple[Tensor, Tensor, Tensor]:
    """Say where, at each sample, the echo of the next one is found.

    Parameters
    ----------
    condition : (B, D, N)

    Returns
    -------
    left : int64 (B, E, T) for T = N * hop_length, the sample left of each of the `ECHOES`,
        counted from one `reach` before the first
    share : (B, E, T), how far from it to the sample on its right the echo lies, from 0 to 1
    sounding : (B, 1, T), 0 where no pitch is asked for, and so no echo is heard
    """
    hz = 1000 * condition[:, -1].repeat_interleave(config.hop_length, dim=1)  # (B, N) -> (B, T)
    period = (config.sr / hz.clamp(min=1.0)).clamp(SHORTEST_PERIOD, config.longest_period)
    around = torch.tensor(ECHOES, dtype=hz.dtype, device=hz.device)[:, None]
    now = torch.arange(hz.shape[1], dtype=hz.dtype, device=hz.device)
    place = (now + 1 - period).unsqueeze(1) + around  # (B, E, T)
    left = place.floor()
    return left.long() + config.reach, place - left, (hz > 0).to(hz.dtype).unsqueeze(1)


def echo(codes: Tensor, condition: Tensor, *, config: WaveNetConfig) -> Tensor:
    """Return the sound one asked period before the *next* sample: (B, T) -> (B, E, T).

    Samples are symbols on a scale from -1 to 1; before the first, all is 0. Between two samples
    lies their mean, weighted.
    """
    left, share, sounding = (
        x[..., : codes.shape[1]] for x in echo_places(condition, config=config)
    )
    scaled = level(codes, levels=config.levels).to(condition.dtype)
    past = nn.functional.pad(scaled, (config.reach, 0)).unsqueeze(1).expand(-1, len(ECHOES), -1)
    return sounding * torch.lerp(past.gather(2, left), past.gather(2, left + 1), share)


def level(codes: Any, *, levels: int) -> Any:
    """Put symbols, of a tensor or an array, on a scale from -1 to 1."""
    return 2 * codes / (levels - 1) - 1


class Layer(nn.Module):
    """One layer: a dilated convolution, a gate, and two ways out.

    z = tanh(W x + V h) * sigmoid(W' x + V' h)        (equation 3 of the paper)

    The gate decides how much of what was found is let through. One way out is added to what the
    layer was given, for the next one; the other goes straight to the end.
    """

    def __init__(self, config: WaveNetConfig, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.hop_length = config.hop_length
        self.look = nn.Conv1d(config.width, 2 * config.width, kernel_size=2, dilation=dilation)
        self.listen = nn.Conv1d(config.width, 2 * config.width, kernel_size=1, bias=False)
        self.onward = nn.Conv1d(config.width, config.width, kernel_size=1)
        self.skip = nn.Conv1d(config.width, config.skip_width, kernel_size=1)

    def forward(self, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        """Take x (B, C, T) and h (B, C, N); give what goes on (B, C, T), and is kept (B, S, T)."""
        past = nn.functional.pad(x, (self.dilation, 0))  # zeros before the start: causal
        told = self.listen(h).unsqueeze(-1).expand(-1, -1, -1, self.hop_length).flatten(-2)
        found, gate = (self.look(past) + told[..., : x.shape[-1]]).chunk(2, dim=1)
        z = torch.tanh(found) * torch.sigmoid(gate)  # (B, C, T)
        return x + self.onward(z), self.skip(z)


class WaveNet(nn.Module):
    """Symbols in, and for each place the logits of the symbol that stands there out.

    Parameters
    ----------
    config : the sizes
    generator : luck for the first weights; None draws from torch's global state

    Examples
    --------
    >>> net = WaveNet(WaveNetConfig(), generator=torch.Generator().manual_seed(0))
    >>> asked = condition([Note("flute", 69)], config=net.config, duration_s=0.1)
    >>> net(torch.full((1, 800), 128), asked[None]).shape
    torch.Size([1, 256, 800])
    """

    def __init__(self, config: WaveNetConfig, *, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.config = config
        with torch.random.fork_rng(devices=[]):  # torch's own first draw is replaced below
            self.embed = nn.Embedding(config.levels, config.width)
            self.tune = nn.Conv1d(len(ECHOES), config.width, kernel_size=1, bias=False)
            self.ask = nn.Sequential(
                nn.Conv1d(config.n_conditions - 1, 2 * config.width, kernel_size=1),
                nn.ReLU(),
                nn.Conv1d(2 * config.width, config.width, kernel_size=1),
            )
            self.layers = nn.ModuleList(Layer(config, dilation) for dilation in config.dilations)
            self.head = nn.Sequential(
                nn.ReLU(),
                nn.Conv1d(config.skip_width, config.skip_width, kernel_size=1),
                nn.ReLU(),
                nn.Conv1d(config.skip_width, config.levels, kernel_size=1),
            )
        _draw_weights(self, generator)

    @property
    def silence(self) -> int:
        """The symbol of a sample that is 0."""
        return int(mu_law_encode(np.zeros(1), levels=self.config.levels)[0])

    def forward(self, codes: Tensor, condition: Tensor) -> Tensor:
        """Predict each symbol from those before it.

        codes (B, T) int64 and condition (B, D, N) with N * hop_length >= T -> logits (B, V, T).
        The logits at t depend on the symbols t - reach to t - 1, and not on t.
        """
        self._check(codes, condition)
        before = nn.functional.pad(codes[:, :-1], (1, 0), value=self.silence)
        return self.predict_next(before, condition)

    def predict_next(self, codes: Tensor, condition: Tensor) -> Tensor:
        """Predict, at each place, the symbol that comes *after* it: (B, T) -> (B, V, T)."""
        self._check(codes, condition)
        heard = self.tune(echo(codes, condition, config=self.config))
        x = self.embed(codes).transpose(1, 2) + heard  # (B, T) -> (B, C, T)
        h = self.ask(condition[:, :-1])  # (B, D, N) -> (B, C, N)
        kept = x.new_zeros(())
        for layer in self.layers:
            x, found = layer(x, h)
            kept = kept + found  # (B, S, T)
        return self.head(kept)

    def _check(self, codes: Tensor, condition: Tensor) -> None:
        if not isinstance(codes, Tensor) or codes.dtype != torch.int64 or codes.ndim != 2:
            raise AudioError(f"codes must be an int64 tensor of shape (B, T), not {_told(codes)}")
        if codes.numel() == 0 or not _within(codes, self.config.levels):
            raise AudioError(f"codes must hold symbols from 0 to {self.config.levels - 1}")
        if not isinstance(condition, Tensor) or not condition.is_floating_point():
            raise ParameterError(f"condition must be a tensor of floats, not {_told(condition)}")
        frames = -(-codes.shape[1] // self.config.hop_length)
        needed = (codes.shape[0], self.config.n_conditions)
        if condition.shape[:2] != needed or condition.ndim != 3 or condition.shape[2] < frames:
            raise ParameterError(
                f"condition has shape {tuple(condition.shape)}: {tuple(codes.shape)} symbols need "
                f"{(*needed, frames)}, or more frames"
            )


def save(model: WaveNet, folder: str | Path) -> Path:
    """Write ``config.json`` and ``model.safetensors`` (float16) into a folder."""
    from safetensors.torch import save_file

    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"model_type": "sonic_wavenet", **asdict(model.config)}, indent=2)
    (target / "config.json").write_text(text + "\n", encoding="utf-8")
    weights = {name: tensor.half().contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, target / "model.safetensors")
    return target


def load(folder: str | Path) -> WaveNet:
    """Read a model that `save` wrote, ready to predict.

    Raises
    ------
    ParameterError
        The folder holds no WaveNet, or its weights do not fit its configuration.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    source = Path(folder)
    try:
        settings = json.loads((source / "config.json").read_text(encoding="utf-8"))
        kind = settings.pop("model_type")
        if kind != "sonic_wavenet":
            raise ParameterError(f"{source} holds a {kind!r}, and no WaveNet")
        lists = {name: tuple(v) for name, v in settings.items() if isinstance(v, list)}
        model = WaveNet(WaveNetConfig(**{**settings, **lists}))
        model.load_state_dict(load_file(source / "model.safetensors"))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        if isinstance(error, ParameterError):
            raise
        raise ParameterError(f"{source} holds no WaveNet that can be read: {error}") from error
    return model.eval()


def _draw_weights(model: WaveNet, generator: torch.Generator | None) -> None:
    """Draw Glorot's normal weights, but begin with neighbouring symbols alike, in and out.

    As one symbol among 256, each would have to learn from its own samples that 130 is a little
    more than 129. Cosines over the symbols, slow ones and fast ones, say so from the start.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv1d):
            nn.init.xavier_normal_(module.weight, generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    config = model.config
    place = (torch.arange(config.levels) + 0.5) / config.levels  # (V,), from 0 to 1
    speeds = torch.logspace(0, 5, config.width, base=2)
    phases = torch.pi * torch.rand(config.width, generator=generator)
    last = model.head[-1].weight
    with torch.no_grad():
        model.embed.weight.copy_(torch.cos(torch.pi * place[:, None] * speeds + phases))
        waves = torch.cos(torch.pi * place[:, None] * torch.arange(config.skip_width))
        last.copy_(0.1 * waves[..., None])  # type: ignore[operator]  # the head ends in a layer


def _hertz(midi: int) -> float:
    return float(440 * 2 ** ((midi - 69) / 12))


def _check_levels(levels: int) -> int:
    return check_whole(levels, name="levels", low=2, high=2**16)


def _within(symbols: np.ndarray | Tensor, levels: int) -> bool:
    return bool(symbols.min() >= 0 and symbols.max() < levels)


def _told(value: object) -> str:
    if isinstance(value, Tensor):
        return f"{value.dtype} of shape {tuple(value.shape)}"
    return type(value).__name__
