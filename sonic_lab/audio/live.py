"""Make sound safe to play while it is still being made, and nobody knows how loud it will get."""

from __future__ import annotations

import numpy as np

from ..errors import AudioError, ParameterError
from .checks import check_rate
from .levels import CEILING_DB
from .playback import BLOCK_S, RATES, Playback, headroom_db, narrow

_TURN_S = 0.010  # the gain goes down within this, which is heard as a change and not as a click


class LiveLimiter:
    """The limits of `for_playback`, for a sound that comes in chunks.

    The gain follows the loudest moment so far, so it only ever goes down, and the chunks joined
    are as safe as the whole would be: no peak above -1 dBFS, and no 0.4 s above -14 dBFS RMS but
    for those in which the gain turns.

    Parameters
    ----------
    sr : Hz, from 8000 to 96000: what browsers play without converting it first

    Examples
    --------
    >>> limiter = LiveLimiter(sr=8000)
    >>> [round(limiter.pack(chunk).gain_db) for chunk in np.array([[0.1] * 80, [1.0] * 80])]
    [0, -1]
    """

    def __init__(self, *, sr: int) -> None:
        self.sr = check_rate(sr)
        if not RATES[0] <= self.sr <= RATES[1]:
            raise ParameterError(f"sr={sr} must be from {RATES[0]} to {RATES[1]} to be played live")
        self._gain_db = 0.0
        self._recent: np.ndarray | None = None  # (c, n): the block before this chunk

    def pack(self, chunk: np.ndarray) -> Playback:
        """Take the next chunk, float of shape (n,) or (c, n), and return it as a player takes it.

        Raises
        ------
        AudioError
            The chunk is empty or not finite, or has other channels than the ones before.
        """
        y = np.atleast_2d(narrow(chunk))
        first = self._recent is None
        before = self._recent
        if before is None:
            before = np.zeros((len(y), round(BLOCK_S * self.sr)))
        if len(before) != len(y):
            raise AudioError(f"the chunk has {len(y)} channels, the ones before had {len(before)}")
        heard = np.concatenate([before, y], axis=1)
        last_db, self._gain_db = self._gain_db, min(self._gain_db, headroom_db(heard, self.sr))
        self._recent = heard[:, -before.shape[1] :]
        gain = np.full(y.shape[-1], 10 ** (self._gain_db / 20))
        turn = 0 if first else min(round(_TURN_S * self.sr), len(gain))
        gain[:turn] = np.linspace(10 ** (last_db / 20), gain[-1], turn, endpoint=False)
        ceiling = 10 ** (CEILING_DB / 20)  # a peak inside the turn would pass it
        pcm = np.trunc(np.clip(y * gain, -ceiling, ceiling) * 32767).astype("<i2")
        channels, samples = pcm.shape
        return Playback(pcm.T.tobytes(), self.sr, channels, samples, self._gain_db)
