"""Compare an answer with the truth, and recognise the mistakes that people make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .answers import Case, Function, Kind, describe
from .draw import Draw


@dataclass(frozen=True)
class Mistake:
    """A mistake that has a hint of its own.

    Attributes
    ----------
    name : a short name, such as ``"power-for-amplitude"``
    hint : where to look, in a sentence or two; it never gives the answer away
    like : computes, from a case, what someone who makes this mistake answers
    when : or recognises it: ``when(got, **case)``, asked only where the shape is right
    """

    name: str
    hint: str
    like: Callable[..., Any] | None = None
    when: Callable[..., bool] | None = None


@dataclass(frozen=True)
class Exercise:
    """One exercise: what is asked, what is right, and which mistakes have a hint.

    Attributes
    ----------
    id, title : ``"01.2"``, ``"Predict the alias"``
    question : may name values of the case in braces, as `str.format` takes them
    kind : what is handed in: `Number`, `Choice`, `Array` or `Function`
    given : draws the case from a learner's `Draw`; for a `Function`, a list of cases
    truth : computes the right answer from a case
    accepts : in place of `truth`, where many answers are right: ``accepts(got, **case)``
    praise : what to take away, said when it passes
    nudge : the hint where no mistake is recognised
    mistakes : in the order in which they are tried
    rtol, atol : an answer within ``atol + rtol * abs(truth)`` is right
    """

    id: str
    title: str
    question: str
    kind: Kind
    given: Callable[[Draw], Case | Sequence[Case]]
    praise: str
    nudge: str
    truth: Callable[..., Any] | None = None
    accepts: Callable[..., bool] | None = None
    mistakes: tuple[Mistake, ...] = ()
    rtol: float = 1e-3
    atol: float = 1e-9

    def cases(self, learner: str) -> list[Case]:
        """Return the cases that this learner is asked."""
        given = self.given(Draw(learner, self.id))
        return [given] if isinstance(given, dict) else list(given)  # type: ignore[arg-type]

    def right(self, got: Any, case: Case) -> bool:
        """Whether an output is right for a case."""
        if self.accepts is not None:
            return bool(self.accepts(got, **case))
        return self.near(got, self.want(case))

    def want(self, case: Case) -> Any:
        """Return the right answer to a case; None where many are right."""
        return None if self.truth is None else self.truth(**case)

    def near(self, got: Any, want: Any) -> bool:
        """Whether two outputs agree within the tolerance, in shape and in value."""
        if isinstance(want, str) or isinstance(got, str):
            return bool(got == want)
        want = np.asarray(want)
        got = got.reshape(()) if want.ndim == 0 and got.size == 1 else got
        if got.shape != want.shape:
            return False
        with np.errstate(invalid="ignore"):  # inf against inf is equal, and that is meant
            return bool(np.isclose(got, want, rtol=self.rtol, atol=self.atol).all())


@dataclass(frozen=True)
class Finding:
    """What judging found: the name of the mistake (empty: none) and what to say."""

    mistake: str
    message: str


def judge(exercise: Exercise, cases: Sequence[Case], outputs: Sequence[Any]) -> Finding:
    """Judge one output per case: right, a known mistake, a general one, or merely wrong."""
    right = [exercise.right(got, case) for got, case in zip(outputs, cases, strict=True)]
    if all(right):
        return Finding("", exercise.praise)
    for mistake in exercise.mistakes:
        if _made(mistake, exercise, cases, outputs):
            return Finding(mistake.name, mistake.hint)
    first = right.index(False)
    found = _general(exercise, outputs, [exercise.want(case) for case in cases])
    found = found or Finding("different", exercise.nudge)
    return Finding(found.mistake, found.message + _where(exercise, cases, outputs, right, first))


def _made(
    mistake: Mistake, exercise: Exercise, cases: Sequence[Case], outputs: Sequence[Any]
) -> bool:
    if mistake.like is not None:
        like = mistake.like
        return all(
            exercise.near(got, like(**case)) for got, case in zip(outputs, cases, strict=True)
        )
    when = mistake.when
    return when is not None and all(
        _shaped_alike(got, exercise.want(case)) and when(got, **case)
        for got, case in zip(outputs, cases, strict=True)
    )


def _shaped_alike(got: Any, want: Any) -> bool:
    return want is None or np.shape(got) == np.shape(want)


def _general(exercise: Exercise, outputs: Sequence[Any], wants: Sequence[Any]) -> Finding | None:
    """Recognise what goes wrong in any exercise: shape, NaN, sign, unit, rounding."""
    if isinstance(outputs[0], str):
        return None
    pairs = [
        (got, np.asarray(want))
        for got, want in zip(outputs, wants, strict=True)
        if want is not None
    ]
    for got, want in pairs:
        if got.shape != want.shape and not (want.ndim == 0 and got.size == 1):
            flipped = got.ndim > 1 and got.T.shape == want.shape
            advice = " It looks transposed." if flipped else ""
            return Finding(
                "transposed" if flipped else "wrong-shape",
                f"The shape is {got.shape}, and {want.shape} is expected.{advice}",
            )
    for got, want in pairs or [(got, np.zeros(1)) for got in outputs]:
        if np.isfinite(want).all() and not np.isfinite(got).all():
            bad = int(np.size(got) - np.isfinite(got).sum())
            return Finding("not-finite", f"{bad} of {np.size(got)} values are NaN or infinite.")
    return _scaled(exercise, pairs) if pairs else None


def _scaled(exercise: Exercise, pairs: Sequence[tuple[Any, np.ndarray]]) -> Finding | None:
    def all_near(change: Callable[[np.ndarray], np.ndarray]) -> bool:
        return all(exercise.near(np.asarray(change(got)), want) for got, want in pairs)

    if all_near(np.negative):
        return Finding("sign", "The size is right, the sign is not.")
    if all_near(lambda got: got * 1000) or all_near(lambda got: got / 1000):
        return Finding("unit", "Check the unit: seconds or milliseconds, Hz or kHz?")
    if any(np.iscomplexobj(got) and not np.iscomplexobj(want) for got, want in pairs):
        return Finding("complex", "These are complex numbers, and real ones are expected.")
    if all(
        np.allclose(got.reshape(want.shape), want, rtol=20 * exercise.rtol, atol=20 * exercise.atol)
        for got, want in pairs
    ):
        return Finding("rounded", "Very close. Was something rounded on the way?")
    return None


def _where(
    exercise: Exercise,
    cases: Sequence[Case],
    outputs: Sequence[Any],
    right: Sequence[bool],
    first: int,
) -> str:
    """Say on which input a function goes wrong, and what it returned there."""
    if not isinstance(exercise.kind, Function):
        return ""
    got = outputs[first]
    shown = f"{got.item():.6g}" if np.size(got) == 1 else f"an array of shape {got.shape}"
    called = f"{exercise.kind.call.split('(')[0]}({describe(cases[first])})"
    return (
        f" ({sum(right)} of {len(right)} inputs are right; look at `{called}`, which gave {shown}.)"
    )
