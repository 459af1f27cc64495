"""Sound that must be read: the four kinds of file, and the bundled clips."""

from __future__ import annotations

import numpy as np

from .. import audio
from .. import clips as bundled
from ..errors import SonicLabError
from .findings import Finding, green, red

# Two kinds keep every bit of 16; the other two are lossy, and keep a plain tone almost whole.
ALIKE = {".wav": 0.99999, ".flac": 0.99999, ".ogg": 0.98, ".mp3": 0.98}
SR = 22050


def formats() -> Finding:
    """Encode a sound to WAV, FLAC, OGG and MP3, decode each, and compare with what went in."""
    t = np.arange(SR // 2) / SR
    y = (0.5 * np.sin(2 * np.pi * (220 + 220 * t) * t)).astype(np.float32)  # a half second's glide
    problems, likeness = {}, {}
    for suffix, needed in ALIKE.items():
        name = suffix[1:].upper()
        try:
            likeness[name] = _likeness(y, suffix)
            if likeness[name] < needed:
                problems[name] = f"comes back changed (correlation {likeness[name]:.3f})"
        except (SonicLabError, ImportError, OSError) as error:
            problems[name] = f"fails: {error}"
    details = {"correlation": likeness}
    if problems:
        return red(
            "; ".join(f"{name} {text}" for name, text in problems.items()),
            "`pip install --upgrade --force-reinstall soundfile`: its wheels carry libsndfile, "
            "which reads and writes all four. One of the system's own must be 1.1 or newer",
            **details,
        )
    return green(f"{', '.join(likeness)}: written, read and compared", **details)


def _likeness(y: np.ndarray, suffix: str) -> float:
    """Correlate a sound with what is left of it; a codec may shift it by up to 2048 samples."""
    z, _ = audio.decode(audio.encode(y, sr=SR, suffix=suffix))
    size = len(y) + 4096  # long enough that no shift within that wraps round
    products = np.fft.irfft(np.fft.rfft(z, size).conj() * np.fft.rfft(y, size), size)
    near = np.concatenate([products[:2049], products[-2048:]])
    return float(near.max() / (np.linalg.norm(y) * np.linalg.norm(z) + 1e-12))


def clips() -> Finding:
    """Load every bundled clip, which compares its hash with the catalogue's."""
    names, problems, seconds = bundled.names(), {}, 0.0
    for name in names:
        try:
            y, sr = bundled.load(name)
            seconds += len(y) / sr
        except SonicLabError as error:
            problems[name] = str(error)
    if problems:
        return red(
            "; ".join(problems.values()),
            "`git restore sonic_lab/clips` in the course's folder, or reinstall sonic-lab",
            damaged=sorted(problems),
        )
    return green(f"{len(names)} whole, {seconds:.0f} s of sound", clips=list(names))
