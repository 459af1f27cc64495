"""How well the acoustic fingerprint knows the bundled clips again, and tells others apart.

Run it with ``python -m benchmarks.fingerprint``; the result is kept in
``benchmarks/results/fingerprint.txt``.
"""

from __future__ import annotations

import io
import itertools
import time
from collections.abc import Callable

import numpy as np
import soundfile

from sonic_lab import audio, clips
from sonic_lab.provenance import Fingerprint, fingerprint, near_duplicates, similarity
from sonic_lab.provenance.neighbours import ALIKE

from .machine import describe, keep
from .provenance_scale import SECONDS, SR, tune

TUNES = 800  # put together of the same 24 notes: the hardest to tell apart
Sound = tuple[np.ndarray, int]


def mp3(y: np.ndarray, sr: int, level: float) -> Sound:
    """Send a sound through MP3 of constant bit rate; `level` 0 is the best."""
    buffer = io.BytesIO()
    soundfile.write(buffer, y, sr, format="MP3", compression_level=level, bitrate_mode="CONSTANT")
    return audio.decode(buffer.getvalue())


def noisy(y: np.ndarray, sr: int, snr_db: float) -> Sound:
    """Add white noise at a ratio to the whole sound."""
    noise = np.random.default_rng(0).standard_normal(len(y))
    return y + np.float32(np.sqrt(np.mean(y**2)) * 10 ** (-snr_db / 20)) * noise, sr


def rate(y: np.ndarray, sr: int, target: int) -> Sound:
    """Change the sample rate."""
    return audio.resample(y, orig_sr=sr, target_sr=target), target


def ogg(y: np.ndarray, sr: int) -> Sound:
    """Send a sound through OGG Vorbis."""
    return audio.decode(audio.encode(y, sr=sr, suffix=".ogg"))


# At 22.05 kHz these levels of libsndfile come to 130, 57 and 8 kbit/s.
DAMAGE: dict[str, Callable[[np.ndarray, int], Sound]] = {
    "gain of -20 dB": lambda y, sr: (0.1 * y, sr),
    "OGG": ogg,
    "MP3 at 130 kbit/s, -10 dB": lambda y, sr: mp3(0.3 * y, sr, 0.2),
    "MP3 at 57 kbit/s, -10 dB": lambda y, sr: mp3(0.3 * y, sr, 0.7),
    "MP3 at 8 kbit/s, -10 dB": lambda y, sr: mp3(0.3 * y, sr, 0.99),
    "8 kHz, first 0.31 s cut": lambda y, sr: rate(y[int(0.31 * sr) :], sr, 8000),
    "noise at 20 dB": lambda y, sr: noisy(y, sr, 20),
    "noise at 10 dB": lambda y, sr: noisy(y, sr, 10),
    "speed 3 % up (not promised)": lambda y, sr: (rate(y, sr, int(sr / 1.03))[0], sr),
}


def take(sound: Sound) -> Fingerprint:
    """Take the fingerprint of a sound."""
    return fingerprint(sound[0], sr=sound[1])


def main() -> None:
    """Measure, print the tables, and keep them."""
    sounds = {name: clips.load(name) for name in clips.names()}
    prints = {name: take(sound) for name, sound in sounds.items()}
    lines = [
        f"{len(sounds)} bundled clips; likeness of 1 is the same, {ALIKE} counts as a copy",
        describe("numpy", "soundfile"),
        "",
        f"{'copy through':30}{'found':>7}{'least':>8}{'median':>8}  hardest",
    ]
    for damage, apply in DAMAGE.items():
        copies = {name: take(apply(y, sr)) for name, (y, sr) in sounds.items()}
        like = {name: similarity(prints[name], copy) for name, copy in copies.items()}
        found = sum(bool(near_duplicates([prints[n], copy])) for n, copy in copies.items())
        worst = min(like, key=lambda name: like[name])
        median = float(np.median(list(like.values())))
        lines.append(f"{damage:30}{found:>4}/{len(like)}{like[worst]:>8.2f}{median:>8.2f}  {worst}")
    others = {
        (a, b): similarity(prints[a], prints[b]) for a, b in itertools.combinations(prints, 2)
    }
    nearest = max(others, key=lambda pair: others[pair])
    lines += ["", f"nearest two clips: {' and '.join(nearest)}, {others[nearest]:.2f}"]
    lines += ["", *strangers()]
    keep("fingerprint", "\n".join(lines))


def strangers() -> list[str]:
    """Count tunes of the same notes that are taken for each other."""
    prints = [fingerprint(tune(seed), sr=SR) for seed in range(TUNES)]
    start = time.process_time()
    pairs = near_duplicates(prints)
    spent = time.process_time() - start
    return [
        f"{TUNES} tunes of {SECONDS} s from the same 24 notes: {len(pairs)} of "
        f"{TUNES * (TUNES - 1) // 2} pairs taken for copies, in {spent:.1f} s"
    ]


if __name__ == "__main__":
    main()
