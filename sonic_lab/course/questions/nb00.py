"""Exercises of notebook 00, start here: three warm-ups."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..answers import Case, Choice, Function, Number
from ..draw import Draw
from ..judging import Exercise, Mistake

_HIGHER, _LOWER = "higher and shorter", "lower and longer"
_PITCH, _LOUDER = "only the pitch changes", "only the loudness changes"


def _sounds(draw: Draw) -> list[Case]:
    return [{"y": draw.noise(n).astype(np.float32)} for n in (8, 15, 64)]


RATE = Exercise(
    id="00.1",
    title="The wrong rate",
    question="A sound was recorded at {sr} Hz. A player is told that its rate is {told} Hz, and "
    "the samples stay as they are. How does it sound?",
    kind=Choice((_HIGHER, _LOWER, _PITCH, _LOUDER)),
    given=lambda draw: draw.choice(
        [{"sr": 22050, "told": told} for told in (11025, 44100)]
        + [{"sr": 16000, "told": told} for told in (8000, 32000)]
    ),
    truth=lambda sr, told: _HIGHER if told > sr else _LOWER,
    praise="The rate is the only thing that says how fast the samples are to be read. A sound "
    "that is suddenly high and hurried, or low and slow, has lost its rate on the way: the most "
    "common bug in audio code.",
    nudge="Think of a wheel of film that turns too fast or too slowly.",
    mistakes=(
        Mistake(
            "pitch-alone",
            "Every wave passes at another speed, and so does the whole sound: its length "
            "cannot stay.",
            like=lambda sr, told: _PITCH,
        ),
        Mistake(
            "loudness",
            "How loud a sound is stands in the size of its samples, and those stay as they are.",
            like=lambda sr, told: _LOUDER,
        ),
        Mistake(
            "other-way",
            "Something does become higher or lower, and the length changes with it, but the "
            "other way round: how many samples does the player now read in a second?",
            like=lambda sr, told: _LOWER if told > sr else _HIGHER,
        ),
    ),
)

HALF = Exercise(
    id="00.2",
    title="Turn it down",
    question="Write `half(y)`: it returns the same sound with half the amplitude.",
    kind=Function("half(y)"),
    given=_sounds,
    truth=lambda y: y / 2,
    praise="Half the amplitude is 6 dB less. Most people would not call that half as loud: "
    "for that it takes about 10 dB.",
    nudge="Every sample should be halved, and nothing else should change.",
    mistakes=(
        Mistake(
            "half-the-length",
            "That keeps the amplitude and throws away one half of the samples.",
            like=lambda y: y[: len(y) // 2],
        ),
        Mistake(
            "every-second-sample",
            "That keeps every second sample: a shorter sound, and no softer.",
            like=lambda y: y[::2],
        ),
        Mistake(
            "half-the-power",
            "That halves the power. Power goes with the square of the amplitude, and it is the "
            "amplitude that should be halved.",
            like=lambda y: y * np.sqrt(0.5),
        ),
        Mistake(
            "shifted",
            "That moves every sample by the same amount. To turn a sound down, make every "
            "sample smaller in proportion.",
            when=lambda got, y: bool(np.ptp(got - y) < 1e-6),
        ),
    ),
    rtol=1e-4,
    atol=1e-6,
)


def _hours(level: float, exchange_db: float = 3) -> Any:
    return 40 / 2 ** ((level - 80) / exchange_db)


SAFE = Exercise(
    id="00.3",
    title="How long is safe?",
    question="80 dBA is held to be safe for 40 hours a week, and every 3 dB more halves the time. "
    "How many hours a week are left at {level} dBA?",
    kind=Number("hours"),
    # Not 86 or 92 dBA: there, two of the mistakes below come to the same number.
    given=lambda draw: {"level": draw.choice([89, 95, 98, 101])},
    truth=lambda level: _hours(level),
    praise="The same dose of energy in less time: 3 dB more is twice the power. A few dB on the "
    "volume knob are worth hours.",
    nudge="Count in steps of 3 dB from 80 dBA. What happens to the time at every step?",
    mistakes=(
        Mistake(
            "in-proportion",
            "The time does not shrink in proportion to the number of decibels. It halves, and "
            "halves again, once for every 3 dB.",
            like=lambda level: 40 * 80 / level,
        ),
        Mistake(
            "divided-by-steps",
            "You counted the steps and divided by their number. Each step halves what the one "
            "before it left.",
            like=lambda level: 40 / ((level - 80) / 3),
        ),
        Mistake(
            "six-decibels",
            "Six decibels double the amplitude. What wears on ears is energy, and that doubles "
            "every 3 dB.",
            like=lambda level: _hours(level, 6),
        ),
        Mistake(
            "minutes",
            "That is in minutes; hours are asked for.",
            like=lambda level: _hours(level) * 60,
        ),
        Mistake(
            "longer",
            "Louder should leave less time, not more.",
            when=lambda got, level: bool(got > 40),
        ),
    ),
    rtol=0.02,  # an answer rounded to two digits is right
)

EXERCISES = (RATE, HALF, SAFE)
