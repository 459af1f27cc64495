"""Exercises of notebook 03, WaveNet, one sample at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..answers import Case, Function, Number
from ..draw import Draw
from ..judging import Exercise, Mistake

# --- 03.1 bend, then round ----------------------------------------------------------------------


def _samples(draw: Draw) -> list[Case]:
    """Draw samples loud and quiet, of both signs, and none on the edge between two symbols."""
    quiet = [draw.uniform(0.001, 0.03, digits=5) for _ in range(6)]
    loud = [draw.uniform(0.1, 0.95, digits=4) for _ in range(6)]
    y = np.array([*quiet, *(-q for q in quiet), *loud, *(-one for one in loud), 0.0, 1.0, -1.0])
    return [{"y": y[np.abs(_steps(y, mu) % 1 - 0.5) > 1e-3], "mu": mu} for mu in (255, 15)]


def _bent(y: np.ndarray, mu: int) -> np.ndarray:
    return np.sign(y) * np.log1p(mu * np.abs(y)) / np.log1p(mu)


def _steps(y: np.ndarray, mu: int) -> np.ndarray:
    return (_bent(y, mu) + 1) / 2 * mu


MU_LAW = Exercise(
    id="03.1",
    title="Bend, then round",
    question="Write `encode(y, mu)`. Bend each sample by F(y) = sign(y) ln(1 + mu |y|) / ln(1 + mu)"
    ", which lies between -1 and 1, stretch that to 0 ... mu, and round to the nearest whole "
    "number.",
    kind=Function("encode(y, mu)"),
    given=_samples,
    truth=lambda y, mu: np.floor(_steps(y, mu) + 0.5),
    praise="A telephone's way to spend eight bits since 1972, and WaveNet's: fine steps where "
    "sounds are most of the time, coarse ones where they are loud and cover their own noise.",
    nudge="Three steps: bend, move and stretch from [-1, 1] to [0, mu], round.",
    mistakes=(
        Mistake(
            "straight",
            "These are the symbols of a straight scale: the bend is missing.",
            like=lambda y, mu: np.floor((y + 1) / 2 * mu + 0.5),
        ),
        Mistake(
            "sign-lost",
            "Loud negative samples have become loud positive ones: the logarithm is of |y|, and "
            "the sign must come back after it.",
            like=lambda y, mu: np.floor((np.abs(_bent(y, mu)) + 1) / 2 * mu + 0.5),
        ),
        Mistake(
            "not-rounded",
            "Right up to the last step: symbols are whole numbers.",
            like=_steps,
        ),
        Mistake(
            "cut-off",
            "The fraction is cut off here. The nearest whole number may lie above.",
            like=lambda y, mu: np.floor(_steps(y, mu)),
        ),
        Mistake(
            "not-stretched",
            "These go from -mu/2 to mu/2 or so. Symbols begin at 0: add 1 first, then stretch.",
            like=lambda y, mu: np.round(_bent(y, mu) * mu / 2),
        ),
        Mistake(
            "other-logarithm",
            "Both logarithms must be of the same base, or the loudest sample does not reach mu.",
            like=lambda y, mu: np.floor(
                (np.sign(y) * np.log10(1 + mu * np.abs(y)) / np.log1p(mu) + 1) / 2 * mu + 0.5
            ),
        ),
    ),
    rtol=0,
    atol=1e-6,
)

# --- 03.2 surprise ------------------------------------------------------------------------------


def _forecasts(draw: Draw) -> list[Case]:
    return [_forecast(draw, n, symbols) for n, symbols in ((5, 4), (12, 6))]


def _forecast(draw: Draw, n: int, symbols: int) -> Case:
    weights = np.array([[draw.uniform(0.2, 3) for _ in range(symbols)] for _ in range(n)])
    chances = np.round(weights / weights.sum(axis=1, keepdims=True), 4)
    chances[:, 0] += 1 - chances.sum(axis=1)  # rounded, and still a whole
    codes = np.array([draw.integer(0, symbols - 1) for _ in range(n)])
    return {"chances": np.round(chances, 4), "codes": codes}


def _chance_of_truth(chances: np.ndarray, codes: np.ndarray) -> np.ndarray:
    return chances[np.arange(len(codes)), codes]


SURPRISE = Exercise(
    id="03.2",
    title="How surprised?",
    question="Row t of `chances` is a forecast: the chance of each symbol to be the next. "
    "`codes[t]` is the one that came. Write `nats(chances, codes)`: the mean surprise, in nats a "
    "symbol, where the surprise is minus the natural logarithm of the chance that was given to "
    "what came.",
    kind=Function("nats(chances, codes)"),
    given=_forecasts,
    truth=lambda chances, codes: -np.log(_chance_of_truth(chances, codes)).mean(),
    praise="That is the number that training makes small. Divide it by ln 2, and it is the size "
    "in bits to which this forecaster could pack a symbol.",
    nudge="For each row, pick the chance of the symbol that came. Take the logarithm of each, then "
    "the mean, then the sign.",
    mistakes=(
        Mistake(
            "bits",
            "That is in bits. Nats are made with the natural logarithm.",
            like=lambda chances, codes: -np.log2(_chance_of_truth(chances, codes)).mean(),
        ),
        Mistake(
            "sum",
            "That is the surprise of all of them together. What is it for one, on average?",
            like=lambda chances, codes: -np.log(_chance_of_truth(chances, codes)).sum(),
        ),
        Mistake(
            "entropy",
            "That is the surprise which each forecast *expects*. What came was not asked.",
            like=lambda chances, codes: -(chances * np.log(chances)).sum(axis=1).mean(),
        ),
        Mistake(
            "mean-first",
            "The mean was taken before the logarithm. One symbol that was thought impossible must "
            "cost a lot, however good the rest.",
            like=lambda chances, codes: -np.log(_chance_of_truth(chances, codes).mean()),
        ),
        Mistake(
            "likeliest",
            "This takes the symbol that each forecast thought likeliest, and not the one that "
            "came.",
            like=lambda chances, codes: -np.log(chances.max(axis=1)).mean(),
        ),
    ),
)

# --- 03.3 how far back --------------------------------------------------------------------------


def _stack(draw: Draw) -> Case:
    kernel_size = draw.integer(3, 4)
    return {
        "kernel_size": kernel_size,
        "depth": draw.integer(6, 9),
        # Not as many as kernel_size - 1: one mistake would look like another.
        "stacks": draw.choice([3, 4] if kernel_size == 3 else [2, 4]),
        "sr": draw.choice([16_000, 22_050, 24_000]),
    }


def _reach(kernel_size: int, depth: int, stacks: int) -> int:
    return 1 + (kernel_size - 1) * stacks * (2**depth - 1)


REACH = Exercise(
    id="03.3",
    title="How far back can it hear?",
    question="A WaveNet at {sr} Hz has {stacks} stacks of {depth} layers. In each stack the "
    "dilations are 1, 2, 4 and so on, doubling. But its convolutions take {kernel_size} values "
    "each, not two. How long is its receptive field, in milliseconds?",
    kind=Number("milliseconds"),
    given=_stack,
    truth=lambda kernel_size, depth, stacks, sr: 1000 * _reach(kernel_size, depth, stacks) / sr,
    praise="Doubling buys reach with depth: one more layer in each stack, and it hears twice as "
    "far back. Not one of the weights has to be told how far that is.",
    nudge="Each layer adds (values - 1) × its dilation to what can be reached, and the sample "
    "itself is one. Add up all layers of all stacks; then turn samples into milliseconds.",
    mistakes=(
        Mistake(
            "two-taps",
            "That is right for convolutions of two values. A convolution of k values goes back by "
            "k - 1 dilations.",
            like=lambda kernel_size, depth, stacks, sr: 1000 * _reach(2, depth, stacks) / sr,
        ),
        Mistake(
            "one-stack",
            "That is the reach of one stack. The next one begins where it ends.",
            like=lambda kernel_size, depth, stacks, sr: 1000 * _reach(kernel_size, depth, 1) / sr,
        ),
        Mistake(
            "not-dilated",
            "Without dilation it would be that. Here every layer's step is twice the last one's.",
            like=lambda kernel_size, depth, stacks, sr: (
                1000 * (1 + (kernel_size - 1) * stacks * depth) / sr
            ),
        ),
        Mistake(
            "multiplied",
            "Stacks follow on each other: their reaches are added, not multiplied.",
            like=lambda kernel_size, depth, stacks, sr: (
                1000 * _reach(kernel_size, depth, 1) ** stacks / sr
            ),
        ),
        Mistake(
            "samples",
            "That is the number of samples. How long do they last?",
            like=lambda kernel_size, depth, stacks, sr: _reach(kernel_size, depth, stacks),
        ),
        Mistake(
            "seconds",
            "Those are seconds. Milliseconds were asked for.",
            like=lambda kernel_size, depth, stacks, sr: _reach(kernel_size, depth, stacks) / sr,
        ),
    ),
    rtol=5e-3,  # a sample more or less is right too: it is a matter of how one counts
)

# --- 03.4 draw one ------------------------------------------------------------------------------


def _throws(draw: Draw) -> list[Case]:
    return [
        {
            "logits": np.array([draw.uniform(-3, 3, digits=3) for _ in range(n)]),
            "temperature": temperature,
            "luck": draw.uniform(low, low + 0.2, digits=4),
        }
        for n, temperature, low in (
            (8, 0.5, 0.2), (8, 2.0, 0.55), (20, 1.0, 0.75), (20, 4.0, 0.3), (20, 2.5, 0.05),
            (30, 1.7, 0.6), (30, 3.0, 0.15), (30, 0.8, 0.4),
        )
    ]  # fmt: skip


def _chances(logits: Any, temperature: float) -> Any:
    raised = np.exp((logits - logits.max()) / temperature)
    return raised / raised.sum()


def _pick(chances: np.ndarray, luck: float) -> int:
    return min(int(np.searchsorted(np.cumsum(chances), luck, side="right")), len(chances) - 1)


DRAW = Exercise(
    id="03.4",
    title="Draw one",
    question="Write `draw(logits, temperature, luck)`. Divide the logits by the temperature, turn "
    "them into chances that sum to 1 (exponentials, divided by their sum), lay the chances end to "
    "end from 0 to 1, symbol 0 first, and return the symbol on whose stretch `luck` falls.",
    kind=Function("draw(logits, temperature, luck)"),
    given=_throws,
    truth=lambda logits, temperature, luck: _pick(_chances(logits, temperature), luck),
    praise="One number of luck, one symbol. Everything that a network of this kind can ever say "
    "comes out of these few lines, eight thousand times a second.",
    nudge="`np.cumsum` of the chances gives where each stretch ends. How many of them end at or "
    "before `luck`?",
    mistakes=(
        Mistake(
            "likeliest",
            "That is always the likeliest symbol, whatever the luck. Less likely ones must come "
            "too, as often as they should.",
            like=lambda logits, temperature, luck: int(np.argmax(logits)),
        ),
        Mistake(
            "no-temperature",
            "The temperature has no effect. It belongs to the logits, before the exponential: "
            "after it, what divides them all alike is lost when they are made to sum to 1.",
            like=lambda logits, temperature, luck: _pick(_chances(logits, 1.0), luck),
        ),
        Mistake(
            "multiplied",
            "Multiplied by the temperature, it does the opposite: heat should make the chances "
            "more alike.",
            like=lambda logits, temperature, luck: _pick(_chances(logits, 1 / temperature), luck),
        ),
        Mistake(
            "sorted",
            "The chances were sorted, and the place in that order is not the symbol.",
            like=lambda logits, temperature, luck: _pick(
                np.sort(_chances(logits, temperature))[::-1], luck
            ),
        ),
        Mistake(
            "one-too-far",
            "One symbol too far: on the stretch *within* which the luck falls.",
            like=lambda logits, temperature, luck: _pick(_chances(logits, temperature), luck) + 1,
        ),
    ),
    rtol=0,
    atol=1e-9,
)

EXERCISES = (MU_LAW, SURPRISE, REACH, DRAW)
