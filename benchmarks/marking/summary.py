"""The arithmetic between the rows of the record and the figures of the report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

Row = dict[str, Any]


def threshold_over(scores: Sequence[float | None]) -> float:
    """Return the highest score of unmarked sound: a mark counts only above it.

    With n scores, none of which passes, the false-positive rate lies below about 3/n at 95 %
    confidence (the rule of three): far from 1e-6, and all that n sounds can show.

    >>> threshold_over([0.1, None, 0.4])
    0.4
    """
    known = [score for score in scores if score is not None]
    return max(known) if known else float("nan")


def found(score: float | None, limit: float, *, graded: bool) -> bool:
    """Say whether a score counts: at least the limit for a p-value, above it for the others."""
    if score is None:
        return False
    return score >= limit if graded else score > limit


def true_positives(
    rows: Sequence[Row], name: str, limit: float, *, graded: bool, exact: bool = False
) -> float:
    """Return the share of clips in which the mark was found after an attack; NaN for no clip.

    With `exact`, a find counts only with every bit of the payload right. A clip of which too
    little was left to read counts as missed.
    """
    hits = [
        found(one["score"], limit, graded=graded) and not (exact and one["wrong_bits"] != 0)
        for one in _after(rows, name)
    ]
    return float(np.mean(hits)) if hits else float("nan")


def bit_accuracy(rows: Sequence[Row], name: str, bits: int) -> float:
    """Return the mean share of right bits after an attack, found or not; NaN without a payload.

    A clip that could not be read counts as a coin thrown for each bit.
    """
    if not bits:
        return float("nan")
    shares = [
        0.5 if one["wrong_bits"] is None else 1 - one["wrong_bits"] / bits
        for one in _after(rows, name)
    ]
    return float(np.mean(shares)) if shares else float("nan")


def false_positives(scores: Iterable[float | None], limit: float, *, graded: bool) -> int:
    """Count the scores of sound without the mark that pass for one."""
    return sum(found(score, limit, graded=graded) for score in scores)


def share_below(scores: Iterable[float | None], p: float) -> float:
    """Return the share of p-values, given as −log10, that are at most `p`; NaN for none."""
    known = np.array([score for score in scores if score is not None])
    return float(np.mean(known >= -np.log10(p))) if known.size else float("nan")


def unmarked_scores(rows: Iterable[Row]) -> list[float | None]:
    """Collect the scores of unmarked sound, of every clip, attack and segment."""
    found = ((*row.get("unmarked", {}).values(), *row.get("segments", ())) for row in rows)
    return [score for scores in found for score in scores]


def wrong_key_scores(rows: Iterable[Row]) -> list[float | None]:
    """Collect the scores of marked sound read with other keys."""
    return [score for row in rows for score in row.get("wrong_key", [])]


def mean_over(names: Sequence[str], values: Sequence[float]) -> float:
    """Return the mean over attacks, each counting once; NaN where there is none to count."""
    known = [value for _, value in zip(names, values, strict=True) if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _after(rows: Sequence[Row], name: str) -> list[dict[str, Any]]:
    return [row["attacks"][name] for row in rows if name in row.get("attacks", {})]
