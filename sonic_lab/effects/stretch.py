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
    if sound.ndim == 1:
        return _stretch(sound, n_out=n_out, ratio=ratio, n_fft=n_fft)
    return np.stack([_stretch(one, n_out=n_out, ratio=ratio, n_fft=n_fft) for one in sound])


def _stretch(mono: np.ndarray, *, n_out: int, ratio: float, n_fft: int) -> np.ndarray:
    hop = n_fft // _OVERLAP
    window = np.hanning(n_fft + 1)[:-1].astype(np.float32)
    n_frames = -(-n_out // hop) + _OVERLAP
    # Output frame t is centred on t * hop; it shows what the input has at t * hop / ratio.
    centres = np.round(np.arange(n_frames) * hop / ratio).astype(int)
    padded = np.pad(mono, (n_fft // 2 + hop, max(0, centres[-1] + n_fft - len(mono))))
    out = np.zeros(n_frames * hop + n_fft, dtype=np.float32)
    turn = np.ones(n_fft // 2 + 1, dtype=np.complex64)
    last = None
    for first in range(0, n_frames, _BLOCK):
        starts = centres[first : first + _BLOCK]
        now = _spectra(padded, starts + hop, window)  # (T, F) at each centre
        before = _spectra(padded, starts, window)  # (T, F) one output hop earlier
        turns, turn = _locked_turns(now, before, last, turn)
        last = now[-1]
        frames = scipy.fft.irfft(now * turns, n_fft, axis=-1) * window
        _overlap_add(out, frames, first * hop, hop)
    # Squared Hann windows at a quarter's hop add up to 1.5 everywhere.
    return contiguous(out[n_fft // 2 : n_fft // 2 + n_out] / 1.5)


def _spectra(padded: np.ndarray, starts: np.ndarray, window: np.ndarray) -> np.ndarray:
    frames = np.lib.stride_tricks.sliding_window_view(padded, len(window))[starts]
    return scipy.fft.rfft(frames * window, axis=-1)


def _locked_turns(
    now: np.ndarray, before: np.ndarray, last: np.ndarray | None, turn: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Find by which unit phasor to turn each bin of each frame: (T, F).

    Over one output hop a partial must advance as it does in the input over as many samples:
    from `before` to `now`. The previous output frame shows the input's previous frame turned by
    `turn`, so this frame's turn is that one times the phase from `before` to the previous frame.
    """
    previous = np.empty_like(now)
    previous[1:], previous[0] = now[:-1], now[0] if last is None else last
    step = _unit(previous * before.conj())
    if last is None:
        step[0] = 1  # the first frame is the input's own
    peaks = _nearest_peak(np.abs(now))
    turns = np.empty_like(now)
    for t in range(len(now)):
        turn = _unit((turn * step[t])[peaks[t]])  # rounding would wear its length away
        turns[t] = turn
    return turns, turn


def _unit(z: np.ndarray) -> np.ndarray:
    """Keep the angle only; zero, which has none, becomes 1, so that silence ends no partial."""
    size = np.abs(z)
    return np.where(size > 0, z / np.maximum(size, np.float32(1e-37)), np.complex64(1))


def _nearest_peak(magnitude: np.ndarray) -> np.ndarray:
    """Give for each bin the index of the closest local maximum over five bins: (T, F) -> (T, F)."""
    n_bins = magnitude.shape[-1]
    edge = np.pad(magnitude, ((0, 0), (2, 2)), constant_values=-1)
    is_peak = np.ones(magnitude.shape, dtype=bool)
    for shift in (0, 1, 3, 4):
        is_peak &= magnitude >= edge[:, shift : shift + n_bins]
    bins = np.arange(n_bins)
    below = np.maximum.accumulate(np.where(is_peak, bins, -n_bins), axis=-1)
    above = np.minimum.accumulate(np.where(is_peak, bins, 2 * n_bins)[:, ::-1], axis=-1)[:, ::-1]
    return np.where(bins - below <= above - bins, below, above)


def _overlap_add(out: np.ndarray, frames: np.ndarray, start: int, hop: int) -> None:
    """Add frames into `out` one hop apart; every fourth ones do not touch, so go in together."""
    n_fft = frames.shape[-1]
    for lane in range(_OVERLAP):
        block = frames[lane::_OVERLAP].reshape(-1)
        at = start + lane * hop
        out[at : at + len(block)] += block
    assert n_fft == _OVERLAP * hop
