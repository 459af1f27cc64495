"""Sound to codes and back, whichever codec: ours, or EnCodec from the hub."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from ..audio import check_rate, check_sound, resample, to_mono
from ..devices import choose
from ..errors import AudioError, HubError, ParameterError
from . import bundled


class SoundCodec:
    """A codec that takes any sound and gives codes as numbers.

    Attributes
    ----------
    name : what it was loaded as
    model : the network, a `SonicCodecModel` or transformers' ``EncodecModel``
    sr : Hz, of what `decode` returns
    n_codebooks, codebook_size, frame_rate : K, V, and frames a second
    """

    def __init__(self, model: Any, *, name: str = "codec") -> None:
        self.model, self.name = model.eval(), name
        config = model.config
        self.sr = int(config.sampling_rate)
        self.n_codebooks = int(config.num_quantizers)
        self.codebook_size = int(config.codebook_size)
        self.frame_rate = int(config.frame_rate)

    @classmethod
    def load(cls, name: str = "codec", *, device: str = "auto") -> SoundCodec:
        """Load a bundled codec, or one from the hub by its ``owner/name``."""
        from transformers import AutoModel

        place = choose(device)
        if not isinstance(name, str) or not re.fullmatch(r"\w[\w.-]*/\w[\w.-]*", name):
            with _no_progress_bar():  # it is there in a second
                model = AutoModel.from_pretrained(bundled.path(name), dtype=torch.float32)
        else:
            model = _from_hub(name)
            _check_plain(model, name)
        return cls(model.to(place), name=name)

    def encode(self, y: np.ndarray, *, sr: int, n_codebooks: int | None = None) -> np.ndarray:
        """Turn sound into codes.

        Parameters
        ----------
        y : float array, shape (n,) or (c, n), at least one frame; channels are averaged
        sr : Hz; the sound is resampled to the codec's rate
        n_codebooks : how many to use, the first ones; None is all

        Returns
        -------
        int64 (1, K, T)

        Raises
        ------
        AudioError, ParameterError
            The sound, its rate or the number of codebooks cannot be used.
        """
        sound = to_mono(check_sound(y))
        sound = resample(sound, orig_sr=check_rate(sr), target_sr=self.sr)
        if len(sound) < self.sr / self.frame_rate:
            raise AudioError(
                f"y is too short: {len(y)} samples at {sr} Hz, and a frame is "
                f"1/{self.frame_rate} s long"
            )
        wanted = self._check_codebooks(n_codebooks)
        x = torch.from_numpy(sound)[None, None].to(self.model.device)
        most = max(self.model.config.target_bandwidths)
        with torch.inference_mode():
            codes = self.model.encode(x, bandwidth=most).audio_codes[0]  # (1, K, T)
        return codes[:, :wanted].cpu().numpy().astype(np.int64)

    def decode(
        self, codes: np.ndarray, *, n_codebooks: int | None = None
    ) -> tuple[np.ndarray, int]:
        """Turn codes into sound.

        Parameters
        ----------
        codes : int array (1, K, T) or (K, T); (B, K, T) gives B sounds
        n_codebooks : how many of the K to listen to; None is all that there are

        Returns
        -------
        y : float32, shape (n,), or (B, n) where B > 1
        sr : Hz
        """
        names = self._check_codes(codes)
        names = names[:, : self._check_codebooks(n_codebooks)]
        x = torch.from_numpy(names)[None].to(self.model.device)
        with torch.inference_mode():
            y = self.model.decode(x, [None]).audio_values[:, 0]
        sound = y.float().cpu().numpy()
        return (sound[0] if len(sound) == 1 else sound), self.sr

    def _check_codebooks(self, n_codebooks: int | None) -> int:
        most = self.n_codebooks
        if n_codebooks is None:
            return most
        whole = isinstance(n_codebooks, (int, np.integer)) and not isinstance(n_codebooks, bool)
        if not whole or not 1 <= n_codebooks <= most:
            raise ParameterError(
                f"n_codebooks={n_codebooks!r} must be a whole number from 1 to {most}"
            )
        return int(n_codebooks)

    def _check_codes(self, codes: np.ndarray) -> np.ndarray:
        names = np.asarray(codes)
        if names.dtype.kind not in "iu":
            raise ParameterError(f"codes must be whole numbers, but have dtype {names.dtype}")
        names = names[None] if names.ndim == 2 else names
        if names.ndim != 3 or 0 in names.shape or names.shape[1] > self.n_codebooks:
            raise ParameterError(
                f"codes have shape {np.shape(codes)}: they must be (B, K, T) with K from 1 to "
                f"{self.n_codebooks}"
            )
        if names.min() < 0 or names.max() >= self.codebook_size:
            raise ParameterError(
                f"codes reach from {names.min()} to {names.max()}: they must lie from 0 to "
                f"{self.codebook_size - 1}"
            )
        return names.astype(np.int64)

    def __repr__(self) -> str:
        return (
            f"SoundCodec({self.name}: {self.sr} Hz, {self.n_codebooks} codebooks of "
            f"{self.codebook_size}, {self.frame_rate} frames a second)"
        )


@contextlib.contextmanager
def _no_progress_bar() -> Iterator[None]:
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _check_plain(model: Any, name: str) -> None:
    config = model.config
    chunked = getattr(config, "chunk_length_s", None) is not None
    if not hasattr(model, "decode") or config.audio_channels != 1 or chunked:
        raise ParameterError(
            f"{name} is no codec of one channel and one stretch of codes, such as "
            "facebook/encodec_24khz and facebook/encodec_32khz: use transformers itself for it"
        )


def _from_hub(name: str) -> Any:
    from transformers import AutoModel

    try:
        return AutoModel.from_pretrained(name, dtype=torch.float32)
    except (OSError, ValueError) as error:
        offline = " (HF_HUB_OFFLINE is set)" if os.environ.get("HF_HUB_OFFLINE") else ""
        raise HubError(
            f"{name} could not be loaded from the hub{offline}: connect to the internet once and "
            f"load it again, it is kept after that; or take the bundled load('codec'), which "
            f"needs no network. The hub said: {str(error).splitlines()[0]}"
        ) from error
