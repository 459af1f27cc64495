"""Check an answer, say what to make of it, and keep a record of it."""

from __future__ import annotations

from typing import Any

from .. import __version__
from ..errors import ParameterError
from ..home import home
from .answers import Unusable
from .catalogue import Question, catalogue, find, pose
from .draw import clean_name
from .evidence import pack
from .judging import judge
from .record import Entry, Record
from .verdicts import Outcome, Verdict

_records: dict[str, Record] = {}


def check(id: str, answer: Any) -> Verdict:
    """Judge an answer to an exercise.

    Numbers are compared within a tolerance, functions are called on inputs of the learner's own,
    and common mistakes get a hint of their own. What is wrong with an answer is told in the
    verdict, never raised.

    Parameters
    ----------
    id : such as ``"01.2"``; `exercises` lists them
    answer : a number, an array, a word or a function, as the exercise asks

    Returns
    -------
    A verdict, true where the answer is right.

    Raises
    ------
    UnknownNameError
        There is no such exercise.

    Examples
    --------
    >>> check("01.1", ...).outcome
    'unanswered'
    """
    exercise = find(id)
    learner = current_learner()
    cases = exercise.cases(learner)
    try:
        outputs = exercise.kind.observe(answer, cases)
    except Unusable as trouble:
        outcome: Outcome = "unanswered" if trouble.mistake == "unanswered" else "error"
        message = trouble.message[0].upper() + trouble.message[1:]
        return Verdict(id, outcome, message, trouble.mistake)
    found = judge(exercise, cases, outputs)
    entry = {
        "kind": "answer",
        "exercise": id,
        "learner": learner,
        "course": __version__,
        "passed": not found.mistake,
        "mistake": found.mistake,
        "outputs": pack(outputs, learner=learner, exercise=id),
    }
    note = _keep(entry)
    return Verdict(id, "hint" if found.mistake else "passed", found.message, found.mistake, note)


def exercise(id: str) -> Question:
    """Return what an exercise asks, with the learner's own numbers in it.

    Raises
    ------
    UnknownNameError
        There is no such exercise.
    """
    return pose(find(id), current_learner())


def exercises() -> dict[str, str]:
    """Return the title of every exercise by its id, in order."""
    return {id: exercise.title for id, exercise in catalogue().items()}


def enroll(name: str) -> str:
    """Put a name to this record. From now on the exercises ask with numbers drawn from it.

    Raises
    ------
    ParameterError
        The name is empty, too long, or holds characters that cannot be shown.
    """
    tidy = clean_name(name)
    if not tidy:
        raise ParameterError("name is empty: write yours, such as sl.course.enroll('Ada Lovelace')")
    note = (
        "" if current_learner() == tidy else own_record().append({"kind": "enroll", "name": tidy})
    )
    return f"Welcome, {tidy}. Your answers are kept in {own_record().path}." + (
        f" {note}" if note else ""
    )


def current_learner() -> str:
    """Return the name that this record was last enrolled under; empty before that."""
    return learner_of(own_record().read().entries)


def learner_of(entries: list[Entry]) -> str:
    """Return the last name among the entries that can be one; empty where there is none."""
    for entry in reversed(entries):
        if entry.get("kind") == "enroll":
            try:
                return clean_name(entry.get("name", ""))
            except ParameterError:
                continue
    return ""


def own_record() -> Record:
    """Return the record of whoever sits at this machine."""
    path = home() / "progress.jsonl"
    return _records.setdefault(str(path), Record(path))


def _keep(entry: Entry) -> str:
    """Add an answer to the record, unless it is the one that was given last."""
    record = own_record()
    same = ("learner", "passed", "outputs", "course")
    for last in reversed(record.read().entries):
        if last.get("exercise") == entry["exercise"]:
            if all(last.get(key) == entry[key] for key in same) and not record.waiting:
                return ""
            break
    return record.append(entry)
