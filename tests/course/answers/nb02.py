"""Answers to the exercises of notebook 02."""

from __future__ import annotations

import librosa
import numpy as np
import scipy.signal

import sonic_lab as sl

from . import Answers

# --- 02.1 ---


def hann(n):
    return np.sin(np.pi * np.arange(n) / n) ** 2


# --- 02.2 ---


def magnitudes(y, n_fft, hop_length):
    return np.abs(sl.features.stft(y, n_fft=n_fft, hop_length=hop_length))


def by_hand(y, n_fft, hop_length, window, pad="constant"):
    y = np.pad(y, n_fft // 2, mode=pad)
    frames = np.lib.stride_tricks.sliding_window_view(y, n_fft)[::hop_length]
    return np.abs(np.fft.rfft(frames * window, axis=1)).T


# --- 02.3 ---


def n_fft(given):
    size = 2
    while 4 * given.sr / size > given.gap_hz:
        size *= 2
    assert size / given.sr < given.gap_ms / 1000
    return size


# --- 02.4 ---


def to_db(S):
    return librosa.power_to_db(S, ref=np.max, amin=1e-30)


# --- 02.6 ---


def filterbank(freqs, edges):
    rows = []
    for low, mid, high in zip(edges[:-2], edges[1:-1], edges[2:], strict=True):
        row = np.interp(freqs, [low, mid, high], [0, 2 / (high - low), 0], left=0, right=0)
        rows.append(row)
    return np.array(rows)


def unit_peaks(freqs, edges):
    return filterbank(freqs, edges) * (edges[2:] - edges[:-2])[:, None] / 2


def unclipped(freqs, edges):
    low, mid, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    both = np.minimum((freqs - low) / (mid - low), (high - freqs) / (high - mid))
    return both * 2 / (high - low)


def boxes(freqs, edges):
    inside = (freqs > edges[:-2, None]) & (freqs < edges[2:, None])
    return inside / (edges[2:] - edges[:-2])[:, None]


# --- 02.7 ---


def frames(given):
    return 1 + given.seconds * given.sr // given.hop_length


def weight(given):
    return 4 * given.clips * given.n_mels * frames(given)


ANSWERS = {
    "02.1": Answers(
        solution=lambda given: hann,
        wrong={
            "symmetric-window": lambda given: np.hanning,
            "hamming": lambda given: lambda n: scipy.signal.get_window("hamming", n),
            "upside-down": lambda given: lambda n: 1 - hann(n),
            "not-halved": lambda given: lambda n: 1 - np.cos(2 * np.pi * np.arange(n) / n),
            "half-a-period": lambda given: lambda n: 0.5 - 0.5 * np.cos(np.pi * np.arange(n) / n),
            "sine-window": lambda given: lambda n: np.sqrt(hann(n)),
            "wrong-shape": lambda given: lambda n: hann(n + 1),
            "different": lambda given: np.ones,
        },
    ),
    "02.2": Answers(
        solution=lambda given: magnitudes,
        wrong={
            "not-centred": lambda given: (
                lambda y, n, h: np.abs(sl.features.stft(y, n_fft=n, hop_length=h, center=False))
            ),
            "no-window": lambda given: lambda y, n, h: by_hand(y, n, h, np.ones(n)),
            "symmetric-window": lambda given: lambda y, n, h: by_hand(y, n, h, np.hanning(n)),
            "power": lambda given: lambda y, n, h: magnitudes(y, n, h) ** 2,
            "mirrored-ends": lambda given: lambda y, n, h: by_hand(y, n, h, hann(n), "reflect"),
            "both-halves": lambda given: (
                lambda y, n, h: (
                    np.abs(
                        scipy.fft.fft(
                            np.lib.stride_tricks.sliding_window_view(np.pad(y, n // 2), n)[::h]
                            * hann(n)
                        )
                    ).T
                )
            ),
            "transposed": lambda given: lambda y, n, h: magnitudes(y, n, h).T,
            "complex": lambda given: lambda y, n, h: sl.features.stft(y, n_fft=n, hop_length=h),
            "different": lambda given: lambda y, n, h: np.zeros_like(magnitudes(y, n, h)),
        },
    ),
    "02.3": Answers(
        solution=n_fft,
        wrong={
            "too-short": lambda given: n_fft(given) // 2,
            "too-long": lambda given: n_fft(given) * 2,
            "not-a-power-of-two": lambda given: given.sr * given.gap_ms / 1000,
        },
    ),
    "02.4": Answers(
        solution=lambda given: to_db,
        wrong={
            "amplitude-for-power": lambda given: (
                lambda S: librosa.amplitude_to_db(S, ref=np.max, amin=1e-30)
            ),
            "natural-log": lambda given: lambda S: np.maximum(10 * np.log(S / S.max()), -80),
            "bels": lambda given: lambda S: np.maximum(np.log10(S / S.max()), -80),
            "no-floor": lambda given: lambda S: 10 * np.log10(S / S.max()),
            "no-reference": lambda given: lambda S: librosa.power_to_db(S, amin=1e-30),
            "average-reference": lambda given: (
                lambda S: librosa.power_to_db(S, ref=np.mean, amin=1e-30)
            ),
            "sign": lambda given: lambda S: -to_db(S),
        },
    ),
    "02.5": Answers(
        solution=lambda given: lambda f: 1127.01 * np.log1p(f / 700),
        wrong={
            "natural-log": lambda given: lambda f: 2595 * np.log(1 + f / 700),
            "constants-of-the-other-form": lambda given: lambda f: 1127 * np.log10(1 + f / 700),
            "one-forgotten": lambda given: lambda f: 2595 * np.log10(f / 700),
            "one-outside": lambda given: lambda f: 2595 * np.log10((1 + f) / 700),
            "slaney-scale": lambda given: librosa.hz_to_mel,
            "the-way-back": lambda given: lambda f: librosa.mel_to_hz(f, htk=True),
            "different": lambda given: lambda f: f,
        },
    ),
    "02.6": Answers(
        solution=lambda given: filterbank,
        wrong={
            "unit-peak": lambda given: unit_peaks,
            "half-the-height": lambda given: lambda freqs, edges: filterbank(freqs, edges) / 2,
            "rows-sum-to-one": lambda given: (
                lambda freqs, edges: (
                    filterbank(freqs, edges) / filterbank(freqs, edges).sum(axis=1)[:, None]
                )
            ),
            "below-zero": lambda given: unclipped,
            "boxes": lambda given: boxes,
            "transposed": lambda given: lambda freqs, edges: filterbank(freqs, edges).T,
        },
    ),
    "02.7": Answers(
        solution=weight,
        wrong={
            "values-for-bytes": lambda given: weight(given) / 4,
            "float64": lambda given: weight(given) * 2,
            "frame-forgotten": lambda given: 4 * given.clips * given.n_mels * (frames(given) - 1),
            "one-clip": lambda given: weight(given) / given.clips,
            "the-waveforms": lambda given: 4 * given.clips * given.seconds * given.sr,
            "different": lambda given: weight(given) / given.n_mels,
        },
    ),
}
