"""A record keeps little of an answer, and enough to judge it again."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sonic_lab.course.answers import Array
from sonic_lab.course.evidence import KEEP, holds, pack
from sonic_lab.course.judging import Exercise

WANT = np.sin(np.arange(600.0)).reshape(20, 30) + 1j
GRID = Exercise(
    id="99.3",
    title="Grid",
    question="Make a grid.",
    kind=Array(),
    given=lambda draw: {"k": 1},
    truth=lambda k: k * WANT,
    praise="Well done.",
    nudge="Look again.",
)


def judged_again(answer, *, learner="Ada", exercise=GRID, judged_as=None):
    cases = exercise.cases(learner)
    outputs = exercise.kind.observe(answer, cases)
    packed = json.loads(json.dumps(pack(outputs, learner=learner, exercise=exercise.id)))
    return holds(packed, exercise, cases, learner=judged_as or learner)


def test_of_a_large_array_a_few_values_are_kept():
    (packed,) = pack([WANT], learner="Ada", exercise="99.3")
    assert packed["shape"] == [20, 30]
    assert len(packed["re"]) == len(packed["im"]) == KEEP
    assert judged_again(WANT)


@pytest.mark.parametrize(
    "wrong",
    [
        WANT * 1.01,
        -WANT,
        WANT.real,
        WANT.T,
        WANT.reshape(30, 20),
        WANT[:-1],
        WANT[0, 0],
        WANT * np.nan,
    ],
)
def test_another_array_is_told_from_it(wrong):
    assert not judged_again(wrong)


def test_the_places_depend_on_the_name():
    assert not judged_again(WANT, learner="Ada", judged_as="Bob")


def test_infinity_is_kept_although_json_has_none():
    silent = Exercise(**{**GRID.__dict__, "truth": lambda k: np.array([-np.inf, 0.0])})
    assert judged_again([-np.inf, 0.0], exercise=silent)
    assert not judged_again([np.inf, 0.0], exercise=silent)
    assert not judged_again([np.nan, 0.0], exercise=silent)


def test_an_answer_among_many_is_judged_whole_or_not_at_all():
    rising = Exercise(
        **{**GRID.__dict__, "truth": None, "accepts": lambda got, k: bool((np.diff(got) > 0).all())}
    )
    assert judged_again(np.arange(KEEP), exercise=rising)
    assert not judged_again(-np.arange(KEEP), exercise=rising)
    assert not judged_again(np.arange(KEEP + 1), exercise=rising)  # not all of it was kept
