"""A job: one generation while it runs, that can be watched, heard, looked into and stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from .settings import Settings, check_prompt
from .takes import Take

Stage = Literal["waiting", "loading", "composing", "done", "cancelled", "failed"]


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    Attributes
    ----------
    stage : "waiting", "loading" (reading weights), "composing" (tokens and sound), and at the end
        "done", "cancelled" or "failed"
    step, steps : decoding steps done, and in all; 0 of 0 until the model is loaded
    sound_s : seconds of sound that are ready to be heard
    seconds : since the job began
    seconds_left : a guess from the pace of the last steps; None until there is one
    """

    stage: Stage
    step: int
    steps: int
    sound_s: float
    seconds: float
    seconds_left: float | None


@dataclass(frozen=True)
class Distribution:
    """What the model held likely at one place, and what was drawn there.

    Attributes
    ----------
    tokens : int64, shape (n,), the likeliest tokens first
    probabilities : float64, shape (n,), after guidance, temperature, top-k and top-p: what the
        token was drawn from
    chosen : the token that was drawn
    chosen_probability : what its chance was
    entropy_bits : of the whole distribution; 0 is certainty, 10 a blind draw from 1024 tokens
    """

    tokens: np.ndarray
    probabilities: np.ndarray
    chosen: int
    chosen_probability: float
    entropy_bits: float


class Cancelled(Exception):
    """The job was cancelled, and `result` has no take to give."""


class Job:
    """One generation. Iterate it for chunks of sound, or `start` it in a thread of its own.

    Parameters
    ----------
    prompt : what to make
    model : a name from `models()`, a hub name, a folder, or what `load` returned
    device : ``"auto"``, ``"cpu"`` or ``"cuda"``
    on_progress : called with a `Progress` about ten times a second, from the thread that works
    settings : the keywords of `Settings`

    Examples
    --------
    ::

        job = Job("slow sad piano melody", duration_s=6, seed=0).start()
        job.progress.seconds_left
        for chunk, sr in job.chunks(): ...
        take = job.result()
    """

    def __init__(
        self,
        prompt: str,
        *,
        model: Any = "tiny",
        device: str = "auto",
        on_progress: Callable[[Progress], None] | None = None,
        **settings: Any,
    ) -> None:
        self.prompt = check_prompt(prompt)
        self.settings = Settings(**settings)
        raise NotImplementedError("the engine is being built")

    # In this thread -------------------------------------------------------------------------

    def __iter__(self) -> Iterator[tuple[np.ndarray, int]]:
        """Yield ``(chunk, sr)`` as the sound is made; the chunks joined are the take's `y`."""
        raise NotImplementedError

    def run(self) -> Take:
        """Work to the end in this thread and return the take."""
        raise NotImplementedError

    # In a thread of its own -----------------------------------------------------------------

    def start(self) -> Job:
        """Begin in a background thread and return at once."""
        raise NotImplementedError

    def chunks(self) -> Iterator[tuple[np.ndarray, int]]:
        """Yield ``(chunk, sr)`` of a started job, waiting for each; ends with the job."""
        raise NotImplementedError

    def result(self, timeout_s: float | None = None) -> Take:
        """Wait for the take of a started job.

        Raises
        ------
        Cancelled
            The job was cancelled.
        TimeoutError
            It is still running after `timeout_s`.
        SonicLabError
            Whatever ended it.
        """
        raise NotImplementedError

    # From any thread ------------------------------------------------------------------------

    def cancel(self) -> None:
        """Stop at the next step, within a second, and let go of its memory."""
        raise NotImplementedError

    @property
    def progress(self) -> Progress:
        """How far it is, right now."""
        raise NotImplementedError

    @property
    def tokens(self) -> np.ndarray:
        """The tokens so far, int64, shape (1, K, T), -1 where there is none yet.

        Codebook k lags k frames behind the first, so the matrix fills as a staircase.
        """
        raise NotImplementedError

    def distribution(self, codebook: int, frame: int, *, top: int = 20) -> Distribution:
        """Return what a token that has been drawn was drawn from.

        Raises
        ------
        ParameterError
            There is no such place, or no token has been drawn there yet.
        """
        raise NotImplementedError
