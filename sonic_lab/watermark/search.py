"""Find where in the pattern a sound lies, and whether it was cut, stretched, sped up or repitched.

Every alignment that can come out of a search is counted beforehand (`log_share`), since the
best of many scores is high by luck alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import scipy.fft

from . import splices
from .key import CYCLE, Pattern
from .splices import CYCLE_FRAMES
from .tiles import FINE, N_BANDS, PER_OCTAVE, TILE, band_power, bands, edges_hz, features, trust

WINDOW_FRAMES = 2048  # 23.8 s are read at a time: so little that no tile comes round twice
LONGEST = 1.1125  # how far a sound may have been stretched
_TURNS = (-0.0025, 0.0, 0.0025)  # how the fine search moves a stretch, of 0.005 steps
_STRETCHES = tuple(round(0.89 + 0.005 * k, 3) for k in range(45))
_MARGIN = 6  # fine rows above and below the bands: ±2 semitones
_COARSE_FRAMES = 620  # frames of half rate: 14.4 s are enough to find the way
_COARSE_FFT = 2048
# The shares of all trust: for a sound of unchanged speed and pitch, for one that was cut, and for
# one whose speed or pitch was changed.
_UNCHANGED, _SPLICED, _CHANGED = 0.7, 0.1, 0.2
_NEAR = 5  # alignments of an unchanged sound that are decoded
_FAR = 6  # those of a changed sound
_BELIEVED = trust(FINE * np.arange(N_BANDS))


@dataclass(frozen=True)
class Alignment:
    """Where a sound lies in the pattern.

    Attributes
    ----------
    offset : the frame of the pattern at which the sound begins
    stretch : how much longer than when it was marked the sound has become
    pitch : how much higher
    joins : of a sound that was cut and joined, each further piece: its first frame, and what
        `offset` would be if all of the sound lay as this piece does
    """

    offset: int = 0
    stretch: float = 1.0
    pitch: float = 1.0
    joins: splices.Pieces = ()

    @property
    def pieces(self) -> splices.Pieces:
        """All pieces: of each, its first frame and its offset."""
        return ((0, self.offset), *self.joins)


def log_share(alignment: Alignment, n_frames: int) -> float:
    """Return log(1 / share) of an alignment in the union bound.

    An unchanged sound is given seven tenths of all trust, shared by every offset; all changed
    ones share two, and all ways to cut a sound of `n_frames` the last. Counted is every alignment
    that the fine search could end at, not the few that are looked at: which those are depends on
    the key, so luck could have chosen any.
    """
    if alignment.joins:
        return splices.log_choices(alignment.pieces, n_frames) - float(np.log(_SPLICED))
    if alignment.stretch == 1 and alignment.pitch == 1:
        return float(np.log(CYCLE_FRAMES / _UNCHANGED))
    each = len(_TURNS) * int(CYCLE_FRAMES * LONGEST + 1)
    return float(np.log(len(_CHANGES) * each / _CHANGED))


def _changes() -> dict[tuple[float, int], float]:
    """Return the changes to look for: (stretch, fine steps of pitch) -> factor of pitch."""
    per_octave = PER_OCTAVE * FINE
    steps = range(-_MARGIN, _MARGIN + 1)
    stretched = {(s, 0): 1.0 for s in _STRETCHES}
    sped = {(s, round(-np.log2(s) * per_octave)): 1 / s for s in _STRETCHES}
    pitched = {(1.0, step): 2 ** (step / per_octave) for step in steps}
    return sped | pitched | stretched


_CHANGES = _changes()


class Search:
    """The alignments of one sound with one pattern, the likeliest first.

    Parameters
    ----------
    below : float32 (F, K + 1), from `cumulative_power`, at most `WINDOW_FRAMES` of them
    """

    def __init__(self, below: np.ndarray, pattern: Pattern) -> None:
        self._below = below
        self._pattern = pattern
        self.n_frames = len(below)
        unchanged, self._weights = features(bands(below))
        self._sums = {1.0: _running_sum(_BELIEVED * unchanged)}

    def near(self) -> Iterator[Alignment]:
        """Yield the likeliest alignments of a sound whose speed and pitch are as they were."""
        x = np.diff(self._sums[1.0], axis=1)
        spectrum = np.conj(scipy.fft.rfft(x, CYCLE_FRAMES, axis=1))
        spectrum *= _template(self._pattern, 1.0, 1, CYCLE_FRAMES)
        score = scipy.fft.irfft(spectrum.sum(axis=0), CYCLE_FRAMES)
        for offset in _peaks(score, _NEAR):
            yield Alignment(int(offset))

    def spliced(self) -> Iterator[Alignment]:
        """Yield the likeliest alignments of a sound that was cut and joined."""
        for pieces in splices.candidates(np.diff(self._sums[1.0], axis=1), self._pattern):
            (_, first), *rest = self._fitted(pieces)
            yield Alignment(first, joins=tuple(rest))

    def far(self) -> Iterator[Alignment]:
        """Yield the likeliest alignments of a sound that was stretched, sped up or repitched."""
        found = []
        grid, norm = self._coarse_grid()
        for stretch, step in _CHANGES:
            rows = slice(_MARGIN + step, _MARGIN + step + FINE * N_BANDS, FINE)
            template = _template(self._pattern, stretch, 2, _COARSE_FFT)
            product = np.einsum("bk,bk->k", grid[rows], template)
            score = scipy.fft.irfft(product, _COARSE_FFT)[: int(CYCLE_FRAMES * stretch / 2)]
            for offset in _peaks(score, 3):
                rough = Alignment(2 * int(offset), stretch, _CHANGES[stretch, step])
                found.append((float(score[offset]) / norm[rows].sum() ** 0.5, rough))
        for _, rough in sorted(found, key=lambda f: f[0], reverse=True)[:_FAR]:
            yield self._refine(rough)

    def tiles(self, alignment: Alignment) -> tuple[np.ndarray, np.ndarray]:
        """Return what the sound shows of each tile: (B, n), and their places in the cycle: (n,)."""
        if not alignment.joins:
            return self._tiles(alignment, 0, None)
        ends = [*(first for first, _ in alignment.joins), None]
        shown = np.zeros((N_BANDS, CYCLE))  # two pieces may hold parts of one tile
        for (first, offset), end in zip(alignment.pieces, ends, strict=True):
            tiles, positions = self._tiles(Alignment(offset), first, end)
            shown[:, positions] += tiles
        used = np.flatnonzero(shown.any(axis=0))
        return shown[:, used], used

    def _tiles(
        self, alignment: Alignment, begin: int, end: int | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the tiles of the frames from `begin` to `end`."""
        sums = self._sums_at(alignment.pitch)
        n = sums.shape[1] - 1 if end is None else end
        length = TILE * alignment.stretch
        first = int((alignment.offset + begin) / length)
        last = int((alignment.offset + n - 1) / length)
        edges = np.ceil(np.arange(first, last + 2) * length - alignment.offset)
        tiles = np.diff(sums[:, np.clip(edges, begin, n).astype(int)], axis=1)
        positions = np.arange(first, last + 1) % CYCLE
        return tiles, positions

    def _fitted(self, pieces: splices.Pieces) -> splices.Pieces:
        """Move offsets by less than the grid's step to where the pilots of the piece agree best."""
        ends, fitted = [*(first for first, _ in pieces[1:]), None], []
        for (first, offset), end in zip(pieces, ends, strict=True):
            near = [(offset + d) % CYCLE_FRAMES for d in (-1, 0, 1, 2)]
            agree = [self._pilots(Alignment(one), first, end) for one in near]
            fitted.append((first, near[int(np.argmax(agree))]))
        return tuple(fitted)

    def _pilots(self, alignment: Alignment, begin: int, end: int | None) -> float:
        """Return how well the pilots agree between two frames."""
        tiles, positions = self._tiles(alignment, begin, end)
        agree = tiles * self._pattern.pilots[:, positions]  # ±1, and 0 where no pilot lies
        return float(agree.sum()) / (float(np.vdot(agree, agree)) ** 0.5 + 1e-12)

    def _refine(self, rough: Alignment) -> Alignment:
        """Move a rough alignment by less than its grid's step to where the pilots agree best."""
        middle = self._sums[1.0].shape[1] / 2

        def moved(change: float, shift: int) -> Alignment:
            stretch = round(rough.stretch + change, 4)
            turn = (rough.offset + middle) * stretch / rough.stretch - middle + shift
            return Alignment(round(turn) % int(CYCLE_FRAMES * stretch), stretch, rough.pitch)

        best = max(product(_TURNS, (-2, 0, 2)), key=lambda m: self._pilots(moved(*m), 0, None))
        near = [moved(best[0], best[1] + shift) for shift in (-1, 0, 1)]
        return max(near, key=lambda one: self._pilots(one, 0, None))

    def _sums_at(self, pitch: float) -> np.ndarray:
        if pitch not in self._sums:
            x, _ = features(bands(self._below, pitch=pitch), self._weights)
            self._sums[pitch] = _running_sum(_BELIEVED * x)
        return self._sums[pitch]

    def _coarse_grid(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the conjugate spectra of fine rows at half the frame rate, and their energies."""
        pairs = len(self._below) // 2
        below = self._below[0 : 2 * pairs : 2] + self._below[1 : 2 * pairs : 2]
        below = below[:_COARSE_FRAMES]
        _, weights = features(bands(below), decimation=2)
        steps = np.arange(-_MARGIN, FINE * N_BANDS + _MARGIN + 1)
        power = band_power(below, edges_hz(steps), edges_hz(steps + FINE))
        x, _ = features(power, weights, rows=FINE, decimation=2)
        x *= trust(steps)
        spectra = np.conj(scipy.fft.rfft(x, _COARSE_FFT, axis=1))
        return spectra, np.sum(x * x, axis=1)


@lru_cache(128)
def _template(pattern: Pattern, stretch: float, decimation: int, n_fft: int) -> np.ndarray:
    """Return the spectra of the pilots, as many frames on end as a search may need."""
    frame = (np.arange(n_fft) + 0.5 * (decimation > 1)) * decimation
    tile = (frame / (TILE * stretch)).astype(int) % CYCLE
    return scipy.fft.rfft(pattern.pilots[:, tile], axis=1).astype(np.complex64)


def _running_sum(x: np.ndarray) -> np.ndarray:
    out = np.zeros((x.shape[0], x.shape[1] + 1))
    np.cumsum(x, axis=1, out=out[:, 1:])
    return out


def _peaks(score: np.ndarray, count: int) -> np.ndarray:
    return np.argpartition(score, -count)[-count:][::-1]
