"""A take while it is being made: what has come of it, as the page hears and sees it."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from ..audio import LiveLimiter, Playback
from ..features import envelope
from .packing import pack_picture
from .take_shelf import pack_tokens, picture_of

_TOKENS_EVERY_S = 0.09
_PICTURE_EVERY_S = 0.4
_UNTIL_KNOWN_HZ = 16_000  # rate of the empty picture, before the first chunk says its own


class LiveTake:
    """A job at work, with the sound it has made so far.

    Attributes
    ----------
    run : counts the jobs of a studio from 1
    job : the `sonic_lab.generation.Job`
    samples : how many the page was given, a channel
    take, error : what came of it in the end
    """

    def __init__(self, run: int, job: Any) -> None:
        self.run, self.job = run, job
        self.samples = 0
        self.take: Any = None
        self.error: Exception | None = None
        self._chunks: list[np.ndarray] = []
        self._packed: list[bytes] = []
        self._limiter: LiveLimiter | None = None
        self._form: dict[str, int] = {}
        self._sr = _UNTIL_KNOWN_HZ
        self._told_at = self._drawn_at = 0.0

    @property
    def duration_s(self) -> float:
        """How long it will be, s."""
        return self.job.settings.duration_s

    def tokens_due(self) -> bool:
        """Tell whether the page should hear of the tokens again: about ten times a second."""
        now = time.monotonic()
        due = now - self._told_at > _TOKENS_EVERY_S
        self._told_at = now if due else self._told_at
        return due

    def tokens(self) -> dict[str, Any]:
        """Return the tokens so far, packed."""
        return pack_tokens(self.job.tokens, duration_s=self.duration_s)

    def hear(self, chunk: np.ndarray, sr: int) -> tuple[dict[str, Any], bytes]:
        """Take in the next chunk; return the message, and its bytes, that let the page hear it."""
        if self._limiter is None:
            self._limiter, self._sr = LiveLimiter(sr=sr), sr
        self._chunks.append(chunk)
        return self._put(self._limiter.pack(chunk))

    def end(self) -> tuple[dict[str, Any], bytes] | None:
        """Return the last message: what was held back until no chunk could follow."""
        return self._put(self._limiter.end()) if self._limiter else None

    def _put(self, played: Playback) -> tuple[dict[str, Any], bytes]:
        self._form = {"sr": played.sr, "channels": played.channels}
        at, self.samples = self.samples, self.samples + played.samples
        self._packed.append(played.pcm)
        return self._message(at), played.pcm

    def heard_since(self, at: int) -> tuple[dict[str, Any], bytes] | None:
        """Return the sound from sample `at` on, for a page that was opened in the middle."""
        if not self._packed:
            return None
        at = min(max(at, 0), self.samples)
        return self._message(at), b"".join(self._packed)[2 * self._form["channels"] * at :]

    def _message(self, at: int) -> dict[str, Any]:
        return {"type": "chunk", "run": self.run, "at": at, **self._form}

    def picture_due(self) -> bool:
        """Tell whether the picture should grow: more often than this would cost too much."""
        due = bool(self._chunks) and time.monotonic() - self._drawn_at > _PICTURE_EVERY_S
        self._drawn_at = time.monotonic() if due else self._drawn_at
        return due

    def drawn(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return picture and outline of what there is, with silence where the rest will be."""
        sr = self._sr
        y = np.concatenate(self._chunks, axis=-1) if self._chunks else np.zeros(1, np.float32)
        rest = max(0, round(self.duration_s * sr) - y.shape[-1])
        whole = np.pad(y, [(0, 0)] * (y.ndim - 1) + [(0, rest)])
        low, high = envelope(whole)
        outline = {"low": low.tobytes(), "high": high.tobytes()}
        return pack_picture(picture_of(whole, sr=sr)), outline
