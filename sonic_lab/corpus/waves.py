"""What every instrument is built from: ringing modes, band-limited cycles, noise, curves.

All in float64. `np.exp`, `np.sin` and a sum's order differ between machines in the last bit or
two; in float64 that is some 1e-13 of a sample's size, and the rounding to 16 bits at the very
end drops it, unless a sample lies that close to a rounding edge: one in some millions of clips.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import signal

from .luck import Luck
from .scores import SR

_BLOCK = 128
_CYCLE = 2048
_NOISE_S = 12
TOP_HZ = 0.46 * SR


def hertz(midi: float, cents: float = 0.0) -> float:
    """Return the equal-tempered frequency of a MIDI number, with A4 at 440 Hz.

    >>> hertz(69), round(hertz(60), 2)
    (440.0, 261.63)
    """
    return float(440.0 * 2.0 ** ((midi - 69 + cents / 100) / 12))


@lru_cache(maxsize=1)
def _clock() -> np.ndarray:
    return np.arange(60 * SR) / SR


def seconds(n: int) -> np.ndarray:
    """Return the times of `n` samples, in seconds (not to be written to)."""
    return _clock()[:n] if n <= 60 * SR else np.arange(n) / SR


def ring(
    n: int, *, hz: np.ndarray, t60_s: np.ndarray, gain: np.ndarray, phase: np.ndarray | float = 0.0
) -> np.ndarray:
    """Sum damped sines, each `t60_s` seconds long until it has fallen by 60 dB.

    e^(s(a + b)) = e^(sa) e^(sb), so all modes together are one matrix product of the values at
    block starts with the values inside a block.
    """
    pole = (-np.log(1000) / t60_s + 2j * np.pi * hz) / SR  # (K,) per sample
    strength = np.where(hz < TOP_HZ, gain, 0.0) * np.exp(1j * np.asarray(phase))
    starts = _powers(pole * _BLOCK, -(-n // _BLOCK)) * strength[:, None]  # (K, blocks)
    inside = _powers(pole, _BLOCK)  # (K, block)
    left = np.concatenate([starts.real, starts.imag])  # Im(ab) = Re a Im b + Im a Re b
    right = np.concatenate([inside.imag, inside.real])
    return (left.T @ right).ravel()[:n]


def _powers(pole: np.ndarray, n: int) -> np.ndarray:
    """Return e^(pole * [0, 1, ..., n - 1]), by squaring: (K,) -> (K, n)."""
    out = np.empty((pole.size, n), dtype=np.complex128)
    out[:, 0] = 1.0
    done = 1
    while done < n:
        more = min(done, n - done)
        out[:, done : done + more] = out[:, :more] * np.exp(pole * done)[:, None]
        done += more
    return out


def cycle(levels: np.ndarray) -> np.ndarray:
    """Turn the levels of harmonics 1, 2, ... into one cycle of a wave: (2049,), its end joined.

    Their phases are scattered (by multiples of the golden section), since a wave whose
    harmonics all begin together is one narrow spike.
    """
    spectrum = np.zeros(_CYCLE // 2 + 1, dtype=np.complex128)
    k = np.arange(1, levels.size + 1)
    spectrum[k] = levels * np.exp(2j * np.pi * ((0.618034 * k * k) % 1.0)) * (_CYCLE / 2)
    wave = np.fft.irfft(spectrum)
    return np.append(wave, wave[0])


def turns(hz: float, n: int, cents: np.ndarray | float = 0.0) -> np.ndarray:
    """Return the phase in turns of a tone that leaves its pitch by `cents`, (n,)."""
    if isinstance(cents, np.ndarray):
        return np.cumsum(1.0 + cents * (np.log(2) / 1200)) * (hz / SR)
    return seconds(n) * (hz * 2.0 ** (cents / 1200))


def look_up(turn: np.ndarray, *waves: np.ndarray) -> list[np.ndarray]:
    """Read cycles at phases in turns, on straight lines between their points."""
    at = (turn - np.floor(turn)) * _CYCLE
    left = np.minimum(at.astype(np.int64), _CYCLE - 1)
    part = at - left
    found = []
    for wave in waves:
        low = wave[left]
        found.append(low + part * (wave[left + 1] - low))
    return found


@lru_cache(maxsize=16)
def _noise_band(low_hz: int, high_hz: int) -> np.ndarray:
    white = Luck("noise", low_hz, high_hz).noise((_NOISE_S + 1) * SR)
    band = signal.butter(2, [low_hz, min(high_hz, TOP_HZ)], "bandpass", fs=SR, output="sos")
    y = signal.sosfilt(band, white)[SR:]
    return y / np.sqrt(np.mean(y**2))


def noise(n: int, *, low_hz: int, high_hz: int, at: float) -> np.ndarray:
    """Cut `n` samples out of a fixed band of noise of unit variance, from `at` in [0, 1)."""
    band = _noise_band(low_hz, high_hz)
    first = int(at * max(band.size - n, 1))
    return np.resize(band[first : first + n], n)


@lru_cache(maxsize=256)
def half_cosine(m: int) -> np.ndarray:
    """Rise from 0 to 1 over `m` samples (not to be written to)."""
    return 0.5 - 0.5 * np.cos(np.pi * np.arange(m) / max(m, 1))


def fade(y: np.ndarray, *, in_s: float = 0.0, out_s: float = 0.0) -> np.ndarray:
    """Fade both ends of `y` in place by a raised cosine, so that nothing clicks; return it."""
    for duration_s, side in ((in_s, slice(None)), (out_s, slice(None, None, -1))):
        m = min(int(duration_s * SR), y.size)
        y[side][:m] *= half_cosine(m)
    return y


def place(track: np.ndarray, y: np.ndarray, at_s: float, gain: float = 1.0) -> None:
    """Add a sound to a track at a time; what passes the track's end is dropped."""
    first = max(round(at_s * SR), 0)
    m = min(y.size, track.size - first)
    if m > 0:
        track[first : first + m] += gain * y[:m]
