"""Make sound ready to play while it is still being made, and nobody knows how loud it will get."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import AudioError
from .checks import check_rate
from .levels import CEILING_DB
from .playback import BLOCK_S, Playback, headroom_db, narrow

_TURN_S = 0.010  # the gain goes down within this, which is heard as a change and not as a click
_FINE_HZ = 32_000


def fine_rate(sr: int) -> int:
    """Return the rate at which a browser plays a sound as it is.

    Browsers go from a sound's rate to their own along straight lines, which dulls the treble and
    mirrors it above half the rate: a tone of 5 kHz at 16 kHz loses 2.6 dB and gets a companion at
    11 kHz, 12 dB softer (measured in Chromium 156). From 32 kHz on the mirror lies beyond hearing.

    >>> fine_rate(16000), fine_rate(22050), fine_rate(32000)
    (48000, 44100, 32000)
    """
    rate = check_rate(sr)
    return rate if rate >= _FINE_HZ else rate * -(-44_100 // rate)


class LiveLimiter:
    """The limits of `for_playback`, for a sound that comes in chunks, and at a finer rate.

    The gain follows the loudest moment so far, so it only ever goes down, and the chunks joined
    are as safe as the whole would be: no peak above -1 dBFS, and no 0.4 s above -14 dBFS RMS but
    for those in which the gain turns.

    Parameters
    ----------
    sr : Hz

    Attributes
    ----------
    sr : Hz, what comes out: `fine_rate` of what goes in

    Examples
    --------
    >>> limiter = LiveLimiter(sr=32000)
    >>> [round(limiter.pack(chunk).gain_db) for chunk in np.array([[0.1] * 320, [1.0] * 320])]
    [0, -1]
    >>> limiter.end().samples
    0
    """

    def __init__(self, *, sr: int) -> None:
        self._given_sr = check_rate(sr)
        self.sr = fine_rate(sr)
        self._gain_db = 0.0
        self._turned = False
        self._finer: Any = None  # a soxr.ResampleStream, once the channels are known
        self._recent = np.zeros((0, 0))  # (c, n): the block before this chunk

    def pack(self, chunk: np.ndarray) -> Playback:
        """Take the next chunk, float of shape (n,) or (c, n), and return it as a player takes it.

        A converter needs to see a little ahead, so some 20 ms come with the next chunk, or `end`.

        Raises
        ------
        AudioError
            The chunk is empty or not finite, or has other channels than the ones before.
        """
        y = np.atleast_2d(narrow(chunk))
        if not self._recent.size:
            self._recent = np.zeros((len(y), round(BLOCK_S * self.sr)))
        if len(self._recent) != len(y):
            raise AudioError(
                f"the chunk has {len(y)} channels, the ones before had {len(self._recent)}"
            )
        return self._limit(self._refine(y, last=False))

    def end(self) -> Playback:
        """Return what is left when no chunk will come any more."""
        nothing = np.zeros((max(1, len(self._recent)), 0), dtype=np.float32)
        return self._limit(self._refine(nothing, last=True) if self._finer else nothing)

    def _refine(self, y: np.ndarray, *, last: bool) -> np.ndarray:
        if self.sr == self._given_sr:
            return y
        if self._finer is None:
            import soxr

            self._finer = soxr.ResampleStream(self._given_sr, self.sr, len(y), dtype="float32")
        frames = np.ascontiguousarray(y.T, dtype=np.float32)  # (n, c), as soxr has it
        return self._finer.resample_chunk(frames, last=last).T

    def _limit(self, y: np.ndarray) -> Playback:
        channels, samples = y.shape
        if not samples:
            return Playback(b"", self.sr, channels, 0, self._gain_db)
        heard = np.concatenate([self._recent, y], axis=1)
        last_db, self._gain_db = self._gain_db, min(self._gain_db, headroom_db(heard, self.sr))
        self._recent = heard[:, -self._recent.shape[1] :]
        gain = np.full(samples, 10 ** (self._gain_db / 20))
        turn = min(round(_TURN_S * self.sr), samples) if self._turned else 0
        gain[:turn] = np.linspace(10 ** (last_db / 20), gain[-1], turn, endpoint=False)
        self._turned = True  # the first chunk has no gain before it to turn from
        ceiling = 10 ** (CEILING_DB / 20)  # a peak inside the turn would pass it
        pcm = np.trunc(np.clip(y * gain, -ceiling, ceiling) * 32767).astype("<i2")
        return Playback(pcm.T.tobytes(), self.sr, channels, samples, self._gain_db)
