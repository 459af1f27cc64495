"""What the codec is told about its mistakes: how far two sounds lie apart, and where the tones are.

Phases are never compared: the codec does not keep them, and the ear hardly minds.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sonic_lab.models.codec import SonicCodecConfig, level, tone_frequencies

WINDOWS = (4096, 2048, 1024, 512, 256)  # the longest tell pitches apart, the shortest onsets
FLOOR = 1e-4  # -80 dB of full scale
AUDIBLE = 1e-3  # a tone weaker than -60 dB of full scale is not looked for


@functools.cache
def _hann(window: int) -> Tensor:
    return torch.hann_window(window)


def magnitudes(y: Tensor, window: int, hop: int) -> Tensor:
    """STFT magnitudes around the middle of each hop: (B, n) -> (B, T, F); a full sine is 1."""
    side = (window - hop) // 2
    padded = nn.functional.pad(y, (side, window - hop - side))
    spectrum = torch.stft(
        padded, window, hop, window=_hann(window), center=False, return_complex=True
    )
    power = torch.view_as_real(spectrum).square().sum(-1)  # abs() would cost twice as much
    return ((power + 1e-9).sqrt() * (4 / window)).transpose(1, 2)


@functools.cache
def _care(bins: int) -> Tensor:
    """Weigh bins so that the octaves count more evenly: (F,), 1 on the average.

    Unweighted, all below 200 Hz would count a fortieth, and the bass would lose its tune.
    """
    weight = (torch.linspace(0, 1, bins) + 0.0125) ** -0.7  # 100 Hz of 8 kHz
    return weight / weight.mean()


def spectral_distance(y: Tensor, target: Tensor, *, windows: Sequence[int] = WINDOWS) -> Tensor:
    """Spectral convergence plus half the mean log difference, which minds the low octaves.

    References
    ----------
    Arik, Jun and Diamos, Fast Spectrogram Inversion Using Multi-Head CNNs (2018): both terms.
    Yamamoto, Song and Kim, Parallel WaveGAN (2020): several windows.
    """
    total = y.new_zeros(())
    for window in windows:
        a = magnitudes(y, window, window // 4)
        with torch.no_grad():
            b = magnitudes(target, window, window // 4)
            size = b.square().sum((1, 2)).sqrt().clamp(min=1e-2)
        convergence = ((a - b).square().sum((1, 2)).sqrt() / size).mean()
        total = (
            total + convergence + 0.5 * (torch.log(a + FLOOR) - torch.log(b + FLOOR)).abs().mean()
        )
    return total / len(windows)


NOTE_WINDOW = 4096  # a quarter of a second: semitones lie apart from about 80 Hz on
LOWEST_HZ = 55.0


@functools.cache
def _notes(bins: int, sr: int) -> tuple[Tensor, Tensor]:
    """Say which semitone each bin belongs to, and which octave each semitone: (F, S), (S, O).

    All below `LOWEST_HZ` is the first semitone's; in the lowest octaves some have no bin.
    """
    hz = torch.arange(bins) * (sr / 2 / (bins - 1))
    semitone = torch.round(12 * torch.log2(hz.clamp(min=LOWEST_HZ) / LOWEST_HZ)).long()
    octave = torch.arange(int(semitone.max()) + 1) // 12
    one_hot = nn.functional.one_hot
    return one_hot(semitone).to(torch.float32), one_hot(octave).to(torch.float32)


def note_distance(y: Tensor, target: Tensor, *, sr: int) -> Tensor:
    """How far the loudness of each semitone is off, moment by moment and over the whole sound.

    Bin by bin, a chorus or a noise can only be matched by luck, and where matching is luck the
    cheapest answer is to play too softly; so it is, less so, from moment to moment, for a chorus
    beats. Over a second a semitone's energy can be right whatever its bins and beats do. Each
    octave counts alike: over all at once, the loudest would be all that counts.
    """
    energy = magnitudes(y, NOTE_WINDOW, NOTE_WINDOW // 4).square()
    notes, octaves = _notes(energy.shape[2], sr)
    played = energy @ notes  # (B, T, S)
    with torch.no_grad():
        wanted = magnitudes(target, NOTE_WINDOW, NOTE_WINDOW // 4).square() @ notes
    return _off(played, wanted, octaves) + _off(_mean(played), _mean(wanted), octaves)


def _mean(energy: Tensor) -> Tensor:
    return energy.mean(1, keepdim=True)


def _off(played: Tensor, wanted: Tensor, octaves: Tensor) -> Tensor:
    """Spectral convergence of energies (B, T, S), octave by octave, averaged."""
    size = (wanted.sum(1) @ octaves).sqrt()  # (B, O)
    size = size.clamp(min=1e-3).maximum(0.05 * size.amax(1, keepdim=True))
    apart = (played + 1e-9).sqrt() - (wanted + 1e-9).sqrt()
    return (((apart.square().sum(1) @ octaves) + 1e-9).sqrt() / size).mean()


@torch.no_grad()
def find_tones(y: Tensor, config: SonicCodecConfig) -> Tensor:
    """Find the peaks of the spectrum, and which oscillators would play them.

    Peaks come from a long window, by a parabola through three log magnitudes; how loud each is,
    from the lesser of a long and a short window, so that a tone does not ring before its onset.

    Parameters
    ----------
    y : (B, n) with n = T hop

    Returns
    -------
    amplitudes (B, T, J), mostly 0

    References
    ----------
    Smith and Serra, PARSHL (1987): peaks by parabola.
    """
    long, short, hop = 2048, 512, config.hop_length
    view, quick = magnitudes(y, long, hop), magnitudes(y, short, hop)
    below, at, above = (view.log()[..., a : view.shape[2] - 2 + a] for a in range(3))
    bins = torch.arange(1, view.shape[2] - 1)
    peak = (at > below) & (at >= above) & (at > math.log(AUDIBLE))
    shift = 0.5 * (below - above) / (below - 2 * at + above).clamp(max=-1e-3)
    hz = (bins + shift) * config.sampling_rate / long
    loud = torch.minimum(at.exp(), quick[..., (bins * short / long).round().long()]) * peak
    bank = torch.tensor(tone_frequencies(config), dtype=torch.float32)
    nearest = torch.bucketize(hz.contiguous(), (bank[1:] + bank[:-1]) / 2)
    return y.new_zeros(*view.shape[:2], len(bank)).scatter_reduce(2, nearest, loud, "amax")


def tone_distance(faders: Tensor, y: Tensor, config: SonicCodecConfig) -> Tensor:
    """How far the bank's faders (B, T, J + ...) lie from the tones that are there to be found."""
    wanted = find_tones(y, config)
    played = level(faders[..., : wanted.shape[2]])
    apart = (torch.log1p(played / AUDIBLE) - torch.log1p(wanted / AUDIBLE)).square()
    # Squared, which asks for the mean: the absolute difference would ask for the median, and
    # where the ear hesitates between neighbours the median of each is silence.
    return (apart * (1 + 4 * (wanted > 0))).mean()
