"""Sounds for the tests of `sonic_lab.features`."""

from __future__ import annotations

from functools import cache

import numpy as np

import sonic_lab as sl

# Corners of what a learner will try: the article's setting, short and long frames, a hop that
# does not divide the sound, a window shorter than its FFT, each mel scale, limited bands.
GRID = (
    {},
    {"n_fft": 512, "hop_length": 128, "n_mels": 40},
    {"n_fft": 1024, "hop_length": 300, "n_mels": 64, "window": "hamming"},
    {"n_fft": 4096, "hop_length": 1024, "n_mels": 128, "window": "blackman"},
    {"n_fft": 2048, "win_length": 800, "hop_length": 200, "n_mels": 80},
    {"n_fft": 2048, "n_mels": 96, "htk": True},
    {"n_fft": 2048, "n_mels": 64, "fmin": 40.0, "fmax": 3800.0, "window": "boxcar"},
)


@cache
def clip(name: str) -> tuple[np.ndarray, int]:
    """Return a bundled clip, read once; nobody may write to it."""
    y, sr = sl.clips.load(name)
    y.setflags(write=False)
    return y, sr


def noise(n: int, *, seed: int = 0) -> np.ndarray:
    """Return white noise well inside full scale."""
    return (0.1 * np.random.default_rng(seed).standard_normal(n)).astype(np.float32)


def tone(hz: float, *, sr: int = 22050, n: int = 22050) -> np.ndarray:
    """Return a sine at half of full scale."""
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(n) / sr)).astype(np.float32)
