"""How much change each tile hides: what the tiles beside it, and before it, drown out.

References
----------
ITU-R BS.1387-1, "Method for objective measurements of perceived audio quality" (2001), whose
spreading and levels are followed here in outline, on the mark's own grid of tiles.
E. Terhardt, "Calculating virtual pitch", Hearing Research 1 (1979): the threshold in quiet.
"""

from __future__ import annotations

import numpy as np

from .tiles import FINE, HOP, N_BANDS, RATE, WINDOW, edges_hz

_LOUDEST_DB = 92.0  # the sound pressure level at which a full-scale sine is taken to be played
_DOWN, _UP = 27.0, 12.0  # dB a bark: how steeply a tone's masking falls below and above it
_BELOW = 10 ** (-4 / 10)  # noise must lie this far below what drowns it
_LINGER = 6  # frames, after which a thirtieth is left
_AHEAD, _SUDDEN = 2, 5.0  # frames of warning, and how far masking may rise in them
_FADE = np.exp(-HOP / RATE / 0.02)  # masking dies away within some 20 ms


def threshold(power: np.ndarray) -> np.ndarray:
    """Return the power that would just be heard beside the sound: (B, F) -> float32 (B, F)."""
    heard = _spreading() @ power + _quiet()[:, None]
    alone = heard.copy()
    for k in range(1, _LINGER + 1):
        np.maximum(heard[:, k:], _FADE**k * alone[:, :-k], out=heard[:, k:])
    # A change spreads over its whole frame, so what comes before a sudden sound must bear it too.
    before = np.concatenate([np.repeat(heard[:, :1], _AHEAD, axis=1), heard[:, :-_AHEAD]], axis=1)
    return (_BELOW * np.minimum(heard, _SUDDEN * before)).astype(np.float32)


def _centres_hz() -> np.ndarray:
    return edges_hz(FINE * (np.arange(N_BANDS) + 0.5))


def _spreading() -> np.ndarray:
    bark = 7 * np.arcsinh(_centres_hz() / 650)
    apart = bark[:, None] - bark[None]  # row: masked, column: masking
    spread = 10 ** (np.where(apart < 0, _DOWN * apart, -_UP * apart) / 10)
    return (spread / spread.sum(axis=0)).astype(np.float32)


def _quiet() -> np.ndarray:
    """Return the threshold in quiet as power in a tile."""
    khz = _centres_hz() / 1000
    level_db = 3.64 * khz**-0.8 - 6.5 * np.exp(-0.6 * (khz - 3.3) ** 2) + 1e-3 * khz**4
    full_scale = len(WINDOW) * np.sum(WINDOW**2) / 4  # of a sine, over one half of the spectrum
    return full_scale * 10 ** ((level_db - _LOUDEST_DB) / 10)
