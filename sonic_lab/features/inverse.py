"""Back from magnitudes to sound, where the phase must be guessed."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..audio import check_rate, check_whole
from ..errors import AudioError, ParameterError
from ..randomness import generator
from .mel import check_mel
from .spectrum import check_overlap, check_stft


def griffin_lim(
    S: np.ndarray,
    *,
    hop_length: int = 512,
    win_length: int | None = None,
    window: str = "hann",
    n_iter: int = 32,
    length: int | None = None,
    rng: np.random.Generator | int | None = 0,
) -> np.ndarray:
    """Find a sound whose STFT has these magnitudes, by guessing the phase again and again.

    Parameters
    ----------
    S : magnitude (not power), float, shape (1 + n_fft // 2, t)
    hop_length, win_length, window : as they were in `stft`
    n_iter : rounds of the search
    length : samples to return
    rng : luck for the first guess

    Returns
    -------
    float32, shape (n,)

    References
    ----------
    D. Griffin and J. Lim, Signal estimation from modified short-time Fourier transform, 1984.
    N. Perraudin, P. Balazs and P. Søndergaard, A fast Griffin-Lim algorithm, 2013.
    """
    import librosa

    magnitude = _check_magnitude(S, name="S")
    if len(magnitude) < 2:
        raise AudioError("S has 1 row: the magnitudes of an STFT have at least 2")
    settings = check_stft(2 * (len(magnitude) - 1), hop_length, win_length, window)
    check_overlap(settings)
    rounds = check_whole(n_iter, name="n_iter", low=1, high=10_000)
    samples = None if length is None else check_whole(length, name="length", low=1, high=2**31)
    seed = int(generator(rng).integers(2**31))
    y = librosa.griffinlim(magnitude, n_iter=rounds, length=samples, random_state=seed, **settings)
    return y.astype(np.float32)


def mel_to_audio(
    M: np.ndarray,
    *,
    sr: int,
    n_fft: int = 2048,
    hop_length: int = 512,
    window: str = "hann",
    fmin: float = 0.0,
    fmax: float | None = None,
    htk: bool = False,
    n_iter: int = 32,
    length: int | None = None,
    rng: np.random.Generator | int | None = 0,
) -> np.ndarray:
    """Turn mel power back into sound: undo the bands by least squares, then `griffin_lim`.

    Two things are guessed here: where inside its band a frequency lay, and the phase.

    Parameters
    ----------
    M : mel power, float, shape (n_mels, t)
    sr : Hz
    n_fft, hop_length, window, fmin, fmax, htk : as they were in `mel_spectrogram`
    n_iter, length, rng : as in `griffin_lim`

    Returns
    -------
    float32, shape (n,)
    """
    import librosa

    rate = check_rate(sr)
    power = _check_magnitude(M, name="M")
    size = check_stft(n_fft, hop_length, None, window)["n_fft"]
    bands = check_mel(rate, len(power), fmin, fmax)
    magnitude = librosa.feature.inverse.mel_to_stft(
        power, sr=rate, n_fft=size, htk=htk, fmin=bands["fmin"], fmax=bands["fmax"]
    )
    return griffin_lim(
        magnitude, hop_length=hop_length, window=window, n_iter=n_iter, length=length, rng=rng
    )


def _check_magnitude(S: Any, *, name: str) -> np.ndarray:
    values = np.asarray(S)
    if values.ndim != 2 or values.dtype.kind not in "iuf" or min(values.shape) < 1:
        raise AudioError(
            f"{name} has shape {values.shape} and dtype {values.dtype}: "
            "it must be real, of shape (rows, frames)"
        )
    if not np.isfinite(values).all():
        raise AudioError(f"{name} has NaN or infinite values")
    if values.min() < 0:
        raise ParameterError(f"{name} has negative values: undo the dB first, with db_to_power")
    return values.astype(np.float32, copy=False)
