"""Exercises of notebook 06, MusicGen in practice."""

from __future__ import annotations

import numpy as np

from ..answers import Case, Choice, Function, Number
from ..draw import Draw
from ..judging import Exercise, Mistake

# --- 06.1 how many steps ------------------------------------------------------------------------


def _staircase(draw: Draw) -> Case:
    return {
        "seconds": draw.choice([1, 2, 3]),
        "n_codebooks": draw.choice([4, 6, 8]),
        "frame_rate": draw.choice([50, 75]),
    }


STEPS = Exercise(
    id="06.1",
    title="How many steps?",
    question="A model says {n_codebooks} codebooks at {frame_rate} frames a second, each codebook "
    "one step later than the one before. How many steps does it take for {seconds} s of sound?",
    kind=Number(),
    given=_staircase,
    truth=lambda seconds, n_codebooks, frame_rate: seconds * frame_rate + n_codebooks - 1,
    praise="One step a frame, and a few more for the tail of the staircase. All the codebooks "
    "together cost hardly more than one of them: that is what the delay is for.",
    nudge="Draw the staircase. In which column does the first codebook say its last token, and "
    "in which does the last codebook?",
    mistakes=(
        Mistake(
            "no-tail",
            "That is when the *first* codebook is through. The last one has yet to finish.",
            like=lambda seconds, n_codebooks, frame_rate: seconds * frame_rate,
        ),
        Mistake(
            "flattened",
            "That would be one token after the other, in a single row. A step of this model "
            "chooses a token for every codebook at once.",
            like=lambda seconds, n_codebooks, frame_rate: seconds * frame_rate * n_codebooks,
        ),
        Mistake(
            "one-too-many",
            "Nearly. The first codebook is not late at all, so the last one is late by one step "
            "less than there are codebooks.",
            like=lambda seconds, n_codebooks, frame_rate: seconds * frame_rate + n_codebooks,
        ),
        Mistake(
            "seconds",
            "The model does not count seconds but frames of the codec.",
            like=lambda seconds, n_codebooks, frame_rate: seconds + n_codebooks - 1,
        ),
    ),
)

# --- 06.2 the nucleus ---------------------------------------------------------------------------


def _odds(draw: Draw) -> list[Case]:
    return [_case(draw, p) for p in (0.9, 0.5, draw.choice([0.6, 0.7, 0.8]))]


def _case(draw: Draw, p: float) -> Case:
    """Draw odds in which the nucleus is some of the tokens, and ends at no hair's breadth of p."""
    while True:
        odds = np.exp(2 * draw.noise(7))
        odds = np.round(odds / odds.sum(), 3)
        odds[odds.argmax()] += 1 - odds.sum()
        reached = np.cumsum(np.sort(odds)[::-1])
        inside = int((reached < p).sum()) + 1
        if np.abs(reached - p).min() > 0.01 and 2 <= inside <= 5:
            return {"odds": np.round(odds, 3), "p": p}


def _kept(odds: np.ndarray, p: float) -> np.ndarray:
    """Say which tokens lie in the nucleus: those whose likelier ones have not reached p."""
    order = np.argsort(-odds)
    kept = np.zeros(len(odds), dtype=bool)
    kept[order] = np.cumsum(odds[order]) - odds[order] < p
    return kept


def _nucleus(odds: np.ndarray, p: float) -> np.ndarray:
    inside = odds * _kept(odds, p)
    return inside / inside.sum()


def _too_few(odds: np.ndarray, p: float) -> np.ndarray:
    """Leave out the token that crosses p."""
    inside = _kept(odds, p)
    inside &= odds > odds[inside].min()
    return odds * inside / (odds * inside).sum()


def _from_below(odds: np.ndarray, p: float) -> np.ndarray:
    """Add up from the least likely token."""
    order = np.argsort(odds)
    inside = np.zeros(len(odds))
    inside[order] = odds[order] * (np.cumsum(odds[order]) - odds[order] < p)
    return inside / inside.sum()


NUCLEUS = Exercise(
    id="06.2",
    title="The nucleus",
    question="Write `nucleus(odds, p)`. It gets the probabilities of some tokens, in no "
    "particular order, and returns the probabilities to draw from under top-p: the likeliest "
    "tokens keep theirs, as few of them as reach `p` together, all others get 0, and what is "
    "left is made to sum to 1. Every token stays in its place.",
    kind=Function("nucleus(odds, p)"),
    given=_odds,
    truth=_nucleus,
    praise="Where the model is sure, a token or two are left; where it is not, many. Top-k leaves "
    "as many in either case, and that is the whole difference.",
    nudge="Sort them, the likeliest first, and add them up as you go. Where do you pass `p`?",
    mistakes=(
        Mistake(
            "no-whole",
            "The right tokens, but their odds no longer sum to 1, and one cannot draw from that.",
            like=lambda odds, p: odds * _kept(odds, p),
        ),
        Mistake(
            "too-few",
            "Together yours do not reach `p`: the token that crosses the line belongs to them.",
            like=_too_few,
        ),
        Mistake(
            "out-of-place",
            "Sorted odds no longer say which token they are of. Put each back in its place.",
            like=lambda odds, p: np.sort(_nucleus(odds, p))[::-1],
        ),
        Mistake(
            "unlikely-ones",
            "You have kept the least likely ones. Sort the other way round.",
            like=_from_below,
        ),
        Mistake(
            "nothing-cut",
            "That leaves every token in the draw.",
            like=lambda odds, p: odds,
        ),
    ),
    rtol=1e-4,
    atol=1e-6,
)

# --- 06.3 the limit of memory -------------------------------------------------------------------


def _machine(draw: Draw) -> Case:
    return {
        "millions": draw.choice([340, 1300, 2700]),
        "bits": draw.choice([16, 8]),
        "gigabytes": draw.choice([24, 40, 320, 960]),
    }


def _limit(millions: int, bits: int, gigabytes: int) -> float:
    return gigabytes * 1e9 / (millions * 1e6 * bits / 8)


LIMIT = Exercise(
    id="06.3",
    title="As fast as memory",
    question="A decoder has {millions} million numbers of {bits} bits. Every step reads all of "
    "them from memory, which gives {gigabytes} GB (10⁹ bytes) a second. At most how many steps a "
    "second can it take, however fast it computes?",
    kind=Number(),
    given=_machine,
    truth=_limit,
    praise="Divide by 50 and you have how many times faster than real time it can be. No "
    "cleverness in the arithmetic gets past this line; only smaller numbers, or several prompts "
    "that share one reading, do.",
    nudge="How many bytes are read in one step?",
    mistakes=(
        Mistake(
            "bits-for-bytes",
            "Memory is counted in bytes, and a byte has eight bits.",
            like=lambda millions, bits, gigabytes: _limit(millions, bits, gigabytes) / 8,
        ),
        Mistake(
            "upside-down",
            "That is how long one step takes, in seconds.",
            like=lambda millions, bits, gigabytes: 1 / _limit(millions, bits, gigabytes),
        ),
        Mistake(
            "thousands",
            "You are off by a thousand: a giga is a thousand millions.",
            like=lambda millions, bits, gigabytes: _limit(millions, bits, gigabytes) / 1000,
        ),
        Mistake(
            "real-time",
            "That is how many times faster than real time, at 50 steps a second of sound. The "
            "question is for the steps.",
            like=lambda millions, bits, gigabytes: _limit(millions, bits, gigabytes) / 50,
        ),
    ),
)

# --- 06.4 whose music ---------------------------------------------------------------------------

_LECTURE = "a free lecture"
_ADVERT = "an advertisement"
_OWN = "your copyright"
_NOBODY = "no use at all"
_OPEN = "anything"

WHOSE = Exercise(
    id="06.4",
    title="Whose music is it?",
    question="You make a clip with `facebook/musicgen-small`, whose code is MIT and whose weights "
    "are {licence}, and you name Meta. Which of these does that give you, beyond dispute?",
    kind=Choice((_LECTURE, _ADVERT, _OWN, _NOBODY, _OPEN)),
    given=lambda draw: {"licence": draw.choice(["CC BY-NC 4.0", "CC-BY-NC-4.0"])},
    truth=lambda licence: _LECTURE,
    praise="BY: name the maker. NC: no commercial use. Whether a licence for weights reaches what "
    "comes out of them is disputed, and so is who, if anybody, is the author. So the record of "
    "every take carries the licence, and the cautious reading is the one to plan with.",
    nudge="Spell out the letters: BY is for *by whom*, and NC is for what?",
    mistakes=(
        Mistake(
            "advert",
            "NC stands for *non-commercial*. Whether it reaches the output is disputed, so there "
            "is no confidence in that.",
            like=lambda licence: _ADVERT,
        ),
        Mistake(
            "owner",
            "Several copyright offices protect only what a human being has shaped, and doubt that "
            "a prompt is enough. It may be that nobody is the author.",
            like=lambda licence: _OWN,
        ),
        Mistake(
            "nothing",
            "The licence asks for a name and forbids commerce. The rest it allows.",
            like=lambda licence: _NOBODY,
        ),
        Mistake(
            "code-for-weights",
            "Code and weights are two works with two licences. Without the weights, the code is "
            "silent.",
            like=lambda licence: _OPEN,
        ),
    ),
)

EXERCISES = (STEPS, NUCLEUS, LIMIT, WHOSE)
