"""A job: one generation while it runs, that can be watched, heard, looked into and stopped."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from ..devices import choose
from ..errors import ParameterError, SonicLabError
from ..models.training import threads
from .loading import check_name, load
from .player import Columns, Player
from .records import make_record
from .sampling import weigh
from .settings import Settings, check_prompt
from .takes import Take

Stage = Literal["waiting", "loading", "composing", "done", "cancelled", "failed"]
Chunk = tuple[np.ndarray, int]

# The first chunk comes soon, so that something is heard; later ones are longer, for each is
# decoded with its neighbourhood, and that costs the same whether a chunk is long or short.
FIRST_CHUNK_S, CHUNK_S = 0.2, 1.0
_REPORT_EVERY_S = 0.1


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
    seconds_left : a guess from the pace so far; None until there is one
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


class Cancelled(SonicLabError):
    """The job was cancelled, and `result` has no take to give."""


class Job:
    """One generation. Iterate it for chunks of sound, or `start` it in a thread of its own.

    Nothing is loaded before the first chunk is asked for; what is wrong with the prompt or the
    settings is said at once.

    Parameters
    ----------
    prompt : what to make
    model : a name from `models()`, a hub name, a folder, or what `load` returned
    device : ``"auto"``, ``"cpu"`` or ``"cuda"``
    precision : as in `load`
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
        precision: Any = "auto",
        on_progress: Callable[[Progress], None] | None = None,
        **settings: Any,
    ) -> None:
        self.prompt, self.settings = check_prompt(prompt), Settings.of(settings)
        check_name(model)
        choose(device)
        self.model_name = check_name(model)
        self.remarks: list[str] = []
        self._load = lambda: load(model, device=device, precision=precision)
        self._on_progress = on_progress
        self._news = threading.Condition()
        self._stop = threading.Event()
        self._stage: Stage = "waiting"
        self._chunks: list[Chunk] = []
        self._model: Player | None = None
        self._decoding: Columns | None = None
        self._reached = (0, 0)  # steps done, and in all, of a decoding that was let go
        self._tokens: np.ndarray | None = None  # once decoding is over
        self._began = self._composing_since = self._ended = self._reported = 0.0
        self._take: Take | None = None
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._here: Generator[Chunk, None, None] | None = None

    # In this thread -------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Chunk]:
        """Return the job: it yields ``(chunk, sr)`` as the sound is made.

        The chunks joined are the take's `y`. Closing or cancelling it ends the iteration.
        """
        return self

    def __next__(self) -> Chunk:
        """Work until the next chunk is there, or wait for it where a thread works."""
        if self._here is None:
            self._here = self._work() if self._thread is None else self._made()
        return next(self._here)

    def close(self) -> None:
        """Stop, as `cancel`; also what closing an iterator means."""
        self.cancel()

    def run(self) -> Take:
        """Work to the end in this thread and return the take."""
        for _ in self:
            pass
        return self.result()

    # In a thread of its own -----------------------------------------------------------------

    def start(self) -> Job:
        """Begin in a background thread and return at once."""
        if self._thread is not None or self._here is not None:
            raise ParameterError("this job has begun: make a new Job for another take")
        self._thread = threading.Thread(target=self._work_through, name="sonic-lab", daemon=True)
        self._thread.start()
        return self

    def chunks(self) -> Iterator[Chunk]:
        """Yield ``(chunk, sr)`` of a started job, from the first, waiting for each.

        Ends with the job; raises what ended it, unless it was cancelled. May be called more than
        once.
        """
        return self._made()

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
        with self._news:
            if not self._news.wait_for(self._over, timeout_s):
                raise TimeoutError(f"the job is still {self._stage} after {timeout_s} s")
        if self._error is not None:
            raise self._error
        if self._take is None:
            raise Cancelled(f"the take of {self.prompt!r:.60} was cancelled")
        return self._take

    # From any thread ------------------------------------------------------------------------

    def cancel(self) -> None:
        """Stop at the next step, and let go of the memory. A job that is over stays as it is."""
        self._stop.set()
        working = self._here is not None or self._thread is not None
        here = self._here if self._thread is None else None
        if here is not None and inspect.getgeneratorstate(here) != inspect.GEN_RUNNING:
            here.close()  # nobody works: it rests between two chunks
            working = False
        if not working:
            self._end("cancelled")
        with self._news:
            self._news.notify_all()

    @property
    def progress(self) -> Progress:
        """How far it is, right now."""
        decoding, now = self._decoding, self._ended or time.perf_counter()
        step, steps = (decoding.done, decoding.steps) if decoding else self._reached
        left: float | None = None
        if self._stage == "composing" and step:
            left = (now - self._composing_since) / step * (steps - step)
        sound_s = sum(chunk.shape[-1] / sr for chunk, sr in self._chunks)
        seconds = now - self._began if self._began else 0.0
        return Progress(self._stage, step, steps, sound_s, seconds, left)

    @property
    def tokens(self) -> np.ndarray:
        """The tokens so far, int64, shape (1, K, T), -1 where there is none yet.

        Codebook k lags k frames behind the first, so the matrix fills as a staircase. Before the
        model is loaded its shape is (1, 0, 0).
        """
        if self._tokens is not None:
            return self._tokens
        decoding = self._decoding
        if decoding is None:
            return np.zeros((1, 0, 0), dtype=np.int64)
        return decoding.staircase.so_far(decoding.columns, decoding.done)

    def distribution(self, codebook: int, frame: int, *, top: int = 20) -> Distribution:
        """Return what a token that has been drawn was drawn from.

        Parameters
        ----------
        codebook, frame : where in `tokens`
        top : how many of the likeliest tokens to return

        Raises
        ------
        ParameterError
            There is no such place, no token has been drawn there yet, or the job was cancelled
            and has let go of what it knew.
        """
        decoding, tokens = self._decoding, self.tokens
        _, K, T = tokens.shape
        if decoding is None or not (0 <= codebook < K and 0 <= frame < T):
            raise ParameterError(
                f"codebook={codebook}, frame={frame} is not among the {K} codebooks and {T} "
                f"frames of this job, which is {self._stage}"
            )
        chosen = int(tokens[0, codebook, frame])
        if chosen < 0:
            raise ParameterError(f"codebook={codebook}, frame={frame} has no token yet: wait")
        column = frame + decoding.staircase.delays[codebook]
        logits = decoding.logits[column, 0, codebook].double().cpu()
        s = self.settings
        # Greedy decoding draws nothing; what is shown is what it chose the likeliest from.
        temperature, top_k, top_p = (
            (s.temperature, s.top_k, s.top_p) if s.temperature else (1.0, None, None)
        )
        order, p = weigh(logits, temperature=temperature, top_k=top_k, top_p=top_p)
        chance = float(p[order == chosen].sum())
        bits = float(-torch.xlogy(p, p).sum() / np.log(2))
        return Distribution(order[:top].numpy(), p[:top].numpy(), chosen, chance, max(0.0, bits))

    # The work -------------------------------------------------------------------------------

    def _work(self) -> Generator[Chunk, None, None]:
        """Load, compose, and yield each chunk as it is certain."""
        try:
            self._began = time.perf_counter()
            self._enter("loading")
            model = self._model = self._load()
            if unknown := model.unknown_words(self.prompt):
                self.remarks.append(f"{model.info.name} has no word for {' '.join(unknown)}")
            yield from self._compose(model)
        except GeneratorExit:
            self._end("cancelled")
            raise
        except Cancelled:
            self._end("cancelled")
        except BaseException as error:
            self._error = error
            self._end("failed")
            raise

    def _compose(self, model: Player) -> Generator[Chunk, None, None]:
        with threads(model.threads):
            self._check_stop()
            decoding = model.begin([self.prompt], self.settings, seeds=[self.settings.seed or 0])
            voice = model.voice()
        self._decoding = decoding
        self._composing_since = time.perf_counter()
        self._enter("composing")
        size = FIRST_CHUNK_S
        due = round(size * model.frame_rate)
        while decoding.done < decoding.steps:
            with threads(model.threads):  # the number is the caller's again between chunks
                self._advance(decoding, due)
                final = decoding.done == decoding.steps
                frames = decoding.frames_done
                codes = decoding.staircase.straighten(decoding.columns, frames)
                with torch.inference_mode():
                    sound = voice.push(codes, final=final) if frames else codes[:, :1, :0].float()
            size = min(2 * size, CHUNK_S)
            due = frames + round(size * model.frame_rate)
            if sound.shape[-1]:
                chunk = to_numpy(sound[0]), model.sr
                self._chunks.append(chunk)
                self._report()
                yield chunk
        self._finish(model, decoding)

    def _advance(self, decoding: Columns, frames: int) -> None:
        """Decode until so many frames are whole, or all are."""
        while decoding.frames_done < frames and decoding.done < decoding.steps:
            self._check_stop()
            decoding.step()
            if time.perf_counter() - self._reported > _REPORT_EVERY_S:
                self._report()

    def _finish(self, model: Player, decoding: Columns) -> None:
        tokens = decoding.staircase.so_far(decoding.columns, decoding.done)
        self._tokens = tokens
        decoding.let_go()
        y = np.concatenate([chunk for chunk, _ in self._chunks], axis=-1)
        record = make_record(model, self.prompt, self.settings, tokens=tokens, y=y)
        self._take = Take(self.prompt, self.settings, tokens, y, model.sr, record)
        self._end("done")

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise Cancelled

    def _work_through(self) -> None:
        try:
            for _ in self._work():
                with self._news:
                    self._news.notify_all()
        except BaseException:  # kept in _error, for whoever asks for the result
            pass

    def _made(self) -> Generator[Chunk, None, None]:
        given = 0
        while True:
            with self._news:
                while len(self._chunks) == given and not self._over():
                    self._news.wait()
            if len(self._chunks) > given and not self._stop.is_set():
                given += 1
                yield self._chunks[given - 1]
            elif self._error is not None:
                raise self._error
            else:
                return

    def _over(self) -> bool:
        return self._stage in ("done", "cancelled", "failed") or self._stop.is_set()

    def _enter(self, stage: Stage) -> None:
        self._stage = stage
        self._report()

    def _end(self, stage: Stage) -> None:
        if self._stage in ("done", "cancelled", "failed"):
            return
        self._ended = time.perf_counter()
        if stage != "done" and self._decoding is not None:
            self._tokens = self.tokens
            self._reached = self._decoding.done, self._decoding.steps
            self._decoding = None
        self._model = None
        with self._news:
            self._stage = stage
            self._news.notify_all()
        self._report()

    def _report(self) -> None:
        self._reported = time.perf_counter()
        if self._on_progress is not None:
            self._on_progress(self.progress)


def to_numpy(sound: torch.Tensor) -> np.ndarray:
    """Return sound (C, n) as float32 in [-1, 1], (n,) where it is mono.

    A decoder may overshoot full scale by a little on a peak, and a stream cannot know of it
    beforehand: so it is cut there, in the parts as in the whole.
    """
    y = sound.float().clamp(-1, 1).cpu().numpy()
    return np.ascontiguousarray(y[0] if len(y) == 1 else y)
