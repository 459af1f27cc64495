"""Answers to the exercises of notebook 10."""

from __future__ import annotations

import numpy as np
import scipy.stats

from . import Answers


def samples(given):
    return given.needed**2 * 10 ** (given.below_db / 10)


def hoeffding(score):
    return np.exp(-0.5 * score * score)


def read_bits(said, owner):
    return [int(said[owner == bit].sum() > 0) for bit in range(owner.max() + 1)]


def count_heads(said, owner):
    return [int((said[owner == b] > 0).sum() > (owner == b).sum() / 2) for b in range(8)]


def by_guessing(right, rounds):
    return scipy.stats.binom.sf(right - 1, rounds, 0.5)


ANSWERS = {
    "10.1": Answers(
        solution=lambda given: samples(given) / given.sr,
        wrong={
            "samples": samples,
            "power-for-amplitude": lambda given: (
                (given.needed * 10 ** (given.below_db / 10)) ** 2 / given.sr
            ),
            "not-squared": lambda given: np.sqrt(samples(given)) / given.sr,
            "score-not-squared": lambda given: samples(given) / given.needed / given.sr,
            "upside-down": lambda given: (
                (given.needed * 10 ** (-given.below_db / 20)) ** 2 / given.sr
            ),
            "different": lambda given: samples(given) / given.sr * 2,
        },
    ),
    "10.2": Answers(
        solution=lambda given: lambda score, tries: min(1, tries * hoeffding(score)),
        wrong={
            "tries-forgotten": lambda given: lambda score, tries: hoeffding(score),
            "past-one": lambda given: lambda score, tries: tries * hoeffding(score),
            "independent": lambda given: (
                lambda score, tries: -np.expm1(tries * np.log1p(-hoeffding(score)))
            ),
            "not-halved": lambda given: (
                lambda score, tries: min(1, tries * hoeffding(score * np.sqrt(2)))
            ),
            "not-squared": lambda given: lambda score, tries: min(1, tries * np.exp(-score / 2)),
            "divided": lambda given: lambda score, tries: hoeffding(score) / tries,
            "different": lambda given: (
                lambda score, tries: min(1, tries * scipy.stats.norm.sf(score))
            ),
        },
    ),
    "10.3": Answers(
        solution=lambda given: read_bits,
        wrong={
            "inverted": lambda given: lambda s, o: 1 - np.array(read_bits(s, o)),
            "head-count": lambda given: count_heads,
            "signs": lambda given: lambda s, o: 2 * np.array(read_bits(s, o)) - 1,
            "last-bit-first": lambda given: lambda s, o: read_bits(s, o)[::-1],
            "sums": lambda given: lambda s, o: [s[o == b].sum() for b in range(8)],
            "wrong-shape": lambda given: lambda s, o: int(s.sum() > 0) * np.ones(9),
            "different": lambda given: lambda s, o: np.ones(8),
        },
    ),
    "10.4": Answers(
        solution=lambda given: by_guessing,
        wrong={
            "exactly": lambda given: lambda k, n: scipy.stats.binom.pmf(k, n, 0.5),
            "more-than": lambda given: lambda k, n: scipy.stats.binom.sf(k, n, 0.5),
            "at-most": lambda given: lambda k, n: scipy.stats.binom.cdf(k, n, 0.5),
            "one-way-only": lambda given: lambda k, n: 2.0**-k,
            "share": lambda given: lambda k, n: k / n,
            "both-tails": lambda given: lambda k, n: min(1, 2 * by_guessing(k, n)),
            "different": lambda given: lambda k, n: scipy.stats.norm.sf((k - n / 2) / (n**0.5 / 2)),
        },
    ),
}
