"""Check that two sounds can be compared."""

from __future__ import annotations

import numpy as np

from ..audio import check_sound
from ..errors import AudioError


def check_pair(
    reference: np.ndarray, changed: np.ndarray, *, min_samples: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Return both sounds as float64 of one shape; the reference must not be silent.

    >>> check_pair(np.ones(3), np.ones(4))
    Traceback (most recent call last):
    sonic_lab.errors.AudioError: reference has shape (3,) and changed (4,): ...
    """
    first = check_sound(reference, min_samples=min_samples, name="reference")
    second = check_sound(changed, min_samples=min_samples, name="changed")
    if first.shape != second.shape:
        raise AudioError(
            f"reference has shape {first.shape} and changed {second.shape}: cut both to the same "
            "samples, since a measure compares what lies under each other"
        )
    if not first.any():
        raise AudioError("reference is silent: there is nothing to compare with")
    return first.astype(np.float64), second.astype(np.float64)
