"""Exercises of notebook 08, data and its papers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from ..answers import Case, Choice, Function, Number
from ..draw import Draw
from ..judging import Exercise, Mistake

# --- 08.1 what is not known ---------------------------------------------------------------------

NO, UNKNOWN, YES = 0, -1, 1


def _stacks(draw: Draw) -> list[Case]:
    """Draw two answers for many clips, every pair of answers among them."""
    pairs = [(a, b) for a in (NO, UNKNOWN, YES) for b in (NO, UNKNOWN, YES)]
    cases: list[Case] = []
    for _ in range(3):
        some = draw.shuffled(pairs + [draw.choice(pairs) for _ in range(draw.integer(2, 6))])
        licence, consent = np.array(some).T
        cases.append({"licence": licence, "consent": consent})
    return cases


def _both(licence: np.ndarray, consent: np.ndarray) -> np.ndarray:
    no = (licence == NO) | (consent == NO)
    unknown = (licence == UNKNOWN) | (consent == UNKNOWN)
    return np.where(no, NO, np.where(unknown, UNKNOWN, YES))


def _with(told: int) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Answer as someone who takes what is not known for yes, or for no."""

    def like(licence: np.ndarray, consent: np.ndarray) -> np.ndarray:
        known = (np.where(answer == UNKNOWN, told, answer) for answer in (licence, consent))
        return np.minimum(*known)

    return like


UNSURE = Exercise(
    id="08.1",
    title="Not known is not yes",
    question="Write `usable(licence, consent)`. Both are arrays with an answer for each clip: 1 "
    "where it allows the use, 0 where it forbids it, -1 where nobody knows. Return an array of "
    "the same kind: 0 where either forbids, 1 where both allow, and -1 where that hangs on "
    "something that nobody knows.",
    kind=Function("usable(licence, consent)"),
    given=_stacks,
    truth=_both,
    praise="Three answers, not two. What nobody knows is a task for a person, and a program that "
    "rounds it to yes or to no hides that there is one.",
    nudge="Settle the clips that are forbidden first: there it does not matter what is not known.",
    mistakes=(
        Mistake(
            "unknown-is-yes",
            "You let what nobody knows pass as allowed. Who sells on a guess pays for it later.",
            like=_with(YES),
        ),
        Mistake(
            "unknown-is-no",
            "You took what nobody knows for forbidden. Safe, but the list of clips to ask about "
            "is lost: keep the -1.",
            like=_with(NO),
        ),
        Mistake(
            "minimum",
            "The smaller of the two numbers ranks -1 below 0: so not knowing outweighs a plain "
            "no. A no settles it, whatever else is not known.",
            like=lambda licence, consent: np.minimum(licence, consent),
        ),
        Mistake(
            "product",
            "Multiplied, two unknowns make a yes: minus times minus. Two things that nobody "
            "knows are not one that is known.",
            like=lambda licence, consent: licence * consent,
        ),
        Mistake(
            "either",
            "You ask that one of them allows it. Both must.",
            like=lambda licence, consent: np.maximum(licence, consent),
        ),
    ),
)

# --- 08.2 the licence of a mix ------------------------------------------------------------------

_FAMILIES = ("cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0")
_NONE = "none of these"
_MIXES = (  # from the freer to the less free
    ("CC0-1.0", "CC-BY-4.0"),
    ("CC0-1.0", "CC-BY-SA-4.0"),
    ("CC0-1.0", "CC-BY-NC-4.0"),
    ("CC-BY-4.0", "CC-BY-SA-4.0"),
    ("CC-BY-4.0", "CC-BY-NC-4.0"),
)


def _mix(draw: Draw) -> Case:
    one, other = draw.shuffled(draw.choice(_MIXES))
    return {"one": one, "other": other}


def _ends(one: str, other: str) -> tuple[str, str]:
    freer, stricter = next(pair for pair in _MIXES if set(pair) == {one, other})
    return freer.lower(), stricter.lower()


MIX = Exercise(
    id="08.2",
    title="What may the mix be called?",
    question="You lay a clip under {one} and one under {other} over each other and share the "
    "result. What is the freest licence that the mix may carry?",
    kind=Choice((*_FAMILIES, _NONE)),
    given=_mix,
    truth=lambda one, other: _ends(one, other)[1],
    praise="Conditions add up: a mix is never freer than its least free part. Where two exclude "
    "each other (share alike and non-commercial, or any with no derivatives) nothing is left, "
    "and the mix cannot be shared at all.",
    nudge="List what each licence asks of a changed version that is shared: credit, the same "
    "licence, no sale. The mix must do all of it.",
    mistakes=(
        Mistake(
            "freer",
            "That is the freer of the two. It does not keep the promise made to the other creator.",
            when=lambda got, one, other: got == _ends(one, other)[0],
        ),
        Mistake(
            "none-fits",
            "One does fit: these two ask for things that can be done together.",
            when=lambda got, one, other: got == _NONE,
        ),
        Mistake(
            "asks-more",
            "That one asks for something that neither of the two does. It could be chosen, but a "
            "freer one will do.",
            when=lambda got, one, other: got not in _ends(one, other),
        ),
    ),
)

# --- 08.3 what a leak is worth ------------------------------------------------------------------


def _leaky(draw: Draw) -> Case:
    tested = draw.choice([50, 80, 100, 120])
    leaked = round(tested * draw.choice([0.1, 0.15, 0.2, 0.3]))
    right = leaked + round((tested - leaked) * draw.uniform(0.5, 0.8))
    return {"tested": tested, "leaked": leaked, "right": right}


LEAK = Exercise(
    id="08.3",
    title="What the leak was worth",
    question="A model names {right} of {tested} test clips rightly. Then somebody finds that "
    "{leaked} of the {tested} were in the training set as well, and it had all of those right. "
    "How large is its accuracy on clips that it never met, as a share from 0 to 1?",
    kind=Number(),
    given=_leaky,
    truth=lambda tested, leaked, right: (right - leaked) / (tested - leaked),
    praise="The leaked clips measure memory, not skill: they leave the count altogether, above "
    "the line and below it.",
    nudge="Strike the leaked clips from the test as if they had never been in it. How many are "
    "left, and how many of those were right?",
    mistakes=(
        Mistake(
            "as-measured",
            "That is what was measured, leak and all.",
            like=lambda tested, leaked, right: right / tested,
        ),
        Mistake(
            "only-above",
            "You took the leaked clips from those that were right, yet still divide by all that "
            "were tested.",
            like=lambda tested, leaked, right: (right - leaked) / tested,
        ),
        Mistake(
            "only-below",
            "You took the leaked clips from those tested, yet still count them among the right.",
            like=lambda tested, leaked, right: right / (tested - leaked),
        ),
        Mistake(
            "percent",
            "A share from 0 to 1 is asked for, and this is a percentage.",
            like=lambda tested, leaked, right: 100 * (right - leaked) / (tested - leaked),
        ),
    ),
    rtol=0.01,  # an answer rounded to two digits is right
)

# --- 08.4 what must be retrained ----------------------------------------------------------------

Links = np.ndarray  # int, (n, 2): from, to


def _chains(draw: Draw) -> list[Case]:
    """Draw graphs with two generations of models, and one that has nothing to do with the clip."""
    return [_chain(draw) for _ in range(3)]


def _chain(draw: Draw) -> Case:
    # clip 0 -> set 2 -> model 3 -> made clip 4 -> set 5 -> model 6;  clip 1 -> set 7 -> model 8;
    # clip 1 also is in set 5, and set 2 has a second model, 9;  clip 10 -> set 11 -> model 12
    links = [(0, 2), (2, 3), (3, 4), (4, 5), (5, 6), (1, 5), (1, 7), (7, 8), (2, 9)]
    links += [(10, 11), (11, 12)]
    names = draw.shuffled(range(20, 50))
    renamed = [(names[a], names[b]) for a, b in draw.shuffled(links)]
    return {
        "links": np.array(renamed),
        "models": np.array(sorted(names[i] for i in (3, 6, 8, 9, 12))),
        "clip": names[0],
    }


def _reached(links: Links, start: Iterable[int]) -> set[int]:
    found: set[int] = set()
    front = set(start)
    while front:
        front = {int(b) for a, b in links if a in front} - found
        found |= front
    return found


def _among(models: np.ndarray, found: set[int]) -> np.ndarray:
    return np.array([m for m in models if int(m) in found])


def _first_models(links: Links, models: np.ndarray, clip: int) -> np.ndarray:
    """Stop at the first model on every path."""
    onwards = np.array([link for link in links if link[0] not in models])
    return _among(models, _reached(onwards, [clip]))


def _either_way(links: Links, models: np.ndarray, clip: int) -> np.ndarray:
    return _among(models, _reached(np.concatenate([links, links[:, ::-1]]), [clip]))


RETRAIN = Exercise(
    id="08.4",
    title="Which models must be retrained?",
    question="Write `to_retrain(links, models, clip)`. `links` is an array of pairs, from what "
    "came first to what was made of it (clip to data set, data set to model, model to the clip "
    "that it generated, and on); things are numbers. `models` says which of them are models. "
    "Return the numbers of all models that learned from `clip`, at first or at any hand, in "
    "rising order.",
    kind=Function("to_retrain(links, models, clip)"),
    given=_chains,
    truth=lambda links, models, clip: _among(models, _reached(links, [clip])),
    praise="What a model makes carries what it learned. Once such clips are in the next data "
    "set, the withdrawn one is in there too, under another name.",
    nudge="Begin with the clip. Add all that was made of what you have, and go on until nothing "
    "new is added. Then keep the models.",
    mistakes=(
        Mistake(
            "first-hand",
            "These are the models that learned from the clip itself. One of them made a clip, "
            "and another learned from that.",
            like=_first_models,
        ),
        Mistake(
            "both-ways",
            "You followed links backwards as well, and reached models that share a data set with "
            "it but never met it. Follow them in their direction.",
            like=_either_way,
        ),
        Mistake(
            "not-only-models",
            "This is all that came of the clip. Keep the models among it.",
            like=lambda links, models, clip: np.array(sorted(_reached(links, [clip]))),
        ),
        Mistake(
            "all-models",
            "These are all models there are. Some of them never met the clip.",
            like=lambda links, models, clip: models,
        ),
    ),
)

EXERCISES = (UNSURE, MIX, LEAK, RETRAIN)
