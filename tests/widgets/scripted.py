"""A job that a test leads by the hand, for what depends on the moment: stopping, pressing twice.

What the engine itself makes is tested with the engine, in test_studio_and_engine.py. The browser's
tests lead it too, from the kernel.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import sonic_lab as sl
from sonic_lab.generation import Cancelled, Distribution, Progress, Settings, Take
from sonic_lab.generation.settings import check_prompt

SR, FRAMES_A_SECOND, K = 16_000, 50, 4


class ScriptedJob:
    """Waits for `compose`, `finish` or `fail`; all else as `sonic_lab.generation.Job`."""

    made: list[ScriptedJob] = []  # noqa: RUF012 - the tests look here for the newest one

    def __init__(
        self, prompt: str, *, model: str = "tiny", device: str = "auto",
        on_progress: Callable[[Progress], None] | None = None, **settings: Any,
    ) -> None:  # fmt: skip
        self.prompt, self.settings = check_prompt(prompt), Settings(**settings)
        self.model, self.on_progress = model, on_progress
        self.remarks: list[str] = []
        self.T = round(FRAMES_A_SECOND * self.settings.duration_s)
        self.tokens = np.full((1, K, self.T), -1)
        self.progress = Progress("waiting", 0, 0, 0.0, 0.0, None)
        rng = np.random.default_rng(self.settings.seed)
        self._codes = rng.integers(1024, size=(1, K, self.T))
        t = np.arange(round(SR * self.settings.duration_s)) / SR
        pitch_hz = 220 + self.settings.seed % 660
        self._y = (0.2 * np.sin(2 * np.pi * pitch_hz * t)).astype(np.float32)
        self._events: queue.Queue[Any] = queue.Queue()
        self._step = self._sent = 0
        ScriptedJob.made.append(self)

    def start(self) -> ScriptedJob:
        return self

    def compose(self, steps: int) -> None:
        """Go on by so many steps, and hand out the sound that is ready then."""
        self._step = min(self._step + steps, self.T + K - 1)
        for k in range(K):
            upto = min(max(self._step - k, 0), self.T)
            self.tokens[0, k, :upto] = self._codes[0, k, :upto]
        ready = len(self._y) * max(self._step - K + 1, 0) // self.T
        if ready > self._sent:
            self._events.put((self._y[self._sent : ready], SR))
            self._sent = ready
        self._report("composing", seconds_left=0.1)

    def finish(self) -> None:
        self.compose(self.T + K)
        self._report("done", seconds_left=0.0)
        self._events.put("done")

    def fail(self, error: Exception) -> None:
        self._report("failed", seconds_left=None)
        self._events.put(error)

    def cancel(self) -> None:  # the engine's job, too, is still at its last step then
        self._events.put(Cancelled("stopped"))

    def chunks(self) -> Iterator[tuple[np.ndarray, int]]:
        while isinstance(event := self._events.get(timeout=600), tuple):
            yield event
        self._end = event

    def result(self, timeout_s: float | None = None) -> Take:
        if isinstance(self._end, Exception):
            raise self._end
        record = {"model": self.model, "licence": "CC0-1.0", "device": "cpu"}
        return Take(self.prompt, self.settings, self.tokens.copy(), self._y, SR, record)

    def distribution(self, codebook: int, frame: int, *, top: int = 20) -> Distribution:
        if not (0 <= codebook < K and 0 <= frame < self.T) or self.tokens[0, codebook, frame] < 0:
            raise sl.errors.ParameterError(
                f"there is no token at codebook={codebook} frame={frame}"
            )
        chosen = int(self.tokens[0, codebook, frame])
        tokens = np.array([(chosen + i * 7 - 14) % 1024 for i in range(top)])
        chances = np.linspace(0.2, 0.01, top) / np.linspace(0.2, 0.01, top).sum()
        return Distribution(tokens, chances, chosen, float(chances[2]), 4.0)

    def _report(self, stage: Any, *, seconds_left: float | None) -> None:
        sound_s = self._sent / SR
        self.progress = Progress(stage, self._step, self.T + K - 1, sound_s, 1.0, seconds_left)
        if self.on_progress:
            self.on_progress(self.progress)


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Wait until the studio's own thread has come so far."""
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.005)
