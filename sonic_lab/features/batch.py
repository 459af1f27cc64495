"""Log-mels of many clips at once, in torch, on the CPU or a GPU."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..audio import check_rate
from ..devices import choose
from ..errors import AudioError, ParameterError
from .mel import mel_filterbank
from .spectrum import check_stft

if TYPE_CHECKING:
    import torch

# Frames transformed at once: on a CPU few enough to stay near its cache (7 MB at n_fft=2048), on a
# GPU many, so that it has something to do.
_CHUNK_FRAMES = {"cpu": 216, "cuda": 8192}
_BLOCK_BANDS = 16
_AMIN = 1e-10


def log_mel_batch(
    Y: Any,
    *,
    sr: int,
    device: str = "auto",
    n_fft: int = 2048,
    hop_length: int = 512,
    win_length: int | None = None,
    window: str = "hann",
    n_mels: int = 128,
    fmin: float = 0.0,
    fmax: float | None = None,
    htk: bool = False,
    top_db: float | None = 80.0,
) -> torch.Tensor:
    """`log_mel` of a batch of equally long mono clips.

    Parameters
    ----------
    Y : float array or tensor, shape (B, n)
    sr : Hz
    device : ``"auto"``, ``"cpu"`` or ``"cuda"``
    others : as in `log_mel`

    Returns
    -------
    float32 tensor on that device, shape (B, M, T), each clip in dB below its own loudest value

    Raises
    ------
    AudioError, ParameterError, DeviceError
        The batch, a setting or the device is not usable.
    """
    import torch

    rate = check_rate(sr)
    settings = check_stft(n_fft, hop_length, win_length, window)
    if top_db is not None and not top_db >= 0:
        raise ParameterError(f"top_db={top_db} must be at least 0, or None")
    target = choose(device)
    clips = _long_enough(Y, n_fft=settings["n_fft"]).to(target)
    bank = mel_filterbank(sr=rate, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax, htk=htk)
    bands = [(rows, bins, torch.from_numpy(part).to(target)) for rows, bins, part in _blocks(bank)]
    taper = torch.from_numpy(_window(**settings)).to(target)
    half = settings["n_fft"] // 2
    frames = 1 + (clips.shape[1] + 2 * half - settings["n_fft"]) // settings["hop_length"]
    step = max(1, _CHUNK_FRAMES[target.type] // frames)
    out = torch.empty(len(clips), len(bank), frames, device=target)  # (B, M, T)
    with torch.inference_mode():
        for start in range(0, len(clips), step):
            part = slice(start, start + step)
            S = _power(clips[part], taper, settings["hop_length"])  # (b, T, F)
            for rows, bins, weights in bands:
                out[part, rows] = (S[..., bins] @ weights).mT
        return _decibels(out, top_db)


def _power(clips: torch.Tensor, taper: torch.Tensor, hop_length: int) -> torch.Tensor:
    """Power spectra of centred frames: (b, n) -> (b, T, F).

    By hand and not by `torch.stft`, whose result, turned to (b, F, T), is slow to square. In
    double precision, as in librosa: an FFT in single is off by 2e-3 dB in bands 80 dB down.
    """
    import torch

    half = len(taper) // 2
    padded = torch.nn.functional.pad(clips.double(), (half, half))
    frames = padded.unfold(1, len(taper), hop_length)  # a view: (b, T, n_fft)
    D = torch.fft.rfft(frames * taper)
    real, imag = D.real.float(), D.imag.float()
    return real.square_().addcmul_(imag, imag)


def _blocks(bank: np.ndarray) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """Cut the filterbank (M, F) into blocks of bands, each with only the bins that they touch.

    A triangle is zero nearly everywhere, so that the blocks hold an eighth of the products.
    """
    for first in range(0, len(bank), _BLOCK_BANDS):
        rows = slice(first, first + _BLOCK_BANDS)
        touched = np.flatnonzero(bank[rows].any(axis=0))
        bins = slice(touched[0], touched[-1] + 1) if len(touched) else slice(0, 0)
        yield rows, bins, np.ascontiguousarray(bank[rows, bins].T)


def _decibels(power: torch.Tensor, top_db: float | None) -> torch.Tensor:
    loudest = power.amax(dim=(1, 2), keepdim=True).clamp_(min=_AMIN)
    decibels = power.clamp_(min=_AMIN).log10_().mul_(10).sub_(10 * loudest.log10())
    return decibels if top_db is None else decibels.clamp_(min=-float(top_db))


def check_batch(Y: Any) -> torch.Tensor:
    """Return clips (B, n) as a floating tensor, not copied where that can be helped.

    Raises
    ------
    AudioError
        Y is no array, has another shape or no samples, or holds whole numbers.
    """
    import torch

    try:
        clips = torch.as_tensor(Y)
    except (TypeError, ValueError, RuntimeError) as error:
        raise AudioError(f"Y must be an array or a tensor, not {type(Y).__name__}") from error
    if clips.ndim != 2 or 0 in clips.shape or not clips.is_floating_point():
        raise AudioError(
            f"Y has shape {tuple(clips.shape)} and dtype {clips.dtype}: "
            "it must be float, of shape (clips, samples)"
        )
    return clips


def check_finite(clips: torch.Tensor) -> torch.Tensor:
    """Return clips whose samples are all numbers; an `AudioError` says that some are not."""
    import torch

    low, high = torch.aminmax(clips)  # NaN and inf both show in these, at a tenth of the time
    if not (low.isfinite() and high.isfinite()):
        raise AudioError("Y has NaN or infinite samples")
    return clips


def _long_enough(Y: Any, *, n_fft: int) -> torch.Tensor:
    import torch

    clips = check_batch(Y)
    if clips.shape[1] < n_fft:
        raise AudioError(
            f"Y is too short: {clips.shape[1]} samples, and a frame takes n_fft={n_fft}"
        )
    # in float32 before the check, since that turns 1e300 into infinity
    return check_finite(clips.to(torch.float32))


@lru_cache(maxsize=16)
def _window(n_fft: int, win_length: int, window: str, hop_length: int) -> np.ndarray:
    from scipy.signal import get_window

    taper = get_window(window, win_length, fftbins=True)
    before = (n_fft - win_length) // 2
    return np.pad(taper, (before, n_fft - win_length - before))
