"""Exercises of notebook 05, Transformers over tokens."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..answers import Case, Function, Number
from ..draw import Draw
from ..judging import Exercise, Mistake

# --- 05.1 attention that cannot look ahead ------------------------------------------------------


def _queries(draw: Draw) -> list[Case]:
    return [_query(draw, n_steps, width) for n_steps, width in ((4, 2), (6, 16), (3, 9))]


def _query(draw: Draw, n_steps: int, width: int) -> Case:
    q, k, v = (
        np.array([[draw.uniform(-2, 2, digits=2) for _ in range(width)] for _ in range(n_steps)])
        for _ in range(3)
    )
    return {"q": q, "k": k, "v": v}


def _softmax(scores: np.ndarray, axis: int = -1) -> np.ndarray:
    raised = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return raised / raised.sum(axis=axis, keepdims=True)


def _past(q: np.ndarray, k: np.ndarray, *, scale: float | None = None, own: int = 0) -> np.ndarray:
    scores = q @ k.T / (np.sqrt(q.shape[1]) if scale is None else scale)
    seen = np.tri(len(q), k=own, dtype=bool)
    seen[0, 0] = True  # the first step always has itself
    return np.where(seen, scores, -1e30)


def _attend(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> np.ndarray:
    return _softmax(_past(q, k)) @ v


ATTENTION = Exercise(
    id="05.1",
    title="Attention that cannot look ahead",
    question="Write `attend(q, k, v)`: each step t asks with q[t], compares with the keys of the "
    "steps up to and including its own, and returns the mean of their values, weighted by the "
    "softmax of q·k / √width. Arrays of shape (steps, width) in, the same shape out.",
    kind=Function("attend(q, k, v)"),
    given=_queries,
    truth=_attend,
    praise="Three lines, and they are the heart of every language model there is. The rest is "
    "stacking.",
    nudge="Scores are q @ k.T / √width, one row a step. Put −∞ where the key is later than the "
    "query, take the softmax along each row, and multiply by v.",
    mistakes=(
        Mistake(
            "looks-ahead",
            "Every step sees all the others, the future too. In training it would copy the answer.",
            like=lambda q, k, v: _softmax(q @ k.T / np.sqrt(q.shape[1])) @ v,
        ),
        Mistake(
            "not-scaled",
            "Without the division by √width the scores grow with the width, and the softmax "
            "listens to one step only.",
            like=lambda q, k, v: _softmax(_past(q, k, scale=1.0)) @ v,
        ),
        Mistake(
            "divided-by-width",
            "A sum of n products grows with √n, not with n.",
            like=lambda q, k, v: _softmax(_past(q, k, scale=float(q.shape[1]))) @ v,
        ),
        Mistake(
            "masked-too-late",
            "The weights of a step must add up to 1. Hide the future *before* the softmax: what "
            "is set to 0 after it has already taken its share.",
            like=lambda q, k, v: np.tril(_softmax(q @ k.T / np.sqrt(q.shape[1]))) @ v,
        ),
        Mistake(
            "not-itself",
            "A step may look at itself: that is where the newest token is.",
            like=lambda q, k, v: _softmax(_past(q, k, own=-1)) @ v,
        ),
        Mistake(
            "columns",
            "The softmax runs along the keys, so that each query's weights add up to 1.",
            like=lambda q, k, v: _softmax(_past(q, k), axis=0) @ v,
        ),
        Mistake(
            "backwards",
            "You hide the past and keep the future.",
            like=lambda q, k, v: _attend(q[::-1], k[::-1], v[::-1])[::-1],
        ),
    ),
    rtol=1e-4,  # float32 is right too
    atol=1e-5,
)

# --- 05.2 the staircase -------------------------------------------------------------------------


def _codes(draw: Draw) -> list[Case]:
    return [
        {
            "codes": np.array([[draw.integer(0, 99) for _ in range(T)] for _ in range(K)]),
            "pad": 1000,
        }
        for K, T in ((2, 5), (4, 6), (3, 2))
    ]


def _stairs(codes: np.ndarray, pad: int, *, step: int = 1, first: int = 0) -> np.ndarray:
    K, T = codes.shape
    stairs = np.full((K, T + step * (K - 1) + first), pad)
    for k in range(K):
        stairs[k, first + step * k : first + step * k + T] = codes[k]
    return stairs


def _cut(codes: np.ndarray, pad: int) -> np.ndarray:
    return _stairs(codes, pad)[:, : codes.shape[1]]


STAIRS = Exercise(
    id="05.2",
    title="The staircase",
    question="Write `delay(codes, pad)`: codes of shape (K, T) come back as (K, T + K − 1), "
    "codebook k beginning k steps late, and `pad` in every hole.",
    kind=Function("delay(codes, pad)"),
    given=_codes,
    truth=_stairs,
    praise="K tokens a step, and still each is drawn after the coarser ones of its frame.",
    nudge="Fill an array of the new shape with `pad`, then write row k from column k on.",
    mistakes=(
        Mistake(
            "cut-short",
            "The last tokens of the later codebooks fell off: the staircase is K − 1 steps longer.",
            like=_cut,
        ),
        Mistake(
            "wrong-way",
            "The first codebook is the coarsest and must come first: the others know it then.",
            like=lambda codes, pad: _stairs(codes[::-1], pad)[::-1],
        ),
        Mistake(
            "one-too-late",
            "Codebook 0 begins at once.",
            like=lambda codes, pad: _stairs(codes, pad, first=1),
        ),
        Mistake(
            "zeros",
            "The holes hold `pad`. 0 is a token like any other, and a model could not tell them.",
            like=lambda codes, pad: _stairs(codes, 0),
        ),
    ),
)

# --- 05.3 guidance ------------------------------------------------------------------------------


def _guesses(draw: Draw) -> list[Case]:
    return [
        {
            "told": np.array([draw.uniform(-4, 4, digits=2) for _ in range(6)]),
            "untold": np.array([draw.uniform(-4, 4, digits=2) for _ in range(6)]),
            "scale": scale,
        }
        for scale in (1.0, 3.0, draw.uniform(1.5, 5, digits=1))
    ]


def _guide(told: np.ndarray, untold: np.ndarray, scale: float) -> np.ndarray:
    return untold + scale * (told - untold)


GUIDANCE = Exercise(
    id="05.3",
    title="Say it louder",
    question="Write `guide(told, untold, scale)`: the logits of a step, from those with the "
    "prompt and those without it. A scale of 1 gives those with the prompt, 0 those without, and "
    "3 goes three times as far from one towards the other.",
    kind=Function("guide(told, untold, scale)"),
    given=_guesses,
    truth=_guide,
    praise="What the prompt changes, exaggerated. It costs a second look at every step, and "
    "nothing else in this notebook buys so much obedience.",
    nudge="Start where there is no prompt, and go `scale` times the way to where there is one.",
    mistakes=(
        Mistake(
            "one-too-far",
            "With a scale of 1 nothing may be exaggerated yet: you start at the wrong end.",
            like=lambda told, untold, scale: told + scale * (told - untold),
        ),
        Mistake(
            "other-way",
            "That goes away from the prompt.",
            like=lambda told, untold, scale: told + scale * (untold - told),
        ),
        Mistake(
            "only-louder",
            "Multiplying all logits is a lower temperature. What counts is the difference that "
            "the prompt makes.",
            like=lambda told, untold, scale: scale * told,
        ),
        Mistake(
            "no-start",
            "The difference alone forgets what the model thinks of music in general.",
            like=lambda told, untold, scale: scale * (told - untold),
        ),
    ),
    rtol=1e-4,
    atol=1e-6,
)

# --- 05.4 the chance of a token -----------------------------------------------------------------


def _step(draw: Draw) -> Case:
    """Draw a step in which all the mistakes that are known give answers 5 % apart."""
    while True:
        case: Case = {
            "logits": sorted((draw.uniform(0, 2.5, digits=1) for _ in range(6)), reverse=True),
            "temperature": draw.choice([0.5, 0.7, 1.5, 2.0]),
            "k": draw.choice([3, 4]),
        }
        slips = [m.like(**case) for m in SAMPLING.mistakes if m.like is not None]
        apart = np.diff(np.log(sorted([_chance(**case), *slips])))
        tie = len(set(case["logits"])) < 6  # at the edge of the top k it would have two answers
        if not tie and apart.min() > 0.05:
            return case


def _chance(
    logits: Any, temperature: float, k: int, *, keep: int | None = None, hot: bool = False
) -> float:
    scaled = np.array(logits) * (temperature if hot else 1 / temperature)
    return float(_softmax(scaled[: keep or k])[1])


SAMPLING = Exercise(
    id="05.4",
    title="The chance of the runner-up",
    question="Six tokens have the logits {logits}. With a temperature of {temperature} and "
    "top-k of {k}, what is the chance, from 0 to 1, that the *second* likeliest is drawn?",
    kind=Number(),
    given=_step,
    truth=_chance,
    praise="A temperature reshapes the distribution, top-k cuts its tail off. The order of the two "
    "makes no difference; can you say why?",
    nudge="Divide the logits by the temperature, keep the k largest, take the softmax of those.",
    mistakes=(
        Mistake(
            "not-cut",
            "You shared the chance among all six. Only the first few are left, and their chances "
            "must add up to 1.",
            like=lambda logits, temperature, k: _chance(logits, temperature, k, keep=6),
        ),
        Mistake(
            "temperature-forgotten",
            "That is at a temperature of 1.",
            like=lambda logits, temperature, k: _chance(logits, 1.0, k),
        ),
        Mistake(
            "temperature-upside-down",
            "Logits are divided by the temperature: a hot one makes them alike.",
            like=lambda logits, temperature, k: _chance(logits, temperature, k, hot=True),
        ),
        Mistake(
            "the-likeliest",
            "That is the chance of the likeliest. The runner-up is asked for.",
            like=lambda logits, temperature, k: float(
                _softmax(np.array(logits)[:k] / temperature)[0]
            ),
        ),
        Mistake("percent", "From 0 to 1, not in percent.",
                like=lambda logits, temperature, k: 100 * _chance(logits, temperature, k)),
    ),
    rtol=0.02,  # an answer rounded to two digits is right
)  # fmt: skip

EXERCISES = (ATTENTION, STAIRS, GUIDANCE, SAMPLING)
