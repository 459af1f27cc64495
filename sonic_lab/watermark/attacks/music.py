"""Music that is nobody's, to lay over a sound or to put into it."""

from __future__ import annotations

import numpy as np

from ... import effects
from ...audio import check_sound
from .attack import Situation

_STEPS = np.array([0, 3, 5, 7, 10])  # a pentatonic scale: any two of its notes go together
_NOTE_S = 0.25


def other_music(n: int, situation: Situation) -> np.ndarray:
    """Return `n` samples of music, mono: the situation's own, repeated, or plucked notes."""
    if situation.music is None:
        return plucked(n, sr=situation.sr, rng=situation.rng)
    music = np.atleast_2d(check_sound(situation.music, name="music")).mean(axis=0)
    return np.tile(music, -(-n // len(music)))[:n]


def plucked(n: int, *, sr: int, rng: np.random.Generator) -> np.ndarray:
    """Play random plucked notes, two at a time, four times a second."""
    step = max(1, round(_NOTE_S * sr))
    out = np.zeros(max(n, step))
    time = np.arange(4 * step) / sr
    notes: dict[int, np.ndarray] = {}  # twenty or so, each played often
    for start in range(0, len(out), step):
        for octave in (0, 12):
            pitch = int(45 + octave + rng.choice(_STEPS) + 12 * rng.integers(2))
            if pitch not in notes:
                notes[pitch] = _pluck(440 * 2 ** ((pitch - 69) / 12), time, sr)
            note = notes[pitch][: len(out) - start]
            out[start : start + len(note)] += rng.uniform(0.3, 1.0) * note
    return (0.3 * out / np.abs(out).max()).astype(np.float32)[:n]


def _pluck(frequency: float, time: np.ndarray, sr: int) -> np.ndarray:
    """Sum harmonics that fade the faster the higher they are."""
    count = max(1, min(12, int(0.45 * sr / frequency)))
    partials = (
        np.sin(2 * np.pi * k * frequency * time) * np.exp(-(1 + k) * 2 * time) / k
        for k in range(1, count + 1)
    )
    return np.sum(list(partials), axis=0) * np.minimum(1, time / 0.005)


def mix_music(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Lay music over the sound, at an SNR of the strength."""
    return effects.mix(y, other_music(y.shape[-1], situation), snr_db=situation.strength)


def splice_music(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Replace a share of the sound, in pieces of a quarter of a second, by music as loud."""
    piece = max(1, round(0.25 * situation.sr))
    count = -(-y.shape[-1] // piece)
    replaced = situation.rng.random(count) < situation.strength
    where = np.repeat(replaced, piece)[: y.shape[-1]]
    music = other_music(y.shape[-1], situation).astype(np.float64)
    level = np.sqrt(np.mean(np.square(y, dtype=np.float64)) / max(np.mean(music**2), 1e-20))
    return np.where(where, level * music, y).astype(np.float32)
