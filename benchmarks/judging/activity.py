"""How much happens in a clip: what no prompt asks for, and music has all the same.

A model that is right in all it was asked may still hold one chord for ten seconds. What is usual
is not written here: the same measures of composed pieces stand beside those of what was made.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.judging.ears import Heard

HEARD_DB = 40  # below the loudest point: a codec's hiss lies lower, and comes and goes
FRAMES = 100  # a second
QUIET = 0.05  # of the loudest moment's level
MOMENT_S = 0.05
COUNTS = 0.05  # the share of what sounds that a pitch class needs to count


def measure(clips: Sequence[np.ndarray], heard: Sequence[Heard], *, sr: int) -> dict[str, float]:
    """Return means over clips: what they are called in the table, and how much.

    An onset is where `librosa.onset.onset_detect` finds one, in bands that stop short of the hiss.
    """
    starts = [onsets(y, sr=sr) for y in clips]
    seconds = [len(y) / sr for y in clips]
    waits = [longest_wait(t, s) for t, s in zip(starts, seconds, strict=True)]
    rates = [len(t) / s for t, s in zip(starts, seconds, strict=True)]
    return {
        "onsets a second": float(np.mean(rates)),
        "longest time without one, s": float(np.mean(waits)),
        "quiet, % of the time": 100 * float(np.mean([quiet(y, sr=sr) for y in clips])),
        "pitch classes": float(np.mean([pitch_classes(one) for one in heard])),
    }


def onsets(y: np.ndarray, *, sr: int) -> np.ndarray:
    """Return when something begins, s: (n,)."""
    import librosa

    hop = sr // FRAMES  # with longer ones, the detector takes one peak for two
    mel = librosa.feature.melspectrogram(y=y, sr=sr, n_fft=1024, hop_length=hop)
    level = librosa.power_to_db(mel, ref=np.max, top_db=HEARD_DB)
    rise = librosa.onset.onset_strength(S=level, sr=sr, hop_length=hop)
    found = librosa.onset.onset_detect(onset_envelope=rise, sr=sr, hop_length=hop, units="time")
    return np.asarray(found)


def longest_wait(starts: np.ndarray, seconds: float) -> float:
    """Return the longest time in which nothing begins, the first and the last one too."""
    return float(np.diff(np.concatenate([[0.0], np.sort(starts), [seconds]])).max())


def quiet(y: np.ndarray, *, sr: int) -> float:
    """Return the share of moments 26 dB or more below the loudest one; silence is all quiet."""
    n = round(sr * MOMENT_S)
    level = np.sqrt(np.square(y[: len(y) // n * n], dtype=np.float64).reshape(-1, n).mean(1))
    return float((level <= QUIET * level.max()).mean())


def pitch_classes(heard: Heard) -> int:
    """Return how many pitch classes sound, as the pitch ear hears them."""
    return int((heard.sounding > COUNTS * max(heard.sounding.sum(), 1e-9)).sum())
