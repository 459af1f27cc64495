"""AudioSeal, Meta's neural mark for speech: 16 bits, and a verdict for every sample."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...audio import resample
from ...errors import AudioFileError, HubError
from ...optional import need
from .hit import ScoredHit, check, check_payload, check_threshold, from_bits, marked, to_bits

REPOSITORY = "facebook/audioseal"
FILES = ("generator_base.pth", "detector_base.pth")
_CARDS = ("audioseal_wm_16bits", "audioseal_detector_16bits")
_SR = 16_000  # what the published weights were trained on


class AudioSeal:
    """Meta's mark: one network makes a faint sound of the message, another finds it.

    It carries 16 bits, read whether a mark is there or not. There is no key: whoever has the
    detector can read the mark, and whoever has the generator can put it on anything. There is no
    p-value: the score is the share of samples that the detector calls marked, and the threshold of
    0.5 is its makers' own, from speech. How often unmarked sound passes it must be measured.

    The mark is made at 16 kHz and added to the sound at its own rate, as its makers advise.

    Parameters
    ----------
    weights : a folder that holds ``generator_base.pth`` and ``detector_base.pth``, so that
        nothing is fetched; None to fetch them from the hub, or find them where it keeps them.
        The files are pickles, which can run code when they are read: take them from nobody
        whom you would not let use your computer.
    revision : commit of the hub's repository, for those who pin what they fetch

    Raises
    ------
    MissingDependencyError
        audioseal is not installed.
    HubError
        The hub does not give the weights.
    AudioFileError
        The folder does not hold them, or what it holds cannot be read.

    References
    ----------
    R. San Roman et al., "Proactive detection of voice cloning with localized watermarking",
    ICML 2024.
    """

    bits = 16
    threshold = 0.5

    def __init__(
        self, *, weights: str | os.PathLike[str] | None = None, revision: str | None = None
    ) -> None:
        library = _library()
        files = _from_hub(revision) if weights is None else _in_folder(Path(weights))
        self._generator, self._detector = _load(library, files)

    def __repr__(self) -> str:
        return "AudioSeal()"

    def embed(self, y: np.ndarray, *, sr: int, payload: int = 0) -> np.ndarray:
        """Mark a sound, channel by channel.

        Parameters
        ----------
        y : float, shape (n,) or (c, n), at least 1 s
        sr : Hz
        payload : what the mark shall say, 0 to 65535

        Returns
        -------
        The marked sound, of the same shape and dtype

        Raises
        ------
        ParameterError
            The payload does not fit.
        UnmarkableError
            The sound is too short or silent.
        """
        import torch

        number = check_payload(payload, self.bits)
        sound, rate = check(y, sr, shortest_s=1.0)
        message = torch.from_numpy(to_bits(number, self.bits))[None]  # (1, 16)

        def with_mark(channel: np.ndarray) -> np.ndarray:
            low = resample(channel.astype(np.float32), orig_sr=rate, target_sr=_SR)
            with _running():
                added = self._generator.get_watermark(_batch(low), message=message)[0, 0].numpy()
            added = resample(added, orig_sr=_SR, target_sr=rate)[: channel.size]
            return channel[: added.size] + added

        return marked(sound, with_mark, y)

    def detect(self, y: np.ndarray, *, sr: int, threshold: float = threshold) -> ScoredHit:
        """Look for the mark in the mean of the channels.

        Parameters
        ----------
        y : float, shape (n,) or (c, n), at least 1 s
        sr : Hz
        threshold : the share of samples above which a mark counts as present

        Raises
        ------
        UnmarkableError
            The sound is too short or too silent to show anything either way.
        """
        sound, rate = check(y, sr, shortest_s=1.0)
        limit = check_threshold(threshold)
        mono = np.atleast_2d(sound).mean(axis=0).astype(np.float32)
        low = resample(mono, orig_sr=rate, target_sr=_SR)
        with _running():
            share, message = self._detector.detect_watermark(_batch(low))
        guess, score = from_bits(message[0].numpy()), float(share[0])
        present = score > limit
        return ScoredHit(present, score, limit, guess if present else None, guess)


def _batch(low: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(low))[None, None]  # (n,) -> (1, 1, n)


def _from_hub(revision: str | None) -> tuple[Path, Path]:
    hub = need("huggingface_hub", extra="audioseal")
    try:
        generator, detector = (
            Path(hub.hf_hub_download(REPOSITORY, name, revision=revision)) for name in FILES
        )
    except Exception as error:  # the hub's library lets many kinds through, of several libraries
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise HubError(
            f"the weights of AudioSeal cannot be had from {REPOSITORY} ({reason}): go online "
            f"once, or give the folder that holds {' and '.join(FILES)} as weights="
        ) from error
    return generator, detector


def _in_folder(folder: Path) -> tuple[Path, Path]:
    generator, detector = (folder / name for name in FILES)
    for path in (generator, detector):
        if not path.is_file():
            raise AudioFileError(
                f"{path} is missing: weights= must be a folder that holds {' and '.join(FILES)}, "
                f"as they lie in {REPOSITORY} on the hub"
            )
    return generator, detector


@contextlib.contextmanager
def _torch_script() -> Iterator[None]:
    """Let it use TorchScript, which newer torch regrets, without a word about it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@contextlib.contextmanager
def _running() -> Iterator[None]:
    """Run the networks as they stand: compiled, they would ask learners for a C++ compiler."""
    import torch

    compiling = need("audioseal.libs.moshi.utils.compile", extra="audioseal")
    with torch.inference_mode(), compiling.no_compile():
        yield


def _library() -> Any:
    with _torch_script():
        need("audioseal", extra="audioseal")
        return need("audioseal.loader", extra="audioseal")


def _load(library: Any, files: tuple[Path, Path]) -> tuple[Any, Any]:
    """Build both networks as the files describe them, or as the package's cards do."""
    kinds = (library.AudioSealWMConfig, library.AudioSealDetectorConfig)
    built = []
    for path, card, settings in zip(files, _CARDS, kinds, strict=True):
        try:
            with _torch_script():
                network = _network(library, path, card, settings)
        except Exception as error:  # a pickle of anything at all may stand there
            raise AudioFileError(
                f"{path} does not hold AudioSeal's weights ({type(error).__name__}: {error})"
            ) from error
        built.append(network.eval())
    return built[0], built[1]


def _network(library: Any, path: Path, card: str, settings: type) -> Any:
    checkpoint = library.load_model_checkpoint(path)
    described = {**library.load_local_model_config(card), **checkpoint.get("xp.cfg", {})}
    config = library.AudioSeal.parse_config(described, config_type=settings, nbits=16)
    generates = settings is library.AudioSealWMConfig
    network = (library.create_generator if generates else library.create_detector)(config)
    state = library.convert_state_dict_for_scriptable_model(checkpoint["model"])
    library.load_state_dict(network, state)
    return network
