"""What a panel of listeners would say, predicted by two models of hearing.

Both are written by others and come with the extra ``quality``.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..audio import check_rate, resample, to_mono
from ..errors import AudioError, ParameterError
from ..optional import need
from .pairs import check_pair

_VISQOL_RATE, _PESQ_RATE = 48000, 16000


def visqol(reference: np.ndarray, changed: np.ndarray, *, sr: int) -> float:
    """ViSQOL in audio mode: the mean opinion of a sound's quality, 1 (bad) to about 4.73.

    Both sounds are made mono and resampled to 48 kHz, as the model wants them. The figure was
    trained on listening tests of music codecs: for very small changes it saturates.

    Parameters
    ----------
    reference, changed : float arrays of one shape, (n,) or (c, n), at least 1 s; 3 to 10 s is best
    sr : Hz

    Raises
    ------
    MissingDependencyError
        visqol-python is not installed.

    References
    ----------
    M. Chinen et al., "ViSQOL v3: an open source production ready objective speech and audio
    metric", QoMEX 2020. The library is a port of its version 3.3.3 to Python.
    """
    rate = check_rate(sr)
    first, second = _prepared(reference, changed, sr=rate, target_sr=_VISQOL_RATE, min_s=1.0)
    return float(
        _visqol_model().measure_from_arrays(first, second, sample_rate=_VISQOL_RATE).moslqo
    )


def pesq(reference: np.ndarray, changed: np.ndarray, *, sr: int) -> float:
    """PESQ, wide band: the mean opinion of a voice's quality, about 1.04 (bad) to 4.64.

    For speech only. Both sounds are made mono and resampled to 16 kHz.

    Parameters
    ----------
    reference, changed : float arrays of one shape, (n,) or (c, n), at least 0.25 s, of speech
    sr : Hz

    Raises
    ------
    AudioError
        No utterance is found in the reference.
    MissingDependencyError
        pesq is not installed.

    References
    ----------
    ITU-T P.862.2, Wideband extension to Recommendation P.862 (2007).
    """
    rate = check_rate(sr)
    first, second = _prepared(reference, changed, sr=rate, target_sr=_PESQ_RATE, min_s=0.25)
    library = need("pesq", extra="quality")
    try:
        return float(library.pesq(_PESQ_RATE, first, second, "wb"))
    except library.PesqError as error:
        raise AudioError(
            f"PESQ cannot judge this sound, for it wants speech: {_words(error)}"
        ) from error


def _words(error: Exception) -> str:
    """Give the library's own reason, which comes as bytes."""
    reason = error.args[0] if error.args else type(error).__name__
    return reason.decode() if isinstance(reason, bytes) else str(reason)


@functools.cache
def _visqol_model() -> Any:
    model = need("visqol", extra="quality").VisqolApi()
    model.create(mode="audio")
    return model


def _prepared(
    reference: np.ndarray, changed: np.ndarray, *, sr: int, target_sr: int, min_s: float
) -> tuple[np.ndarray, np.ndarray]:
    if sr < 8000:
        raise ParameterError(f"sr={sr} is too low to judge a sound by: 8000 Hz at least")
    pair = check_pair(reference, changed, min_samples=int(np.ceil(min_s * sr)))
    mono = (to_mono(one.astype(np.float32)) for one in pair)
    first, second = (resample(one, orig_sr=sr, target_sr=target_sr) for one in mono)
    return first, second
