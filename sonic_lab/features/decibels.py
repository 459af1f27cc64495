"""Power to decibels and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import AudioError, ParameterError


def power_to_db(
    S: np.ndarray,
    *,
    ref: float | Callable[[np.ndarray], Any] = 1.0,
    amin: float = 1e-10,
    top_db: float | None = 80.0,
) -> np.ndarray:
    """Express power in dB: ``10 log10(S / ref)``, with a floor.

    Parameters
    ----------
    S : non-negative power, any shape (square a magnitude first)
    ref : the power that is called 0 dB, or a function of `S` that gives it, such as ``np.max``
    amin : power below this counts as this, so that silence stays finite
    top_db : nothing may lie further below the loudest value; None sets no such floor

    Returns
    -------
    float array in dB, of the shape of `S`

    Examples
    --------
    >>> power_to_db(np.array([1.0, 0.01]), ref=np.max).tolist()
    [0.0, -20.0]
    """
    import librosa

    power = np.asarray(S)
    if np.iscomplexobj(power) or power.dtype.kind not in "iuf" or power.size == 0:
        raise AudioError(
            f"S has dtype {power.dtype} and shape {power.shape}: it must be real power, "
            "such as np.abs(stft) ** 2"
        )
    if not np.isfinite(power).all() or power.min() < 0:
        raise AudioError("S must be finite and not negative: power is a square")
    if not amin > 0:
        raise ParameterError(f"amin={amin} must be positive")
    if top_db is not None and not top_db >= 0:
        raise ParameterError(f"top_db={top_db} must be at least 0, or None")
    if not callable(ref):
        _check_ref(ref)
    return librosa.power_to_db(power, ref=ref, amin=amin, top_db=top_db)


def db_to_power(S_db: np.ndarray, *, ref: float = 1.0) -> np.ndarray:
    """Inverse of `power_to_db`, up to its floor: ``ref * 10 ** (S_db / 10)``.

    >>> db_to_power(np.array([-20.0])).round(6).tolist()
    [0.01]
    """
    decibels = np.asarray(S_db)
    if decibels.dtype.kind not in "iuf" or not np.isfinite(decibels).all():
        raise AudioError("S_db must hold finite real numbers")
    _check_ref(ref)
    return ref * np.power(10.0, decibels / 10)


def _check_ref(ref: Any) -> None:
    number = isinstance(ref, (int, float, np.integer, np.floating)) and not isinstance(ref, bool)
    if not (number and np.isfinite(ref) and ref > 0):
        raise ParameterError(f"ref={ref!r} must be a positive power, or a function such as np.max")
