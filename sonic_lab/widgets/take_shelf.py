"""The takes that a studio holds: packed once for the page, and no more of them than fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..audio import fine_rate, match_loudness, resample, to_mono
from ..errors import ParameterError
from ..features import Picture, picture
from .packing import pack_picture, pack_sounds

BUDGET_BYTES = 200 * 2**20
SHAPE = (192, 640)  # most rows and columns of a large picture; of a small one:
SMALL = (40, 150)
_LOGITS_BYTES = 4 * 1024  # what a job keeps for each token: a float32 for every candidate
_STFT = {"n_fft": 1024, "hop_length": 256}


def picture_of(y: np.ndarray, *, sr: int, shape: tuple[int, int] = SHAPE) -> Picture:
    """Return the spectrogram of a take, or of what there is of it."""
    n_fft = min(_STFT["n_fft"], 2 ** int(np.log2(y.shape[-1])))
    hop = min(_STFT["hop_length"], max(1, n_fft // 4))
    n_mels = min(128, max(4, n_fft // 8))
    return picture(
        y, sr=sr, n_fft=n_fft, hop_length=hop, n_mels=n_mels,
        max_rows=shape[0], max_columns=shape[1],
    )  # fmt: skip


def pack_tokens(tokens: np.ndarray, *, duration_s: float) -> dict[str, Any]:
    """Pack tokens of shape (1, K, T) as int16; -1 stands where none is yet."""
    return {
        "codes": tokens[0].astype("<i2").tobytes(),
        "codebooks": int(tokens.shape[1]),
        "frames": int(tokens.shape[2]),
        "frame_rate": tokens.shape[2] / duration_s,
        "duration_s": duration_s,
    }


@dataclass
class HeldTake:
    """A take with its number, the job that can be asked about it, and what the page needs.

    Attributes
    ----------
    number : counts from 1 on the shelf, and is never given twice
    take : what the engine made
    job : answers for the distribution behind each token; None once it was let go
    saved : where it was written last, or nothing
    """

    number: int
    take: Any
    job: Any
    saved: str = ""
    image: Picture = field(init=False)
    sound: dict[str, Any] = field(init=False)
    large: dict[str, Any] = field(init=False)
    tokens: dict[str, Any] = field(init=False)
    _small: bytes = field(init=False)

    def __post_init__(self) -> None:
        y, sr = self.take.y, self.take.sr
        self.image = picture_of(y, sr=sr)
        self.large = pack_picture(self.image)
        thumb = picture_of(y, sr=sr, shape=SMALL).levels()
        self._small = thumb.tobytes()
        self._small_shape = thumb.shape
        fine = fine_rate(sr)
        self.sound = pack_sounds([resample(y, orig_sr=sr, target_sr=fine)], sr=fine)[0]
        self.tokens = pack_tokens(self.take.tokens, duration_s=self.duration_s)

    @property
    def duration_s(self) -> float:
        """How long it sounds, s."""
        return self.take.y.shape[-1] / self.take.sr

    @property
    def n_bytes(self) -> int:
        """What it takes in memory, about."""
        packed = sum(len(v) for v in {**self.sound, **self.large, **self.tokens}.values()
                     if isinstance(v, bytes))  # fmt: skip
        looked_into = 0 if self.job is None else self.take.tokens.size * _LOGITS_BYTES
        own = self.take.y.nbytes + self.take.tokens.nbytes + self.image.db.nbytes
        return own + packed + looked_into

    def card(self) -> dict[str, Any]:
        """Return what the list on the page shows of it."""
        rows, columns = self._small_shape
        settings = self.take.settings
        return {
            "number": self.number,
            "prompt": self.take.prompt,
            "model": str(self.take.record.get("model", "")),
            "licence": str(self.take.record.get("licence", "")),
            "seed": settings.seed,
            "guidance": settings.guidance,
            "temperature": settings.temperature,
            "top_k": settings.top_k,
            "top_p": settings.top_p,
            "duration_s": self.duration_s,
            "saved": self.saved,
            "thumb": self._small,
            "rows": rows,
            "columns": columns,
        }


class TakeShelf:
    """Takes by number, the oldest first. Where there is no room for a new one, the oldest give."""

    def __init__(self, *, budget_bytes: int = BUDGET_BYTES) -> None:
        self.budget_bytes = budget_bytes
        self._held: dict[int, HeldTake] = {}
        self._last = 0

    def __iter__(self) -> Iterator[HeldTake]:
        return iter(self._held.values())

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, number: object) -> bool:
        return number in self._held

    def __getitem__(self, number: int) -> HeldTake:
        if number not in self._held:
            there = ", ".join(map(str, self._held)) or "none yet"
            raise ParameterError(f"there is no take {number} (there are: {there})")
        return self._held[number]

    def add(self, held: HeldTake) -> tuple[HeldTake, list[HeldTake]]:
        """Take one in under the next number; return it, and those that had to go for it."""
        self._last += 1
        held.number = self._last
        self._held[held.number] = held
        return held, self._make_room(keep=held.number)

    def remove(self, number: int) -> HeldTake:
        """Take one out and return it, so that it can be put back."""
        held = self[number]
        del self._held[number]
        return held

    def put_back(self, held: HeldTake) -> None:
        """Put one that was removed in its old place."""
        self._held[held.number] = held
        self._held = dict(sorted(self._held.items()))

    @property
    def n_bytes(self) -> int:
        """What all of them take in memory, about."""
        return sum(held.n_bytes for held in self)

    def _make_room(self, *, keep: int) -> list[HeldTake]:
        """Let go of what lies behind the tokens of old takes first, and of old takes then."""
        gone = []
        old = [held for held in self if held.number != keep]
        for held in old:
            if self.n_bytes > self.budget_bytes:
                held.job = None
        for held in old:
            if self.n_bytes > self.budget_bytes:
                gone.append(self.remove(held.number))
        return gone


def in_step(a: HeldTake, b: HeldTake, *, level_matched: bool) -> dict[str, Any]:
    """Pack two takes to be played in step, both with one gain, at one rate, alike in channels."""
    sr = fine_rate(max(a.take.sr, b.take.sr))
    ys = [resample(held.take.y, orig_sr=held.take.sr, target_sr=sr) for held in (a, b)]
    if ys[0].ndim != ys[1].ndim:
        ys = [to_mono(y) for y in ys]
    if level_matched:
        ys = [match_loudness(y, sr=sr) for y in ys]
    first, second = pack_sounds(ys, sr=sr)
    return {
        "versions": [first, second],
        "sr": first["sr"],
        "channels": first["channels"],
        "duration_s": max(first["duration_s"], second["duration_s"]),
    }
