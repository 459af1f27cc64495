"""What a MusicLM has understood: do words find their clip, and what do the names tell?

Measured on clips that were never learned from. Beside each share stands what always giving the
commonest answer would reach.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

AMONG = 100
QUESTIONS: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "drums": lambda record: "drums" in record["instruments"],
    "piano": lambda record: "piano" in record["instruments"],
    "strings": lambda record: "strings" in record["instruments"],
    "minor": lambda record: record["mode"] == "minor",
    "faster than 100 BPM": lambda record: record["tempo_bpm"] > 100,
}


def found(
    sounds: np.ndarray, texts: np.ndarray, records: Sequence[Mapping[str, Any]]
) -> dict[str, float]:
    """Say how well captions find their clips among a hundred: places (N, D) each, in one order.

    Fewer clips than that are searched all together.
    """
    first, style, drums = [], [], []
    among = min(AMONG, len(sounds))
    for at in range(0, len(sounds) - among + 1, among):
        some = records[at : at + among]
        best = (texts[at : at + among] @ sounds[at : at + among].T).argmax(1)
        first += [best == np.arange(among)]
        style += [some[b]["style"] == own["style"] for b, own in zip(best, some, strict=True)]
        has = [QUESTIONS["drums"](record) for record in some]
        drums += [has[b] == own for b, own in zip(best, has, strict=True)]
    return {
        "captions that find their clip among 100 (chance 1 %)": float(np.mean(first)),
        "captions that find a clip of their style": float(np.mean(style)),
        "captions that find a clip with drums as theirs": float(np.mean(drums)),
    }


def told(
    names: np.ndarray, records: Sequence[Mapping[str, Any]], unseen: np.ndarray
) -> dict[str, float]:
    """Say what can be told of unseen clips by how often each name occurs: names (N, S).

    A line is fitted to the learned clips' counts by least squares.
    """
    counts = np.stack([np.bincount(row, minlength=names.max() + 1) for row in names]) ** 0.5
    counts = np.c_[counts, np.ones(len(counts))]
    learned = np.setdiff1d(np.arange(len(names)), unseen)
    A = counts[learned]
    solve = np.linalg.solve(A.T @ A + np.eye(A.shape[1]), A.T)
    figures = {}
    for question, answer in QUESTIONS.items():
        truth = np.array([answer(record) for record in records])
        said = counts[unseen] @ (solve @ (2.0 * truth[learned] - 1)) > 0
        share = truth[unseen].mean()
        figures[f"names tell: {question}"] = float((said == truth[unseen]).mean())
        figures[f"always the commonest: {question}"] = float(max(share, 1 - share))
    tempo = np.log([record["tempo_bpm"] for record in records])
    guess = counts[unseen] @ (solve @ (tempo[learned] - tempo[learned].mean()))
    figures["names tell: tempo, correlation"] = float(np.corrcoef(guess, tempo[unseen])[0, 1])
    return figures
