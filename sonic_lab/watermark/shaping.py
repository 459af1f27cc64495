"""How much to do to each tile: as much as reading the mark needs, and no more.

A sound is marked with an effort that changes over time. It starts low, and rises only until two
seconds around each moment would show the mark: a flute's noise carries it at a tenth of what a
bell needs. Where even much effort is not enough, since there is next to nothing that could be made
louder or softer, the mark brings a sound of its own: a hiss, too faint to be heard beside the
sound, in tiles that lie far below what the sound drowns out.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .masking import threshold
from .tiles import FINE, N_BANDS, TILE, features, liveliness, sharpen, smooth, trust

Gains = list[np.ndarray]  # of each channel: what each tile is multiplied by, less one: (B, F)
Fills = list[np.ndarray]  # of each channel: the power of the hiss in each tile: (B, F)

# Chosen on the tuning clips of benchmarks/watermark.py:
_SHARPNESS = 0.65
_QUIETER = 0.65  # how much more than a loud tile a quiet one is changed
_LIVELY_DB, _STEADIEST = 8.0, 0.1  # from where on a tile may use its whole cap, and its least share
_MASKED = 0.07  # the share of the masked threshold that a change may reach, at an effort of one
_HISS = 0.02  # the same for the hiss, which is as loud at any effort
_WANTED = (10.3, 12.0)  # deviations that 2 s of a steady and of a lively sound shall show: what
_FROM_DB, _TO_DB = 3.0, 6.0  # comes and goes, as speech, loses most to noise. 7.8 are found.
_ENOUGH = 9.5  # with fewer, hiss is added and the effort may rise further
_LEAST, _FIRST, _USUAL, _MOST = 0.1, 0.7, 1.5, 5.0  # efforts
_WINDOW = 34  # tiles, 2.0 s
_ROUNDS, _EAGER = 2, 1.2  # twice the effort shows less than twice as much
_BLUR = (0.025, 0.25, 0.45, 0.25, 0.025)  # how overlapping frames mix their gains


class Shaping:
    """The changes that a passage can bear.

    Parameters
    ----------
    power : of each channel, (B, F)
    signs : the pattern, ±1, (B, F)
    weights : those that `features` found in the power of all channels
    cap_db : no tile is made louder or softer by more
    energy : what the mark may have in all, in the unit of `power`
    """

    def __init__(
        self,
        power: list[np.ndarray],
        signs: np.ndarray,
        weights: np.ndarray,
        *,
        cap_db: float,
        energy: float,
    ) -> None:
        self._power, self._signs, self._energy = power, signs, energy
        self._weights = weights
        self._total = sum(power[1:], power[0])
        direction = sharpen(signs, weights, amount=_SHARPNESS)
        self._louder = (direction > 0).astype(np.float32)
        levels = [np.maximum(smooth(p, TILE // 2), 0) for p in power]  # rounding brings −1e-12
        self._shape = [_tolerance(level) * direction for level in levels]
        self._most = 10 ** (cap_db / 20) - 1
        lively = [liveliness(p, weights) for p in power]
        self._wanted = np.interp(np.median(lively), (_FROM_DB, _TO_DB), _WANTED)
        self._lively = [np.clip(one / _LIVELY_DB, _STEADIEST, 1) for one in lively]
        drowned = [threshold(level) for level in levels]
        self._masked = [
            np.sqrt(_MASKED * d / (v + 1e-30)) for d, v in zip(drowned, levels, strict=True)
        ]
        self._hiss = [
            np.maximum(_HISS * d - 2 * v, 0) * self._louder
            for d, v in zip(drowned, levels, strict=True)
        ]

    def settle(self, heard: Callable[[Gains, Fills], np.ndarray]) -> tuple[Gains, Fills]:
        """Return the least changes with which every two seconds would show the mark.

        Parameters
        ----------
        heard : makes changes, and measures the power that the marked sound then has: (B, F)
        """
        n = self._signs.shape[1]
        effort, share, fill = (np.full(n, x, np.float32) for x in (_FIRST, 1, 0))
        effort, share = self._raised(effort, share, fill, np.full(n, _LEAST), _USUAL)
        changes = self._changes(effort, share, fill)
        lacking = self._shown(heard(*changes)) < _ENOUGH
        if not lacking.any():
            return changes
        fill = smooth(lacking.astype(np.float32)[None], 40)[0]
        effort, share = self._raised(effort, share, fill, effort, _MOST)
        return self._changes(effort, share, fill)

    def _raised(
        self,
        effort: np.ndarray,
        share: np.ndarray,
        fill: np.ndarray,
        least: np.ndarray,
        most: float,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Raise or lower the effort, and move energy to where it is needed: each (F,)."""
        for _ in range(_ROUNDS):
            shown = self._shown(self._foretold(*self._changes(effort, share, fill)))
            change = np.clip(self._wanted / shown, 0.4, 2.5) ** _EAGER
            effort = smooth(np.clip(effort * change, least, most)[None], 40)[0]
            lack = np.exp(np.mean(np.log(shown))) / shown
            share = smooth(np.clip(share * lack**0.7, 0.3, 3)[None], 40)[0]
        return effort, share

    def _changes(
        self, effort: np.ndarray, share: np.ndarray, fill: np.ndarray
    ) -> tuple[Gains, Fills]:
        """Return the changes of an effort, capped, and scaled to the energy of the mark."""
        caps = [
            np.minimum(self._most * np.minimum(effort * lively, 1), np.sqrt(effort) * masked)
            for lively, masked in zip(self._lively, self._masked, strict=True)
        ]
        fills = [fill * hiss for hiss in self._hiss]
        spent = sum(float(np.sum(f)) for f in fills)
        shape = [share * s for s in self._shape]
        return _scale(self._power, shape, caps, max(self._energy - spent, self._energy / 3)), fills

    def _foretold(self, gains: Gains, fills: Fills) -> np.ndarray:
        """Guess the power that the marked sound will have: (B, F)."""
        gain = sum(p * g for p, g in zip(self._power, gains, strict=True)) / (self._total + 1e-30)
        padded, n = np.pad(gain, ((0, 0), (2, 2)), mode="edge"), gain.shape[1]
        blurred = sum(np.float32(b) * padded[:, k : k + n] for k, b in enumerate(_BLUR))
        return self._total * (1 + blurred) ** 2 + sum(fills[1:], fills[0])

    def _shown(self, power: np.ndarray) -> np.ndarray:
        """Return how many deviations the two seconds around each frame show: (B, F) -> (F,)."""
        x, _ = features(power, self._weights)
        x *= trust(FINE * np.arange(N_BANDS))
        n = power.shape[1]
        n_tiles = n // TILE
        tiles = x[:, : n_tiles * TILE].reshape(N_BANDS, n_tiles, TILE).sum(axis=2)
        width = min(_WINDOW, n_tiles)
        agrees = (tiles * self._signs[:, TILE // 2 : n_tiles * TILE : TILE]).sum(axis=0)
        score = _summed(agrees, width) / np.sqrt(_summed((tiles**2).sum(axis=0), width) + 1e-9)
        around = np.pad(score, width - 1, mode="edge")  # all windows that a tile lies in
        around = np.lib.stride_tricks.sliding_window_view(around, width)
        shown = np.maximum(np.percentile(around, 30, axis=1), 1).astype(np.float32)
        return np.pad(np.repeat(shown, TILE), (0, TILE), mode="edge")[:n]


def _tolerance(level: np.ndarray) -> np.ndarray:
    """Return how many dB each tile can bear, up to a common factor: (B, F).

    The quieter, the more; and the more, the better the tile can be read.
    """
    loudness = level / (level.mean() + 1e-30) + 1e-6
    return trust(FINE * np.arange(N_BANDS)) * loudness**-_QUIETER


def _scale(
    power: list[np.ndarray], shape: list[np.ndarray], caps: list[np.ndarray], target: float
) -> Gains:
    """Scale the gains, which are capped, until the mark has the energy `target`."""
    factor = 0.02
    lows = [-c / (1 + c) for c in caps]  # as many dB down as up
    for _ in range(4):
        gains = [
            np.minimum(np.maximum(factor * s, b), c)  # faster than np.clip
            for s, b, c in zip(shape, lows, caps, strict=True)
        ]
        energy = sum(float(np.vdot(p, g * g)) for p, g in zip(power, gains, strict=True))
        factor *= math.sqrt(target / (energy + 1e-30))  # NumPy's root would bring double precision
    return gains


def _summed(x: np.ndarray, width: int) -> np.ndarray:
    """Return the sum over every window: (n,) -> (n - width + 1,)."""
    sums = np.cumsum(np.pad(x, (1, 0)), dtype=np.float64)
    return sums[width:] - sums[:-width]
