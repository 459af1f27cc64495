"""A keyed mark with a payload and an honest probability: `SpreadSpectrum`.

The mark makes small tiles of time and pitch a little louder or softer, as a key tells, and
leaves their phase alone. Whoever has the key adds up thousands of tiles, each far below what
the music does of its own accord, and the music cancels where the pattern adds up.

References
----------
I. J. Cox, J. Kilian, F. T. Leighton and T. Shamoon, "Secure spread spectrum watermarking for
multimedia", IEEE Trans. Image Processing 6 (1997).
H. S. Malvar and D. A. F. Florêncio, "Improved spread spectrum: a new modulation technique for
robust watermarking", IEEE Trans. Signal Processing 51 (2003).
M. Steinebach, "Digitale Wasserzeichen für Audiodaten", dissertation, TU Darmstadt (2003): the
patchwork of louder and softer patches, here in a logarithm of power.
S. Westerfeld, "audiowmark: audio watermarking", software (2018–): patchwork with payload.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..audio import check_rate, check_sound, resample
from ..errors import AudioError, ParameterError, unknown_name
from .bound import log_p_value
from .embedding import STRENGTHS, Strength, difference
from .key import Pattern, pattern
from .search import WINDOW_FRAMES, Alignment, Search, log_share
from .tiles import HOP, N_FFT, RATE, cumulative_power, frames

LOWEST_SR, HIGHEST_SR = 16_000, 48_000
SHORTEST_S = 2.0
_SILENCE = 1e-4  # −80 dBFS: a frame below this shows nothing
_SOUNDING_S = 1.0
_SURE = np.log(1e-10)  # found beyond doubt: look no further


class UnmarkableError(AudioError):
    """Sound too short or too silent to carry a mark, or to show whether it carries one."""


@dataclass(frozen=True)
class Hit:
    """What a detector found.

    Attributes
    ----------
    present : whether `p_value` is at most `threshold`
    p_value : at most this share of all keys would find as much in this sound, had it been made
        without knowledge of the key. A true bound, counting every payload and alignment that
        was open to the detector. It assumes that the key was drawn at random and kept secret,
        and nothing about the sound.
    payload : the number that was read; None where no mark is present
    score : −log10 of the p-value, which goes on where the p-value itself rounds to zero
    threshold : the p-value asked for
    guess : the likeliest payload, even where no mark is present
    offset_s : where in the pattern the sound begins, seconds
    stretch : how much longer the sound has become since it was marked
    pitch : how much higher
    """

    present: bool
    p_value: float
    payload: int | None
    score: float
    threshold: float
    guess: int
    offset_s: float
    stretch: float
    pitch: float


class SpreadSpectrum:
    """A watermark that only its key can read.

    Parameters
    ----------
    key : a secret; text or bytes, not empty
    strength : ``"gentle"`` (30 dB below the sound), ``"robust"`` or a `Strength`
    bits : length of the payload: 16 or 32

    Raises
    ------
    ParameterError
        The key is empty or of another type, or `bits` is neither 16 nor 32.

    Examples
    --------
    >>> y = np.random.default_rng(0).normal(0, 0.1, 44100 * 5).astype(np.float32)
    >>> mark = SpreadSpectrum(key="a secret")
    >>> hit = mark.detect(mark.embed(y, sr=44100, payload=0xCAFE), sr=44100)
    >>> hit.present, hex(hit.payload)
    (True, '0xcafe')
    >>> mark.detect(y, sr=44100).present
    False
    """

    def __init__(
        self, key: str | bytes, *, strength: str | Strength = "gentle", bits: int = 16
    ) -> None:
        self._key = _check_key(key)
        if isinstance(bits, bool) or bits not in (16, 32):
            raise ParameterError(f"bits={bits!r} must be 16 or 32")
        self.bits = int(bits)
        self.strength = _check_strength(strength)

    def __repr__(self) -> str:
        """Show the settings, and never the key."""
        return f"SpreadSpectrum(key=..., strength={self.strength!r}, bits={self.bits})"

    @property
    def _pattern(self) -> Pattern:
        return pattern(self._key, self.bits)

    def embed(self, y: np.ndarray, *, sr: int, payload: int) -> np.ndarray:
        """Mark a sound.

        Parameters
        ----------
        y : float, shape (n,) or (c, n), at least 2 s
        sr : Hz, from 16 to 48 kHz
        payload : what the mark shall say, from 0 to 2**bits − 1

        Returns
        -------
        The marked sound, of the same shape and dtype. Nowhere does it pass full scale, unless
        `y` did, and digital silence stays silent.

        Raises
        ------
        UnmarkableError
            The sound is too short or too silent.
        ParameterError
            `payload` needs more bits than there are, or the rate is out of range.
        """
        sound, rate = _check(y, sr)
        number = _check_payload(payload, self.bits)
        channels = np.atleast_2d(sound)
        low = resample(channels, orig_sr=rate, target_sr=RATE)
        _check_sounding(low, "carry a mark")
        added = difference(low, self._pattern, number, self.strength)
        change = resample(added, orig_sr=RATE, target_sr=rate)[:, : channels.shape[1]]
        change[np.stack([_silent(channel, rate) for channel in channels])] = 0
        wanted = np.sum(channels.astype(np.float64) ** 2) / 10 ** (self.strength.snr_db / 10)
        have = np.sum(change.astype(np.float64) ** 2)
        change *= np.float32(min(1.5, np.sqrt(wanted / max(have, 1e-30))))
        ceiling = np.maximum(1, np.abs(channels))
        marked = np.clip(channels + change, -ceiling, ceiling)
        return marked.reshape(sound.shape).astype(_dtype(y), copy=False)

    def detect(self, y: np.ndarray, *, sr: int, threshold: float = 1e-6) -> Hit:
        """Look for the mark in a sound.

        Parameters
        ----------
        y : float, shape (n,) or (c, n), at least 2 s
        sr : Hz, from 16 to 48 kHz
        threshold : the largest p-value at which a mark counts as present

        Raises
        ------
        UnmarkableError
            The sound is too short or too silent to show anything either way.
        ParameterError
            The rate or the threshold is out of range.
        """
        sound, rate = _check(y, sr)
        if not 0 < threshold < 1:
            raise ParameterError(f"threshold={threshold} must lie between 0 and 1")
        low = resample(np.atleast_2d(sound), orig_sr=rate, target_sr=RATE)
        _check_sounding(low, "show whether it carries a mark")
        best = self._read(low)
        return _hit(best, threshold)

    def _read(self, low: np.ndarray) -> tuple[float, int, Alignment]:
        """Read window after window until one leaves no doubt."""
        windows = list(_windows(low.shape[1]))
        best = (np.inf, 0, Alignment())
        for first, last in windows:
            power = [cumulative_power(frames(channel[first:last])) for channel in low]
            search = Search(sum(power[1:], power[0]), self._pattern)
            for alignment in itertools.chain(search.near(), search.far()):
                z, payload = self._pattern.decode(*search.tiles(alignment))
                cost = log_share(alignment) + np.log(len(windows))
                log_p = log_p_value(z, bits=self.bits, log_alignments=cost)
                best = min(best, (log_p, payload, alignment), key=lambda found: found[0])
                if best[0] < _SURE:
                    return best
        return best


def _hit(best: tuple[float, int, Alignment], threshold: float) -> Hit:
    log_p, guess, alignment = best
    present = bool(log_p <= np.log(threshold))
    return Hit(
        present=present,
        p_value=float(np.exp(log_p)),
        payload=guess if present else None,
        score=float(-log_p / np.log(10)),
        threshold=threshold,
        guess=guess,
        offset_s=alignment.offset * HOP / RATE,
        stretch=alignment.stretch,
        pitch=alignment.pitch,
    )


def _windows(n: int) -> list[tuple[int, int]]:
    """Cut a sound of n samples into pieces that the search can take, overlapping by half."""
    length = (WINDOW_FRAMES - 1) * HOP + N_FFT
    if n <= length:
        return [(0, n)]
    count = -(-2 * (n - length) // length)
    firsts = np.linspace(0, n - length, count + 1).astype(int)
    return [(int(first), int(first) + length) for first in firsts]


def _silent(channel: np.ndarray, sr: int) -> np.ndarray:
    """Return where a channel is exactly zero for a millisecond or more: bool (n,)."""
    zero = channel == 0
    turns = np.flatnonzero(np.diff(zero, prepend=False, append=False))
    first, last = turns[::2], turns[1::2]  # a run of zeros, and the first sample after it
    long = last - first >= max(2, sr // 1000)
    steps = np.zeros(len(zero) + 1, np.int8)
    steps[first[long]], steps[last[long]] = 1, -1
    return np.cumsum(steps[:-1], dtype=np.int8).astype(bool)


def _check(y: Any, sr: Any) -> tuple[np.ndarray, int]:
    rate = check_rate(sr)
    if not LOWEST_SR <= rate <= HIGHEST_SR:
        raise ParameterError(
            f"sr={rate} is outside {LOWEST_SR} to {HIGHEST_SR} Hz: resample the sound first, "
            "with sl.audio.resample"
        )
    sound = check_sound(y)
    if sound.shape[-1] < SHORTEST_S * rate:
        raise UnmarkableError(
            f"y lasts {sound.shape[-1] / rate:.2f} s, and a mark needs {SHORTEST_S:g} s: a sound "
            "this short can neither carry a mark nor be called free of one"
        )
    return sound, rate


def _check_sounding(low: np.ndarray, purpose: str) -> None:
    n = low.shape[1] // HOP
    level = np.sqrt(np.mean(low[:, : n * HOP].reshape(len(low), n, HOP) ** 2, axis=2)).max(axis=0)
    sounding = float(np.sum(level > _SILENCE)) * HOP / RATE
    if sounding < _SOUNDING_S:
        raise UnmarkableError(
            f"y holds {sounding:.2f} s of sound above −80 dBFS, and {_SOUNDING_S:g} s are needed: "
            f"it is too silent to {purpose}"
        )


def _check_key(key: Any) -> bytes:
    if not isinstance(key, (str, bytes)):
        raise ParameterError(f"key must be text or bytes, not {type(key).__name__}")
    if not key:
        raise ParameterError("key is empty: anybody could guess it")
    return key.encode() if isinstance(key, str) else key


def _check_strength(strength: Any) -> Strength:
    if isinstance(strength, Strength):
        return strength
    if strength not in STRENGTHS:
        raise unknown_name("strength", strength, STRENGTHS)
    return STRENGTHS[strength]


def _check_payload(payload: Any, bits: int) -> int:
    if isinstance(payload, (bool, np.bool_)) or not isinstance(payload, (int, np.integer)):
        raise ParameterError(f"payload={payload!r} must be a whole number")
    if not 0 <= payload < 1 << bits:
        raise ParameterError(
            f"payload={payload} does not fit into {bits} bits: 0 to {(1 << bits) - 1} do"
            + (", or make the mark with bits=32" if bits == 16 else "")
        )
    return int(payload)


def _dtype(y: Any) -> np.dtype:
    dtype = np.asarray(y).dtype
    return dtype if dtype.kind == "f" else np.dtype(np.float32)
