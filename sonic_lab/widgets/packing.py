"""Arrays as the page takes them: bytes, with what is needed to read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..audio import for_playback
from ..features import Picture, envelope


def pack_picture(image: Picture) -> dict[str, Any]:
    """Pack a spectrogram: one byte a pixel, and the frequency of each row."""
    levels = image.levels()
    return {
        "pixels": levels.tobytes(),
        "rows": levels.shape[0],
        "columns": levels.shape[1],
        "hz": image.hz.astype("<f4").tobytes(),
        "duration_s": image.duration_s,
    }


def pack_sounds(ys: Sequence[np.ndarray], *, sr: int) -> list[dict[str, Any]]:
    """Pack sounds to be played and compared, all with one gain, each with its outline.

    The outline is of the sound as it is, before the gain.
    """
    packed = []
    for y, played in zip(ys, for_playback(ys, sr=sr), strict=True):
        low, high = envelope(y)
        packed.append(
            {
                "pcm": played.pcm,
                "sr": played.sr,
                "channels": played.channels,
                "gain_db": played.gain_db,
                "duration_s": y.shape[-1] / sr,
                "low": low.tobytes(),
                "high": high.tobytes(),
            }
        )
    return packed
