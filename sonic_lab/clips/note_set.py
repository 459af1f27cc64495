"""Short labelled notes of six instruments, to learn to tell them apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import audio
from ..errors import unknown_name
from . import listing
from .loading import checked_bytes


@dataclass(frozen=True, eq=False)
class Notes:
    """A set of notes: `names[label[i]]` plays the pitch `midi[i]` in ``y[i]``.

    Attributes
    ----------
    y : float32, shape (N, n), in [-1, 1]
    sr : Hz
    label : int64, shape (N,), an index into `names`
    names : the instruments
    midi : int64, shape (N,), MIDI note number
    split : str, shape (N,), ``"train"`` or ``"test"``: no pitch, brightness or room is in both
    """

    y: np.ndarray
    sr: int
    label: np.ndarray
    names: tuple[str, ...]
    midi: np.ndarray
    split: np.ndarray

    def __len__(self) -> int:
        return len(self.y)

    def __repr__(self) -> str:
        parts = ", ".join(f"{int((self.split == s).sum())} {s}" for s in ("train", "test"))
        seconds = self.y.shape[1] / self.sr
        return f"Notes({parts}; {seconds:g} s at {self.sr} Hz; {', '.join(self.names)})"

    def part(self, split: str) -> Notes:
        """Return the notes to train on, or those to test on.

        >>> len(notes().part("test"))
        60
        """
        if split not in ("train", "test"):
            raise unknown_name("part of the notes", split, ("train", "test"))
        keep = self.split == split
        return Notes(
            self.y[keep], self.sr, self.label[keep], self.names, self.midi[keep], self.split[keep]
        )


def notes() -> Notes:
    """Load the bundled notes.

    Raises
    ------
    AudioFileError
        The file is missing, or is not the one that was bundled.

    Examples
    --------
    >>> notes()
    Notes(180 train, 60 test; 0.5 s at 16000 Hz; bells, flute, guitar, piano, strings, trumpet)
    """
    row = listing.read()["notes"]
    y, sr = audio.decode(checked_bytes(row["file"], row["sha256"]), name="the bundled notes")
    return Notes(
        y=y.reshape(-1, row["n_samples"]),
        sr=sr,
        label=np.array(row["label"], dtype=np.int64),
        names=tuple(row["names"]),
        midi=np.array(row["midi"], dtype=np.int64),
        split=np.array(row["split"]),
    )
