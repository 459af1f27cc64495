"""Noise of three colours, at a level that is measured against the sound."""

from __future__ import annotations

import functools

import numpy as np
import scipy.fft

from ..audio import check_rate, check_sound, check_whole
from ..errors import unknown_name
from ..randomness import generator
from .mixing import mix
from .parameters import contiguous

_SLOPES = {"white": 0.0, "pink": 1.0, "brown": 2.0}  # power falls as 1 / f ** slope
_FLOOR_HZ = 20.0  # below hearing the spectrum is flat: or else brown noise is all drift


def add_noise(
    y: np.ndarray,
    *,
    sr: int,
    snr_db: float,
    color: str = "white",
    rng: np.random.Generator | int | None = None,
) -> np.ndarray:
    """Add noise whose power lies `snr_db` below the power of the sound.

    Both powers are means over the whole sound, all channels together; each channel gets its
    own noise.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n), not silent
    sr : Hz
    snr_db : signal-to-noise ratio, -100 to 100 dB
    color : ``"white"`` (equal power a hertz), ``"pink"`` (an octave), ``"brown"`` (-6 dB an octave)
    rng : a seed, a NumPy generator, or None for fresh luck

    Raises
    ------
    AudioError
        `y` is no sound, or silent, so that no noise has a ratio to it.
    UnknownNameError
        `color` is none of the three.
    """
    sound = check_sound(y)
    channels = sound.shape[0] if sound.ndim == 2 else 1
    noise = colored_noise(sound.shape[-1], sr=sr, color=color, channels=channels, rng=rng)
    return mix(sound, noise if sound.ndim == 2 else noise.reshape(-1), snr_db=snr_db)


def colored_noise(
    n_samples: int,
    *,
    sr: int,
    color: str = "white",
    channels: int = 1,
    rng: np.random.Generator | int | None = None,
) -> np.ndarray:
    """Draw Gaussian noise with an RMS of about 0.1 in each channel.

    Returns
    -------
    float32, shape (n_samples,) for one channel, (channels, n_samples) for more

    Examples
    --------
    >>> colored_noise(48000, sr=48000, color="pink", rng=0).shape
    (48000,)
    """
    n = check_whole(n_samples, name="n_samples", low=1, high=2**31)
    c = check_whole(channels, name="channels", low=1, high=64)
    rate, luck = check_rate(sr), generator(rng)
    if color not in _SLOPES:
        raise unknown_name("noise color", color, _SLOPES)
    noise = colored(luck.standard_normal((c, n), dtype=np.float32), color=color, sr=rate)
    noise = contiguous(0.1 * noise)
    return noise[0] if c == 1 else noise


def colored(white: np.ndarray, *, color: str, sr: int) -> np.ndarray:
    """Give white noise, float32 (..., n), another colour, keeping its power."""
    if not _SLOPES[color]:
        return white
    n = white.shape[-1]
    size, weight = tilt(n, color=color, sr=sr)
    return scipy.fft.irfft(scipy.fft.rfft(white, size) * weight, size)[..., :n]


@functools.lru_cache(maxsize=4)  # for a batch of 5 s it takes a tenth of the time
def tilt(n: int, *, color: str, sr: int) -> tuple[int, np.ndarray]:
    """Return the size of the FFT for `n` samples, and what a colour multiplies its bins by."""
    size = int(scipy.fft.next_fast_len(n, real=True))  # a long prime length would take seconds
    frequency = scipy.fft.rfftfreq(size, 1 / sr)
    weight = np.maximum(frequency, _FLOOR_HZ) ** (-_SLOPES[color] / 2)
    weight /= np.sqrt(np.mean(weight**2))
    weight = weight.astype(np.float32)
    weight.flags.writeable = False  # it is shared
    return size, weight
