"""A hum under the music: the simplest idea of a watermark, and four reasons why it is none.

It has no key, so whoever knows the pitch can read it, forge it and take it out; it carries no
payload; it stands as a straight line in every spectrogram; and its detector knows no error
rate, since it can only say how much louder one frequency is than those beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.ndimage
import scipy.signal

from ..audio import check_rate, check_sound
from ..errors import AudioError, ParameterError

_SHORTEST_S = 0.5  # shorter, and a line cannot be told from its neighbours
_BESIDE_HZ = 40.0  # how far to each side the neighbours reach
_LINE_HZ = 4.0  # what still counts as the line itself


@dataclass(frozen=True)
class HumHit:
    """What the hum's detector found.

    Attributes
    ----------
    present : whether the line stands out by `threshold_db` or more
    prominence_db : its power over the median of its neighbours'. No probability follows from
        this: a flute that holds the note has the same line.
    threshold_db : where present begins, set by taste
    """

    present: bool
    prominence_db: float
    threshold_db: float


@dataclass(frozen=True)
class Hum:
    """A faint sine, from the first sample to the last.

    Parameters
    ----------
    freq_hz : its pitch
    level_db : its amplitude in dBFS

    Examples
    --------
    >>> y = np.random.default_rng(0).normal(0, 0.01, 32000).astype(np.float32)
    >>> hum = Hum(freq_hz=7000)
    >>> hum.detect(hum.embed(y, sr=16000), sr=16000).present
    True
    >>> hum.detect(notch(hum.embed(y, sr=16000), sr=16000, freq_hz=7000), sr=16000).present
    False
    """

    freq_hz: float = 7000.0
    level_db: float = -60.0

    def __post_init__(self) -> None:
        """Refuse a pitch or a level that cannot be."""
        if not (np.isfinite(self.freq_hz) and self.freq_hz > 0):
            raise ParameterError(f"freq_hz={self.freq_hz} must be a positive number of Hz")
        if not self.level_db <= 0:
            raise ParameterError(f"level_db={self.level_db} must be a number of dBFS, at most 0")

    def embed(self, y: np.ndarray, *, sr: int) -> np.ndarray:
        """Add the sine: the same for every sound, and there is nothing else to say with it.

        Parameters
        ----------
        y : float, shape (n,) or (c, n)
        sr : Hz, more than twice the pitch of the hum

        Returns
        -------
        float32, the shape of `y`, clipped to full scale
        """
        sound, rate = self._check(y, sr)
        t = np.arange(sound.shape[-1]) / rate
        sine = 10 ** (self.level_db / 20) * np.sin(2 * np.pi * self.freq_hz * t)
        ceiling = np.maximum(1, np.abs(sound))
        return np.clip(sound + sine, -ceiling, ceiling).astype(np.float32)

    def detect(self, y: np.ndarray, *, sr: int, threshold_db: float = 12.0) -> HumHit:
        """Look for a line at the hum's pitch.

        Parameters
        ----------
        y : float, shape (n,) or (c, n), at least 0.5 s
        sr : Hz
        threshold_db : how far the line must stand out
        """
        sound, rate = self._check(y, sr)
        if sound.shape[-1] < _SHORTEST_S * rate or not np.any(sound):
            raise AudioError(
                f"y must be {_SHORTEST_S} s of sound or more to show a line, not "
                f"{sound.shape[-1] / rate:.2f} s with a peak of {np.abs(sound).max():.2g}"
            )
        mono = sound if sound.ndim == 1 else sound.mean(axis=0)
        hz, power = scipy.signal.periodogram(mono, fs=rate, window="hann")
        apart = np.abs(hz - self.freq_hz)
        line = power[apart <= _LINE_HZ].max()
        beside = np.median(power[(apart > _LINE_HZ) & (apart <= _BESIDE_HZ)])
        prominence = float(10 * np.log10((line + 1e-30) / (beside + 1e-30)))
        return HumHit(prominence >= threshold_db, prominence, threshold_db)

    def _check(self, y: np.ndarray, sr: int) -> tuple[np.ndarray, int]:
        rate = check_rate(sr)
        if self.freq_hz + _BESIDE_HZ >= rate / 2:
            raise ParameterError(
                f"a hum at {self.freq_hz:g} Hz needs a sample rate above "
                f"{2 * (self.freq_hz + _BESIDE_HZ):g} Hz, and sr={rate}"
            )
        return check_sound(y), rate


def notch(y: np.ndarray, *, sr: int, freq_hz: float, width_hz: float = 30.0) -> np.ndarray:
    """Take one frequency out of a sound: all that it needs to be rid of a hum.

    Parameters
    ----------
    y : float, shape (n,) or (c, n)
    sr : Hz
    freq_hz, width_hz : the middle of the notch and its width where it is 3 dB deep
    """
    rate = check_rate(sr)
    if not 0 < freq_hz < rate / 2 or not 0 < width_hz < freq_hz:
        raise ParameterError(
            f"freq_hz={freq_hz} must lie below half of sr={rate}, and width_hz={width_hz} below it"
        )
    b, a = scipy.signal.iirnotch(freq_hz, freq_hz / width_hz, fs=rate)
    return scipy.signal.lfilter(b, a, check_sound(y), axis=-1).astype(np.float32)


def find_hum(y: np.ndarray, *, sr: int, above_hz: float = 3000.0) -> float:
    """Find the pitch of a hum without being told it: the line that stands out most, in Hz.

    Where a keyed mark has a secret, the hum has none: anybody can look for it.

    Parameters
    ----------
    y : float, shape (n,) or (c, n), at least 0.5 s
    sr : Hz
    above_hz : look above this only, where music has few lines of its own
    """
    rate = check_rate(sr)
    sound = check_sound(y, min_samples=int(_SHORTEST_S * rate))
    mono = sound if sound.ndim == 1 else sound.mean(axis=0)
    hz, power = scipy.signal.periodogram(mono, fs=rate, window="hann")
    log_power = 10 * np.log10(power + 1e-30)
    width = max(3, int(_BESIDE_HZ / hz[1])) | 1
    coarse = scipy.ndimage.uniform_filter1d(log_power, width)
    searched = hz > above_hz
    if not searched.any():
        raise ParameterError(f"above_hz={above_hz} must lie below half of sr={rate}")
    return float(hz[searched][np.argmax((log_power - coarse)[searched])])
