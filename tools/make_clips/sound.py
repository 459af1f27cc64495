"""What every instrument is built from: partials, ringing modes, noise, smooth curves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import signal

_BLOCK = 512


def luck(*words: str | int) -> np.random.Generator:
    """Return the generator that belongs to a name, so that no clip depends on another's draws."""
    return np.random.default_rng(list("/".join(map(str, words)).encode()))


def harmonics(phase: np.ndarray, level: Callable[[int], np.ndarray | float], count: int):
    """Sum sin(k * phase) * level(k) for k = 1..count, by Horner's rule in e^(i phase).

    Multiplying is several times cheaper than a sine for each harmonic.
    """
    turn = np.exp(1j * phase)
    total = np.zeros_like(turn)
    for k in range(count, 0, -1):
        total = (total + level(k)) * turn
    return total.imag


def ring(
    n: int,
    *,
    sr: int,
    hz: np.ndarray,
    t60_s: np.ndarray,
    gain: np.ndarray,
    phase: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Sum damped sines, each `t60_s` seconds long until it has fallen by 60 dB.

    e^(s(a + b)) = e^(sa) e^(sb), so all modes together are one matrix product of the values at
    block starts with the values inside a block.
    """
    hz = np.asarray(hz, dtype=np.float64)
    pole = -np.log(1000) / np.asarray(t60_s, dtype=np.float64) + 2j * np.pi * hz  # (K,)
    strength = np.where(hz < 0.47 * sr, gain, 0.0) * np.exp(1j * np.asarray(phase))
    starts = np.exp(np.outer(np.arange(-(-n // _BLOCK)) * _BLOCK / sr, pole)) * strength
    inside = np.exp(np.outer(pole, np.arange(_BLOCK) / sr))
    return (starts @ inside).imag.ravel()[:n]


def noise(rng: np.random.Generator, n: int, *, sr: int, low_hz: float, high_hz: float):
    """White noise between two frequencies (Butterworth, 12 dB an octave), at unit variance."""
    high = min(high_hz, 0.47 * sr)
    band = signal.butter(2, [low_hz, high], "bandpass", fs=sr, output="sos")
    white = rng.standard_normal(n + sr // 10)
    return signal.sosfilt(band, white)[sr // 10 :] * np.sqrt(sr / 2 / (high - low_hz))


def wander(rng: np.random.Generator, n: int, *, sr: int, hz: float) -> np.ndarray:
    """A slow random curve of unit variance: knots at `hz` a second, joined smoothly."""
    knots = rng.standard_normal(int(n / sr * hz) + 4)
    at = np.arange(n) / sr * hz + 1
    left = at.astype(np.int64)
    part = 0.5 - 0.5 * np.cos(np.pi * (at - left))
    return (knots[left] * (1 - part) + knots[left + 1] * part) * 1.15


def curve(points: Sequence[tuple[float, float]], n: int, *, sr: int, smooth_s: float = 0.0):
    """Join (seconds, value) points by straight lines, then round the corners."""
    at, values = zip(*points, strict=True)
    line = np.interp(np.arange(n) / sr, at, values)
    width = int(smooth_s * sr) | 1
    if width < 3:
        return line
    window = np.hanning(width + 2)[1:-1]
    padded = np.pad(line, width // 2, mode="edge")
    return signal.fftconvolve(padded, window / window.sum(), mode="valid")


def fade(y: np.ndarray, *, sr: int, in_s: float = 0.0, out_s: float = 0.0) -> np.ndarray:
    """Fade both ends by a raised cosine, so that nothing clicks."""
    y = y.copy()
    for seconds, side in ((in_s, slice(None)), (out_s, slice(None, None, -1))):
        m = min(int(seconds * sr), y.shape[-1])
        if m:
            y[..., side][..., :m] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(m) / m)
    return y


def place(track: np.ndarray, y: np.ndarray, at_s: float, *, sr: int) -> None:
    """Add a sound to a track at a time; what passes the track's end is dropped."""
    first = round(at_s * sr)
    m = min(y.shape[-1], track.shape[-1] - first)
    if m > 0:
        track[..., first : first + m] += y[..., :m]


def pan(y: np.ndarray, position: float) -> np.ndarray:
    """Place a mono sound between left (-1) and right (+1) at equal power: (n,) -> (2, n)."""
    angle = (position + 1) * np.pi / 4
    return np.stack([np.cos(angle) * y, np.sin(angle) * y]) * np.sqrt(2)


def body(y: np.ndarray, *, sr: int, modes: Sequence[tuple[float, float, float]]) -> np.ndarray:
    """Add resonances (Hz, Q, gain) of a wooden box to a string's sound."""
    out = y.copy()
    for hz, q, gain in modes:
        if hz < 0.45 * sr:
            b, a = signal.iirpeak(hz, q, fs=sr)
            out += gain * signal.lfilter(b, a, y)
    return out
