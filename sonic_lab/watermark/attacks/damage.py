"""Attacks that put several effects together, or draw where an effect strikes."""

from __future__ import annotations

import numpy as np

from ... import effects
from ...audio import peak_db
from .attack import Situation


def under_nyquist(hertz: float, sr: int) -> float:
    """Keep a frequency below half the sample rate, where filters live."""
    return min(hertz, 0.45 * sr)


def band(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Keep so many octaves around 1 kHz."""
    half = 2 ** (situation.strength / 2)
    high = under_nyquist(1000 * half, situation.sr)
    return effects.band_pass(y, sr=situation.sr, low_hz=min(1000 / half, high / 2), high_hz=high)


def notches(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Remove so many frequencies, log-spaced from 200 Hz to 8 kHz."""
    top = under_nyquist(8000, situation.sr)
    for center in np.geomspace(200, top, round(situation.strength) + 2)[1:-1]:
        y = effects.notch(y, sr=situation.sr, center_hz=float(center), q=5)
    return y


def random_equalizer(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Raise or lower each octave from 125 Hz up by a random gain, up to so many dB."""
    for center in (125, 250, 500, 1000, 2000, 4000, 8000):
        gain_db = float(situation.rng.uniform(-1, 1)) * situation.strength
        if center < 0.45 * situation.sr:
            y = effects.peak(y, sr=situation.sr, center_hz=center, gain_db=gain_db, q=1.4)
    return y


def flip_polarity(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Invert the whole sound, and so many times a second flip it again."""
    period = situation.sr / situation.strength if situation.strength else np.inf
    odd = (np.arange(y.shape[-1]) // period) % 2
    return (y * np.where(odd, 1, -1)).astype(np.float32)


def squash(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Compress from 24 dB below the peak on, at a ratio of the strength."""
    threshold = min(0.0, max(-100.0, peak_db(y) - 24))
    return effects.compress(y, sr=situation.sr, threshold_db=threshold, ratio=situation.strength)


def keep_piece(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Keep so many seconds from a random place on."""
    spare_s = max(0.0, y.shape[-1] / situation.sr - situation.strength)
    start_s = float(situation.rng.uniform(0, spare_s)) if spare_s else 0.0
    return effects.crop(y, sr=situation.sr, start_s=start_s, duration_s=situation.strength)


def lose_start(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Lose so many seconds at the start, and half of the sound at most."""
    whole_s = y.shape[-1] / situation.sr
    start_s = min(situation.strength, whole_s / 2)
    return effects.crop(y, sr=situation.sr, start_s=start_s, duration_s=whole_s)


def cuts(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Take out so many pieces of 20 to 100 ms, wherever luck has it; half the sound stays."""
    least = y.shape[-1] / 2
    for _ in range(round(situation.strength)):
        length_s = float(situation.rng.uniform(0.02, 0.1))
        left_s = y.shape[-1] / situation.sr - length_s
        if left_s * situation.sr < least:
            break
        start_s = float(situation.rng.uniform(0, left_s))
        y = effects.cut_out(y, sr=situation.sr, start_s=start_s, duration_s=length_s)
    return y


def average_copies(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Average the sound with three copies whose time wanders by so many milliseconds."""
    copies = [y.astype(np.float64)]
    for _ in range(3):
        copy = effects.jitter(
            y, sr=situation.sr, deviation_ms=situation.strength, bandwidth_hz=2, rng=situation.rng
        )
        copies.append(copy)
    return np.mean(copies, axis=0).astype(np.float32)


def line_after_line(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Send the sound through so many telephone lines in a row."""
    for _ in range(round(situation.strength)):
        y = effects.telephone(y, sr=situation.sr)
    return y
