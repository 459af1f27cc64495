"""What resemble-perth 1.0.1 imports without declaring it, in torch, while it is being imported.

It asks setuptools for `pkg_resources`, which newer ones no longer have, and torchaudio for three
transforms, for whose sake a build of torchaudio that fits torch would be needed. Where either is
missing, perth sets its class to None and says nothing. The three transforms are a few lines each.
"""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

_NAMES = ("pkg_resources", "torchaudio", "torchaudio.transforms")


@contextlib.contextmanager
def stand_ins() -> Iterator[None]:
    """Put stand-ins for perth's two undeclared needs in place, and take them away again."""
    before = {name: sys.modules.get(name) for name in _NAMES}
    sys.modules.update(zip(_NAMES, _modules(), strict=True))
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def _modules() -> tuple[Any, Any, Any]:
    resources, torchaudio, transforms = (ModuleType(name) for name in _NAMES)
    resources.resource_filename = _resource_filename  # type: ignore[attr-defined]
    for transform in _transforms():
        setattr(transforms, transform.__name__, transform)
    torchaudio.transforms = transforms  # type: ignore[attr-defined]
    return resources, torchaudio, transforms


def _resource_filename(package: str, name: str) -> str:
    return str(Path(str(sys.modules[package].__file__)).parent / name)


def _transforms() -> tuple[type, ...]:
    import torch

    class _Frames(torch.nn.Module):
        """The settings of a short-time Fourier transform."""

        window: torch.Tensor

        def __init__(
            self, n_fft: int, win_length: int, hop_length: int, window_fn: Any, **_: Any
        ) -> None:
            super().__init__()
            self.sizes = (n_fft, hop_length, win_length)
            self.register_buffer("window", window_fn(win_length))

    class Spectrogram(_Frames):
        def forward(self, y: torch.Tensor) -> torch.Tensor:  # (n,) -> (F, T), complex
            return torch.stft(y, *self.sizes, self.window, return_complex=True)

    class InverseSpectrogram(_Frames):
        def forward(self, spectrum: torch.Tensor) -> torch.Tensor:  # (F, T), complex -> (n,)
            return torch.istft(spectrum, *self.sizes, self.window)

    class TimeStretch(torch.nn.Module):
        """For perth's training only; but its one array lies in the weights, and needs a place."""

        def __init__(self, n_freq: int, hop_length: int) -> None:
            super().__init__()
            advance = torch.linspace(0, math.pi * hop_length, n_freq)
            self.register_buffer("phase_advance", advance[:, None])

    return Spectrogram, InverseSpectrogram, TimeStretch
