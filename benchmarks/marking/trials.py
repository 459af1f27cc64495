"""Measure one mark on one clip: marked, attacked, read; unmarked, attacked alike, read; timed."""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from benchmarks.marking.contenders import CONTENDERS, score_of
from sonic_lab import metrics
from sonic_lab.watermark import UnmarkableError, attacks

# Beside every attack at its default strength: the bars that are set at a strength of their own.
EXTRA = {
    "stretch_+10%": ("stretch_longer", 1.1),
    "stretch_-10%": ("stretch_shorter", 0.9),
    "speed_+10%": ("speed_up", 1.1),
    "speed_-10%": ("speed_down", 0.9),
    "crop_2s": ("crop", 2.0),
    "noise_white_10dB": ("noise_white", 10.0),
    "noise_pink_10dB": ("noise_pink", 10.0),
}
TURNS = 3  # of each call that is timed


@dataclass(frozen=True)
class Job:
    """One mark on one clip.

    Of the kind "unmarked", only unmarked sound is read, to set a threshold; of the kind "pace",
    the calls are timed and nothing else.
    """

    part: str
    mark: str
    clip: str
    attacks: tuple[str, ...]
    unmarked_attacks: tuple[str, ...]
    wrong_keys: int
    kind: Literal["marked", "unmarked", "pace"] = "marked"
    segments: int = 0

    @property
    def name(self) -> str:
        """The same for the same work, in any run."""
        return "/".join((self.part, self.mark, self.clip, self.kind))


def measure(job: Job, y: np.ndarray, sr: int) -> dict[str, Any]:
    """Do the job: a row that can be written as JSON. Scores are None where nothing could be read.

    The key, the payload and the attacks' luck follow from the names of the part and the clip.
    """
    luck = np.random.default_rng(zlib.crc32(f"{job.part}/{job.clip}".encode()))
    contender = CONTENDERS[job.mark]
    row: dict[str, Any] = {"job": job.name, "part": job.part, "mark": job.mark, "clip": job.clip}
    marker = contender.make(luck.bytes(16))
    payload = int(luck.integers(1 << contender.bits))
    if job.kind != "unmarked":
        try:
            z = _embed(marker, y, sr, payload, contender.bits)
        except UnmarkableError as error:  # some mark only what they take for speech
            return row | {"refused": str(error)}
    if job.kind == "pace":
        calls = {
            "embed_s": lambda: _embed(marker, y, sr, payload, contender.bits),
            "detect_marked_s": lambda: marker.detect(z, sr=sr),
            "detect_unmarked_s": lambda: _read(marker, y, sr, payload),
        }
        taken = {
            name: float(np.median([_taken(c) for _ in range(TURNS)])) for name, c in calls.items()
        }
        return row | {"duration_s": y.shape[-1] / sr} | taken
    if job.kind == "marked":
        row["quality"] = quality(y, z, sr, speech="speech" in job.clip)
        row["attacks"] = {
            name: _read(marker, attacked(name, z, sr), sr, payload) for name in job.attacks
        }
        wrong = [contender.make(luck.bytes(16)) for _ in range(job.wrong_keys * contender.keyed)]
        row["wrong_key"] = [_read(other, z, sr, payload)["score"] for other in wrong]
    row["segments"] = [
        _read(contender.make(luck.bytes(16)), segment(y, sr, luck), sr, payload)["score"]
        for _ in range(job.segments)
    ]
    row["unmarked"] = {}
    for name in job.unmarked_attacks:
        other = contender.make(luck.bytes(16))  # a new key each time, where there is one
        row["unmarked"][name] = _read(other, attacked(name, y, sr), sr, payload)["score"]
    return row


def segment(y: np.ndarray, sr: int, luck: np.random.Generator) -> np.ndarray:
    """Return a piece of a sound, of 2 s or more, from a random place."""
    n = y.shape[-1]
    length = int(luck.uniform(min(2.01 * sr, n), n))
    first = int(luck.integers(n - length + 1))
    return y[..., first : first + length]


def attack_names() -> list[str]:
    """Return the attacks in the order of the table."""
    return ["none", *attacks.names(here=True), *EXTRA]


def kind_of(name: str) -> str:
    """Return the group of the table that an attack belongs to."""
    return "none" if name == "none" else attacks.info(EXTRA.get(name, (name, 0.0))[0]).kind


def attacked(name: str, z: np.ndarray, sr: int) -> np.ndarray:
    """Attack a sound, with luck that follows from the attack's name."""
    if name == "none":
        return z
    attack, strength = EXTRA.get(name, (name, None))
    return attacks.apply(attack, z, sr=sr, rng=zlib.crc32(name.encode()), strength=strength)


def quality(y: np.ndarray, z: np.ndarray, sr: int, *, speech: bool) -> dict[str, float]:
    """Measure how well the mark hides."""
    found = {"snr": metrics.snr_db(y, z), "nmr": metrics.nmr_db(y, z, sr=sr)}
    found["visqol"] = metrics.visqol(y, z, sr=sr)
    if speech:
        found["pesq"] = metrics.pesq(y, z, sr=sr)
    return found


def _embed(marker: Any, y: np.ndarray, sr: int, payload: int, bits: int) -> np.ndarray:
    return np.asarray(marker.embed(y, sr=sr, payload=payload) if bits else marker.embed(y, sr=sr))


def _read(marker: Any, y: np.ndarray, sr: int, payload: int) -> dict[str, Any]:
    try:
        hit = marker.detect(y, sr=sr)
    except UnmarkableError:
        return {"score": None, "wrong_bits": None}
    guess = getattr(hit, "guess", None)
    wrong = None if guess is None else (guess ^ payload).bit_count()
    return {"score": score_of(hit), "wrong_bits": wrong}


def _taken(call: Callable[[], object]) -> float:
    """Return the seconds of processor time that a call takes, those of programs it runs too.

    Other work on the machine lengthens them less than it lengthens the clock's.
    """

    def spent() -> float:
        return time.process_time() + sum(os.times()[2:4])  # of programs, in hundredths

    start = spent()
    call()
    return spent() - start
