"""Answers to the exercises of notebook 00."""

from __future__ import annotations

import numpy as np

from . import Answers


def faster(given):
    return given.told > given.sr


ANSWERS = {
    "00.1": Answers(
        solution=lambda given: "higher and shorter" if faster(given) else "Lower and longer ",
        wrong={
            "pitch-alone": lambda given: "only the pitch changes",
            "loudness": lambda given: "only the loudness changes",
            "other-way": lambda given: (
                "lower and longer" if faster(given) else "higher and shorter"
            ),
        },
    ),
    "00.2": Answers(
        solution=lambda given: lambda y: 0.5 * y,
        wrong={
            "half-the-length": lambda given: lambda y: y[: y.size // 2],
            "every-second-sample": lambda given: lambda y: y[::2],
            "half-the-power": lambda given: lambda y: y / np.sqrt(2),
            "shifted": lambda given: lambda y: y - 0.5,
            "different": lambda given: lambda y: y / 4,
            "sign": lambda given: lambda y: y / -2,
        },
    ),
    "00.3": Answers(
        solution=lambda given: 40 * 0.5 ** ((given.level - 80) / 3),
        wrong={
            "in-proportion": lambda given: 40 / (given.level / 80),
            "divided-by-steps": lambda given: 40 * 3 / (given.level - 80),
            "six-decibels": lambda given: 40 * 0.5 ** ((given.level - 80) / 6),
            "longer": lambda given: 40 * 2 ** ((given.level - 80) / 3),
            "minutes": lambda given: 2400 * 0.5 ** ((given.level - 80) / 3),
            "different": lambda given: 39,
        },
    ),
}
