"""A clock that is not steady, and samples that get lost."""

from __future__ import annotations

import numpy as np
import scipy.fft
import scipy.ndimage

from ..audio import check_number, check_rate, check_sound
from ..errors import AudioError
from ..randomness import generator
from .parameters import contiguous
from .speed import resampled


def jitter(
    y: np.ndarray,
    *,
    sr: int,
    deviation_ms: float,
    bandwidth_hz: float = 5.0,
    rng: np.random.Generator | int | None = None,
) -> np.ndarray:
    """Play from a clock that runs early and late at random: a tape's wow, a converter's jitter.

    The moment at which each sample is read is moved by Gaussian noise that is low-passed at
    `bandwidth_hz`. The same for all channels; the length stays.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    sr : Hz
    deviation_ms : how early or late, root mean square, 0 to 1000 ms
    bandwidth_hz : how fast the error changes; a few Hz wobble the pitch (wow and flutter),
        thousands of Hz blur it (clock jitter, where microseconds are much)
    rng : a seed, a NumPy generator, or None for fresh luck
    """
    sound, rate, luck = check_sound(y), check_rate(sr), generator(rng)
    deviation = check_number(deviation_ms, name="deviation_ms", low=0, high=1000, unit="ms") / 1000
    band = check_number(bandwidth_hz, name="bandwidth_hz", low=0.01, high=rate, unit="Hz")
    n = sound.shape[-1]
    error = _smooth_noise(n, band=band, rate=rate, rng=luck) * deviation * rate
    moments = np.clip(np.arange(n) + error, 0, n - 1)
    # A cubic spline is only good well below half the rate: so twice the rate is read from.
    double = resampled(sound, n_out=2 * n, step=0.5)
    channels = [
        scipy.ndimage.map_coordinates(one, [2 * moments], order=3, mode="nearest")
        for one in np.atleast_2d(double)
    ]
    return contiguous(np.reshape(channels, sound.shape))


def drop_samples(
    y: np.ndarray, *, sr: int, per_s: float, rng: np.random.Generator | int | None = None
) -> np.ndarray:
    """Leave single samples out, at random places: the rest moves up, and the sound gets shorter.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n); the channels lose the same samples
    sr : Hz
    per_s : how many samples go from each second, 0 to sr / 2
    rng : a seed, a NumPy generator, or None for fresh luck
    """
    sound, rate, luck = check_sound(y), check_rate(sr), generator(rng)
    frequency = check_number(per_s, name="per_s", low=0, high=rate / 2)
    n = sound.shape[-1]
    count = round(frequency * n / rate)
    if count >= n:
        raise AudioError(f"nothing would be left: {count} of {n} samples are to go")
    return contiguous(np.delete(sound, luck.choice(n, size=count, replace=False), axis=-1))


def _smooth_noise(n: int, *, band: float, rate: int, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise with no power above `band`, scaled to a root mean square of one."""
    size = scipy.fft.next_fast_len(n, real=True)
    spectrum = scipy.fft.rfft(rng.standard_normal(size))
    frequency = scipy.fft.rfftfreq(size, 1 / rate)
    # A sound shorter than one period of the band keeps the slowest swing that fits into it.
    spectrum[frequency > max(band, rate / size)] = 0
    spectrum[0] = 0  # a constant delay is no jitter
    noise = scipy.fft.irfft(spectrum, size)[:n]
    return noise / max(float(np.sqrt(np.mean(noise**2))), 1e-12)
