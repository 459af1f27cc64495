"""From a key to a pattern: which tiles go up, which go down, and what each says of the payload."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy.linalg import hadamard

from .tiles import N_BANDS

CYCLE = 512  # tiles before the pattern comes round again: 29.7 s
BLOCK_BITS = 16  # decoded together; 2**16 code words are tried at once
_PILOT_SHARE = 87  # of 256: tiles that carry no payload, so that a search can find the alignment


@dataclass(frozen=True, eq=False)
class Pattern:
    """The keyed pattern, over `N_BANDS` bands and one cycle of tiles (arrays of shape (B, C)).

    Attributes
    ----------
    chips : int8, ±1: the direction of each tile when the payload is zero
    columns : uint16; the parity of ``column & payload`` turns a tile round. Zero in a pilot tile.
    blocks : int8; the 16-bit block of the payload that a tile speaks for, −1 in a pilot tile
    bits : the length of a payload
    """

    chips: np.ndarray
    columns: np.ndarray
    blocks: np.ndarray
    bits: int

    def signs(self, payload: int) -> np.ndarray:
        """Return the direction of every tile for a payload: float32, (B, C)."""
        odd = np.zeros(self.columns.shape, bool)
        for block in range(self.bits // BLOCK_BITS):
            word = payload >> (BLOCK_BITS * block) & 0xFFFF
            odd |= (self.blocks == block) & _parity(self.columns & np.uint16(word))
        return np.where(odd, -self.chips, self.chips).astype(np.float32)

    @cached_property
    def pilots(self) -> np.ndarray:
        """The chips of the pilot tiles, and zero elsewhere: float32, (B, C)."""
        return np.where(self.blocks < 0, self.chips, 0).astype(np.float32)

    def decode(self, tiles: np.ndarray, positions: np.ndarray) -> tuple[float, int]:
        """Find the payload that agrees best with what the tiles of a sound show.

        Every code word is tried: the correlations with all 2**16 words of a random linear code
        are one Walsh-Hadamard transform of the tiles, summed by column.

        Parameters
        ----------
        tiles : (B, n) how far up (+) or down (−) each tile is
        positions : (n,) int, where in the cycle each column of `tiles` lies, none twice

        Returns
        -------
        z : the correlation with the best pattern, divided by the norm of the tiles
        payload : int
        """
        blocks, columns = self.blocks[:, positions], self.columns[:, positions]
        turned = tiles * self.chips[:, positions]
        total, payload = float(turned[blocks < 0].sum()), 0
        for block in range(self.bits // BLOCK_BITS):
            mine = blocks == block
            sums = np.bincount(columns[mine], weights=turned[mine], minlength=1 << BLOCK_BITS)
            scores = _walsh_hadamard(sums)
            best = int(np.argmax(scores))
            total += float(scores[best])
            payload |= best << (BLOCK_BITS * block)
        norm = float(np.sqrt(np.sum(tiles.astype(np.float64) ** 2)))
        return (total / norm if norm > 0 else 0.0), payload


@lru_cache(16)
def pattern(key: bytes, bits: int) -> Pattern:
    """Draw the pattern of a key. Each tile's sign is one bit of SHAKE-256 of the key.

    References
    ----------
    FIPS 202, SHA-3 standard: permutation-based hash and extendable-output functions (2015).
    """
    shape = (N_BANDS, CYCLE)
    size = N_BANDS * CYCLE
    seed = b"sonic-lab spread spectrum 1\0" + bits.to_bytes(2, "big") + key
    stream = np.frombuffer(hashlib.shake_256(seed).digest(4 * size), np.uint8).reshape(4, *shape)
    chips = (2 * (stream[0] & 1).astype(np.int8) - 1).astype(np.int8)
    pilot = stream[1] < _PILOT_SHARE
    blocks = (stream[0] >> 1).astype(np.int8) % np.int8(bits // BLOCK_BITS)
    columns = stream[2].astype(np.uint16) << np.uint16(8) | stream[3]
    blocks[pilot], columns[pilot] = -1, 0
    return Pattern(chips=chips, columns=columns, blocks=blocks, bits=bits)


def _parity(words: np.ndarray) -> np.ndarray:
    for shift in (8, 4, 2, 1):
        words = words ^ words >> np.uint16(shift)
    return (words & 1).astype(bool)


def _walsh_hadamard(sums: np.ndarray) -> np.ndarray:
    """Transform 2**16 numbers, as two products with the 256-point matrix."""
    half = _hadamard256()
    return (half @ sums.reshape(256, 256).astype(np.float32) @ half).ravel()


@lru_cache(1)
def _hadamard256() -> np.ndarray:
    return hadamard(256, dtype=np.float32)
