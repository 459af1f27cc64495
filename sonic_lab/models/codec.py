"""A small neural codec for music: 16 kHz sound to 50 times 8 numbers a second, and back.

Read it downwards: what the encoder sees, the block that both halves are made of, the bank that
sings, the codec. The quantiser between the halves is `residual_vq`.

The encoder sees magnitudes and no phases, so a note that is held gives the same numbers, frame
after frame, wherever in time it begins: easy to say in few bits, and easy for a language model
to learn. But a decoder that turns equal frames into equal sound can only sing what repeats 50
times a second, multiples of 50 Hz: the trap in which frame-level codecs lose the tune. So the
decoder turns no frame into sound by itself. It sets the faders of a bank of oscillators that run
on by themselves, and of a noise that runs on too, and adds what it draws by hand (attacks).

The oscillators' phases depend on the absolute time, so a part of a sound is decoded with the
number of its first frame, and then equals the same part of the whole.

References
----------
Zeghidour et al., SoundStream (2021); Défossez et al., High Fidelity Neural Audio Compression
(2022): encoder, residual quantiser, decoder, and the interface.
Serra and Smith, Spectral Modeling Synthesis (1990): sound as sines plus noise.
Verma and Meng, Time Scale Modification Using a Sines + Transients + Noise Model (1998).
Engel et al., DDSP (2020): oscillators and filtered noise that a network plays.
Siuzdak, Vocos (2023), after Liu et al., ConvNeXt (2022): frame-level blocks, spectra as output.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel
from transformers.utils import ModelOutput

from ..errors import AudioError, ParameterError, unknown_name
from .residual_vq import ResidualVQ

_FLOOR = 1e-4  # magnitudes below -80 dB of a full-scale sine are not told apart
_NOISE_FRAMES = 200  # the noise comes round after 4 s


class SonicCodecConfig(PretrainedConfig):
    """The sizes of a `SonicCodecModel`.

    Attributes
    ----------
    sampling_rate : Hz
    hop_length : samples a frame
    num_quantizers, codebook_size, codebook_dim : K, V and D of the quantiser
    default_bandwidth : kbit/s where `encode` is given none; None is all codebooks
    hidden_size, intermediate_size : channels of a block, outside and inside
    encoder_layers, decoder_layers, kernel_size : blocks, and the frames each looks at
    long_window, long_bins : the view for pitch: samples, and how many bins from 0 Hz up
    short_window : the view for onsets, taken twice a frame, samples
    tone_cents, tone_step_hz, tone_low_hz : the bank: oscillators lie `tone_cents` apart, but
        never closer than 1 Hz nor wider than `tone_step_hz`
    noise_low_hz : below this there is no noise, so that a bass must be played by tones
    """

    model_type = "sonic_codec"

    def __init__(
        self,
        *,
        sampling_rate: int = 16000,
        audio_channels: int = 1,
        hop_length: int = 320,
        num_quantizers: int = 8,
        codebook_size: int = 1024,
        codebook_dim: int = 128,
        default_bandwidth: float | None = None,
        hidden_size: int = 256,
        intermediate_size: int = 640,
        encoder_layers: int = 4,
        decoder_layers: int = 6,
        kernel_size: int = 7,
        long_window: int = 2048,
        long_bins: int = 512,
        short_window: int = 512,
        tone_cents: float = 15.0,
        tone_step_hz: int = 20,
        tone_low_hz: int = 28,
        noise_low_hz: int = 120,
        **kwargs: Any,
    ) -> None:
        self.sampling_rate = sampling_rate
        self.audio_channels = audio_channels
        self.hop_length = hop_length
        self.num_quantizers = num_quantizers
        self.codebook_size = codebook_size
        self.codebook_dim = codebook_dim
        self.default_bandwidth = default_bandwidth
        self.hidden_size = hidden_size
        self.intermediate_size = intermediate_size
        self.encoder_layers = encoder_layers
        self.decoder_layers = decoder_layers
        self.kernel_size = kernel_size
        self.long_window = long_window
        self.long_bins = long_bins
        self.short_window = short_window
        self.tone_cents = tone_cents
        self.tone_step_hz = tone_step_hz
        self.tone_low_hz = tone_low_hz
        self.noise_low_hz = noise_low_hz
        super().__init__(**kwargs)

    @property
    def frame_rate(self) -> int:
        """Frames a second."""
        return math.ceil(self.sampling_rate / self.hop_length)

    @property
    def target_bandwidths(self) -> list[float]:
        """Kbit/s with 1, 2, ... K codebooks."""
        bits = self.frame_rate * math.log2(self.codebook_size)
        return [bits * k / 1000 for k in range(1, self.num_quantizers + 1)]

    @property
    def context_frames(self) -> int:
        """Frames on either side that a decoded frame can depend on."""
        return self.kernel_size // 2 * (self.decoder_layers + 1) + 1

    @property
    def tone_count(self) -> int:
        """Oscillators in the bank."""
        return len(tone_frequencies(self))


def tone_frequencies(config: SonicCodecConfig) -> np.ndarray:
    """Return the oscillators' frequencies: whole Hz, int64, rising."""
    ratio = 2 ** (config.tone_cents / 1200) - 1
    found = [config.tone_low_hz]
    while (f := found[-1]) < config.sampling_rate / 2 - 2 * config.tone_step_hz:
        found.append(f + round(min(max(f * ratio, 1), config.tone_step_hz)))
    return np.array(found, dtype=np.int64)


@dataclass
class SonicCodecEncoderOutput(ModelOutput):
    """Codes (1, B, K, T) and one scale for each item of the leading axis, always None."""

    audio_codes: Tensor | None = None
    audio_scales: list[Tensor | None] | None = None
    last_frame_pad_length: int | None = None


@dataclass
class SonicCodecDecoderOutput(ModelOutput):
    """Sound (B, 1, n)."""

    audio_values: Tensor | None = None


@dataclass
class SonicCodecOutput(ModelOutput):
    """Codes (1, B, K, T) and the sound decoded from them (B, 1, n)."""

    audio_codes: Tensor | None = None
    audio_values: Tensor | None = None


class Sight(nn.Module):
    """What the encoder sees: log magnitudes, one long view a frame and two short ones."""

    def __init__(self, config: SonicCodecConfig) -> None:
        super().__init__()
        self.config = config
        self.size = config.long_bins + 2 * (config.short_window // 2 + 1)

    def forward(self, y: Tensor) -> Tensor:
        """(B, n) with n = T hop -> (B, T, F)."""
        c = self.config
        long = _log_magnitudes(y, c.long_window, c.hop_length)[..., : c.long_bins]  # (B, T, F1)
        short = _log_magnitudes(y, c.short_window, c.hop_length // 2)  # (B, 2T, F2)
        return torch.cat([long, short.unflatten(1, (-1, 2)).flatten(2)], dim=2)


def _log_magnitudes(y: Tensor, window: int, hop: int) -> Tensor:
    """Natural log of the magnitudes around the middle of each hop, about -2 to 2: (B, T, F)."""
    side = (window - hop) // 2
    shape = torch.hann_window(window, device=y.device)
    padded = nn.functional.pad(y, (side, window - hop - side))
    spectrum = torch.stft(padded, window, hop, window=shape, center=False, return_complex=True)
    magnitude = spectrum.abs().transpose(1, 2) * (4 / window)  # a full-scale sine gives 1
    return (torch.log(magnitude + _FLOOR) + 5) / 2.5


class Block(nn.Module):
    """ConvNeXt: look at neighbouring frames channel by channel, then think frame by frame."""

    def __init__(self, config: SonicCodecConfig) -> None:
        super().__init__()
        d, k = config.hidden_size, config.kernel_size
        self.look = nn.Conv1d(d, d, k, padding=k // 2, groups=d)
        self.norm = nn.LayerNorm(d)
        self.widen = nn.Linear(d, config.intermediate_size)
        self.narrow = nn.Linear(config.intermediate_size, d)
        self.gain = nn.Parameter(torch.empty(d))

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) -> (B, T, C)."""
        # contiguous, since a convolution over strided channels is three times slower on a CPU
        h = self.look(x.transpose(1, 2).contiguous()).transpose(1, 2).contiguous()
        h = self.narrow(nn.functional.gelu(self.widen(self.norm(h))))
        return x + self.gain * h


class Encoder(nn.Module):
    """Sound to latents."""

    def __init__(self, config: SonicCodecConfig) -> None:
        super().__init__()
        self.sight = Sight(config)
        self.enter = nn.Linear(self.sight.size, config.hidden_size)
        self.blocks = nn.Sequential(*(Block(config) for _ in range(config.encoder_layers)))
        self.norm = nn.LayerNorm(config.hidden_size)
        self.leave = nn.Linear(config.hidden_size, config.codebook_dim)

    def forward(self, y: Tensor) -> Tensor:
        """(B, n) with n = T hop -> (B, T, D)."""
        return self.leave(self.norm(self.blocks(self.enter(self.sight(y)))))


class Decoder(nn.Module):
    """Latents to sound: faders for the tones and the noise, and attacks drawn by hand."""

    def __init__(self, config: SonicCodecConfig) -> None:
        super().__init__()
        self.config = config
        k, bins = config.kernel_size, config.hop_length + 1  # a grain is two hops long
        self.sizes = (config.tone_count, bins, bins, bins)
        self.enter = nn.Conv1d(config.codebook_dim, config.hidden_size, k, padding=k // 2)
        self.blocks = nn.Sequential(*(Block(config) for _ in range(config.decoder_layers)))
        self.norm = nn.LayerNorm(config.hidden_size)
        self.faders = nn.Linear(config.hidden_size, sum(self.sizes))

    def forward(self, z: Tensor, *, first_frame: int = 0) -> Tensor:
        """(B, T, D) -> (B, n) with n = T hop; frame `first_frame` of the sound comes first."""
        return self.play(self.set_faders(z), first_frame=first_frame)

    def set_faders(self, z: Tensor, *, frames: slice = slice(None)) -> Tensor:
        """Say how loud what is to be, in the frames asked for: (B, T, D) -> (B, t, J + 3 bins)."""
        h = self.enter(z.transpose(1, 2).contiguous()).transpose(1, 2).contiguous()
        return self.faders(self.norm(self.blocks(h)[:, frames])).float()

    def play(self, faders: Tensor, *, first_frame: int = 0) -> Tensor:
        """Let it sound: (B, T, J + 3 bins) -> (B, n)."""
        tones, noise, attack, angle = faders.split(self.sizes, dim=2)
        c = self.config
        lowest = round(c.noise_low_hz * 2 * c.hop_length / c.sampling_rate)  # bins of 25 Hz
        heard = (torch.arange(noise.shape[2], device=noise.device) >= lowest).to(noise.dtype)
        spectrum = level(noise) * heard * self._noise(noise, first_frame)  # (B, T, bins), complex
        spectrum = spectrum + torch.polar(level(attack), angle)
        grains = torch.fft.irfft(spectrum, dim=2) + self._sing(level(tones), first_frame)
        return _overlap_add(grains)

    def solo(self, faders: Tensor, part: str) -> Tensor:
        """Close all faders but those of ``"tones"``, ``"noise"`` or ``"attacks"``."""
        tones, noise, attacks, angle = faders.split(self.sizes, dim=2)
        kept = {"tones": tones, "noise": noise, "attacks": attacks}
        if part not in kept:
            raise unknown_name("part of the sound", part, kept)
        closed = [x if name == part else torch.full_like(x, -100.0) for name, x in kept.items()]
        return torch.cat([*closed, angle], dim=2)

    def _sing(self, loud: Tensor, first_frame: int) -> Tensor:
        """Play the bank for the length of each grain: levels (B, T, J) -> (B, T, 2 hop)."""
        cosines, sines, f, start = _bank(_key(self.config), loud.device)
        c = self.config
        frames = torch.arange(first_frame, first_frame + loud.shape[1], device=loud.device)
        # Turns modulo one, in whole numbers: exact also after hours.
        turns = (f * frames[:, None] * c.hop_length % c.sampling_rate) / c.sampling_rate
        phase = 2 * math.pi * (turns + start)  # (T, J), at the middle of each frame
        return (loud * phase.cos()) @ cosines - (loud * phase.sin()) @ sines

    def _noise(self, loud: Tensor, first_frame: int) -> Tensor:
        """Return the spectra of one running noise: complex (T, bins)."""
        table = _running_noise(self.config.hop_length, loud.device)
        frames = torch.arange(first_frame, first_frame + loud.shape[1], device=loud.device)
        return table[frames % _NOISE_FRAMES]


def level(fader: Tensor) -> Tensor:
    """Turn faders into amplitudes; at 5 an oscillator is at full scale."""
    return torch.exp(fader.clamp(max=6.0) - 5.0)


def _key(config: SonicCodecConfig) -> tuple[Any, ...]:
    c = config
    return (c.sampling_rate, c.hop_length, c.tone_cents, c.tone_step_hz, c.tone_low_hz)


@functools.lru_cache(maxsize=8)
def _bank(key: tuple[Any, ...], device: torch.device) -> tuple[Tensor, ...]:
    """Return cosines and sines (J, 2 hop), frequencies and first turns (J,)."""
    sr, hop, cents, step, low = key
    config = SonicCodecConfig(
        sampling_rate=sr, hop_length=hop, tone_cents=cents, tone_step_hz=step, tone_low_hz=low
    )
    f = tone_frequencies(config)
    angle = 2 * np.pi * f[:, None] * (np.arange(2 * hop) - hop)[None] / sr
    # Spread the phases (a quadratic, after Schroeder, 1970), so that the peaks never coincide.
    start = (np.arange(len(f)) ** 2 * 0.5 * (5**0.5 - 1)) % 1.0
    with torch.inference_mode(False):  # what is kept must serve training too
        cosines, sines, turns = (
            torch.tensor(a, dtype=torch.float32, device=device)
            for a in (np.cos(angle), np.sin(angle), start)
        )
        return cosines, sines, torch.tensor(f, device=device), turns


@functools.lru_cache(maxsize=8)
def _running_noise(hop: int, device: torch.device) -> Tensor:
    """Return the spectra of the grains of a white noise that repeats: complex (frames, bins)."""
    noise = np.random.default_rng(0).standard_normal(_NOISE_FRAMES * hop)
    grains = np.stack([np.roll(noise, -t * hop)[: 2 * hop] for t in range(_NOISE_FRAMES)])
    with torch.inference_mode(False):
        return torch.tensor(np.fft.rfft(grains), dtype=torch.complex64, device=device)


def _overlap_add(grains: Tensor) -> Tensor:
    """Fade each grain in and out over its neighbours: (B, T, 2 hop) -> (B, T hop)."""
    hop = grains.shape[2] // 2
    window = torch.hann_window(2 * hop, device=grains.device)  # and its shift by hop sum to 1
    first, second = (grains * window).unflatten(2, (2, hop)).unbind(2)  # (B, T, hop) each
    y = nn.functional.pad(first, (0, 0, 0, 1)) + nn.functional.pad(second, (0, 0, 1, 0))
    y = y.flatten(1)  # (B, (T + 1) hop): the first and last half hop hang over the ends
    return y[:, hop // 2 : y.shape[1] - (hop - hop // 2)]


class SonicCodecModel(PreTrainedModel):
    """The codec, with the calls and outputs of `transformers.EncodecModel`.

    Examples
    --------
    >>> model = SonicCodecModel(SonicCodecConfig(hidden_size=32, intermediate_size=32))
    >>> out = model.encode(torch.zeros(1, 1, 1000))
    >>> out.audio_codes.shape  # (1, B, K, T)
    torch.Size([1, 1, 8, 4])
    >>> model.decode(out.audio_codes, out.audio_scales).audio_values.shape
    torch.Size([1, 1, 1280])
    """

    config_class = SonicCodecConfig
    base_model_prefix = "audio_encoder"  # as MusicGen calls its codec: one file serves both
    main_input_name = "input_values"

    def __init__(self, config: SonicCodecConfig) -> None:
        super().__init__(config)
        self.encoder = Encoder(config)
        self.quantizer = ResidualVQ(
            n_codebooks=config.num_quantizers,
            codebook_size=config.codebook_size,
            dim=config.codebook_dim,
        )
        self.decoder = Decoder(config)
        self.post_init()

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, Block):
            nn.init.constant_(module.gain, 0.1)  # blocks begin as small corrections
        elif isinstance(module, Decoder):
            bias = module.faders.bias
            if not getattr(bias, "_is_hf_initialized", False):  # a slice of it would not be spared
                nn.init.zeros_(bias)
                nn.init.constant_(bias[: sum(module.sizes[:3])], -3.0)  # begin quietly

    def encode(
        self,
        input_values: Tensor,
        padding_mask: Tensor | None = None,
        bandwidth: float | None = None,
        return_dict: bool | None = None,
    ) -> SonicCodecEncoderOutput | tuple[Any, ...]:
        """Turn sound into codes.

        Parameters
        ----------
        input_values : float (B, 1, n), in [-1, 1]
        padding_mask : (B, n) or (B, 1, n); where it is 0 the sound is taken for silence
        bandwidth : kbit/s, one of `config.target_bandwidths`: the fewer, the fewer codebooks

        Returns
        -------
        codes int64 (1, B, K, T) with T = ceil(n / hop), and [None] for scales
        """
        y = self._checked(input_values)
        if padding_mask is not None:
            y = y * padding_mask.view(len(y), -1).to(y.dtype)
        y = nn.functional.pad(y, (0, -y.shape[1] % self.config.hop_length))
        codes = self.quantizer.encode(self.encoder(y), self._codebooks_at(bandwidth))
        if return_dict is False:
            return codes[None], [None], 0
        return SonicCodecEncoderOutput(codes[None], [None], 0)

    def decode(
        self,
        audio_codes: Tensor,
        audio_scales: list[Tensor | None] | None = None,
        padding_mask: Tensor | None = None,
        return_dict: bool | None = None,
        last_frame_pad_length: int | None = 0,
        *,
        first_frame: int = 0,
    ) -> SonicCodecDecoderOutput | tuple[Tensor]:
        """Turn codes into sound.

        Parameters
        ----------
        audio_codes : int64 (1, B, k, T), the first k of the codebooks
        audio_scales : ignored, there are none
        padding_mask : its length is what the sound is cut to
        first_frame : which frame of the whole sound the first code is

        Returns
        -------
        float (B, 1, T hop)
        """
        codes = self._checked_codes(audio_codes)
        y = self.decoder(self.quantizer.decode(codes), first_frame=first_frame)[:, None]
        if padding_mask is not None and padding_mask.shape[-1] < y.shape[-1]:
            y = y[..., : padding_mask.shape[-1]]
        return (y,) if return_dict is False else SonicCodecDecoderOutput(y)

    def decode_solo(self, audio_codes: Tensor, part: str) -> Tensor:
        """Decode the ``"tones"``, the ``"noise"`` or the ``"attacks"`` alone; they add up to all.

        audio_codes (1, B, k, T) -> (B, 1, T hop)
        """
        codes = self._checked_codes(audio_codes)
        faders = self.decoder.set_faders(self.quantizer.decode(codes))
        return self.decoder.play(self.decoder.solo(faders, part))[:, None]

    def decode_part(self, audio_codes: Tensor, start: int, stop: int) -> Tensor:
        """Decode the frames from `start` up to `stop` alone, as they sound within the whole.

        Only `config.context_frames` frames on either side are looked at, so a stream can begin
        before its end is known; and of these only the nearest, into which a grain reaches, is
        played, since the bank costs more than the looking.

        Parameters
        ----------
        audio_codes : int64 (1, B, k, T), the whole or all that there is of it so far

        Returns
        -------
        float (B, 1, (stop - start) hop)
        """
        total, hop = audio_codes.shape[-1], self.config.hop_length
        context = self.config.context_frames
        if not 0 <= start < stop <= total:
            raise ParameterError(f"frames {start} to {stop} do not lie in the {total} there are")
        a, b = max(0, start - context), min(total, stop + context)
        first, last = max(a, start - 1), min(b, stop + 1)
        z = self.quantizer.decode(self._checked_codes(audio_codes[..., a:b]))
        faders = self.decoder.set_faders(z, frames=slice(first - a, last - a))
        y = self.decoder.play(faders, first_frame=first)[:, None]
        return y[..., (start - first) * hop : (stop - first) * hop]

    def forward(
        self,
        input_values: Tensor,
        padding_mask: Tensor | None = None,
        bandwidth: float | None = None,
        audio_codes: Tensor | None = None,
        audio_scales: list[Tensor | None] | None = None,
        return_dict: bool | None = None,
        last_frame_pad_length: int | None = 0,
    ) -> SonicCodecOutput | tuple[Tensor, Tensor]:
        """Encode, unless codes are given, and decode."""
        if audio_codes is None:
            audio_codes = self.encode(input_values, padding_mask, bandwidth, False)[0]
        y = self.decode(audio_codes, audio_scales, padding_mask, False)[0]
        if return_dict is False:
            return audio_codes, y
        return SonicCodecOutput(audio_codes, y)

    def _checked(self, input_values: Tensor) -> Tensor:
        shape = tuple(input_values.shape)
        if len(shape) != 3 or shape[1] != 1 or 0 in shape:
            raise AudioError(f"input_values has shape {shape}: it must be (B, 1, n), not empty")
        if not torch.isfinite(input_values).all():
            raise AudioError("input_values has NaN or infinite samples")
        return input_values[:, 0]

    def _codebooks_at(self, bandwidth: float | None) -> int:
        known = self.config.target_bandwidths
        asked = self.config.default_bandwidth if bandwidth is None else bandwidth
        if asked is None:
            return len(known)
        if asked not in known:
            raise ParameterError(f"bandwidth={asked!r} must be one of {known} kbit/s")
        return known.index(asked) + 1

    def _checked_codes(self, audio_codes: Tensor) -> Tensor:
        c, shape = self.config, tuple(audio_codes.shape)
        good = len(shape) == 4 and shape[0] == 1 and 1 <= shape[2] <= c.num_quantizers
        if not good or 0 in shape:
            raise ParameterError(
                f"audio_codes has shape {shape}: it must be (1, B, K, T) with K from 1 to "
                f"{c.num_quantizers}"
            )
        if audio_codes.min() < 0 or audio_codes.max() >= c.codebook_size:
            raise ParameterError(
                f"audio_codes reach from {int(audio_codes.min())} to {int(audio_codes.max())}: "
                f"they must lie from 0 to {c.codebook_size - 1}"
            )
        return audio_codes[0]


AutoConfig.register("sonic_codec", SonicCodecConfig, exist_ok=True)
AutoModel.register(SonicCodecConfig, SonicCodecModel, exist_ok=True)
