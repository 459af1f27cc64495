"""Answers to the exercises of notebook 11."""

from __future__ import annotations

import numpy as np
import scipy.interpolate

from . import Answers


def breaking_point(strengths, scores, needed):
    return np.interp(needed, scores[::-1], strengths[::-1])


def last(scores, needed):
    return np.flatnonzero(scores >= needed)[-1]


def whole_line(strengths, scores, needed):
    return scipy.interpolate.interp1d(scores[[0, -1]], strengths[[0, -1]])(needed)


def alarms(given, found=None):
    """Return the true and the false alarms among a billion files."""
    marked = 1e9 / given.one_in
    return marked * (found or given.found_percent / 100), (1e9 - marked) * given.threshold


def share(given, found=None):
    true, false = alarms(given, found)
    return true / (true + false)


def per_test(given):
    return given.chance / given.files / given.keys


def found(given):
    return "finds the mark" in given.report


ANSWERS = {
    "11.1": Answers(
        solution=lambda given: breaking_point,
        wrong={
            "first-lost": lambda given: lambda x, s, needed: x[last(s, needed) + 1],
            "last-found": lambda given: lambda x, s, needed: x[last(s, needed)],
            "middle": lambda given: (
                lambda x, s, needed: (x[last(s, needed)] + x[last(s, needed) + 1]) / 2
            ),
            "falling-interp": lambda given: lambda x, s, needed: np.interp(needed, s, x),
            "whole-line": lambda given: whole_line,
            "wrong-shape": lambda given: lambda x, s, needed: x[s >= needed][-3:],
            "different": lambda given: lambda x, s, needed: s[last(s, needed)],
        },
    ),
    "11.2": Answers(
        solution=share,
        wrong={
            "one-minus-p": lambda given: 1 - given.threshold,
            "found-rate": lambda given: given.found_percent / 100,
            "odds": lambda given: alarms(given)[0] / alarms(given)[1],
            "false-share": lambda given: 1 - share(given),
            "percent": lambda given: 100 * share(given),
            "all-found": lambda given: share(given, 1.0),
            "different": lambda given: share(given) / 3,
        },
    ),
    "11.3": Answers(
        solution=per_test,
        wrong={
            "keys-forgotten": lambda given: given.chance / given.files,
            "files-forgotten": lambda given: given.chance / given.keys,
            "chance-forgotten": lambda given: per_test(given) / given.chance,
            "score": lambda given: -np.log10(per_test(given)),
            "number-of-tests": lambda given: given.files * given.keys,
            "different": lambda given: per_test(given) / 2,
        },
    ),
    "11.4": Answers(
        solution=lambda given: -20 * np.log10(10 ** (-given.below_db / 20) / given.copies),
        wrong={
            "power-for-amplitude": lambda given: given.below_db + 10 * np.log10(given.copies),
            "other-way": lambda given: given.below_db + 20 * np.log10(1 / given.copies),
            "times": lambda given: given.below_db * given.copies,
            "unchanged": lambda given: given.below_db,
            "change-only": lambda given: 20 * np.log10(given.copies),
            "natural-log": lambda given: given.below_db + 20 * np.log(given.copies),
            "different": lambda given: given.below_db + given.copies,
        },
    ),
    "11.5": Answers(
        solution=lambda given: "somebody used the key" if found(given) else "Nothing",
        wrong={
            "machine": lambda given: "a machine made it",
            "untouched": lambda given: "nobody changed it",
            "clean": lambda given: "it is unmarked",
            "strength-of-evidence": lambda given: (
                "nothing" if found(given) else "somebody used the key"
            ),
        },
    ),
}
