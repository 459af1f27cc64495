"""Take the learner's own sound: an array, a bundled clip, or a file from the page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np

from .. import clips
from ..audio import check_rate, check_sound, decode
from ..errors import AudioError, AudioFileError

MAX_UPLOAD_BYTES = 20 * 2**20
MAX_DURATION_S = 120.0
MIN_SAMPLES = 64


@dataclass(frozen=True)
class Sound:
    """A sound that an instrument holds.

    Attributes
    ----------
    y : float32, shape (n,) or (c, n)
    sr : Hz
    name : what to call it: a clip's name, a file's, or "your sound"
    source : "clip", "file" or "array"
    """

    y: np.ndarray
    sr: int
    name: str
    source: str


def from_array(y: Any, *, sr: Any, name: str = "your sound", source: str = "array") -> Sound:
    """Check a sound and that it is of a length an instrument can show."""
    rate = check_rate(sr)
    sound = check_sound(y, min_samples=MIN_SAMPLES)
    seconds = sound.shape[-1] / rate
    if seconds > MAX_DURATION_S:
        raise AudioError(
            f"{name} lasts {seconds:.0f} s and an instrument holds at most {MAX_DURATION_S:.0f} s: "
            f"take a part, such as y[..., :{int(MAX_DURATION_S)} * sr]"
        )
    return Sound(sound, rate, name, source)


def bundled(name: str) -> Sound:
    """Load a bundled clip, stereo where it is stereo."""
    y, sr = clips.load(name, mono=False)
    return from_array(y, sr=sr, name=name, source="clip")


class Upload:
    """A file that arrives from the page in numbered pieces."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._name = ""

    def add(self, content: dict[str, Any], buffers: list[memoryview]) -> Sound | None:
        """Take the next piece; return the decoded sound once the last one is there.

        Raises
        ------
        AudioFileError
            Too large, not sound, cut short, or a piece went missing.
        """
        index, count = int(content.get("index", -1)), int(content.get("count", 0))
        if index == 0:
            self._pieces, self._name = [], PurePath(str(content.get("name", "file"))).name
        if index != len(self._pieces) or index >= count or len(buffers) != 1:
            self._pieces = []
            raise AudioFileError(f"the upload of {self._name} was broken off: try it again")
        self._pieces.append(bytes(buffers[0]))
        if sum(map(len, self._pieces)) > MAX_UPLOAD_BYTES:
            self._pieces = []
            raise AudioFileError(
                f"{self._name} is larger than {MAX_UPLOAD_BYTES // 2**20} MB: "
                "use a shorter piece, or FLAC or MP3"
            )
        if index < count - 1:
            return None
        data, self._pieces = b"".join(self._pieces), []
        y, sr = decode(data, mono=False, name=self._name)
        return from_array(y, sr=sr, name=self._name, source="file")
