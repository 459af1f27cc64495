"""What the judges look at: three pictures of a clip, for its timbre, its pitches and its pulse."""

from __future__ import annotations

import functools
import math

import numpy as np
import torch
from torch import Tensor

from sonic_lab import features

SR = 16_000
N_MELS, TIMBRE_HOP = 64, 512
LOW_MIDI, N_PITCHES, FINE = 28, 68, 2  # from E1 up, two bins a semitone
PITCH_HOP = 2048  # eight frames a second
BANDS, PULSE_HOP = 6, 160  # onsets in six bands, a hundred times a second
PULSE_BPM = np.geomspace(30, 340, 160)  # the tempi whose echo is listened for, 1.5 % apart


def timbre(Y: Tensor) -> Tensor:
    """(B, n) -> log-mels in dB below the loudest point, (B, 64, T)."""
    return features.log_mel_batch(
        Y.numpy(), sr=SR, n_fft=1024, hop_length=TIMBRE_HOP, n_mels=N_MELS, device="cpu"
    )


def pitches(Y: Tensor) -> Tensor:
    """(B, n) -> how loud each half semitone is, 0 to 1: (B, 2 · 68, T).

    Below middle C a window of half a second tells semitones apart; above, a quarter does.
    """
    low, high = (_magnitudes(Y, n_fft) @ _semitones(n_fft) for n_fft in (8192, 4096))
    split = FINE * (60 - LOW_MIDI)
    both = torch.cat([low[..., :split], high[..., split:]], dim=2).transpose(1, 2)
    loud = both / both.amax(dim=(1, 2), keepdim=True).clamp(min=1e-6)
    return torch.log1p(300 * loud) / math.log(301)


def _magnitudes(Y: Tensor, n_fft: int) -> Tensor:
    window = torch.hann_window(n_fft)
    spectrum = torch.stft(Y, n_fft, PITCH_HOP, window=window, return_complex=True)
    return spectrum.abs().transpose(1, 2) / n_fft  # (B, T, F)


@functools.lru_cache
def _semitones(n_fft: int) -> Tensor:
    """Return bells around every half semitone, as wide as a bin where bins are wider: (F, J)."""
    f = np.arange(n_fft // 2 + 1) * SR / n_fft
    centre = 440 * 2 ** ((LOW_MIDI - 69 + np.arange(FINE * N_PITCHES) / FINE) / 12)
    width = np.maximum(centre * (2 ** (0.3 / 12) - 1), SR / n_fft)
    return torch.tensor(np.exp(-0.5 * ((f[:, None] - centre) / width) ** 2), dtype=torch.float32)


def pulse(Y: Tensor) -> Tensor:
    """(B, n) -> how strongly the onsets of each band come again after one beat: (B, 6, 160)."""
    mel = features.log_mel_batch(
        Y.numpy(), sr=SR, n_fft=512, hop_length=PULSE_HOP, n_mels=8 * BANDS, device="cpu"
    )
    rise = mel.diff(dim=2).clamp(min=0).unflatten(1, (BANDS, 8)).mean(2)  # (B, 6, T - 1)
    rise = rise - rise.mean(dim=2, keepdim=True)
    n = rise.shape[2]
    power = torch.fft.rfft(rise, n=2 * n).abs().square()
    echo = torch.fft.irfft(power)[..., :n] / torch.arange(n, 0, -1)  # per overlapping frame
    echo = echo / echo[..., :1].clamp(min=1e-9)
    lag = torch.tensor(60 / PULSE_BPM * SR / PULSE_HOP)  # in frames, not whole
    left = lag.floor().long()
    share = (lag - left).float()
    return echo[..., left] * (1 - share) + echo[..., left + 1] * share
