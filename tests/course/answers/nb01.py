"""Answers to the exercises of notebook 01."""

from __future__ import annotations

from . import Answers


def alias(f, sr):
    f = f % sr
    return sr - f if f > sr / 2 else f


ANSWERS = {
    "01.3": Answers(
        solution=lambda given: alias,
        wrong={
            "no-folding": lambda given: lambda f, sr: f,
            "remainder-only": lambda given: lambda f, sr: f % sr,
            "clamped-to-nyquist": lambda given: lambda f, sr: min(f, sr // 2),
            "negative-frequency": lambda given: lambda f, sr: (f + sr / 2) % sr - sr / 2,
            "folded-once": lambda given: lambda f, sr: sr - f if f > sr / 2 else f,
            "different": lambda given: lambda f, sr: abs(sr / 2 - f),
        },
    ),
}
