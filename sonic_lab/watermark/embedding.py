"""Put a pattern into a sound: how much each tile can bear, and the sound of the difference."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import scipy.fft

from ..errors import ParameterError
from .key import CYCLE, Pattern
from .masking import threshold
from .tiles import (
    FINE,
    HOP,
    N_BANDS,
    N_FFT,
    RATE,
    TILE,
    WINDOW,
    bands,
    cumulative_power,
    edges_hz,
    features,
    frames,
    liveliness,
    sharpen,
    smooth,
    trust,
)

_OVERLAP = N_FFT // HOP
_LEAD = N_FFT  # zeros before and after, so that the first and last samples are in whole frames
_PASSAGE = 1720  # frames, 20.0 s: so short that no tile of the pattern comes round in it
_REFERENCE_SNR_DB = 30.0
# Chosen on the tuning clips of benchmarks/watermark.py:
_SHARPNESS = 0.65
_LIVELY_DB, _STEADIEST = 8.0, 0.1  # from where on a tile may use its whole cap, and its least share
_MASKED = 0.07  # the share of the masked threshold that a tile's change may reach


@dataclass(frozen=True)
class Strength:
    """How strong a mark is made.

    Attributes
    ----------
    snr_db : the sound's energy over the mark's, dB, from 10 to 60
    cap_db : no tile is changed by more than this, at an SNR of 30 dB; it grows with the mark
    """

    snr_db: float = 30.0
    cap_db: float = 4.0

    def __post_init__(self) -> None:
        """Refuse a strength that would drown the sound, or itself."""
        if not 10 <= self.snr_db <= 60:
            raise ParameterError(f"snr_db={self.snr_db} must lie between 10 and 60 dB")
        if not 0 < self.cap_db <= 6:
            raise ParameterError(f"cap_db={self.cap_db} must lie between 0 and 6 dB")


STRENGTHS = {"gentle": Strength(snr_db=30.0), "robust": Strength(snr_db=27.0)}


def difference(y: np.ndarray, pattern: Pattern, payload: int, strength: Strength) -> np.ndarray:
    """Return what to add to a sound so that it carries a payload.

    A long sound is marked passage by passage, each from a place in the pattern of its own, so
    that no average over its length can bring the pattern out.

    Parameters
    ----------
    y : float32 (c, n) at `RATE`
    pattern, payload, strength : what to write, and how strongly

    Returns
    -------
    float32 (c, n)
    """
    padded = np.pad(y, ((0, 0), (_LEAD, _LEAD + N_FFT)))
    n_frames = 1 + (padded.shape[1] - N_FFT) // HOP
    turns = np.linspace(0, n_frames, -(-n_frames // _PASSAGE) + 1).astype(int)
    signs, out = pattern.signs(payload), np.zeros_like(padded)
    for first, last in itertools.pairwise(turns):
        piece = slice(first * HOP, (last - 1) * HOP + N_FFT)  # passages share no frame
        out[:, piece] += _passage(padded[:, piece], signs, strength)
    return out[:, _LEAD : _LEAD + y.shape[1]]


def _passage(y: np.ndarray, signs: np.ndarray, strength: Strength) -> np.ndarray:
    """Return the difference for a whole number of frames: (c, n), (B, C) -> (c, n)."""
    spectra = [frames(channel) for channel in y]
    below = [cumulative_power(s) for s in spectra]
    power = [bands(b) for b in below]
    host, weights = features(sum(power[1:], power[0]))
    tiles = (_best_start(host, signs) + np.arange(host.shape[1]) // TILE) % CYCLE
    direction = sharpen(signs[:, tiles], weights, amount=_SHARPNESS)  # (B, F)
    shape = [_tolerance(p) * direction for p in power]
    caps = [_cap(p, weights, strength.cap_db) for p in power]
    energy = sum(float(np.sum(b[:, -1])) for b in below)
    gains = _scale(power, shape, caps, energy / 10 ** (_REFERENCE_SNR_DB / 10))
    level = 10 ** (
        (_REFERENCE_SNR_DB - strength.snr_db) / 20
    )  # so that strengths are in proportion
    return np.stack(
        [_synthesise(s, np.maximum(level * g, -1)) for s, g in zip(spectra, gains, strict=True)]
    )


def _tolerance(power: np.ndarray) -> np.ndarray:
    """Return how many dB each tile can bear, up to a common factor: the quieter, the more."""
    level = smooth(power, TILE // 2)
    return (level / (level.mean() + 1e-30) + 1e-6) ** -0.5


def _cap(power: np.ndarray, weights: np.ndarray, cap_db: float) -> np.ndarray:
    """Return the largest gain, up or down, that each tile may get: float32 (B, F).

    Steady tones hide less than lively noise, and need less, since they are predicted so well.
    And nothing may stand out by more than a share of what it and its surroundings drown out.
    """
    most = 10 ** (cap_db / 20) - 1
    lively = np.clip(liveliness(power, weights) / _LIVELY_DB, _STEADIEST, 1)
    level = smooth(power, TILE // 2)
    masked = np.sqrt(_MASKED * threshold(level) / (level + 1e-30))
    return np.minimum(most * lively, masked)


def _scale(
    power: list[np.ndarray], shape: list[np.ndarray], caps: list[np.ndarray], target: float
) -> list[np.ndarray]:
    """Scale the gains, which are capped, until the mark has the energy `target`."""
    factor = 0.02
    for _ in range(4):
        gains = [np.clip(factor * s, -c, c) for s, c in zip(shape, caps, strict=True)]
        energy = sum(float(np.sum(p * g**2)) for p, g in zip(power, gains, strict=True))
        factor *= np.sqrt(target / (energy + 1e-30))
    return gains


def _synthesise(spectra: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """Apply a gain to each band and keep only the change: (F, K), (B, F) -> (n,)."""
    hz = np.arange(spectra.shape[1]) * RATE / N_FFT
    band = np.searchsorted(edges_hz(FINE * np.arange(N_BANDS + 1)), hz, side="right") - 1
    inside = np.flatnonzero((band >= 0) & (band < N_BANDS))
    first, last = inside[0], inside[-1] + 1
    changed = np.zeros_like(spectra)
    changed[:, first:last] = spectra[:, first:last] * gain.T[:, band[first:last]]
    pieces = scipy.fft.irfft(changed, axis=1) * WINDOW
    out = np.zeros((len(pieces) + 2 * _OVERLAP) * HOP, np.float32)
    for k in range(_OVERLAP):  # every fourth frame follows the last without a gap
        run = pieces[k::_OVERLAP].reshape(-1)
        out[k * HOP : k * HOP + len(run)] += run
    return out[: (len(pieces) - 1) * HOP + N_FFT] / np.float32(np.sum(WINDOW[::HOP] ** 2))


def _best_start(host: np.ndarray, signs: np.ndarray) -> int:
    """Choose where in the cycle the pattern begins: where the sound agrees with it already.

    So the sound itself is a help and not a hindrance, and sounds that are marked with one key
    begin at different places, which an average over many of them cannot line up.

    References
    ----------
    M. H. M. Costa, "Writing on dirty paper", IEEE Trans. Information Theory 29 (1983).
    """
    n_tiles = host.shape[1] // TILE
    tiles = host[:, : n_tiles * TILE].reshape(N_BANDS, n_tiles, TILE).sum(axis=2)
    tiles *= trust(FINE * np.arange(N_BANDS))
    spectrum = np.conj(scipy.fft.rfft(tiles, CYCLE, axis=1)) * scipy.fft.rfft(signs, axis=1)
    return int(np.argmax(scipy.fft.irfft(spectrum.sum(axis=0), CYCLE)))
