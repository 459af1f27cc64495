"""Answers to the exercises of notebook 08."""

from __future__ import annotations

import numpy as np

from . import Answers

RANK = {0: 0, -1: 1, 1: 2}  # a no outweighs what nobody knows, and that a yes


def usable(licence, consent):
    pairs = zip(licence.tolist(), consent.tolist(), strict=True)
    return [min(pair, key=RANK.__getitem__) for pair in pairs]


def guessing(told):
    return lambda licence, consent: [
        int(all(told if answer == -1 else answer for answer in pair))
        for pair in zip(licence.tolist(), consent.tolist(), strict=True)
    ]


FREEST = ["CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0"]


def mix(given):
    """Let conditions add up, and see which licence asks for exactly them."""
    asks = {
        "CC0-1.0": set(), "CC-BY-4.0": {"credit"}, "CC-BY-SA-4.0": {"credit", "same"},
        "CC-BY-NC-4.0": {"credit", "no sale"}, "CC-BY-ND-4.0": {"credit", "no change"},
    }  # fmt: skip
    wanted = asks[given.one] | asks[given.other]
    return next((name.lower() for name in FREEST if asks[name] == wanted), "none of these")


def freer(given):
    """Name the freer of the two, as someone too hopeful does."""
    return next(name.lower() for name in FREEST if name in (given.one, given.other))


def walk(links, clip):
    found, stack = set(), [clip]
    while stack:
        here = stack.pop()
        for a, b in links.tolist():
            if a == here and b not in found:
                found.add(b)
                stack.append(b)
    return found


def to_retrain(links, models, clip):
    return sorted(walk(links, clip) & set(models.tolist()))


def first_hand(links, models, clip):
    sets = [b for a, b in links.tolist() if a == clip]
    return sorted(b for a, b in links.tolist() if a in sets and b in models)


ANSWERS = {
    "08.1": Answers(
        solution=lambda given: usable,
        wrong={
            "unknown-is-yes": lambda given: guessing(1),
            "unknown-is-no": lambda given: guessing(0),
            "minimum": lambda given: np.minimum,
            "product": lambda given: lambda a, b: a * b,
            "either": lambda given: lambda a, b: np.where(a > b, a, b),
            "wrong-shape": lambda given: lambda a, b: 1,
            "different": lambda given: lambda a, b: 0 * a + 1,
        },
    ),
    "08.2": Answers(
        solution=mix,
        wrong={
            "freer": freer,
            "none-fits": lambda given: "none of these",
            "asks-more": lambda given: next(
                name.lower() for name in FREEST[2:] if name not in (given.one, given.other)
            ),
        },
    ),
    "08.3": Answers(
        solution=lambda g: (g.right - g.leaked) / (g.tested - g.leaked),
        wrong={
            "as-measured": lambda g: g.right / g.tested,
            "only-above": lambda g: (g.right - g.leaked) / g.tested,
            "only-below": lambda g: g.right / (g.tested - g.leaked),
            "percent": lambda g: 100 * (g.right - g.leaked) / (g.tested - g.leaked),
            "different": lambda g: g.leaked / g.tested,
        },
    ),
    "08.4": Answers(
        solution=lambda given: to_retrain,
        wrong={
            "first-hand": lambda given: first_hand,
            "both-ways": lambda given: (
                lambda links, models, clip: to_retrain(
                    np.concatenate([links, links[:, ::-1]]), models, clip
                )
            ),
            "not-only-models": lambda given: lambda links, models, clip: sorted(walk(links, clip)),
            "all-models": lambda given: lambda links, models, clip: models,
            "wrong-shape": lambda given: lambda links, models, clip: [clip],
        },
    ),
}
