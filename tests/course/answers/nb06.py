"""Answers to the exercises of notebook 06."""

from __future__ import annotations

import numpy as np

from . import Answers


def frames(given):
    return given.seconds * given.frame_rate


def inside(odds, p, *, least_first=False):
    """Walk from token to token until p is reached."""
    kept, total = np.zeros(len(odds)), 0.0
    for i in sorted(range(len(odds)), key=lambda i: odds[i], reverse=not least_first):
        if total >= p:
            break
        kept[i] = odds[i]
        total += odds[i]
    return kept


def nucleus(odds, p, *, least_first=False):
    kept = inside(odds, p, least_first=least_first)
    return kept / kept.sum()


def without_the_last(odds, p):
    kept = inside(odds, p)
    kept[kept == kept[kept > 0].min()] = 0
    return kept / kept.sum()


def bytes_a_step(given):
    return given.millions * 1e6 * (given.bits // 8)


def steps_a_second(given):
    return 1e9 * given.gigabytes / bytes_a_step(given)


ANSWERS = {
    "06.1": Answers(
        solution=lambda given: frames(given) + given.n_codebooks - 1,
        wrong={
            "no-tail": frames,
            "flattened": lambda given: frames(given) * given.n_codebooks,
            "one-too-many": lambda given: frames(given) + given.n_codebooks,
            "seconds": lambda given: given.seconds + given.n_codebooks - 1,
            "different": lambda given: frames(given) // 2,
        },
    ),
    "06.2": Answers(
        solution=lambda given: nucleus,
        wrong={
            "no-whole": lambda given: inside,
            "too-few": lambda given: without_the_last,
            "out-of-place": lambda given: lambda odds, p: sorted(nucleus(odds, p), reverse=True),
            "unlikely-ones": lambda given: lambda odds, p: nucleus(odds, p, least_first=True),
            "nothing-cut": lambda given: lambda odds, p: odds,
            "wrong-shape": lambda given: lambda odds, p: nucleus(odds, p)[:3],
            "different": lambda given: lambda odds, p: nucleus(odds, p) ** 2,
        },
    ),
    "06.3": Answers(
        solution=steps_a_second,
        wrong={
            "bits-for-bytes": lambda given: steps_a_second(given) / 8,
            "upside-down": lambda given: 1 / steps_a_second(given),
            "thousands": lambda given: steps_a_second(given) / 1000,
            "real-time": lambda given: steps_a_second(given) / 50,
            "different": lambda given: 3 * steps_a_second(given),
        },
    ),
    "06.4": Answers(
        solution=lambda given: "A free lecture",
        wrong={
            "advert": lambda given: "an advertisement",
            "owner": lambda given: "your copyright",
            "nothing": lambda given: "no use at all",
            "code-for-weights": lambda given: "anything",
        },
    ),
}
