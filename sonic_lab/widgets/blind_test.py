"""Blind tests on two takes: tell X by ear, or tell which words X was made from."""

from __future__ import annotations

from typing import Any

from ..errors import ParameterError
from ..metrics.abx import AbxTest

MODES = ("abx", "prompt")


class BlindTest:
    """X is the first or the second of two takes; A and B are heard too, unless it is by words.

    By words, a pair is good for one answer, since then it is known; other pairs may follow and
    count together.

    Parameters
    ----------
    mode : ``"abx"`` or ``"prompt"``
    """

    def __init__(self, mode: Any) -> None:
        if mode not in MODES:
            raise ParameterError(f"mode={mode!r} must be one of {', '.join(MODES)}")
        self.mode = mode
        self.over = False  # the pair is known
        self._test = AbxTest()
        self._last: bool | None = None
        self._was = ""

    @property
    def x(self) -> int:
        """Which of the two X is, 0 or 1."""
        return "AB".index(self._test.x)

    def answer(self, choice: Any) -> None:
        """Take the listener's answer, "A" or "B"."""
        if self.over:
            raise ParameterError("this pair is known by now: compare two others")
        self._was = self._test.x
        self._last = self._test.answer(choice)
        self.over = self.mode == "prompt"

    def next_pair(self) -> None:
        """Go on with two other takes."""
        self.over, self._last = False, None

    def state(self) -> dict[str, Any]:
        """Return how it stands, as plain values. Which one X is stays unsaid."""
        return {
            "mode": self.mode,
            "trials": self._test.trials,
            "right": self._test.right,
            "p_value": self._test.p_value,
            "last": self._last,
            "was": self._was if self._last is not None else "",
            "over": self.over,
            "words": self._words(),
        }

    def _words(self) -> str:
        test, by_words = self._test, self.mode == "prompt"
        ask = (
            "Listen to X. Which of the two prompts was it made from?"
            if by_words
            else "Listen to A, B and X. Which of the two is X?"
        )
        if not test.trials:
            return ask if by_words else f"{ask} Decide first how often you will try."
        score = (
            f"{test.right} of {test.trials} right. By guessing you would do at least as well with "
            f"a chance of {100 * test.p_value:.1f} %."
        )
        return f"{score} Now compare two other takes." if self.over else f"{score} {ask}"
