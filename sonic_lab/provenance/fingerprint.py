"""An acoustic fingerprint: the same recording is known again after MP3, gain or a cut.

Sub-fingerprints in the manner of Haitsma and Kalker: the sign of how the energy of 33 bands
changes from band to band and from frame to frame. Signs do not know of gain. Ours have a third
value, 0, where the change is too small to survive a codec; tonal sounds leave most bands empty,
and there the classic bits are a matter of luck.

It knows a recording again, not a tune: a cover version, a change of pitch or of speed is another
sound to it, and so is one under a much louder one.

References
----------
J. Haitsma and T. Kalker, "A highly robust audio fingerprinting system", ISMIR 2002.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import audio

SR = 5512  # Hz: what is compared lies below 2 kHz, which every codec keeps
FRAME = 2048  # samples, 0.37 s: long frames overlap so much that their grid does not matter
HOP = 128  # samples, 23 ms
BANDS = 33
RANGE_HZ = (300.0, 2000.0)
CARE = 1e-3  # of a frame's energy: smaller changes count as none
FLOOR = 1e-6  # of the loudest frame's energy: quieter frames count as silence
GAP = 8  # frames between the two halves of a key
MIN_FRAMES = 43  # a second, and a frame: less is too little to know a recording by
SURE_FRAMES = 96  # over two seconds: tunes of the same few notes share little by then
MIN_CARED = 200  # signs that are not 0, out of 32 a frame


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """The signs of one sound, packed.

    Attributes
    ----------
    plus, minus : uint8, shape (T, 4): which of 32 changes are up, and which are down
    keys : uint64, shape (K,): what two copies of a recording have in common, for an index
    frames : int32, shape (K,): the frame of each key
    """

    plus: np.ndarray
    minus: np.ndarray
    keys: np.ndarray
    frames: np.ndarray

    @property
    def enough(self) -> bool:
        """Whether there is enough of it to know a recording by."""
        cared = np.unpackbits(self.plus | self.minus).sum()
        return bool(len(self.plus) >= MIN_FRAMES and cared >= MIN_CARED and len(self.keys))


def fingerprint(y: np.ndarray, *, sr: int) -> Fingerprint:
    """Take the fingerprint of a sound.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    sr : Hz

    Returns
    -------
    A fingerprint; its `enough` is false for what is shorter than 1.4 s, silent, or
    without anything between 300 and 2000 Hz.

    Examples
    --------
    >>> from sonic_lab import clips
    >>> y, sr = clips.load("piano")
    >>> similarity(fingerprint(y, sr=sr), fingerprint(0.1 * y, sr=sr)) > 0.99
    True
    """
    change, loud = _changes(audio.resample(audio.to_mono(y), orig_sr=sr, target_sr=SR))
    cared = loud[:, None] & (np.abs(change) > CARE)
    keys, frames = _keys(change, loud)
    return Fingerprint(
        np.packbits(cared & (change > 0), axis=1),
        np.packbits(cared & (change < 0), axis=1),
        keys,
        frames,
    )


def _changes(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each frame's changes as shares of its energy, (T, 32), and whether it is loud."""
    from scipy.fft import rfft

    if len(x) < FRAME + HOP:
        return np.zeros((0, BANDS - 1), np.float32), np.zeros(0, bool)
    frames = np.lib.stride_tricks.sliding_window_view(x, FRAME)[::HOP]
    spectrum = rfft(frames * np.hanning(FRAME).astype(np.float32), axis=1)
    edges = np.geomspace(*RANGE_HZ, BANDS + 1) * FRAME / SR
    first, last = int(np.ceil(edges[0])), int(np.ceil(edges[-1]))
    power = np.abs(spectrum[:, first:last]) ** 2
    energy = np.add.reduceat(power, np.ceil(edges[:-1]).astype(int) - first, axis=1)  # (T+1, 33)
    total = energy[1:].sum(axis=1)
    loud = total > FLOOR * max(float(total.max()), 1e-12)
    change = np.diff(np.diff(energy, axis=1), axis=0)  # (T, 32)
    return change / np.maximum(total, 1e-20)[:, None], loud


def _keys(change: np.ndarray, loud: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Name each frame by its three largest changes, their signs, and those `GAP` frames later.

    A codec seldom alters the largest changes, so copies share many of these names, and two
    different recordings hardly any: about a billion are possible.
    """
    if len(change) <= GAP:
        return np.zeros(0, np.uint64), np.zeros(0, np.int32)
    top = np.sort(np.argpartition(-np.abs(change), 3, axis=1)[:, :3], axis=1)
    up = np.take_along_axis(change, top, axis=1) > 0
    code = np.zeros(len(change), np.uint64)
    for place in range(3):
        code = code * np.uint64(64) + (2 * top[:, place] + up[:, place]).astype(np.uint64)
    pairs = code[:-GAP] * np.uint64(2**18) + code[GAP:]
    frames = np.flatnonzero(loud[:-GAP] & loud[GAP:]).astype(np.int32)
    return pairs[frames], frames


def similarity(a: Fingerprint, b: Fingerprint, *, lag: int | None = None) -> float:
    """Compare two fingerprints: 1 is the same recording, 0 has nothing in common.

    The correlation of their signs where they overlap, at the shift that fits best.

    Parameters
    ----------
    a, b : fingerprints
    lag : frames by which `b` begins later in `a`; None tries every shift at which two seconds of
        them overlap, or the whole of the shorter one
    """
    first, second = _signs(a), _signs(b)
    if lag is not None:
        return _at(first, second, lag)
    least = min(SURE_FRAMES, len(first), len(second))
    widest = range(least - len(second), len(first) - least + 1)
    return max((_at(first, second, shift) for shift in widest), default=0.0)


def overlap(a: Fingerprint, b: Fingerprint, lag: int) -> int:
    """Count the frames that two prints have in common at a shift."""
    return min(len(a.plus) - max(0, lag), len(b.plus) - max(0, -lag))


def _signs(print_: Fingerprint) -> np.ndarray:
    plus = np.unpackbits(print_.plus, axis=1).astype(np.float32)  # (T, 32)
    return plus - np.unpackbits(print_.minus, axis=1)


def _at(a: np.ndarray, b: np.ndarray, lag: int) -> float:
    start_a, start_b = max(0, lag), max(0, -lag)
    size = min(len(a) - start_a, len(b) - start_b)
    if size < MIN_FRAMES:
        return 0.0
    left = a[start_a : start_a + size].ravel()
    right = b[start_b : start_b + size].ravel()
    cared = float(np.abs(left).sum()), float(np.abs(right).sum())
    if min(cared) < MIN_CARED:
        return 0.0
    return float(left @ right) / float(np.sqrt(cared[0] * cared[1]))
