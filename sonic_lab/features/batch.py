"""Log-mels of many clips at once, in torch, on the CPU or a GPU."""

from __future__ import annotations

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

_CHUNK_FRAMES = 2048  # spectra held at once: about 16 MB at n_fft=2048, which stays near the cache
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
    clips = _check_batch(Y, n_fft=settings["n_fft"]).to(target)
    bank = mel_filterbank(sr=rate, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax, htk=htk)
    weights = torch.from_numpy(bank).to(target)
    taper = torch.from_numpy(_window(settings["window"], settings["win_length"])).to(target)
    frames = 1 + clips.shape[1] // settings["hop_length"]
    step = max(1, _CHUNK_FRAMES // frames)
    out = torch.empty(len(clips), len(weights), frames, device=target)  # (B, M, T)
    with torch.inference_mode():
        for start in range(0, len(clips), step):
            part = slice(start, start + step)
            out[part] = weights @ _power(clips[part], settings, taper)  # (b, F, T) -> (b, M, T)
        return _decibels(out, top_db)


def _power(clips: torch.Tensor, settings: dict[str, Any], taper: torch.Tensor) -> torch.Tensor:
    import torch

    D = torch.stft(
        clips,
        settings["n_fft"],
        settings["hop_length"],
        settings["win_length"],
        window=taper,
        center=True,
        pad_mode="constant",
        return_complex=True,
    )
    return torch.view_as_real(D).square_().sum(-1)


def _decibels(power: torch.Tensor, top_db: float | None) -> torch.Tensor:
    loudest = power.amax(dim=(1, 2), keepdim=True).clamp_(min=_AMIN)
    decibels = power.clamp_(min=_AMIN).log10_().mul_(10).sub_(10 * loudest.log10())
    return decibels if top_db is None else decibels.clamp_(min=-float(top_db))


def _check_batch(Y: Any, *, n_fft: int) -> torch.Tensor:
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
    if clips.shape[1] < n_fft:
        raise AudioError(
            f"Y is too short: {clips.shape[1]} samples, and a frame takes n_fft={n_fft}"
        )
    if not torch.isfinite(clips).all():
        raise AudioError("Y has NaN or infinite samples")
    return clips.to(torch.float32)


@lru_cache(maxsize=16)
def _window(name: str, length: int) -> np.ndarray:
    from scipy.signal import get_window

    return get_window(name, length, fftbins=True).astype(np.float32)
