"""Exercises of notebook 10, from a hum to a key."""

from __future__ import annotations

from math import comb

import numpy as np

from ..answers import Case, Function, Number
from ..draw import Draw
from ..judging import Exercise, Mistake

# --- 10.1 how long must the sound be ------------------------------------------------------------


def _faint(draw: Draw) -> Case:
    return {
        "below_db": draw.choice([36, 38, 42, 44, 46]),
        "sr": draw.choice([16000, 22050, 44100]),
        "needed": draw.uniform(5.3, 7.5, digits=1),
    }


def _seconds(below_db: float, sr: int, needed: float) -> float:
    return (needed * 10 ** (below_db / 20)) ** 2 / sr


LENGTH = Exercise(
    id="10.1",
    title="How long until it is certain?",
    question="A keyed pattern of ±1 lies {below_db} dB below a sound at {sr} Hz, and nothing is "
    "whitened. How many seconds does it take until the score is expected to reach {needed}?",
    kind=Number("seconds"),
    given=_faint,
    truth=_seconds,
    praise="The score grows with the root of the length: faint marks need long sounds, and each "
    "6 dB fainter makes it four times as long. That is what whitening is worth.",
    nudge="The expected score is 10^(-d/20) times the root of the number of samples. Solve that "
    "for the number of samples, and turn it into seconds.",
    mistakes=(
        Mistake(
            "samples",
            "That is the number of samples. How long do they last?",
            like=lambda below_db, sr, needed: _seconds(below_db, sr, needed) * sr,
        ),
        Mistake(
            "power-for-amplitude",
            "You took d/10, the rule for power. The score goes with the mark's amplitude.",
            like=lambda below_db, sr, needed: _seconds(2 * below_db, sr, needed),
        ),
        Mistake(
            "not-squared",
            "The score grows with the *root* of the number of samples, so that number is a square.",
            like=lambda below_db, sr, needed: needed * 10 ** (below_db / 20) / sr,
        ),
        Mistake(
            "score-not-squared",
            "The mark's ratio is squared here, and the score is not. Both belong in the square.",
            like=lambda below_db, sr, needed: needed * 10 ** (below_db / 10) / sr,
        ),
        Mistake(
            "upside-down",
            "Less than a sample: a fainter mark needs a longer sound, and yours gets shorter.",
            like=lambda below_db, sr, needed: _seconds(-below_db, sr, needed),
        ),
    ),
    rtol=0.02,  # an answer rounded to two digits is right
)

# --- 10.2 the price of trying -------------------------------------------------------------------


def _scores(draw: Draw) -> list[Case]:
    """Draw scores for which the bound is tiny, moderate, and past 1."""
    return [
        {"score": draw.uniform(8, 10, digits=2), "tries": draw.integer(1000, 200_000)},
        {"score": draw.uniform(4.2, 4.5, digits=2), "tries": draw.integer(3000, 4500)},
        {"score": draw.uniform(2, 3, digits=2), "tries": draw.integer(1000, 9000)},
    ]


def _bound(score: float, tries: int) -> float:
    return min(1.0, tries * float(np.exp(-(score**2) / 2)))


def _independent(score: float, tries: int) -> float:
    return float(-np.expm1(tries * np.log1p(-np.exp(-(score**2) / 2))))


TRIES = Exercise(
    id="10.2",
    title="The price of trying",
    question="Write `p_value(score, tries)`: a bound on the chance that the best of `tries` "
    "scores of wrong keys reaches `score`, by Hoeffding's bound for each and the union bound for "
    "all of them, and never above 1.",
    kind=Function("p_value(score, tries)"),
    given=_scores,
    truth=_bound,
    praise="No assumption was made about how the tries hang together, which is why it holds: "
    "neighbouring offsets score alike, and the union bound does not mind.",
    nudge="One score passes with at most exp(-z²/2). Any of several passes with at most the sum.",
    mistakes=(
        Mistake(
            "tries-forgotten",
            "This is the bound for a single score. Who looked in many places must pay for each.",
            like=lambda score, tries: np.exp(-(score**2) / 2),
        ),
        Mistake(
            "past-one",
            "Right where the chance is small. But one of them is larger than 1, and that is no "
            "probability.",
            like=lambda score, tries: tries * np.exp(-(score**2) / 2),
        ),
        Mistake(
            "independent",
            "That would be exact if the tries were independent. Scores at neighbouring offsets "
            "are not, and a bound must hold however they hang together.",
            like=_independent,
        ),
        Mistake(
            "not-halved",
            "Hoeffding's exponent is half of the square.",
            like=lambda score, tries: min(1.0, tries * np.exp(-(score**2))),
        ),
        Mistake(
            "not-squared",
            "In the exponent stands the square of the score, halved.",
            like=lambda score, tries: min(1.0, tries * np.exp(-score / 2)),
        ),
        Mistake(
            "divided",
            "You divided by the number of tries. More tries make luck easier, so the p-value must "
            "grow with them.",
            like=lambda score, tries: np.exp(-(score**2) / 2) / tries,
        ),
    ),
    rtol=1e-3,
    atol=0,  # the smallest answers are about 1e-15
)

# --- 10.3 the payload ---------------------------------------------------------------------------

_N_BITS = 8


def _ballots(draw: Draw) -> list[Case]:
    """Draw tiles whose sum and whose head count disagree for some bits, so the two can be told."""
    return [_ballot(draw) for _ in range(3)]


def _ballot(draw: Draw) -> Case:
    bits = np.array(draw.shuffled([0, 0, 0, 1, 1, 1, 1, 0]))
    if (bits == bits[::-1]).all():
        bits[:2] = 1 - bits[:2]
    said, owner = [], []
    for bit in range(_N_BITS):
        meant = 2 * bits[bit] - 1
        many_weak = bit % 3 == 0  # three faint voices against one loud one, which is right
        leaning = [-0.2, -0.2, -0.2, 1.5] if many_weak else [0.9, 0.7, 0.8, -0.3]
        said += [meant * lean * draw.uniform(0.8, 1.2) for lean in leaning]
        owner += [bit] * len(leaning)
    order = np.argsort(draw.noise(len(said)))
    return {"said": np.round(np.array(said)[order], 4), "owner": np.array(owner)[order]}


def _sums(said: np.ndarray, owner: np.ndarray) -> np.ndarray:
    return np.bincount(owner, weights=said, minlength=_N_BITS)


BITS = Exercise(
    id="10.3",
    title="A message by vote",
    question="Write `read_bits(said, owner)`. `said[i]` is how far tile i leans (positive: towards "
    "1), `owner[i]` the number of the bit it speaks for. Return an array of 0 and 1, one value a "
    "bit, bit 0 first: 1 where the tiles of that bit sum to more than 0.",
    kind=Function("read_bits(said, owner)"),
    given=_ballots,
    truth=lambda said, owner: (_sums(said, owner) > 0).astype(int),
    praise="Each bit is a small watermark of its own, with the score of the tiles it owns. Twice "
    "the bits leave half the tiles for each, which is the price of a longer message.",
    nudge="For each bit, sum `said` over the tiles it owns. `np.bincount` does it for all at once.",
    mistakes=(
        Mistake(
            "inverted",
            "Every bit is turned over: positive sums mean 1.",
            like=lambda said, owner: (_sums(said, owner) < 0).astype(int),
        ),
        Mistake(
            "head-count",
            "You counted how many tiles lean each way. A tile that leans far knows more than one "
            "that hardly leans: add up how far.",
            like=lambda said, owner: (_sums(np.sign(said), owner) > 0).astype(int),
        ),
        Mistake(
            "signs",
            "These are +1 and -1. Bits are 1 and 0.",
            like=lambda said, owner: np.sign(_sums(said, owner)),
        ),
        Mistake(
            "last-bit-first",
            "The order is reversed: bit 0 comes first.",
            like=lambda said, owner: (_sums(said, owner) > 0).astype(int)[::-1],
        ),
        Mistake(
            "sums",
            "These are the sums. A bit asks only whether its sum is above 0.",
            like=_sums,
        ),
    ),
    rtol=0,
    atol=1e-9,
)

# --- 10.4 by guessing ---------------------------------------------------------------------------


def _listeners(draw: Draw) -> list[Case]:
    return [
        {"right": draw.integer(low, high), "rounds": rounds}
        for rounds, low, high in ((10, 7, 9), (16, 10, 14), (25, 13, 20))
    ]


def _at_least(right: int, rounds: int) -> float:
    return sum(comb(rounds, k) for k in range(right, rounds + 1)) / 2**rounds


GUESSING = Exercise(
    id="10.4",
    title="As well by guessing",
    question="Write `by_guessing(right, rounds)`: the chance that somebody who tosses a coin in "
    "each of `rounds` rounds is right at least `right` times.",
    kind=Function("by_guessing(right, rounds)"),
    given=_listeners,
    truth=_at_least,
    praise="The p-value of an ABX test, exact and without a bell curve. It is small where "
    "guessing is a poor explanation, and it never says how well somebody hears.",
    nudge="Out of 2^n equally likely rows of answers, how many have that many right, or more? "
    "`math.comb` counts them for one number.",
    mistakes=(
        Mistake(
            "exactly",
            "That is the chance of exactly so many. More would be at least as impressive, and "
            "must be counted too.",
            like=lambda right, rounds: comb(rounds, right) / 2**rounds,
        ),
        Mistake(
            "more-than",
            "That is the chance of *more* right answers. As many count too.",
            like=lambda right, rounds: _at_least(right + 1, rounds),
        ),
        Mistake(
            "at-most",
            "That is the other tail: the chance of at most so many.",
            like=lambda right, rounds: 1 - _at_least(right + 1, rounds),
        ),
        Mistake(
            "one-way-only",
            "That is the chance that these very rounds are right. Which ones they are does not "
            "matter, and there are many ways.",
            like=lambda right, rounds: 0.5**right,
        ),
        Mistake(
            "share",
            "That is the share of right answers. The question is how often luck does as well.",
            like=lambda right, rounds: right / rounds,
        ),
        Mistake(
            "both-tails",
            "You counted both tails. Being wrong unusually often is not hearing it.",
            like=lambda right, rounds: min(1.0, 2 * _at_least(right, rounds)),
        ),
    ),
    atol=1e-7,  # 24 of 25 would be about 1e-6
)

EXERCISES = (LENGTH, TRIES, BITS, GUESSING)
