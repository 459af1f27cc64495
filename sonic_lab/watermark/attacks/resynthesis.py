"""Attacks on the spectrogram: guess the phase anew, smooth the levels, or subtract what recurs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.fft
import scipy.ndimage

from ...audio import check_sound
from ...features import griffin_lim, istft, mel_filterbank, stft
from .attack import Situation

_N_FFT, _HOP = 2048, 512
_FLOOR = 1e-8


def guess_phase(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Keep the magnitudes only, and search a sound for them: so many rounds of Griffin-Lim."""

    def attack(one: np.ndarray) -> np.ndarray:
        magnitude = np.abs(stft(one, n_fft=_N_FFT, hop_length=_HOP))
        rounds = round(situation.strength)
        return griffin_lim(
            magnitude, hop_length=_HOP, n_iter=rounds, length=len(one), rng=situation.rng
        )

    return _each(attack, y)


def through_mel(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Keep so many mel bands only, as a vocoder does, and search a sound for them."""
    bank = mel_filterbank(sr=situation.sr, n_fft=_N_FFT, n_mels=round(situation.strength))
    # The pseudo-inverse, with what it makes negative set to zero: `features.mel_to_audio` takes
    # the best non-negative answer, which is a little closer and forty times slower.
    spread = np.linalg.pinv(bank)

    def attack(one: np.ndarray) -> np.ndarray:
        mel = bank @ np.abs(stft(one, n_fft=_N_FFT, hop_length=_HOP)) ** 2
        magnitude = np.sqrt(np.maximum(0, spread @ mel))
        return griffin_lim(magnitude, hop_length=_HOP, length=len(one), rng=situation.rng)

    return _each(attack, y)


def scramble_phase(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Turn the phase of each bin of each frame by a random angle, so many degrees RMS."""

    def change(D: np.ndarray) -> np.ndarray:
        angle = np.deg2rad(situation.strength) * situation.rng.standard_normal(D.shape)
        return D * np.exp(1j * angle)

    return _on_frames(change, y)


def smooth_levels(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Average the level of each bin over so many milliseconds, keeping the phases."""
    frames = max(1.0, situation.strength / 1000 * situation.sr / _HOP)

    def change(D: np.ndarray) -> np.ndarray:
        level = np.log(np.abs(D) + _FLOOR)
        # A Gaussian whose standard deviation is that of a box of as many frames.
        smooth = scipy.ndimage.gaussian_filter1d(level, frames / np.sqrt(12), axis=-1)
        return D * np.exp(smooth - level)

    return _on_frames(change, y)


def denoise(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Turn down, by so many dB at most, what does not rise above the floor of noise.

    The floor is what lies between the partials (the median over frequencies) while the sound is
    quiet (the lowest tenth of the time): of noise, that is about half of the mean power.
    """
    least = 10 ** (-situation.strength / 20)

    def change(D: np.ndarray) -> np.ndarray:
        power = np.abs(D) ** 2
        between = scipy.ndimage.median_filter(power[:, ::4], size=(33, 1))  # enough to know it
        floor = np.quantile(between, 0.1, axis=-1, keepdims=True)
        return D * np.maximum(1 - 4 * floor / np.maximum(power, _FLOOR**2), least)

    return _on_frames(change, y)


def subtract_pattern(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Look for a pattern that recurs in the levels, and take it away, by so many dB at most.

    The period is where the levels, less their local mean, resemble themselves most, from half a
    second to half the sound; the pattern is their mean over the periods. A mark that repeats is
    found so without its key.
    """

    def change(D: np.ndarray) -> np.ndarray:
        level = 20 * np.log10(np.abs(D) + _FLOOR)
        around = 2 * round(0.5 * situation.sr / _HOP) + 1
        rest = np.clip(level - scipy.ndimage.uniform_filter1d(level, around, axis=-1), -10, 10)
        period = _period(rest, shortest=round(0.5 * situation.sr / _HOP))
        if period is None:
            return D
        phase = np.arange(rest.shape[-1]) % period
        pattern = np.stack([rest[:, phase == p].mean(axis=1) for p in range(period)], axis=1)
        change_db = np.clip(-pattern, -situation.strength, situation.strength)[:, phase]
        return D * 10 ** (change_db / 20)

    return _on_frames(change, y)


def _period(rest: np.ndarray, *, shortest: int) -> int | None:
    """Find the shift, in frames, at which the rows resemble themselves most; None if too short."""
    n = rest.shape[-1]
    if n // 2 <= shortest:
        return None
    spectrum = scipy.fft.rfft(rest, scipy.fft.next_fast_len(2 * n, real=True), axis=-1)
    alike = scipy.fft.irfft(np.sum(np.abs(spectrum) ** 2, axis=0))[: n // 2]
    alike /= n - np.arange(n // 2)  # fewer frames overlap at longer shifts
    return shortest + int(np.argmax(alike[shortest:]))


def _on_frames(change: Callable[[np.ndarray], np.ndarray], y: np.ndarray) -> np.ndarray:
    def attack(one: np.ndarray) -> np.ndarray:
        frames = change(stft(one, n_fft=_N_FFT, hop_length=_HOP))
        return istft(frames, hop_length=_HOP, length=len(one))

    return _each(attack, y)


def _each(attack: Callable[[np.ndarray], np.ndarray], y: np.ndarray) -> np.ndarray:
    """Run an attack on each channel by itself."""
    sound = check_sound(y, min_samples=_N_FFT)
    return attack(sound) if sound.ndim == 1 else np.stack([attack(one) for one in sound])
