"""Perth, Resemble AI's neural mark: every sound gets the same one, and one bit is read."""

from __future__ import annotations

import contextlib
import io
import threading
from functools import cache
from typing import Any

import numpy as np

from ...audio import resample
from ...errors import MissingDependencyError, ParameterError
from ...optional import need
from ..checks import UnmarkableError
from .hit import ScoredHit, check, check_threshold, marked
from .perth_needs import stand_ins

_MODULE = "perth.perth_net.perth_net_implicit.perth_watermarker"
_IMPORTING = threading.Lock()  # the stand-ins are seen by the whole interpreter


class Perth:
    """The "implicit" mark of resemble-perth 1.0.1, whose weights come in its wheel.

    A network changes the magnitudes below 2 kHz where other sound masks it, and a second one says
    how sure it is that this was done. There is no key: whoever has the package can read the mark,
    and put it on anything. There is no payload, so ``embed`` takes 0 only; ``hit.payload`` is 0
    where the mark is found. There is no p-value: the score is the second network's answer, about
    0 without and 1 with a mark, and the threshold of 0.5 is its makers' own, who round it. How
    often unmarked sound passes it, `benchmarks/watermark.py` measures.

    The sound goes through a rate of 32 kHz, as its makers have it: what lies above 16 kHz is lost.

    Raises
    ------
    MissingDependencyError
        resemble-perth is not installed, or cannot be imported.

    References
    ----------
    Resemble AI, "Perth: perceptual threshold watermarking", software (2025), MIT licence.
    """

    bits = 0
    threshold = 0.5

    def __init__(self) -> None:
        self._model = _load()

    def __repr__(self) -> str:
        return "Perth()"

    def embed(self, y: np.ndarray, *, sr: int, payload: int = 0) -> np.ndarray:
        """Mark a sound, channel by channel.

        Parameters
        ----------
        y : float, shape (n,) or (c, n), at least 1 s
        sr : Hz
        payload : 0, since this mark carries none

        Returns
        -------
        The marked sound, of the same shape and dtype

        Raises
        ------
        ParameterError
            Another payload than 0 was asked for.
        UnmarkableError
            The sound is too short or silent.
        """
        import torch

        if payload != 0:
            raise ParameterError(f"payload={payload!r}: Perth carries none, so only 0 can be asked")
        sound, rate = check(y, sr, shortest_s=1.0)
        with torch.inference_mode():
            return marked(sound, lambda one: self._model.apply_watermark(one, rate), y)

    def detect(self, y: np.ndarray, *, sr: int, threshold: float = threshold) -> ScoredHit:
        """Look for the mark: the mean of the channels' scores.

        Parameters
        ----------
        y : float, shape (n,) or (c, n), at least 1 s
        sr : Hz
        threshold : the score above which a mark counts as present

        Raises
        ------
        UnmarkableError
            The sound is too short or too silent to show anything either way.
        """
        sound, rate = check(y, sr, shortest_s=1.0)
        limit = check_threshold(threshold)
        score = float(np.mean([self._score(one, rate) for one in np.atleast_2d(sound)]))
        if not np.isfinite(score):  # it weighs the loud frames, and found none
            raise UnmarkableError("Perth finds no frame loud enough to show a mark")
        present = score > limit
        return ScoredHit(present, score, limit, 0 if present else None, 0)

    def _score(self, channel: np.ndarray, sr: int) -> float:
        """Answer as `get_watermark` does, before it is cut to 0..1: ties would hide the order."""
        import torch

        net = self._model.perth_net
        low = resample(channel.astype(np.float32), orig_sr=sr, target_sr=net.hp.sample_rate)
        with torch.inference_mode():
            magnitude, _ = net.ap.signal_to_magphase(low)  # (F, T)
            return float(net.decoder(magnitude[None])[0])


@cache
def _load() -> Any:
    with _IMPORTING, stand_ins():
        try:
            module = need(_MODULE, extra="perth")
        except MissingDependencyError:
            raise
        except ImportError as error:  # perth itself would go on without a word
            raise MissingDependencyError(
                f"resemble-perth is installed and cannot be imported ({error}): this course "
                "knows version 1.0.1, pip install 'sonic-lab[perth]'"
            ) from error
    with contextlib.redirect_stdout(io.StringIO()):  # it announces its step
        model = module.PerthImplicitWatermarker()
    model.perth_net.eval()
    return model
