"""Whether a tune survived: its pitch, chords and onsets, as tracked and as composed."""

from __future__ import annotations

import librosa
import numpy as np

from sonic_lab.corpus import Piece

HOP, FRAME = 320, 2048
WITHIN_CENTS, WITHIN_S = 50.0, 0.05


def composed_pitch(piece: Piece, times_s: np.ndarray) -> np.ndarray:
    """Return the pitch of a single line at each time, Hz; NaN where no note or several sound.

    The first and last 20 ms of a note are left out: nobody can say what pitch an attack has.
    """
    edge, pitch = 0.02, np.full(len(times_s), np.nan)
    sounding = np.zeros(len(times_s), dtype=int)
    for note in piece.notes:
        sounding += (times_s >= note.start_s) & (times_s < note.end_s)
        inside = (times_s >= note.start_s + edge) & (times_s < note.end_s - edge)
        pitch[inside] = 440 * 2 ** ((note.midi - 69 + piece.tuning_cents / 100) / 12)
    pitch[sounding != 1] = np.nan
    return pitch


def raw_pitch_accuracy(y: np.ndarray, sr: int, piece: Piece) -> float:
    """Share of the voiced frames whose tracked pitch lies within 50 cents of the composed one.

    References
    ----------
    Mauch and Dixon, pYIN (2014): the tracker.
    Salamon et al., Melody Extraction from Polyphonic Music Signals (2014): the measure.
    """
    heard, _, _ = librosa.pyin(
        y, sr=sr, fmin=38, fmax=2200, frame_length=FRAME, hop_length=HOP, resolution=0.25,
        fill_na=None,
    )  # fmt: skip
    truth = composed_pitch(piece, np.arange(len(heard)) * HOP / sr)
    voiced = np.isfinite(truth)
    cents = 1200 * np.abs(np.log2(heard[voiced] / truth[voiced]))
    return float(np.mean(cents < WITHIN_CENTS))


def chroma_cosine(y: np.ndarray, other: np.ndarray, sr: int) -> float:
    """Mean cosine between the chroma vectors of two sounds, over the frames that are not silent."""
    views = [librosa.feature.chroma_stft(y=x, sr=sr, n_fft=4096, hop_length=1024, norm=None)
             for x in (y, other)]  # fmt: skip
    sizes = [np.linalg.norm(view, axis=0) for view in views]
    loud = sizes[0] > 1e-3 * sizes[0].max()
    products = np.sum(views[0] * views[1], axis=0)[loud]
    return float(np.mean(products / np.maximum(sizes[0] * sizes[1], 1e-12)[loud]))


def onset_f(y: np.ndarray, sr: int, piece: Piece) -> float:
    """F-measure of the detected onsets against the composed ones, within 50 ms."""
    detected = librosa.onset.onset_detect(y=y, sr=sr, hop_length=160, units="time")
    starts = np.unique(np.round([note.start_s for note in piece.notes], 3))
    composed = starts[np.diff(starts, prepend=-1.0) > WITHIN_S]  # a chord is one onset
    hits = _pairs(composed, detected)
    return 2 * hits / max(len(composed) + len(detected), 1)


def _pairs(first: np.ndarray, second: np.ndarray) -> int:
    """Count the most pairs that lie within 50 ms, each time used once; both rise."""
    i = j = found = 0
    while i < len(first) and j < len(second):
        apart = second[j] - first[i]
        if abs(apart) <= WITHIN_S:
            i, j, found = i + 1, j + 1, found + 1
        elif apart < 0:
            j += 1
        else:
            i += 1
    return found
