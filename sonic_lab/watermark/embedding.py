"""Put a pattern into a sound: passage by passage, and the sound of the difference."""

from __future__ import annotations

import hashlib
import itertools
import math
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import scipy.fft

from ..errors import ParameterError
from .key import CYCLE, Pattern
from .shaping import Fills, Gains, Shaping
from .tiles import (
    FINE,
    HOP,
    N_BANDS,
    N_FFT,
    RATE,
    TILE,
    WINDOW,
    blocks,
    edges_hz,
    features,
    frames,
    power_in_bands,
    samples,
    trust,
)

_OVERLAP = N_FFT // HOP
_LEAD = N_FFT  # zeros before and after, so that the first and last samples are in whole frames
_PASSAGE = 1720  # frames, 20.0 s: so short that no tile of the pattern comes round in it
_REFERENCE_SNR_DB = 30.0
_USUAL_SCALE = np.float32(1.25)  # what frames that overlap lose of a mark, and get back at last


@dataclass(frozen=True)
class Strength:
    """How strong a mark is made.

    Attributes
    ----------
    snr_db : the sound's energy over the mark's, dB, from 10 to 60; a sound that shows the mark
        easily gets less of it
    cap_db : no tile is made louder or softer by more than this, at an SNR of 30 dB; it grows with
        the mark
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
    power = [power_in_bands(s) for s in spectra]
    host, weights = features(sum(power[1:], power[0]))
    tiles = (_best_start(host, signs) + np.arange(host.shape[1]) // TILE) % CYCLE
    signs = signs[:, tiles]  # (B, F)
    energy = sum(float(np.vdot(s, s).real) for s in spectra) / 10 ** (_REFERENCE_SNR_DB / 10)
    carrier = [_Carrier(s, channel, signs) for s, channel in zip(spectra, y, strict=True)]

    def heard(gains: Gains, fills: Fills) -> np.ndarray:
        marked = (
            channel + _USUAL_SCALE * one.changed(gain, fill)
            for channel, one, gain, fill in zip(y, carrier, gains, fills, strict=True)
        )
        return np.sum([_every_second(channel) for channel in marked], axis=0)

    shaping = Shaping(power, signs, weights, cap_db=strength.cap_db, energy=energy)
    gains, fills = shaping.settle(heard)
    level = 10 ** ((_REFERENCE_SNR_DB - strength.snr_db) / 20)  # strengths are in proportion
    settled = zip(carrier, gains, fills, strict=True)
    if level * min(float(g.min()) for g in gains) >= -1:  # no tile would be less than silent
        return np.float32(level) * np.stack([one.changed(g, f) for one, g, f in settled])
    return np.stack([one.changed(level * g, level**2 * f) for one, g, f in settled])


def _every_second(y: np.ndarray) -> np.ndarray:
    """Return the power in the bands of every second frame of a sound: (n,) -> (B, F)."""
    pieces = (y[samples(block, hop=2 * HOP)] for block in blocks(1 + (len(y) - N_FFT) // (2 * HOP)))
    return np.concatenate([power_in_bands(frames(p, hop=2 * HOP)) for p in pieces], axis=1)


class _Carrier:
    """One channel of a passage, whose tiles can be changed."""

    def __init__(self, spectra: np.ndarray, y: np.ndarray, signs: np.ndarray) -> None:
        self._spectra, self._y, self._signs = spectra, y, signs
        self._last: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None

    def changed(self, gain: np.ndarray, fill: np.ndarray) -> np.ndarray:
        """Return the sound of the changes alone: gains and powers of hiss, (B, F), to (n,)."""
        if self._last is None or self._last[0] is not gain or self._last[1] is not fill:
            self._last = gain, fill, self._made(gain, fill)
        return self._last[2]

    def _made(self, gain: np.ndarray, fill: np.ndarray) -> np.ndarray:
        inside, spread = _bins()
        gains = np.ascontiguousarray(np.maximum(gain, -1).T)  # (F, B)
        width = np.diff(edges_hz(FINE * np.arange(N_BANDS + 1))) * N_FFT / RATE  # bins
        amplitude = np.sqrt(fill.T / (width * np.sum(WINDOW**2))).astype(np.float32)
        out = np.zeros((len(gains) - 1) * HOP + N_FFT, np.float32)
        changes = np.zeros_like(self._spectra[next(blocks(len(gains)))])
        for block in blocks(len(gains)):
            part = changes[: len(gains[block])]
            np.multiply(self._spectra[block, inside], gains[block] @ spread, out=part[:, inside])
            if amplitude[block].any():
                hiss = frames(self._hiss[samples(block)])
                part[:, inside] += hiss[:, inside] * (amplitude[block] @ spread)
            pieces = scipy.fft.irfft(part, axis=1)
            pieces *= WINDOW / np.float32(np.sum(WINDOW[::HOP] ** 2))
            _overlap(out[samples(block)], pieces)
        return out

    @cached_property
    def _hiss(self) -> np.ndarray:
        """A hiss, (n,), that follows from the pattern and from the sound.

        So nobody without the key can make it again, and no two sounds have the same.
        """
        seed = hashlib.sha256(self._signs.tobytes())
        seed.update(self._y.data)  # as it lies, without a copy
        rng = np.random.default_rng(np.frombuffer(seed.digest(), np.uint32))
        hiss = rng.random(len(self._y), dtype=np.float32)  # as white as Gaussian noise, and faster
        hiss -= np.float32(0.5)
        hiss *= np.float32(math.sqrt(12))  # to a variance of one
        return hiss


@cache
def _bins() -> tuple[slice, np.ndarray]:
    """Return which bins the bands cover, and of each band, which of them: 0 or 1, (B, bins)."""
    hz = np.arange(N_FFT // 2 + 1) * RATE / N_FFT
    band = np.searchsorted(edges_hz(FINE * np.arange(N_BANDS + 1)), hz, side="right") - 1
    inside = np.flatnonzero((band >= 0) & (band < N_BANDS))
    spread = band[inside] == np.arange(N_BANDS)[:, None]
    return slice(inside[0], inside[-1] + 1), spread.astype(np.float32)


def _overlap(out: np.ndarray, pieces: np.ndarray) -> None:
    """Add overlapping frames, (F, N_FFT), to a sound from its first sample on, in place."""
    for k in range(_OVERLAP):  # every fourth frame follows the last without a gap
        run = pieces[k::_OVERLAP]
        out[k * HOP :][: run.size].reshape(run.shape)[:] += run


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
