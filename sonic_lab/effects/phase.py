"""The same frequencies at the same levels, at other moments."""

from __future__ import annotations

import numpy as np
import scipy.fft

from ..audio import check_number, check_rate, check_sound, check_whole
from .filters import filtered
from .parameters import check_frequency, contiguous


def all_pass(
    y: np.ndarray, *, sr: int, center_hz: float = 1000.0, q: float = 1.0, stages: int = 4
) -> np.ndarray:
    """Delay the frequencies around `center_hz` more than others, and change no level.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    sr : Hz
    center_hz : where the delay is greatest: `stages` * 2 * q / (pi * center_hz) seconds for
        a `center_hz` far below sr / 2
    q : how narrow that range is, 0.05 to 100
    stages : how often the filter runs, 1 to 200

    References
    ----------
    R. Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients"
    (W3C Working Group Note, 2021), the all-pass.
    """
    sound, rate = check_sound(y), check_rate(sr)
    w0 = 2 * np.pi * check_frequency(center_hz, name="center_hz", sr=rate) / rate
    alpha = np.sin(w0) / (2 * check_number(q, name="q", low=0.05, high=100))
    a = np.array([1 + alpha, -2 * np.cos(w0), 1 - alpha])
    section = np.concatenate([a[::-1], a]) / a[0]
    return filtered(
        sound, np.tile(section, (check_whole(stages, name="stages", low=1, high=200), 1))
    )


def phase_shift(y: np.ndarray, *, degrees: float) -> np.ndarray:
    """Turn the phase of every frequency by the same angle: 90 makes a sine of a cosine.

    180 degrees is `invert`. The whole sound is transformed at once, so a click spreads both ways.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    degrees : -360 to 360; positive delays
    """
    sound = check_sound(y)
    angle = np.deg2rad(check_number(degrees, name="degrees", low=-360, high=360))
    n = sound.shape[-1]
    size = scipy.fft.next_fast_len(2 * n, real=True)  # room for what spreads past the ends
    spectrum = scipy.fft.rfft(sound.astype(np.float64), size)
    turned = spectrum * np.exp(-1j * angle)
    # The two ends of the spectrum are real, and only the real part of a turn is left of them.
    turned[..., 0] = spectrum[..., 0] * np.cos(angle)
    if size % 2 == 0:
        turned[..., -1] = spectrum[..., -1] * np.cos(angle)
    return contiguous(scipy.fft.irfft(turned, size)[..., :n])
