"""Answers to the exercises of notebook 09."""

from __future__ import annotations

import math

import numpy as np

from . import Answers


def rms(y):
    return np.sqrt(np.mean(y * y))


def at(level):
    """Add noise of the RMS that `level(y, snr_db)` gives."""
    return lambda y, noise, snr_db: y + noise / rms(noise) * level(y, snr_db)


def moves(draws):
    for draw in draws:
        if draw["ran"]:
            if draw["name"] == "PitchShift":
                yield draw["settings"]["semitones"]
            if draw["name"] == "Speed":
                yield 12 * math.log2(draw["settings"]["factor"])


def heard(midi, draws):
    return midi + sum(moves(draws))


ANSWERS = {
    "09.1": Answers(
        solution=lambda given: at(lambda y, d: rms(y) * 10 ** (-d / 20)),
        wrong={
            "amplitude-for-power": lambda given: at(lambda y, d: rms(y) * 10 ** (-d / 10)),
            "upside-down": lambda given: at(lambda y, d: rms(y) * 10 ** (d / 20)),
            "noise-as-it-came": lambda given: (
                lambda y, noise, d: y + noise * rms(y) * 10 ** (-d / 20)
            ),
            "sound-forgotten": lambda given: at(lambda y, d: 10 ** (-d / 20)),
            "peaks": lambda given: (
                lambda y, noise, d: y + noise * abs(y).max() / abs(noise).max() * 10 ** (-d / 20)
            ),
            "noise-alone": lambda given: (
                lambda y, noise, d: noise / rms(noise) * rms(y) * 10 ** (-d / 20)
            ),
            "different": lambda given: lambda y, noise, d: y + noise,
        },
    ),
    "09.2": Answers(
        solution=lambda given: given.clips * given.p * (2 * given.reach - 1) / (2 * given.reach),
        wrong={
            "near-ones-too": lambda given: given.clips * given.p,
            "always-applied": lambda given: given.clips * (given.reach - 0.5) / given.reach,
            "one-side": lambda given: given.clips * given.p * (given.reach - 0.25) / given.reach,
            "whole-semitone": lambda given: given.clips * given.p * (given.reach - 1) / given.reach,
            "the-right-ones": lambda given: given.clips * given.p / (2 * given.reach),
            "share": lambda given: given.p * (given.reach - 0.5) / given.reach,
            "different": lambda given: given.clips,
        },
    ),
    "09.3": Answers(
        solution=lambda given: lambda midi, draws: math.floor(heard(midi, draws) + 0.5),
        wrong={
            "old-label": lambda given: lambda midi, draws: midi,
            "speed-forgotten": lambda given: lambda midi, draws: round(
                heard(midi, [draw for draw in draws if draw["name"] != "Speed"])
            ),
            "rounded-early": lambda given: lambda midi, draws: midi + sum(map(round, moves(draws))),
            "cut-off": lambda given: lambda midi, draws: math.floor(heard(midi, draws)),
            "not-rounded": lambda given: heard,
            "wrong-way": lambda given: lambda midi, draws: round(2 * midi - heard(midi, draws)),
            "different": lambda given: lambda midi, draws: midi + 1,
        },
    ),
}  # fmt: skip
