"""AWARE: a mark that is found by optimising each sound against a network that nobody trained."""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from functools import cache
from typing import Any

import numpy as np

from ...audio import resample
from ...errors import MissingDependencyError
from ..checks import UnmarkableError
from .hit import ScoredHit, check, check_payload, check_threshold, from_bits, marked, to_bits

_SR = 16_000  # the only rate it takes
NEEDS = ("aware", "resampy", "webrtcvad", "yaml")
CURE = (
    "its 2.0.1 pins an older torch and numpy than this course runs on, so there is no extra for "
    "it; without its pins it runs all the same: "
    "pip install --no-deps aware==2.0.1 resampy webrtcvad-wheels"
)


class Aware:
    """AWARE 2.0, the variant that reads the whole sound at once.

    The detector is a network with random weights from a seed in its source; to mark a sound, its
    magnitudes from 1 to 4 kHz are moved by gradient descent, 400 steps, until the network says
    the message. It carries 20 bits, read whether a mark is there or not. There is no key: the
    seed is the same for everybody. There is no p-value: the score is its makers' "confidence", 0
    to 1, which they fitted to data of theirs, and the threshold of 0.5 is theirs too. It marks
    speech: where its voice detector hears none, it refuses.

    The mark is made at 16 kHz and added to the sound at its own rate.

    Raises
    ------
    MissingDependencyError
        aware 2.x, or something that it needs, is not installed.

    References
    ----------
    K. Pavlović et al., "AWARE: Audio watermarking with adversarial resistance to edits",
    arXiv:2510.17512 (2025).
    """

    bits = 20
    threshold = 0.5

    def __init__(self) -> None:
        self._embedder, self._detector = _load()

    def __repr__(self) -> str:
        return "Aware()"

    def embed(self, y: np.ndarray, *, sr: int, payload: int = 0) -> np.ndarray:
        """Mark a sound, channel by channel: many seconds of work for each second of sound.

        Parameters
        ----------
        y : float, shape (n,) or (c, n), at least 1 s, with a voice in it
        sr : Hz
        payload : what the mark shall say, 0 to 1048575

        Returns
        -------
        The marked sound, of the same shape and dtype

        Raises
        ------
        ParameterError
            The payload does not fit.
        UnmarkableError
            The sound is too short or silent, or AWARE hears no voice in it.
        """
        number = check_payload(payload, self.bits)
        sound, rate = check(y, sr, shortest_s=1.0)
        message = to_bits(number, self.bits)

        def with_mark(channel: np.ndarray) -> np.ndarray:
            low = resample(channel.astype(np.float32), orig_sr=rate, target_sr=_SR)
            made = self._mark(low, message)
            low = low[: made.size]
            gain = low @ made / (low @ low)  # it loses the level where the lowest peak is highest
            added = resample((made / gain - low).astype(np.float32), orig_sr=_SR, target_sr=rate)
            added = added[: channel.size]
            return channel[: added.size] + added

        return marked(sound, with_mark, y)

    def detect(self, y: np.ndarray, *, sr: int, threshold: float = threshold) -> ScoredHit:
        """Look for the mark in the mean of the channels.

        Parameters
        ----------
        y : float, shape (n,) or (c, n), at least 1 s
        sr : Hz
        threshold : the confidence above which a mark counts as present

        Raises
        ------
        UnmarkableError
            The sound is too short or too silent to show anything either way.
        """
        sound, rate = check(y, sr, shortest_s=1.0)
        limit = check_threshold(threshold)
        mono = np.atleast_2d(sound).mean(axis=0).astype(np.float32)
        low = resample(mono, orig_sr=rate, target_sr=_SR)
        service = importlib.import_module("aware.service")
        message, confidence = service.detect_watermark(low, _SR, self._detector)
        guess, score = from_bits(message), float(confidence)
        present = score > limit
        return ScoredHit(present, score, limit, guess if present else None, guess)

    def _mark(self, low: np.ndarray, message: np.ndarray) -> np.ndarray:
        service = importlib.import_module("aware.service")
        try:
            with warnings.catch_warnings():  # torch minds how its scheduler is called
                warnings.simplefilter("ignore", UserWarning)
                return np.asarray(service.embed_watermark(low, _SR, message, self._embedder))
        except ValueError as error:
            if "contain any speach" not in str(error):
                raise
            raise UnmarkableError("AWARE hears no voice in y, and marks nothing else") from error


def missing() -> list[str]:
    """List the modules that AWARE needs and that are not installed."""
    return [name for name in NEEDS if importlib.util.find_spec(name) is None]


@cache
def _load() -> tuple[Any, Any]:
    lacking = missing()
    if lacking:
        raise MissingDependencyError(f"AWARE needs {', '.join(lacking)}: {CURE}", name=lacking[0])
    import torch

    try:
        models = importlib.import_module("aware.utils.models")
    except ImportError as error:  # another package of that name, or another version
        raise MissingDependencyError(f"AWARE cannot be imported ({error}): {CURE}") from error
    with torch.random.fork_rng():  # it seeds the generator of the whole program
        loaded = models.load(name="AWARE")
    if loaded is None:  # it logs what went wrong and returns nothing
        raise MissingDependencyError(f"AWARE could not build its networks: {CURE}")
    embedder, detector = loaded
    return embedder, detector
