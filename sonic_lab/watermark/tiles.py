"""Time cut into frames, pitch into bands: the grid that the mark lives on.

A tile is one band wide (an eighth of an octave) and `TILE` frames long (58 ms). The mark makes
each tile a little louder or softer; here is how a tile's loudness is measured, and how most of
what the music itself does to it is predicted and taken away.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import scipy.fft
import scipy.ndimage

RATE = 22_050  # Hz, at which the mark is made and read
N_FFT, HOP = 1024, 256
TILE = 5  # frames
N_BANDS, PER_OCTAVE, LOWEST_HZ = 40, 8, 280.0
FINE = 4  # steps a band, in which a search moves the bands up and down
WINDOW = np.hanning(N_FFT + 1)[:-1].astype(np.float32)

# Chosen on the tuning clips of benchmarks/watermark.py:
_TRUSTED_HZ, _DISTRUST = 2000.0, 0.3  # from where on a tile is believed, and how slowly less below

_ROOT = np.float32(0.1)  # powers are compared through this root, close to a logarithm
_ROOT_TO_DB = np.float32(10 / np.log(10) / 0.1)  # of a small change, as a share of the root
_TREND = 60  # frames each side that a tile's slow trend is taken over
_LOCAL = 4  # frames each side over which liveliness is levelled
_CEILING = 3.0  # no frame says more than this many deviations
_BLOCK = 64  # frames
_NEIGHBOURS = [
    (band, tile)
    for band in (-2, -1, 0, 1, 2)
    for tile in (-2, -1, 0, 1, 2)
    if (band, tile) != (0, 0) and not (abs(band) == 2 and abs(tile) == 2)
]


def blocks(n_frames: int) -> Iterator[slice]:
    """Cut frames into runs so short that they stay in the processor's cache, which is faster."""
    return (slice(first, first + _BLOCK) for first in range(0, n_frames, _BLOCK))


def samples(block: slice, *, hop: int = HOP) -> slice:
    """Return where the samples of a run of frames lie."""
    return slice(block.start * hop, (block.stop - 1) * hop + N_FFT)


def frames(y: np.ndarray, *, hop: int = HOP) -> np.ndarray:
    """Return the spectra of windowed frames: (n,) -> complex64 (F, N_FFT // 2 + 1)."""
    view = np.lib.stride_tricks.sliding_window_view(y, N_FFT)[::hop]
    if len(view) <= _BLOCK:
        return scipy.fft.rfft(view * WINDOW, axis=1)
    out = np.empty((len(view), N_FFT // 2 + 1), np.result_type(y, np.complex64))
    for block in blocks(len(view)):
        out[block] = scipy.fft.rfft(view[block] * WINDOW, axis=1)
    return out


def cumulative_power(spectra: np.ndarray) -> np.ndarray:
    """Return the power below each bin: complex (F, K) -> float32 (F, K + 1)."""
    out = np.zeros((len(spectra), spectra.shape[1] + 1), np.float32)
    for block in blocks(len(spectra)):
        power = spectra[block].real ** 2 + spectra[block].imag ** 2
        np.cumsum(power, axis=1, out=out[block, 1:])
    return out


def edges_hz(steps: np.ndarray) -> np.ndarray:
    """Return the frequency that lies `steps` fine steps above the lowest band's lower edge."""
    return LOWEST_HZ * 2 ** (steps / (PER_OCTAVE * FINE))


def band_power(below: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Return the power between pairs of frequencies: (F, K + 1) -> (B, F).

    Parameters
    ----------
    below : from `cumulative_power`
    lower, upper : Hz, (B,)
    """
    return np.maximum(_at(below, upper) - _at(below, lower), 0).T


def bands(below: np.ndarray, *, pitch: float = 1.0) -> np.ndarray:
    """Return the power in the mark's bands, all raised by a factor `pitch`: (B, F)."""
    edges = edges_hz(FINE * np.arange(N_BANDS + 1)) * pitch
    return np.ascontiguousarray(np.maximum(np.diff(_at(below, edges), axis=1), 0).T)


def power_in_bands(spectra: np.ndarray) -> np.ndarray:
    """Return the power in the mark's bands, each to single precision: (F, K) -> (B, F).

    `bands` takes differences of sums over all that lies below, where a faint tile above loud ones
    drowns in rounding: what is decided by it would differ from machine to machine.
    """
    out = np.empty((N_BANDS, len(spectra)), np.float32)
    inside, shares = _shares()
    for block in blocks(len(spectra)):
        some = spectra[block, inside]
        out[:, block] = ((some.real**2 + some.imag**2) @ shares).T
    return out


@cache
def _shares() -> tuple[slice, np.ndarray]:
    """Return which bins the bands reach, and how much of each lies in each: float32 (bins, B)."""
    edges = edges_hz(FINE * np.arange(N_BANDS + 1)) * N_FFT / RATE + 0.5
    below = np.clip(edges - np.arange(N_FFT // 2 + 1)[:, None], 0, 1)
    inside = slice(int(edges[0]), int(edges[-1]) + 1)
    return inside, np.diff(below, axis=1)[inside].astype(np.float32)


def _at(below: np.ndarray, hz: np.ndarray) -> np.ndarray:
    place = np.clip(hz * N_FFT / RATE + 0.5, 0, below.shape[1] - 1.001)
    bin_ = place.astype(int)
    part = (place - bin_).astype(np.float32)
    return below[:, bin_] * (1 - part) + below[:, bin_ + 1] * part


def trust(steps: np.ndarray) -> np.ndarray:
    """Return how far to believe a tile: bands that begin so many fine steps up, float32 (B, 1).

    A low band is a few hertz wide, and in 58 ms it holds next to no independent values: what it
    shows is mostly the music's own doing, and most of all in noise and speech.
    """
    centres = edges_hz(np.asarray(steps) + FINE / 2)
    return np.minimum(1, (centres / _TRUSTED_HZ) ** _DISTRUST).astype(np.float32)[:, None]


def smooth(x: np.ndarray, half: int) -> np.ndarray:
    """Average over `half` frames each side: (B, F) -> float32 (B, F)."""
    return scipy.ndimage.uniform_filter1d(
        x, 2 * half + 1, axis=1, mode="nearest", output=np.float32
    )


def features(
    power: np.ndarray, weights: np.ndarray | None = None, *, rows: int = 1, decimation: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Say how far each tile stands out from what its neighbours lead one to expect.

    Parameters
    ----------
    power : (B, F) band powers
    weights : those of the neighbours, from an earlier call; None fits them by least squares
    rows : how many rows of `power` lie a whole band apart (`FINE` on the fine grid)
    decimation : how many frames were added up to one

    Returns
    -------
    features : float32 (B, F), within ±3
    weights : float32, one per neighbour
    """
    tile, trend = max(2, TILE // decimation), _TREND // decimation
    x = (power + 1e-7 * power.mean()) ** _ROOT
    x -= smooth(x, trend)
    around = smooth(x, max(1, tile // 2))
    neighbours = _neighbours(around, rows, tile)
    if weights is None:
        weights = _fit(around, neighbours)
    x -= _predicted(neighbours, weights)
    spread = _spread(x, rows, 2 * trend, max(2, _LOCAL // decimation))
    return np.clip(x / spread, -_CEILING, _CEILING), weights


def liveliness(power: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Say how much each tile moves of its own accord, in dB: about 1 for a tone, 4 for noise.

    Parameters
    ----------
    power : (B, F) band powers
    weights : those that `features` found
    """
    root = (power + 1e-7 * power.mean()) ** _ROOT
    x = root - smooth(root, _TREND)
    x -= _predicted(_neighbours(smooth(x, TILE // 2), 1, TILE), weights)
    spread, level = _spread(x, 1, 2 * _TREND, _LOCAL), smooth(root, _LOCAL)
    return _ROOT_TO_DB * spread / (level + 1e-30)  # a silent channel has no level


def sharpen(signs: np.ndarray, weights: np.ndarray, *, amount: float) -> np.ndarray:
    """Shape a pattern so that it stands out from its own neighbours, as `features` reads it.

    What `features` predicts from the neighbours it takes away, so energy spent there is lost:
    the best pattern for a filter is the pattern filtered.

    Parameters
    ----------
    signs : float32 (B, F)
    weights : those that `features` found in the sound
    amount : from 0, the signs as they are, to 1

    Returns
    -------
    float32 (B, F) with a mean square of 1
    """
    predicted = _predicted(_neighbours(smooth(signs, TILE // 2), 1, TILE), weights)
    sharp = signs - smooth(signs, _TREND) - np.float32(amount) * predicted
    return sharp / np.sqrt(np.mean(sharp**2))


def _neighbours(x: np.ndarray, rows: int, tile: int) -> np.ndarray:
    """Return `x` as each neighbour sees it, in the order of `_NEIGHBOURS`: (B, F) -> (N, B, F)."""
    (n_rows, n_frames), across, along = x.shape, 2 * rows, 2 * tile
    padded = np.pad(x, ((across, across), (along, along)), mode="edge")
    corners = [(across + b * rows, along + t * tile) for b, t in _NEIGHBOURS]
    return np.stack([padded[r : r + n_rows, f : f + n_frames] for r, f in corners])


def _predicted(neighbours: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return what the neighbours lead one to expect: (N, B, F) -> (B, F)."""
    return np.tensordot(weights, neighbours, axes=1)


def _fit(x: np.ndarray, neighbours: np.ndarray) -> np.ndarray:
    """Return the weights that predict a tile from its neighbours with the least square error."""
    table = neighbours.reshape(len(neighbours), -1)
    gram = table @ table.T
    ridge = (1e-3 * np.trace(gram) / len(gram) + 1e-30) * np.eye(len(gram), dtype=np.float32)
    return np.linalg.solve(gram + ridge, table @ x.ravel()).astype(np.float32)


def _spread(x: np.ndarray, rows: int, wide: int, near: int) -> np.ndarray:
    """Return the deviation nearby, and never much less than in the wider surroundings."""
    square = x * x
    local = smooth(square, near)
    local = np.pad(local, ((rows, rows), (0, 0)), mode="edge")
    local = (local[: -2 * rows] + local[rows:-rows] + local[2 * rows :]) / 3
    return np.sqrt(local + 0.15 * (smooth(square, wide) + 1e-8))
