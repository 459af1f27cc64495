"""A keyed mark with a payload and an honest probability: `SpreadSpectrum`.

The mark makes small tiles of time and pitch a little louder or softer, as a key tells, and
leaves their phase alone. Whoever has the key adds up thousands of tiles, each far below what
the music does of its own accord, and the music cancels where the pattern adds up. Where a sound
has next to nothing to make louder or softer, such as the gaps between a bell's few partials, some
tiles get a faint keyed hiss instead, below what the sound drowns out.

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

import numpy as np

from ..audio import resample
from ..errors import ParameterError
from .bound import log_p_value
from .checks import (
    check_key,
    check_markable,
    check_payload,
    check_sounding,
    check_strength,
    kept_dtype,
)
from .embedding import Strength, difference
from .key import Pattern, pattern
from .search import WINDOW_FRAMES, Alignment, Search, log_share
from .tiles import HOP, N_FFT, RATE, cumulative_power, frames

_SURE = np.log(1e-10)  # found beyond doubt: look no further


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
    pieces : how many, cut and joined, it was read from
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
    pieces: int = 1


class SpreadSpectrum:
    """A watermark that only its key can read.

    Parameters
    ----------
    key : a secret; text or bytes, not empty
    strength : ``"gentle"`` (30 dB below the sound), ``"robust"`` or a `Strength`
    bits : length of the payload: 32, or 16, which is read from a little less; embedding and
        detecting must agree on it

    Raises
    ------
    ParameterError
        The key is empty or of another type, or `bits` is neither 16 nor 32.

    Examples
    --------
    >>> y = np.random.default_rng(0).normal(0, 0.1, 44100 * 5).astype(np.float32)
    >>> mark = SpreadSpectrum(key="a secret")
    >>> hit = mark.detect(mark.embed(y, sr=44100, payload=0xC0FFEE), sr=44100)
    >>> hit.present, hex(hit.payload)
    (True, '0xc0ffee')
    >>> mark.detect(y, sr=44100).present
    False
    """

    def __init__(
        self, key: str | bytes, *, strength: str | Strength = "gentle", bits: int = 32
    ) -> None:
        self._key = check_key(key)
        if isinstance(bits, bool) or bits not in (16, 32):
            raise ParameterError(f"bits={bits!r} must be 16 or 32")
        self.bits = int(bits)
        self.strength = check_strength(strength)

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
        sound, rate = check_markable(y, sr)
        number = check_payload(payload, self.bits)
        channels = np.atleast_2d(sound)
        low = resample(channels, orig_sr=rate, target_sr=RATE)
        check_sounding(low, "carry a mark")
        added = difference(low, self._pattern, number, self.strength)
        change = resample(added, orig_sr=RATE, target_sr=rate)[:, : channels.shape[1]]
        change[np.stack([_silent(channel, rate) for channel in channels])] = 0
        wanted = _energy(channels) / 10 ** (self.strength.snr_db / 10)
        change *= np.float32(min(1.5, np.sqrt(wanted / max(_energy(change), 1e-30))))
        marked = channels + change
        if max(marked.max(), -marked.min()) > 1:
            ceiling = np.maximum(1, np.abs(channels))
            np.clip(marked, -ceiling, ceiling, out=marked)
        return marked.reshape(sound.shape).astype(kept_dtype(y), copy=False)

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
        sound, rate = check_markable(y, sr)
        if not 0 < threshold < 1:
            raise ParameterError(f"threshold={threshold} must lie between 0 and 1")
        low = resample(np.atleast_2d(sound), orig_sr=rate, target_sr=RATE)
        check_sounding(low, "show whether it carries a mark")
        return _hit(self._read(low, min(_SURE, np.log(threshold))), threshold)

    def _read(self, low: np.ndarray, sure: float) -> tuple[float, int, Alignment]:
        """Read window after window until a log p-value is as low as `sure`."""
        windows = _windows(low.shape[1])
        best = (np.inf, 0, Alignment())
        for first, last in windows:
            power = [cumulative_power(frames(channel[first:last])) for channel in low]
            search = Search(sum(power[1:], power[0]), self._pattern)
            for alignment in itertools.chain(search.near(), search.spliced(), search.far()):
                z, payload = self._pattern.decode(*search.tiles(alignment))
                cost = log_share(alignment, search.n_frames) + np.log(len(windows))
                log_p = log_p_value(z, bits=self.bits, log_alignments=cost)
                best = min(best, (log_p, payload, alignment), key=lambda found: found[0])
                if best[0] <= sure:
                    return best
        return best


def _hit(best: tuple[float, int, Alignment], threshold: float) -> Hit:
    log_p, guess, alignment = best
    present = bool(log_p <= np.log(threshold))
    return Hit(
        present=present,
        p_value=float(np.exp(log_p)),
        payload=guess if present else None,
        score=abs(float(log_p / np.log(10))),  # log_p <= 0, and −0 looks odd
        threshold=threshold,
        guess=guess,
        offset_s=alignment.offset * HOP / RATE,
        stretch=alignment.stretch,
        pitch=alignment.pitch,
        pieces=len(alignment.pieces),
    )


def _windows(n: int) -> list[tuple[int, int]]:
    """Cut a sound of n samples into pieces that the search can take, overlapping by half."""
    length = (WINDOW_FRAMES - 1) * HOP + N_FFT
    if n <= length:
        return [(0, n)]
    count = -(-2 * (n - length) // length)
    firsts = np.linspace(0, n - length, count + 1).astype(int)
    return [(int(first), int(first) + length) for first in firsts]


def _energy(y: np.ndarray) -> float:
    return float(np.sum(y * y, dtype=np.float64))


def _silent(channel: np.ndarray, sr: int) -> np.ndarray:
    """Return where a channel is exactly zero for a millisecond or more: bool (n,)."""
    zero = channel == 0
    turns = np.flatnonzero(np.diff(zero, prepend=False, append=False))
    first, last = turns[::2], turns[1::2]  # a run of zeros, and the first sample after it
    long = last - first >= max(2, sr // 1000)
    silent = np.zeros(len(zero), bool)
    for start, end in zip(first[long], last[long], strict=True):
        silent[start:end] = True
    return silent
