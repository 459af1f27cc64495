"""Exercises that judge themselves: `check` an answer, see your `progress`, hand it in.

Each notebook's exercises stand in one module of `questions`; `judging.Exercise` says what one is.
"""

from .checking import check, enroll, exercise, exercises
from .standing import progress
from .verdicts import Verdict
from .verifying import export, verify

__all__ = ["Verdict", "check", "enroll", "exercise", "exercises", "export", "progress", "verify"]
