"""Answers to the exercises of notebook 06."""

from __future__ import annotations

from . import Answers


def frames(given):
    return given.seconds * given.frame_rate


def guide(guided, unguided, weight):
    return (1 - weight) * unguided + weight * guided


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
        solution=lambda given: guide,
        wrong={
            "from-the-guided": lambda given: lambda g, u, weight: g + weight * (g - u),
            "swapped": lambda given: lambda g, u, weight: guide(u, g, weight),
            "louder": lambda given: lambda g, u, weight: g * weight,
            "average": lambda given: lambda g, u, weight: (g * weight + u) / (1 + weight),
            "difference-only": lambda given: lambda g, u, weight: (g - u) * weight,
            "wrong-shape": lambda given: lambda g, u, weight: guide(g, u, weight)[:3],
            "different": lambda given: lambda g, u, weight: guide(g, u, weight) ** 2,
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
