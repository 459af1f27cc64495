"""From a piece to samples: the stems, the room, the loudness, sixteen bits."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import fft, signal

from .instruments import perform
from .luck import Luck
from .scores import SR, Piece
from .waves import fade, seconds

LOUDNESS_LUFS = -20.0
CEILING_DB = -1.0  # of the true peak, dBFS
_FULL = 32768.0
# ITU-R BS.1770-4's two filters, at 16 kHz by the bilinear transform of their analogue form:
# a shelf of +4 dB from 1.68 kHz and a high-pass at 38 Hz.
_SHELF_HZ, _SHELF_DB, _SHELF_Q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
_LOW_HZ, _LOW_Q = 38.13547087602444, 0.5003270373238773


def render(piece: Piece) -> tuple[np.ndarray, int]:
    """Play a piece: float32 samples in [-1, 1], (n,), each an exact multiple of 1/32768; and sr.

    >>> from .composing import compose
    >>> y, sr = render(compose(0, duration_s=2))
    >>> y.shape, sr
    ((32000,), 16000)
    """
    return samples(piece).astype(np.float32) / np.float32(_FULL), SR


def samples(piece: Piece) -> np.ndarray:
    """Play a piece: int16, (n,)."""
    mix = np.sum(list(tracks(piece).values()), axis=0)
    heard = _finished(mix, piece)
    y = np.round(heard * (gain(heard) * _FULL))
    return np.clip(y, -_FULL, _FULL - 1).astype(np.int16)


def stems(piece: Piece) -> dict[str, np.ndarray]:
    """Play each instrument alone, as loud as it is in the mix: float32, (n,) each.

    The stems sum to what `render` gives, to its rounding.
    """
    parts = {name: _finished(track, piece) for name, track in tracks(piece).items()}
    scale = gain(np.sum(list(parts.values()), axis=0))
    return {name: (part * scale).astype(np.float32) for name, part in parts.items()}


def tracks(piece: Piece) -> dict[str, np.ndarray]:
    """Perform each instrument and set it to its level, dry: float64, (n,) each."""
    n = round(piece.duration_s * SR)
    found = {}
    for name in piece.instruments:
        notes = [one for one in piece.notes if one.instrument == name]
        y = perform(
            name, notes, n, cents=piece.tuning_cents, timbre=piece.timbres[name], seed=piece.seed
        )
        tilted = y[1:] - 0.6 * y[:-1]  # the ear's weight, roughly
        level = float(np.sqrt(np.mean(tilted * tilted)))
        found[name] = y * (10 ** (piece.levels_db[name] / 20) / max(level, 1e-9))
    return found


def _finished(track: np.ndarray, piece: Piece) -> np.ndarray:
    """Put a track into the room and fade its edges; all of it linear, so stems add up."""
    y = track if piece.room is None else track + _echo(track, *piece.room)
    return fade(y.copy() if y is track else y, in_s=0.002, out_s=0.06)


def _echo(y: np.ndarray, t60_s: float, wet_db: float) -> np.ndarray:
    size = fft.next_fast_len(y.size + int(1.1 * t60_s * SR) + SR // 100, real=True)
    spectrum = fft.rfft(y, size) * _room(t60_s, size)
    return fft.irfft(spectrum, size)[: y.size] * 10 ** (wet_db / 20)


@lru_cache(maxsize=16)
def _room(t60_s: float, size: int) -> np.ndarray:
    """The spectrum of a room's tail of unit energy: noise under an exponential, its top first.

    References
    ----------
    Moorer, About this reverberation business, Computer Music Journal 3(2), 1979.
    """
    n = int(1.1 * t60_s * SR)
    t = seconds(n)
    luck = Luck("room", str(t60_s))
    tail = np.zeros(n)
    for low, high, share in ((120, 1000, 1.0), (1000, 3500, 0.6), (3500, 7300, 0.3)):
        band = signal.butter(2, [low, high], "bandpass", fs=SR, output="sos")
        fall = np.exp(-np.log(1000) * t / (t60_s * (0.4 + 0.6 * share)))
        tail += signal.sosfilt(band, luck.noise(n)) * fall
    tail *= np.minimum(1, t / 0.02)  # echoes thicken over 20 ms
    tail = np.pad(tail, (int(0.008 * SR), 0))  # the nearest wall is 1.4 m off
    return fft.rfft(tail / np.sqrt(np.sum(tail**2)), size)


def gain(y: np.ndarray) -> float:
    """Return the factor that brings `y` to the loudness, unless its true peak is in the way.

    In whole hundredths of a decibel, so that it is the same wherever it is worked out.
    """
    if not y.any():
        return 1.0
    wanted_db = LOUDNESS_LUFS - loudness(y)
    allowed_db = CEILING_DB - true_peak_db(y)
    return float(10 ** (np.floor(min(wanted_db, allowed_db) * 100) / 2000))


def loudness(y: np.ndarray) -> float:
    """Return the K-weighted level of a whole clip in LUFS, without gating: -inf for silence."""
    heard = signal.sosfilt(_k_weighting(), y)
    power = float(np.mean(heard * heard))
    return -0.691 + 10 * np.log10(power) if power > 0 else float("-inf")


@lru_cache(maxsize=1)
def _k_weighting() -> np.ndarray:
    k = np.tan(np.pi * _SHELF_HZ / SR)
    high, band = 10 ** (_SHELF_DB / 20), 10 ** (_SHELF_DB / 20 * 0.4996667741545416)
    a0 = 1 + k / _SHELF_Q + k * k
    shelf = [
        (high + band * k / _SHELF_Q + k * k) / a0,
        2 * (k * k - high) / a0,
        (high - band * k / _SHELF_Q + k * k) / a0,
        1.0,
        2 * (k * k - 1) / a0,
        (1 - k / _SHELF_Q + k * k) / a0,
    ]
    k = np.tan(np.pi * _LOW_HZ / SR)
    a0 = 1 + k / _LOW_Q + k * k
    low = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / _LOW_Q + k * k) / a0]
    return np.array([shelf, low])


def true_peak_db(y: np.ndarray) -> float:
    """Return the highest point of the wave between the samples, dBFS, at four times the rate.

    Only the neighbourhoods of samples that come near the highest are looked into.
    """
    size = np.abs(y)
    top = float(size.max(initial=0.0))
    if top == 0:
        return float("-inf")
    near = np.flatnonzero(size > 0.7 * top)
    padded = np.pad(y, 16)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 32)
    between = windows[np.unique(np.concatenate([near, near + 1]))] @ _quarters().T
    return float(20 * np.log10(max(top, float(np.abs(between).max()))))


@lru_cache(maxsize=1)
def _quarters() -> np.ndarray:
    """Taps that read a wave 1/4, 1/2 and 3/4 of a sample after the sixteenth of 32: (3, 32)."""
    at = np.arange(32) - 15.0 - np.array([[0.25], [0.5], [0.75]])
    return np.sinc(at) * (0.5 + 0.5 * np.cos(np.pi * at / 16.5))
