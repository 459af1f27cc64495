"""Longer or shorter at the same pitch: a phase vocoder that keeps each partial in one piece.

A plain phase vocoder turns the phase of every frequency bin by itself. The bins that carry one
partial drift apart, and the sound grows hollow and reverberant. Here only the bins at the peaks
of the spectrum are turned by their own account; their neighbours are turned with them, so each
partial keeps its shape ("identity phase locking").

References
----------
J. Laroche, M. Dolson, "Improved phase vocoder time-scale modification of audio", IEEE Trans.
Speech and Audio Processing 7(3), 1999. Their measure of consistency (how far the output's
spectrogram is from the one that was asked for) is what `tests/effects/test_stretch.py` watches.
"""

from __future__ import annotations

import itertools

import numpy as np
import scipy.fft

from ..audio import check_number, check_rate, check_sound
from .parameters import contiguous

_WINDOW_S = 0.046  # long enough to tell the partials of a bass note apart
_OVERLAP = 4
_BLOCK = 512  # frames transformed at once, which bounds the memory for a long sound


def time_stretch(y: np.ndarray, *, sr: int, factor: float) -> np.ndarray:
    """Make a sound `factor` times as long at the same pitch.

    Each channel is stretched by itself, so the image of a stereo sound may widen a little.
    Sharp attacks are softened over a window of about 46 ms.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    sr : Hz; it sets the window's length in samples
    factor : 0.1 to 10; 1.25 is a quarter longer (and 1 / 1.25 of the speed)

    Returns
    -------
    float32 array of round(n * factor) samples a channel, at least one

    Examples
    --------
    >>> time_stretch(np.zeros((2, 8000)), sr=8000, factor=1.5).shape
    (2, 12000)
    """
    sound, rate = check_sound(y), check_rate(sr)
    ratio = check_number(factor, name="factor", low=0.1, high=10)
    if ratio == 1:
        return sound.copy()
    n_out = max(1, round(sound.shape[-1] * ratio))
    n_fft = max(32, 2 ** round(np.log2(_WINDOW_S * rate)))
    out = _stretch(np.atleast_2d(sound), n_out=n_out, ratio=ratio, n_fft=n_fft)
    return contiguous(out[0] if sound.ndim == 1 else out)


def _stretch(sound: np.ndarray, *, n_out: int, ratio: float, n_fft: int) -> np.ndarray:
    hop = n_fft // _OVERLAP
    window = np.hanning(n_fft + 1)[:-1].astype(np.float32)
    n_frames = -(-n_out // hop) + _OVERLAP
    # Output frame t is centred on t * hop; it shows what the input has at t * hop / ratio.
    centres = np.round(np.arange(n_frames) * hop / ratio).astype(int)
    after = max(0, centres[-1] + n_fft - sound.shape[-1])
    padded = np.pad(sound, ((0, 0), (n_fft // 2 + hop, after)))
    out = np.zeros((len(sound), n_frames * hop + n_fft), dtype=np.float32)
    turn = np.ones((len(sound), n_fft // 2 + 1), dtype=np.complex64)
    last: np.ndarray | None = None
    for first in range(0, n_frames, _BLOCK):
        starts = centres[first : first + _BLOCK]
        now = _spectra(padded, starts + hop, window)  # (T, C, F) at each centre
        before = _spectra(padded, starts, window)  # (T, C, F) one output hop earlier
        turns = locked_turns(now, before, last, turn)
        last, turn = now[-1], turns[-1]
        frames = scipy.fft.irfft(now * turns, n_fft, axis=-1) * window
        _overlap_add(out, frames, first * hop, hop)
    # Squared Hann windows at a quarter's hop add up to 1.5 everywhere.
    return out[:, n_fft // 2 : n_fft // 2 + n_out] / 1.5


def _spectra(padded: np.ndarray, starts: np.ndarray, window: np.ndarray) -> np.ndarray:
    frames = np.lib.stride_tricks.sliding_window_view(padded, len(window), axis=-1)
    return scipy.fft.rfft(frames[:, starts].swapaxes(0, 1) * window, axis=-1)


def locked_turns(
    now: np.ndarray, before: np.ndarray, last: np.ndarray | None, turn: np.ndarray
) -> np.ndarray:
    """Find by which unit phasor to turn each bin of each frame of C sounds: (T, C, F).

    Over one output hop a partial must advance as it does in the input over as many samples:
    from `before` to `now`. The previous output frame shows the input's previous frame turned by
    `turn`, so this frame's turn is that one times the phase from `before` to the previous frame.
    All of that is asked of the peaks only; the other bins turn with the closest one.

    Parameters
    ----------
    now, before : complex64, shape (T, C, F), spectra at each frame and one output hop earlier
    last : shape (C, F), the spectrum before ``now[0]``; None where the sound begins
    turn : shape (C, F), by which that one was turned
    """
    wide = turn.size
    places, owner = _peaks(np.abs(now))
    ends = np.searchsorted(places, wide * np.arange(len(now) + 1)).tolist()
    n_first = ends[1]
    before_all, opening, later = before.reshape(-1)[places], places[:n_first], places[n_first:]
    earlier = before_all.copy() if last is None else np.empty_like(before_all)
    if last is not None:
        earlier[:n_first] = last.reshape(-1)[opening]
    earlier[n_first:] = now.reshape(-1)[later - wide]
    step = _unit(earlier * before_all.conj())  # 1 where the sound begins: that frame is its own
    turned = np.empty_like(step)
    turned[:n_first] = turn.reshape(-1)[opening] * step[:n_first]
    leader = owner[later - wide]  # the peak that led this bin in the frame before
    for start, end in itertools.pairwise(ends[1:]):
        led = leader[start - n_first : end - n_first]
        np.multiply(turned[led], step[start:end], out=turned[start:end])
    return np.take(_unit(turned), owner).reshape(now.shape)  # rounding would wear its length away


def _unit(z: np.ndarray) -> np.ndarray:
    """Keep the angle only; zero, which has none, becomes 1, so that silence ends no partial."""
    size = np.abs(z)
    return np.where(size > 0, z / np.maximum(size, np.float32(1e-37)), np.complex64(1))


def _peaks(magnitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the local maxima over five bins, and for each bin which of them is the closest.

    Both count through the whole of (T, C, F): where the peaks are, and an index into these.
    """
    n_bins = magnitude.shape[-1]
    edge = np.pad(magnitude, ((0, 0), (0, 0), (2, 2)), constant_values=-1)
    pairs = np.maximum(edge[..., :-1], edge[..., 1:])
    highest = magnitude >= np.maximum(pairs[..., :-3], pairs[..., 3:])
    places = np.flatnonzero(highest)  # every frame has one, its maximum
    # A bin halfway between two peaks goes with the lower; a new frame begins with its first one.
    begins = (places[1:] + places[:-1]) // 2 + 1
    rows = places // n_bins
    begins = np.where(rows[1:] == rows[:-1], begins, rows[1:] * n_bins)
    widths = np.diff(begins, prepend=0, append=magnitude.size)
    return places, np.repeat(np.arange(len(places)), widths)


def _overlap_add(out: np.ndarray, frames: np.ndarray, start: int, hop: int) -> None:
    """Add frames (T, C, n_fft) into `out` one hop apart, a quarter of each at a time."""
    lanes = out.reshape(len(out), -1, hop)  # a view
    first, count = start // hop, len(frames)
    for part in range(_OVERLAP):
        piece = frames[..., part * hop : (part + 1) * hop].swapaxes(0, 1)
        lanes[:, first + part : first + part + count] += piece
