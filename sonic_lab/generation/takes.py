"""A take: the sound, the tokens behind it, and the record that says where it came from."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..audio import limit, save
from ..errors import AudioFileError
from .settings import Settings


@dataclass(frozen=True)
class Take:
    """What one generation made.

    Attributes
    ----------
    prompt : what was asked for
    settings : what was chosen; `settings.seed` is a number even where none was given
    tokens : int64, shape (1, K, T), the codec's tokens, without the delay
    y : float32, shape (n,), or (2, n) from a stereo model
    sr : Hz
    record : plain values that go with the sound: model, weights' hash, licence, settings, seed,
        versions, and hashes of the tokens and samples
    """

    prompt: str
    settings: Settings
    tokens: np.ndarray
    y: np.ndarray
    sr: int
    record: dict[str, Any]

    def save(self, path: str | os.PathLike[str]) -> tuple[Path, Path]:
        """Write the sound, and its record beside it under the same name with ``.json`` added.

        Returns
        -------
        The paths of the sound and of the record.

        Raises
        ------
        AudioFileError, ParameterError
            The file cannot be written there, or its suffix is not that of a sound.
        """
        sound = save(path, limit(self.y), sr=self.sr)
        return sound, write_record(self.record, sound)


def write_record(record: dict[str, Any], sound: Path) -> Path:
    """Write a take's record beside its sound, under the same name with ``.json`` added.

    Raises
    ------
    AudioFileError
        It cannot be written there.
    """
    beside = sound.with_name(sound.name + ".json")
    try:
        text = json.dumps(record, indent=2, ensure_ascii=False)
        beside.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise AudioFileError(f"{beside} cannot be written: {error.strerror}") from error
    return beside
