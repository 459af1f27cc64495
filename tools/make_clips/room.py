"""The room that the instruments stand in, and the finish that every clip gets."""

from __future__ import annotations

import numpy as np
from scipy import signal

import sonic_lab as sl

from .sound import fade, luck

LOUDNESS_LUFS = -20.0
PEAK_DB = -1.0


def response(*, sr: int, t60_s: float, channels: int, name: str) -> np.ndarray:
    """Make a room's impulse response, (channels, n): thickening noise whose top dies first.

    References
    ----------
    Moorer, About this reverberation business (Computer Music Journal 3(2), 1979): noise under
    an exponential sounds like a fine hall.
    """
    n = int(t60_s * 1.1 * sr)
    t = np.arange(n) / sr
    rng = luck("room", name)
    bands = []
    for low, high, share in ((120, 1000, 1.0), (1000, 4000, 0.6), (4000, 0.46 * sr, 0.3)):
        band = signal.butter(2, [low, high], "bandpass", fs=sr, output="sos")
        noise = signal.sosfilt(band, rng.standard_normal((channels, n)))
        bands.append(noise * np.exp(-np.log(1000) * t / (t60_s * (0.4 + 0.6 * share))))
    tail = np.sum(bands, axis=0) * np.minimum(1, t / 0.02)  # echoes thicken over 20 ms
    tail = np.pad(tail, ((0, 0), (int(0.008 * sr), 0)))  # the nearest wall is 1.4 m off
    return tail / np.sqrt(np.mean(np.sum(tail**2, axis=-1)))


def reverb(y: np.ndarray, *, sr: int, t60_s: float, wet_db: float, name: str) -> np.ndarray:
    """Add the room to a dry sound, (n,) or (2, n), of the same length."""
    flat = np.atleast_2d(y)
    heard = signal.fftconvolve(
        flat.mean(0, keepdims=True) if len(flat) == 2 else flat,
        response(sr=sr, t60_s=t60_s, channels=len(flat), name=name),
        axes=-1,
    )[:, : flat.shape[1]]
    return (flat + 10 ** (wet_db / 20) * heard).reshape(y.shape)


def finish(y: np.ndarray, *, sr: int, bits: int = 16) -> np.ndarray:
    """Bring a clip to its level and to int16: no offset, no click, -20 LUFS, peak <= -1 dBFS.

    Fewer than 16 `bits` leave the lowest at zero, which FLAC then does not store.

    Rounding to integers is what makes the samples the same on every machine: the last bits of
    the float64 sums, which differ from one numpy build to the next, are rounded away.
    """
    rumble = signal.butter(2, 25, "highpass", fs=sr, output="sos")
    y = fade(signal.sosfilt(rumble, y), sr=sr, in_s=0.003, out_s=0.2)
    y = y / np.abs(y).max()
    gain_db = round(LOUDNESS_LUFS - sl.audio.loudness(y, sr=sr), 2)
    gain = 10 ** (min(gain_db, PEAK_DB) / 20)
    step = 2 ** (16 - bits)
    return (np.round(y * gain * 32768 / step) * step).astype(np.int16)
