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
from dataclasses import dataclass

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
_WANTED = (9.9, 10.9)  # deviations that 2 s of a steady and of a lively sound shall show: what
_FROM_DB, _TO_DB = 3.0, 6.0  # comes and goes, as speech, loses most to noise. 7.8 are found.
_ENOUGH = 9.1  # with fewer, hiss is added and the effort may rise further
_LEAST, _FIRST, _USUAL, _MOST = 0.1, 0.7, 1.5, 5.0  # efforts
_WINDOW = 34  # tiles, 2.0 s
_ROUNDS, _EAGER = 2, 1.2  # twice the effort shows less than twice as much
_BLUR = (0.15, 0.7, 0.15)  # how every second frame mixes its gain with its neighbours'
_GLIDE = 20  # of every second frame, so many each side: an effort is averaged over them
# Of five frames, each the second of two, three lie in one tile and two in the next.
_TWO_TILES = np.repeat(np.eye(2, dtype=np.float32), (3, 2), axis=0)


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
        self._weights = weights
        self._tile_signs = signs[:, TILE // 2 :: TILE]
        direction = sharpen(signs, weights, amount=_SHARPNESS)
        louder = (direction > 0).astype(np.float32)
        levels = [np.maximum(smooth(p, TILE // 2), 0) for p in power]  # rounding brings −1e-12
        lively = [liveliness(p, weights) for p in power]
        self._wanted = np.interp(np.median(lively), (_FROM_DB, _TO_DB), _WANTED)
        drowned = [threshold(level) for level in levels]
        most = 10 ** (cap_db / 20) - 1
        self._room = _Room(
            energy=energy,
            power=power,
            shape=[_tolerance(level) * direction for level in levels],
            most=[most * np.clip(one / _LIVELY_DB, _STEADIEST, 1) for one in lively],
            uncapped=most,
            masked=[
                np.sqrt(_MASKED * d / (v + 1e-30)) for d, v in zip(drowned, levels, strict=True)
            ],
            hiss=[
                np.maximum(_HISS * d - 2 * v, 0) * louder
                for d, v in zip(drowned, levels, strict=True)
            ],
        )

    def settle(self, heard: Callable[[Gains, Fills], np.ndarray]) -> tuple[Gains, Fills]:
        """Return the least changes with which every two seconds would show the mark.

        How much effort that takes is found out on every second frame: they overlap, so each says
        nearly what the next one does.

        Parameters
        ----------
        heard : makes changes, and measures the power that the marked sound then has in every
            second frame: (B, (F + 1) // 2)
        """
        room, n = self._room.every_second(), self._room.power[0].shape[1]
        effort, share, fill = (np.full(-(-n // 2), x, np.float32) for x in (_FIRST, 1, 0))
        effort, share = self._raised(room, effort, share, fill, np.float32(_LEAST), _USUAL)
        changes = self._room.changes(*_spread_out(n, effort, share, fill))
        lacking = self._shown(heard(*changes)) < _ENOUGH
        if not lacking.any():
            return changes
        fill = smooth(lacking.astype(np.float32)[None], _GLIDE)[0]
        effort, share = self._raised(room, effort, share, fill, effort, _MOST)
        return self._room.changes(*_spread_out(n, effort, share, fill))

    def _raised(
        self,
        room: _Room,
        effort: np.ndarray,
        share: np.ndarray,
        fill: np.ndarray,
        least: np.ndarray | np.float32,
        most: float,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Raise or lower the effort, and move energy to where it is needed: each (F,)."""
        for _ in range(_ROUNDS):
            shown = self._shown(room.foretold(*room.changes(effort, share, fill)))
            change = np.clip(self._wanted / shown, 0.4, 2.5) ** _EAGER
            effort = smooth(np.clip(effort * change, least, most)[None], _GLIDE)[0]
            lack = np.exp(np.mean(np.log(shown))) / shown
            share = smooth(np.clip(share * lack**0.7, 0.3, 3)[None], _GLIDE)[0]
        return effort, share

    def _shown(self, power: np.ndarray) -> np.ndarray:
        """Return how many deviations the two seconds around each frame show: (B, F) -> (F,).

        Parameters
        ----------
        power : of every second frame
        """
        x, _ = features(power, self._weights, decimation=2)
        x *= trust(FINE * np.arange(N_BANDS))
        n, turns = power.shape[1], power.shape[1] // TILE  # of `TILE` such frames, two tiles long
        tiles = (x[:, : turns * TILE].reshape(N_BANDS, turns, TILE) @ _TWO_TILES).reshape(
            N_BANDS, 2 * turns
        )
        width = min(_WINDOW, 2 * turns)
        agrees = (tiles * self._tile_signs[:, : 2 * turns]).sum(axis=0)
        score = _summed(agrees, width) / np.sqrt(_summed((tiles**2).sum(axis=0), width) + 1e-9)
        around = np.pad(score, width - 1, mode="edge")  # all windows that a tile lies in
        around = np.lib.stride_tricks.sliding_window_view(around, width)
        shown = np.maximum(np.percentile(around, 30, axis=1), 1).astype(np.float32)
        each = np.repeat(shown, TILE)[::2]
        return np.pad(each, (0, n - len(each)), mode="edge")


@dataclass(frozen=True)
class _Room:
    """What each tile of a passage bears, a list of channels each: (B, F).

    Attributes
    ----------
    energy : what the mark may have in all, in the unit of `power`
    power : of the sound
    shape : the changes, in dB up to a common factor
    most, masked : how much louder a tile may get at an effort of one: as it moves of its own
        accord, and as it is drowned out
    uncapped : how much louder any tile may get at any effort
    hiss : the power of the hiss that a tile may bear
    """

    energy: float
    power: list[np.ndarray]
    shape: list[np.ndarray]
    most: list[np.ndarray]
    masked: list[np.ndarray]
    hiss: list[np.ndarray]
    uncapped: float

    def every_second(self) -> _Room:
        """Return the same for every second frame."""

        def halved(part: list[np.ndarray]) -> list[np.ndarray]:
            return [np.ascontiguousarray(x[:, ::2]) for x in part]

        return _Room(
            energy=self.energy / 2,
            power=halved(self.power),
            shape=halved(self.shape),
            most=halved(self.most),
            masked=halved(self.masked),
            hiss=halved(self.hiss),
            uncapped=self.uncapped,
        )

    def changes(
        self, effort: np.ndarray, share: np.ndarray, fill: np.ndarray
    ) -> tuple[Gains, Fills]:
        """Return the changes of an effort, capped, and scaled to the energy of the mark."""
        caps = [
            np.minimum(np.minimum(effort * most, self.uncapped), np.sqrt(effort) * masked)
            for most, masked in zip(self.most, self.masked, strict=True)
        ]
        fills = [fill * hiss for hiss in self.hiss]
        spent = sum(float(np.sum(f)) for f in fills)
        shape = [share * s for s in self.shape]
        return _scale(self.power, shape, caps, max(self.energy - spent, self.energy / 3)), fills

    def foretold(self, gains: Gains, fills: Fills) -> np.ndarray:
        """Guess the power that the marked sound will have: (B, F)."""
        total = sum(self.power[1:], self.power[0])
        gain = sum(p * g for p, g in zip(self.power, gains, strict=True)) / (total + 1e-30)
        padded, n = np.pad(gain, ((0, 0), (1, 1)), mode="edge"), gain.shape[1]
        blurred = sum(np.float32(b) * padded[:, k : k + n] for k, b in enumerate(_BLUR))
        return total * (1 + blurred) ** 2 + sum(fills[1:], fills[0])


def _spread_out(n: int, *halved: np.ndarray) -> list[np.ndarray]:
    """Return what was found for every second frame, for all n."""
    return [np.repeat(x, 2)[:n] for x in halved]


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
