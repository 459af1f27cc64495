"""Exercises of notebook 01, sound as numbers."""

from __future__ import annotations

from ..answers import Case, Function
from ..draw import Draw
from ..judging import Exercise, Mistake


def _tones(draw: Draw) -> list[Case]:
    """Two tones that pass, four that fold, one far above: rates and tones drawn for the learner."""
    sr = draw.choice([8000, 11025, 16000, 22050])
    shares = [0.2, 0.45, 0.6, 0.8, 1.2, 1.7, 3.4]
    return [{"f": round(sr * (share + draw.uniform(-0.04, 0.04))), "sr": sr} for share in shares]


ALIAS = Exercise(
    id="01.3",
    title="Predict the alias",
    question="Write `alias(f, sr)`: which frequency in Hz is heard when a sine of `f` Hz is "
    "sampled at `sr` Hz with no filter in front? It must also hold for tones far above `sr`.",
    kind=Function("alias(f, sr)"),
    given=_tones,
    truth=lambda f, sr: abs(f - sr * round(f / sr)),
    praise="That is folding: sampling cannot tell a tone from its mirror images about every "
    "multiple of half the rate.",
    nudge="Take one input by hand: which multiple of the rate lies nearest to the tone, and how "
    "far away is it?",
    mistakes=(
        Mistake(
            "no-folding",
            "Tones below half the rate come back unchanged, as yours do. Those above it do not.",
            like=lambda f, sr: f,
        ),
        Mistake(
            "remainder-only",
            "The remainder brings every tone below the rate. What happens to one that still lies "
            "between half the rate and the rate?",
            like=lambda f, sr: f % sr,
        ),
        Mistake(
            "clamped-to-nyquist",
            "A tone above half the rate is not held there: it turns round and comes back down.",
            like=lambda f, sr: min(f, sr / 2),
        ),
        Mistake(
            "negative-frequency",
            "The distance is right, but a frequency that is heard has no sign.",
            like=lambda f, sr: f - sr * round(f / sr),
        ),
        Mistake(
            "folded-once",
            "This folds once, about half the rate. A tone far above the rate needs more.",
            like=lambda f, sr: f if f <= sr / 2 else sr - f,
        ),
    ),
    atol=0.5,
)

EXERCISES = (ALIAS,)
