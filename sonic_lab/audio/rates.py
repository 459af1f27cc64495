"""Change the sample rate and the number of channels."""

from __future__ import annotations

import numpy as np

from ..errors import ParameterError
from .checks import check_rate, check_sound

MAX_RATIO = 1000  # beyond it a second of sound would fill the memory


def to_mono(y: np.ndarray) -> np.ndarray:
    """Average the channels: (c, n) or (n,) -> (n,).

    >>> to_mono(np.array([[1.0, 0.0], [0.0, 0.0]])).tolist()
    [0.5, 0.0]
    """
    sound = check_sound(y)
    if sound.ndim == 1:
        return sound
    # In float64, where a sum of float32 cannot overflow.
    return sound.mean(axis=0, dtype=np.float64).astype(np.float32)


def resample(y: np.ndarray, *, orig_sr: int, target_sr: int) -> np.ndarray:
    """Change the sample rate with a band-limited filter (the SoX resampler, "HQ").

    What lies above half of the lower rate is removed, not folded back.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    orig_sr, target_sr : Hz, at most 1000 times as much as one another

    Returns
    -------
    float32 array, shape (m,) or (c, m) with m = ceil(n * target_sr / orig_sr)

    Raises
    ------
    AudioError, ParameterError
        The sound or a rate is not usable.

    Examples
    --------
    >>> resample(np.zeros(44100), orig_sr=44100, target_sr=16000).shape
    (16000,)
    """
    sound = check_sound(y)
    source, target = check_rate(orig_sr, name="orig_sr"), check_rate(target_sr, name="target_sr")
    if source == target:
        return sound.copy()
    if max(source, target) > MAX_RATIO * min(source, target):
        raise ParameterError(
            f"orig_sr={source} and target_sr={target} are more than {MAX_RATIO} times apart: "
            "is one of them wrong?"
        )
    import soxr

    n_out = -(-sound.shape[-1] * target // source)
    out = soxr.resample(sound.T, source, target, quality="HQ").T
    out = out[..., :n_out]
    missing = n_out - out.shape[-1]  # soxr rounds the length; we promise its ceiling
    if missing > 0:
        out = np.pad(out, [(0, 0)] * (out.ndim - 1) + [(0, missing)])
    return np.ascontiguousarray(out, dtype=np.float32)
