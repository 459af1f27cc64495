"""Answers to the exercises of notebook 01."""

from __future__ import annotations

import numpy as np

from . import Answers


def alias(f, sr):
    f = f % sr
    return sr - f if f > sr / 2 else f


def quantise(y, bits):
    steps = 2 ** (bits - 1)
    return np.round(y * steps) / steps


def rms(y):
    return np.linalg.norm(y) / len(y) ** 0.5


def to_pcm16(y):
    return (np.clip(y, -1, 1) * 32767).astype(np.int16)


def wrapped(y):
    # What a cast to int16 does on most machines; NumPy leaves it open, so it is spelt out here.
    whole = np.round(y.astype(float) * 32767).astype(int)
    return (whole + 32768) % 65536 - 32768


def megabytes(given, *, channels=2):
    return given.minutes * 60 * given.sr * channels * (given.bits // 8) / 1_000_000


ANSWERS = {
    "01.1": Answers(
        solution=lambda given: given.n / given.sr,
        wrong={
            "channels-in-a-row": lambda given: 2 * given.n / given.sr,
            "channels-shared": lambda given: given.n / (2 * given.sr),
            "upside-down": lambda given: given.sr / given.n,
            "samples-for-seconds": lambda given: given.n,
            "unit": lambda given: 1000 * given.n / given.sr,
        },
    ),
    "01.2": Answers(
        solution=lambda given: alias,
        wrong={
            "no-folding": lambda given: lambda f, sr: f,
            "remainder-only": lambda given: lambda f, sr: f % sr,
            "folded-at-the-rate": lambda given: lambda f, sr: alias(f, 2 * sr),
            "clamped-to-nyquist": lambda given: lambda f, sr: min(f, sr // 2),
            "negative-frequency": lambda given: lambda f, sr: (f + sr / 2) % sr - sr / 2,
            "folded-once": lambda given: lambda f, sr: sr - f if f > sr / 2 else f,
            "different": lambda given: lambda f, sr: abs(sr / 2 - f),
        },
    ),
    "01.3": Answers(
        solution=lambda given: quantise,
        wrong={
            "half-the-steps": lambda given: lambda y, bits: quantise(y, bits - 1),
            "twice-the-steps": lambda given: lambda y, bits: quantise(y, bits + 1),
            "bits-for-levels": lambda given: lambda y, bits: np.round(y * bits / 2) / (bits / 2),
            "truncated": lambda given: lambda y, bits: (y // 2.0 ** (1 - bits)) * 2.0 ** (1 - bits),
            "towards-zero": lambda given: (
                lambda y, bits: (y * 2 ** (bits - 1)).astype(int) / 2 ** (bits - 1)
            ),
            "left-as-integers": lambda given: lambda y, bits: np.round(y * 2 ** (bits - 1)),
            "decimal-places": lambda given: lambda y, bits: np.round(y, bits),
        },
    ),
    "01.4": Answers(
        solution=lambda given: lambda y: 10 * np.log10(np.mean(y**2)),
        wrong={
            "power-for-amplitude": lambda given: lambda y: 10 * np.log10(rms(y)),
            "amplitude-for-power": lambda given: lambda y: 20 * np.log10(np.mean(y**2)),
            "natural-logarithm": lambda given: lambda y: 20 * np.log(rms(y)),
            "no-logarithm": lambda given: rms,
            "peak-for-rms": lambda given: lambda y: 20 * np.log10(max(abs(y))),
            "mean-of-magnitudes": lambda given: lambda y: 20 * np.log10(np.mean(abs(y))),
            "sign": lambda given: lambda y: -20 * np.log10(rms(y)),
        },
    ),
    "01.5": Answers(
        solution=lambda given: to_pcm16,
        wrong={
            "not-clipped": lambda given: lambda y: (y * 32767).astype(np.int32),
            "wrapped": lambda given: wrapped,
            "turned-down": lambda given: lambda y: y * (32767 / max(abs(y))),
            "not-scaled": lambda given: lambda y: np.clip(y, -1, 1),
            "cut-to-zero": lambda given: lambda y: np.clip(y, -1, 1).astype(np.int16),
            "unsigned": lambda given: lambda y: (np.clip(y, -1, 1) + 1) * 32767.5,
            "different": lambda given: lambda y: to_pcm16(y) // 256,
        },
    ),
    "01.6": Answers(
        solution=lambda given: round(megabytes(given)),
        wrong={
            "bits-for-bytes": lambda given: 8 * megabytes(given),
            "mono": lambda given: megabytes(given, channels=1),
            "minutes-for-seconds": lambda given: megabytes(given) / 60,
            "bytes": lambda given: megabytes(given) * 1_000_000,
            "binary-megabytes": lambda given: megabytes(given) * 1_000_000 / 1024**2,
        },
    ),
}
