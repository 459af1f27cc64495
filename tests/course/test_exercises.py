"""Every exercise: the solution passes, the stub waits, each wrong answer gets its own hint."""

from __future__ import annotations

import ast
import importlib
import json
import re
from pathlib import Path

import numpy as np
import pytest

import sonic_lab as sl
from sonic_lab.course.answers import Choice, Function
from sonic_lab.course.catalogue import catalogue, pose
from sonic_lab.course.evidence import KEEP, holds, pack
from sonic_lab.errors import SonicLabError

from .answers import all_answers

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LEARNERS = ["", "Ada Lovelace", "Björk", "李明"]
ANSWERS = all_answers()
EXERCISES = catalogue()
WRONG = [(id, name) for id, answers in ANSWERS.items() for name in answers.wrong]


def hand_in(id, maker, learner):
    if learner:
        sl.course.enroll(learner)
    return sl.course.check(id, maker(sl.course.exercise(id).given))


def test_every_exercise_has_answers_and_every_answer_an_exercise():
    assert set(ANSWERS) == set(EXERCISES)


def test_an_exercise_that_is_defined_twice_is_refused(monkeypatch):
    same = importlib.import_module("sonic_lab.course.questions.nb00")
    monkeypatch.setattr(importlib, "import_module", lambda name: same)
    with pytest.raises(SonicLabError, match=r"exercise 00\.1 is defined twice"):
        catalogue.__wrapped__()  # not from its cache


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("id", ANSWERS)
def test_the_solution_passes_for_any_learner(id, learner):
    verdict = hand_in(id, ANSWERS[id].solution, learner)
    assert verdict, str(verdict)
    assert verdict.message == EXERCISES[id].praise


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize(("id", "mistake"), WRONG)
def test_a_wrong_answer_gets_the_hint_that_knows_it(id, mistake, learner):
    verdict = hand_in(id, ANSWERS[id].wrong[mistake], learner)
    assert not verdict
    assert (verdict.outcome, verdict.mistake) == ("hint", mistake), str(verdict)


@pytest.mark.parametrize("id", ANSWERS)
def test_at_least_two_wrong_answers_have_hints_of_their_own(id):
    wrong = ANSWERS[id].wrong
    assert len(wrong) >= 2
    hints = {hand_in(id, maker, "").message for maker in wrong.values()}
    assert len(hints) == len(wrong)


@pytest.mark.parametrize("id", EXERCISES)
def test_every_hint_that_is_written_is_tried(id):
    """A hint that no wrong answer reaches may never be reached at all."""
    assert {m.name for m in EXERCISES[id].mistakes} <= set(ANSWERS[id].wrong)


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("id", EXERCISES)
def test_no_hint_shows_the_solution(id, learner):
    exercise = EXERCISES[id]
    if isinstance(exercise.kind, Function):
        return  # its hints are about code, and code is not in them (next test)
    want = exercise.want(exercise.cases(learner)[0])
    texts = [m.hint for m in exercise.mistakes] + [exercise.nudge]
    if isinstance(exercise.kind, Choice):
        assert not any(f"'{want}'" in text or f"`{want}`" in text for text in texts)
    elif np.size(want) == 1 and abs(float(want)) > 10:
        shown = {f"{float(want):.{d}f}".rstrip("0").rstrip(".") for d in range(4)}
        for text in texts:
            assert not shown & set(re.findall(r"\d+(?:\.\d+)?", text))


@pytest.mark.parametrize("id", EXERCISES)
def test_no_hint_hands_over_code(id):
    exercise = EXERCISES[id]
    for text in [*(m.hint for m in exercise.mistakes), exercise.nudge, exercise.praise]:
        assert "return " not in text
        assert "lambda" not in text


@pytest.mark.parametrize("id", EXERCISES)
def test_learners_are_asked_different_things(id):
    """A copied record must not verify under another name (choices aside: few options exist)."""
    exercise = EXERCISES[id]
    asked = {repr(exercise.cases(f"learner {i}")) for i in range(40)}
    if not isinstance(exercise.kind, Choice):
        assert len(asked) > 1


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("id", ANSWERS)
def test_a_record_holds_enough_to_judge_again(id, learner):
    exercise, question = EXERCISES[id], pose(EXERCISES[id], learner)
    cases = exercise.cases(learner)

    def again(maker):
        outputs = exercise.kind.observe(maker(question.given), cases)
        packed = json.loads(json.dumps(pack(outputs, learner=learner, exercise=id)))
        assert len(json.dumps(packed)) < 20_000  # a record of a whole course stays under 1 MB
        return holds(packed, exercise, cases, learner=learner)

    assert again(ANSWERS[id].solution)
    assert not any(again(maker) for maker in ANSWERS[id].wrong.values())


def test_an_answer_among_many_right_ones_is_kept_whole():
    for id, exercise in EXERCISES.items():
        if exercise.accepts is not None:
            answer = ANSWERS[id].solution(pose(exercise, "").given)
            outputs = exercise.kind.observe(answer, exercise.cases(""))
            assert all(np.size(output) <= KEEP for output in outputs), id


def stub_cells():
    """Return (notebook, id, source) for every cell in a notebook that checks an answer."""
    found = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code" and "course.check(" in source:
                ids = re.findall(r"course\.check\(\s*\"([^\"]+)\"", source)
                found += [(path.name, id, source) for id in ids]
    return found


def test_the_notebooks_ask_each_exercise_once():
    ids = [id for _, id, _ in stub_cells()]
    here = {path.name[:2] for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb")}
    assert sorted(ids) == sorted(id for id in EXERCISES if id[:2] in here)


@pytest.mark.parametrize(("notebook", "id", "source"), stub_cells())
def test_the_stub_in_the_notebook_waits_kindly(notebook, id, source):
    assert notebook[:2] == id[:2]
    tree = ast.parse(source)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr), "the verdict must be the cell's last line, or nobody sees it"
    names = {"sl": sl, "np": np}
    exec(compile(tree, notebook, "exec"), names)
    verdict = eval(compile(ast.Expression(last.value), notebook, "eval"), names)
    assert (verdict.exercise, verdict.outcome) == (id, "unanswered"), str(verdict)
    assert not sl.course.progress().head, "an untouched notebook leaves no trace in the record"
