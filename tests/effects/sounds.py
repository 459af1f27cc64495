"""Sounds whose properties are known, and how to measure them again."""

from __future__ import annotations

import numpy as np


def tone(frequency_hz: float, *, sr: int, duration_s: float, level: float = 0.5) -> np.ndarray:
    """A sine that fades in and out over 10 ms, so that its ends do not click."""
    n = round(sr * duration_s)
    fade = np.minimum(1, np.minimum(np.arange(n), np.arange(n)[::-1]) / (0.01 * sr))
    sine = np.sin(2 * np.pi * frequency_hz * np.arange(n) / sr)
    return (level * fade * sine).astype(np.float32)


def harmonic(frequency_hz: float, *, sr: int, duration_s: float) -> np.ndarray:
    """A tone of eight harmonics, as an instrument has them."""
    parts = [tone(k * frequency_hz, sr=sr, duration_s=duration_s) / k for k in range(1, 9)]
    return (0.4 * np.sum(parts, axis=0)).astype(np.float32)


def frequency_of(y: np.ndarray, *, sr: int) -> float:
    """The strongest frequency in the middle half: a windowed FFT's peak, by a parabola through
    the logarithms of its three bins; for a Hann window that is good to 0.02 of a bin."""
    middle = y[len(y) // 4 : 3 * len(y) // 4]
    size = 2 ** int(np.ceil(np.log2(len(middle))) + 2)
    level = np.log(np.abs(np.fft.rfft(middle * np.hanning(len(middle)), size)) + 1e-20)
    at = int(np.argmax(level))
    left, top, right = level[at - 1 : at + 2]
    return float((at + 0.5 * (left - right) / (left - 2 * top + right)) * sr / size)


def cents(before_hz: float, after_hz: float) -> float:
    return 1200 * float(np.log2(after_hz / before_hz))


def power(y: np.ndarray) -> float:
    return float(np.mean(np.square(y, dtype=np.float64)))


def decibels(ratio: float) -> float:
    return 10 * float(np.log10(ratio))


def lag(reference: np.ndarray, y: np.ndarray) -> int:
    """By how many samples `y` comes after `reference`, where they look most alike."""
    from scipy.signal import correlate

    both = correlate(y.astype(np.float64), reference.astype(np.float64), mode="full", method="fft")
    return int(np.argmax(both)) - (len(reference) - 1)


def response_db(effect, *, sr: int, frequency_hz: float) -> float:
    """The gain of a linear effect at a frequency, from what it makes of a click."""
    click = np.zeros(2 * sr, dtype=np.float32)
    click[sr // 2] = 1
    out = effect(click).astype(np.float64)
    turns = np.exp(-2j * np.pi * frequency_hz * np.arange(len(out)) / sr)
    return 20 * float(np.log10(np.abs(np.sum(out * turns)) + 1e-15))
