"""A line in a terminal that says how far a long piece of work is."""

from __future__ import annotations

import sys
import time
from typing import TextIO

_WIDTH = 30
_EVERY_S = 0.1


class Bar:
    """A progress bar on standard error, drawn only where a person watches.

    Call it with how many are done and of how many; it fits wherever `progress` is asked for.
    """

    def __init__(self, what: str, *, out: TextIO | None = None) -> None:
        self.what = what
        self.out = sys.stderr if out is None else out
        self._drawn = 0.0
        self._start = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Draw it, unless that was done a moment ago."""
        now = time.monotonic()
        if not self.out.isatty() or (now - self._drawn < _EVERY_S and done < total):
            return
        self._drawn = now
        share = done / total if total else 1.0
        full = round(_WIDTH * share)
        left = (now - self._start) * (1 - share) / share if share else 0.0
        text = f"{self.what} [{'#' * full}{'.' * (_WIDTH - full)}] {done}/{total}"
        self.out.write(f"\r{text}, {left:.0f} s left \x1b[K" if done < total else "\r\x1b[K")
        self.out.flush()
