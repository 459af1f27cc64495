"""Exercises of notebook 09, stretching data."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..answers import Case, Function, Number
from ..draw import Draw
from ..judging import Exercise, Mistake

# --- 09.1 noise at a ratio ----------------------------------------------------------------------


def _mixes(draw: Draw) -> list[Case]:
    """Draw sounds and noises of unlike levels, and a ratio below zero among the others."""
    return [
        {
            "y": draw.uniform(0.1, 0.4) * draw.noise(64),
            "noise": draw.uniform(1.5, 3) * draw.noise(64),
            "snr_db": snr_db,
        }
        for snr_db in (draw.integer(3, 9), draw.integer(12, 25), -draw.integer(2, 8))
    ]


def _scaled(y: np.ndarray, noise: np.ndarray, ratio: float) -> np.ndarray:
    return y + noise * np.sqrt(np.mean(y**2) / np.mean(noise**2)) / ratio


MIX = Exercise(
    id="09.1",
    title="Noise at a ratio",
    question="Write `noisy(y, noise, snr_db)`: the sound with the noise added, scaled so that the "
    "power of the sound is `snr_db` decibels above the power of what is added.",
    kind=Function("noisy(y, noise, snr_db)"),
    given=_mixes,
    truth=lambda y, noise, snr_db: _scaled(y, noise, 10 ** (snr_db / 20)),
    praise="Now an SNR means the same for a whisper and for a trumpet, which a fixed amplitude "
    "does not.",
    nudge="The power of a sound is the mean of its squares. First bring the noise to the power of "
    "the sound, then down by the ratio.",
    mistakes=(
        Mistake(
            "amplitude-for-power",
            "Off by a factor of two in decibels: powers go with 10^(d/10), and amplitudes, by "
            "which you multiply, with 10^(d/20).",
            like=lambda y, noise, snr_db: _scaled(y, noise, 10 ** (snr_db / 10)),
        ),
        Mistake(
            "upside-down",
            "The noise is louder where it should be softer: a high ratio means little noise.",
            like=lambda y, noise, snr_db: _scaled(y, noise, 10 ** (-snr_db / 20)),
        ),
        Mistake(
            "noise-as-it-came",
            "The noise that comes in has a power of its own. Divide that out first.",
            like=lambda y, noise, snr_db: y + noise * np.sqrt(np.mean(y**2)) / 10 ** (snr_db / 20),
        ),
        Mistake(
            "sound-forgotten",
            "You scaled the noise by the ratio alone. The sound has a power too, and the ratio is "
            "between the two.",
            like=lambda y, noise, snr_db: (
                y + noise / np.sqrt(np.mean(noise**2)) / 10 ** (snr_db / 20)
            ),
        ),
        Mistake(
            "peaks",
            "You compared the peaks. A ratio of signal to noise is one of powers.",
            like=lambda y, noise, snr_db: (
                y + noise * np.abs(y).max() / np.abs(noise).max() / 10 ** (snr_db / 20)
            ),
        ),
        Mistake(
            "noise-alone",
            "That is the noise, well scaled. Add it to the sound.",
            like=lambda y, noise, snr_db: _scaled(y, noise, 10 ** (snr_db / 20)) - y,
        ),
    ),
    rtol=1e-4,
)

# --- 09.2 labels that lie -----------------------------------------------------------------------


def _policy(draw: Draw) -> Case:
    return {
        "clips": draw.choice([400, 600, 800, 1200]),
        "reach": draw.choice([2, 3, 5]),
        "p": draw.choice([0.3, 0.4, 0.6, 0.7]),
    }


LIES = Exercise(
    id="09.2",
    title="Labels that lie",
    question="{clips} clips, each labelled with its note, go through a pitch shift that is drawn "
    "evenly from -{reach} to +{reach} semitones and applied with p = {p}. A shift of more than "
    "half a semitone, up or down, lands nearer to another note. How many labels do you expect to "
    "be wrong afterwards?",
    kind=Number("labels"),
    given=_policy,
    truth=lambda clips, reach, p: clips * p * (1 - 0.5 / reach),
    praise="And nothing crashes, nothing warns: the network is simply taught falsehoods. That is "
    "why a pipeline should be asked before it runs.",
    nudge="First: how likely is a shift that is applied to go further than half a semitone? Then: "
    "how often is it applied at all?",
    mistakes=(
        Mistake(
            "near-ones-too",
            "Those that hardly moved still carry the right note.",
            like=lambda clips, reach, p: clips * p,
        ),
        Mistake(
            "always-applied",
            "It is not applied to every clip.",
            like=lambda clips, reach, p: clips * (1 - 0.5 / reach),
        ),
        Mistake(
            "one-side",
            "The harmless region lies on both sides of zero, and so does the range.",
            like=lambda clips, reach, p: clips * p * (1 - 0.25 / reach),
        ),
        Mistake(
            "whole-semitone",
            "You let a whole semitone pass on either side. Past a half, another note is nearer.",
            like=lambda clips, reach, p: clips * p * (1 - 1 / reach),
        ),
        Mistake(
            "the-right-ones",
            "That is how many shifted clips keep their note.",
            like=lambda clips, reach, p: clips * p * 0.5 / reach,
        ),
        Mistake(
            "share",
            "That is a share of the clips. How many are they?",
            like=lambda clips, reach, p: p * (1 - 0.5 / reach),
        ),
    ),
    rtol=5e-3,
)

# --- 09.3 mend the label ------------------------------------------------------------------------


def _draws(draw: Draw) -> list[Case]:
    """Draw records in which rounding twice, or heeding what did not run, gives another note."""
    low = draw.integer(40, 50)
    half = draw.uniform(0.3, 0.4, digits=2)

    def one(name: str, ran: bool, **settings: float) -> dict[str, Any]:
        return {"name": name, "ran": ran, "settings": settings if ran else {}}

    noise = one("GaussianNoise", True, amplitude=0.01)
    return [
        {
            "midi": low,
            "draws": [
                one("PitchShift", True, semitones=2 + half),
                noise,
                one("Speed", True, factor=round(2 ** ((1 + half) / 12), 4)),
            ],
        },
        {
            "midi": low + 12,
            "draws": [noise, one("PitchShift", False), one("TimeStretch", True, rate=1.2)],
        },
        {
            "midi": low + 20,
            "draws": [
                one("Speed", True, factor=round(2 ** (-(3 + half) / 12), 4)),
                one("PitchShift", True, semitones=-half),
            ],
        },
    ]  # fmt: skip


def _moved(draws: list[dict[str, Any]]) -> list[float]:
    moves = [0.0]
    for one in draws:
        if one["ran"] and one["name"] == "PitchShift":
            moves.append(one["settings"]["semitones"])
        elif one["ran"] and one["name"] == "Speed":
            moves.append(12 * float(np.log2(one["settings"]["factor"])))
    return moves


def _pitch_alone(draws: list[dict[str, Any]]) -> float:
    return sum(
        one["settings"]["semitones"] for one in draws if one["name"] == "PitchShift" and one["ran"]
    )


MEND = Exercise(
    id="09.3",
    title="Mend the label",
    question="Write `new_note(midi, draws)`: the whole MIDI number of the note that is heard after "
    "augmentation. `draws` is what `record.to_dict()['draws']` holds: a list of dicts with 'name', "
    "'ran' and 'settings'. `PitchShift` moves by its 'semitones'; `Speed` multiplies every "
    "frequency by its 'factor'; the others leave the pitch alone.",
    kind=Function("new_note(midi, draws)"),
    given=_draws,
    truth=lambda midi, draws: round(midi + sum(_moved(draws))),
    praise="A label need not be kept, if it is changed along with the sound. That takes a record "
    "of every draw.",
    nudge="Add up what moves the pitch, in semitones (a factor of two is twelve), skip what did "
    "not run, and round at the end.",
    mistakes=(
        Mistake(
            "old-label",
            "That is the label from before. The sound has moved.",
            like=lambda midi, draws: midi,
        ),
        Mistake(
            "speed-forgotten",
            "Playing faster raises the pitch too.",
            like=lambda midi, draws: round(midi + _pitch_alone(draws)),
        ),
        Mistake(
            "rounded-early",
            "You rounded each move by itself. Two moves of 0.4 are nearer to one semitone than to "
            "none.",
            like=lambda midi, draws: midi + sum(round(move) for move in _moved(draws)),
        ),
        Mistake(
            "cut-off",
            "You cut the digits off. The nearest note is wanted.",
            like=lambda midi, draws: int(midi + sum(_moved(draws))),
        ),
        Mistake(
            "not-rounded",
            "A note's number is whole: round it.",
            like=lambda midi, draws: midi + sum(_moved(draws)),
        ),
        Mistake(
            "wrong-way",
            "You went the other way: positive semitones are up.",
            like=lambda midi, draws: round(midi - sum(_moved(draws))),
        ),
    ),
    rtol=0,
    atol=1e-6,
)

EXERCISES = (MIX, LIES, MEND)
