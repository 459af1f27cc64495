"""How far what was changed lies below what the ear can hear beside the sound.

This is the noise-to-mask ratio of the FFT ear model in ITU-R BS.1387 ("PEAQ", basic version).
The sound is taken to be played so loud that a full-scale sine reaches 92 dB SPL; its spectrum,
weighted by the outer and middle ear, is gathered into 109 bands of a quarter Bark; each band
spreads to its neighbours, upwards the further the louder it is, and dies away in time. The mask
lies 3 dB below that excitation, and further below above 12 Bark. The noise is the difference of
the two magnitude spectra, gathered into the same bands.

Left out of the standard: the search for the part of a file that holds sound (leading and trailing
silence counts here), and everything that follows on the ratio (modulation, the neural network).

References
----------
ITU-R BS.1387-1, Method for objective measurements of perceived audio quality (2001), annex 2,
sections 2.1 and 4.5. P. Kabal, "An examination and interpretation of ITU-R BS.1387", McGill
University (2002), which says where the standard is unclear. J. Johnston, "Transform coding of
audio signals using perceptual noise criteria", IEEE J. Selected Areas in Comm. 6(2), 1988.
"""

from __future__ import annotations

import functools

import numpy as np
import scipy.fft
import scipy.signal

from ..audio import check_rate, resample
from .pairs import check_pair

_RATE, _N, _HOP = 48000, 2048, 1024
_LEVEL_DB = 92.0  # SPL of a sine at full scale
_LOW_HZ, _HIGH_HZ, _STEP_BARK = 80.0, 18000.0, 0.25
_POWER = 0.4  # spread bands add up as their 0.4th powers
_TINY = 1e-12


def nmr_db(reference: np.ndarray, changed: np.ndarray, *, sr: int) -> float:
    """Noise-to-mask ratio: below 0 the change is mostly masked, above it is mostly heard.

    The mean over frames, bands and channels of the noise's energy over that of the mask, in dB.

    Parameters
    ----------
    reference, changed : float arrays of one shape, (n,) or (c, n), at least 43 ms
    sr : Hz; other rates than 48 kHz are resampled to it

    Returns
    -------
    dB; -inf where the spectra are equal
    """
    rate = check_rate(sr)
    pair = check_pair(reference, changed, min_samples=int(np.ceil(_N * rate / _RATE)))
    first, second = (
        np.atleast_2d(resample(one, orig_sr=rate, target_sr=_RATE)).astype(np.float64)
        for one in pair
    )
    ratios = [_noise_to_mask(one, other) for one, other in zip(first, second, strict=True)]
    mean = float(np.mean(ratios))
    return float(10 * np.log10(mean)) if mean > 0 else float("-inf")


def _noise_to_mask(reference: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """Compute the ratio of energies in each frame and band: (T, bands)."""
    before, after = _heard_magnitudes(reference), _heard_magnitudes(changed)
    noise = (after - before) ** 2 @ _bands()[0].T
    return noise / _mask(before**2)


def _mask(power: np.ndarray) -> np.ndarray:
    """From the reference's weighted power, (T, bins), to the highest noise that it hides."""
    matrix, centres = _bands()
    inner_noise = 10 ** (0.4 * 0.364 * (centres / 1000) ** -0.8)
    excitation = _smeared(_spread(np.maximum(power @ matrix.T, _TINY) + inner_noise), centres)
    z = np.arange(len(centres)) * _STEP_BARK
    return excitation / 10 ** (np.where(z <= 12, 3.0, 0.25 * z) / 10)


def _heard_magnitudes(y: np.ndarray) -> np.ndarray:
    """Spectra of Hann-windowed frames, in SPL, through the outer and middle ear: (T, bins)."""
    starts = np.arange(0, len(y) - _N + 1, _HOP)
    window = scipy.signal.windows.hann(_N, sym=True)
    frames = np.lib.stride_tricks.sliding_window_view(y, _N)[starts]
    # The standard's sine at full scale, 1019.5 Hz, falls between two bins: 0.85 is what is left.
    loud = 10 ** (_LEVEL_DB / 20) / (0.8497 * window.sum() / 2)
    return np.abs(scipy.fft.rfft(frames * window, axis=-1)) * loud * _ear()


@functools.cache
def _ear() -> np.ndarray:
    """How much of each bin's amplitude the outer and middle ear let through (Terhardt)."""
    khz = np.maximum(scipy.fft.rfftfreq(_N, 1 / _RATE), 1.0) / 1000
    gain_db = -0.6 * 3.64 * khz**-0.8 + 6.5 * np.exp(-0.6 * (khz - 3.3) ** 2) - 1e-3 * khz**3.6
    return 10 ** (gain_db / 20)


@functools.cache
def _bands() -> tuple[np.ndarray, np.ndarray]:
    """Give each bin's share in each band, (bands, bins), and the bands' centres in Hz."""
    low, high = (7 * np.arcsinh(edge / 650) for edge in (_LOW_HZ, _HIGH_HZ))
    count = int(np.ceil((high - low) / _STEP_BARK))
    barks = np.minimum(low + _STEP_BARK * np.arange(count + 1), high)
    edges = 650 * np.sinh(barks / 7)
    centres = 650 * np.sinh((barks[1:] + barks[:-1]) / 14)
    width = _RATE / _N
    bins = np.arange(_N // 2 + 1) * width
    top = np.minimum(edges[1:, np.newaxis], bins + width / 2)
    bottom = np.maximum(edges[:-1, np.newaxis], bins - width / 2)
    return np.maximum(0, top - bottom) / width, centres


def _spread(energy: np.ndarray) -> np.ndarray:
    """Let each band excite the others: 27 dB a Bark downwards, less upwards the louder it is."""
    flat = np.ones((1, energy.shape[1]))
    return _spread_raw(energy) / _spread_raw(flat)


def _spread_raw(energy: np.ndarray) -> np.ndarray:
    centres = _bands()[1]
    n = len(centres)
    apart = (np.arange(n)[np.newaxis] - np.arange(n)[:, np.newaxis]) * _STEP_BARK  # (from, to)
    out = np.empty_like(energy)
    for start in range(0, len(energy), 64):  # 64 frames at once are 6 MB
        block = energy[start : start + 64]  # (t, from)
        upward = -24 - 230 / centres + 0.2 * 10 * np.log10(block)
        slope = np.where(apart < 0, 27 * apart, np.minimum(upward, 0)[..., np.newaxis] * apart)
        share = 10 ** (slope / 10)  # (t, from, to)
        share *= (block / share.sum(axis=-1))[..., np.newaxis]
        out[start : start + 64] = np.sum(share**_POWER, axis=1) ** (1 / _POWER)
    return out


def _smeared(energy: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Let what was heard die away over the next frames, low bands more slowly."""
    seconds = 0.008 + 100 / centres * (0.030 - 0.008)
    keep = np.exp(-_HOP / (_RATE * seconds))
    out, past = np.empty_like(energy), np.zeros(energy.shape[1])
    for t, now in enumerate(energy):
        past = keep * past + (1 - keep) * now
        out[t] = np.maximum(past, now)
    return out
