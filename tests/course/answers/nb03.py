"""Answers to the exercises of notebook 03."""

from __future__ import annotations

import numpy as np
import scipy.special

from sonic_lab.models.wavenet import mu_law_encode

from . import Answers


def steps(y, mu):
    """Where the bent samples lie on the scale of symbols, before rounding."""
    return [(np.copysign(np.log(1 + mu * abs(v)), v) / np.log(1 + mu) + 1) * mu / 2 for v in y]


def surprises(chances, codes):
    return -np.log(np.take_along_axis(chances, codes[:, None].astype(int), axis=1)[:, 0])


def reach(kernel_size, depth, stacks):
    far = 1
    for _ in range(stacks):
        for layer in range(depth):
            far += (kernel_size - 1) * 2**layer
    return far


def told(given):
    return reach(given.kernel_size, given.depth, given.stacks)


def on_stretch(chances, luck):
    for symbol, end in enumerate(np.cumsum(chances)):
        if luck < end:
            return symbol
    return len(chances) - 1


def softmax(logits, temperature):
    return scipy.special.softmax(np.asarray(logits) / temperature)


ANSWERS = {
    "03.1": Answers(
        solution=lambda given: lambda y, mu: mu_law_encode(y, levels=mu + 1),
        wrong={
            "straight": lambda given: lambda y, mu: np.round((y + 1) / 2 * mu),
            "sign-lost": lambda given: lambda y, mu: np.round(steps(abs(y), mu)),
            "not-rounded": lambda given: steps,
            "cut-off": lambda given: lambda y, mu: np.array(steps(y, mu)).astype(int),
            "not-stretched": lambda given: lambda y, mu: np.round(np.array(steps(y, mu)) - mu / 2),
            "other-logarithm": lambda given: (
                lambda y, mu: np.round(
                    (np.array(steps(y, mu)) - mu / 2) / np.log(10) + mu / 2 + 1e-9
                )
            ),
            "wrong-shape": lambda given: lambda y, mu: 3,
        },
    ),
    "03.2": Answers(
        solution=lambda given: lambda p, c: np.mean(surprises(p, c)),
        wrong={
            "bits": lambda given: lambda p, c: np.mean(surprises(p, c)) / np.log(2),
            "sum": lambda given: lambda p, c: np.sum(surprises(p, c)),
            "entropy": lambda given: lambda p, c: np.mean([scipy.special.entr(r).sum() for r in p]),
            "mean-first": lambda given: lambda p, c: -np.log(np.mean(np.exp(-surprises(p, c)))),
            "likeliest": lambda given: lambda p, c: np.mean(surprises(p, p.argmax(axis=1))),
            "sign": lambda given: lambda p, c: -np.mean(surprises(p, c)),
            "different": lambda given: lambda p, c: np.median(surprises(p, c)) + 1,
        },
    ),
    "03.3": Answers(
        solution=lambda given: 1000 * told(given) / given.sr,
        wrong={
            "two-taps": lambda given: 1000 * reach(2, given.depth, given.stacks) / given.sr,
            "one-stack": lambda given: 1000 * reach(given.kernel_size, given.depth, 1) / given.sr,
            "not-dilated": lambda given: (
                1000 * (1 + given.stacks * given.depth * (given.kernel_size - 1)) / given.sr
            ),
            "multiplied": lambda given: (
                1000 * reach(given.kernel_size, given.depth, 1) ** given.stacks / given.sr
            ),
            "samples": told,
            "seconds": lambda given: told(given) / given.sr,
            "different": lambda given: 77 * told(given) / given.sr,
        },
    ),
    "03.4": Answers(
        solution=lambda given: lambda logits, heat, luck: on_stretch(softmax(logits, heat), luck),
        wrong={
            "likeliest": lambda given: lambda logits, heat, luck: logits.argmax(),
            "no-temperature": lambda given: (
                lambda logits, heat, luck: on_stretch(softmax(logits, 1), luck)
            ),
            "multiplied": lambda given: (
                lambda logits, heat, luck: on_stretch(softmax(logits, 1 / heat), luck)
            ),
            "sorted": lambda given: (
                lambda logits, heat, luck: on_stretch(-np.sort(-softmax(logits, heat)), luck)
            ),
            "one-too-far": lambda given: (
                lambda logits, heat, luck: on_stretch(softmax(logits, heat), luck) + 1
            ),
            "different": lambda given: lambda logits, heat, luck: -7,
        },
    ),
}
