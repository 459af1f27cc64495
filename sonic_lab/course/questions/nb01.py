"""Exercises of notebook 01, sound as numbers."""

from __future__ import annotations

import numpy as np

from ..answers import Case, Function, Number
from ..draw import Draw
from ..judging import Exercise, Mistake

# --- 01.1 a shape and a rate --------------------------------------------------------------------

LENGTH = Exercise(
    id="01.1",
    title="How long is it?",
    question="A sound has `y.shape == (2, {n})` and `sr == {sr}`. How many seconds does it last?",
    kind=Number("seconds"),
    given=lambda draw: {
        "n": draw.integer(50_000, 900_000),
        "sr": draw.choice([16000, 22050, 44100, 48000]),
    },
    truth=lambda n, sr: n / sr,
    praise="Samples of one channel over samples per second. The channels sound at the same time.",
    nudge="Which of the two numbers in the shape counts time, and how many of them make a second?",
    mistakes=(
        Mistake(
            "channels-in-a-row",
            "Left and right are heard together and not one after the other.",
            like=lambda n, sr: 2 * n / sr,
        ),
        Mistake(
            "channels-shared",
            "The rate is counted in each channel: two channels do not share it.",
            like=lambda n, sr: n / sr / 2,
        ),
        Mistake(
            "upside-down",
            "That is the inverse. A longer array should give a longer time.",
            like=lambda n, sr: sr / n,
        ),
        Mistake(
            "samples-for-seconds",
            "That counts samples. How many of them go by in a second?",
            like=lambda n, sr: n,
        ),
    ),
)

# --- 01.2 aliasing ------------------------------------------------------------------------------


def _tones(draw: Draw) -> list[Case]:
    """Draw two tones that pass, three that fold once, two from far above the rate."""
    sr = draw.choice([8000, 11025, 16000, 22050])
    shares = [0.2, 0.45, 0.6, 0.8, 1.2, 1.7, 3.4]
    return [{"f": round(sr * (share + draw.uniform(-0.04, 0.04))), "sr": sr} for share in shares]


ALIAS = Exercise(
    id="01.2",
    title="Predict the alias",
    question="Write `alias(f, sr)`: which frequency in Hz is heard when a sine of `f` Hz is "
    "sampled at `sr` Hz with no filter in front? It must also hold for tones far above `sr`.",
    kind=Function("alias(f, sr)"),
    given=_tones,
    truth=lambda f, sr: abs(f - sr * round(f / sr)),
    praise="That is folding: once sampled, a tone cannot be told from its mirror images about "
    "the multiples of half the rate.",
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
            "folded-at-the-rate",
            "The mirror does not stand at the rate. How high is the highest tone that comes "
            "through unchanged?",
            like=lambda f, sr: abs(f - 2 * sr * round(f / (2 * sr))),
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
    rtol=0,
    atol=0.5,  # Hz: finer than anybody hears, and wide enough for any order of the arithmetic
)

# --- 01.3 quantisation --------------------------------------------------------------------------


def _to_quantise(draw: Draw) -> list[Case]:
    return [
        {"y": (0.9 * draw.noise(40)).astype(np.float32), "bits": bits} for bits in (2, 4, 8, 12)
    ]


def _stepped(y: np.ndarray, step: float) -> np.ndarray:
    return np.round(y.astype(np.float64) / step) * step


QUANTISE = Exercise(
    id="01.3",
    title="Round to the grid",
    question="Write `quantise(y, bits)`: it rounds every sample to the nearest step, where "
    "`2**bits` steps span the range from -1 to 1, and returns floats. (No sample of the test "
    "comes near full scale, so nothing needs to be clipped.)",
    kind=Function("quantise(y, bits)"),
    given=_to_quantise,
    truth=lambda y, bits: _stepped(y, 2.0 ** (1 - bits)),
    praise="That is what every converter does. The error of each sample is at most half a step, "
    "and each bit more halves the step.",
    nudge="How wide is a step, if so many of them span the whole range from -1 to 1? Divide by "
    "it, round, and go back.",
    mistakes=(
        Mistake(
            "half-the-steps",
            "Your steps are twice as wide as they should be: the range from -1 to 1 is 2 wide.",
            like=lambda y, bits: _stepped(y, 2.0 ** (2 - bits)),
        ),
        Mistake(
            "twice-the-steps",
            "Your steps are half as wide as they should be: the range from -1 to 1 is 2 wide, "
            "not 1.",
            like=lambda y, bits: _stepped(y, 2.0**-bits),
        ),
        Mistake(
            "bits-for-levels",
            "A bit doubles the number of steps. It does not add one.",
            like=lambda y, bits: _stepped(y, 2.0 / bits),
        ),
        Mistake(
            "truncated",
            "The steps are right, but this always goes down to the next one, and so the error is "
            "up to a whole step. The nearest is asked for.",
            like=lambda y, bits: np.floor(y * 2.0 ** (bits - 1)) * 2.0 ** (1 - bits),
        ),
        Mistake(
            "towards-zero",
            "The steps are right, but this cuts towards zero, as turning a float into an integer "
            "does. The nearest is asked for.",
            like=lambda y, bits: np.trunc(y * 2.0 ** (bits - 1)) * 2.0 ** (1 - bits),
        ),
        Mistake(
            "left-as-integers",
            "These are the numbers of the steps. Go back to where those steps lie between -1 "
            "and 1.",
            like=lambda y, bits: np.round(y * 2.0 ** (bits - 1)),
        ),
        Mistake(
            "decimal-places",
            "That rounds decimal places, and those are powers of ten. Bits are powers of two.",
            like=lambda y, bits: np.round(y, bits),
        ),
    ),
    rtol=0,
    atol=1e-6,  # float32 rounding, far below a step of 12 bits (5e-4)
)

# --- 01.4 level ---------------------------------------------------------------------------------


def _to_measure(draw: Draw) -> list[Case]:
    return [
        {"y": (gain * draw.noise(200) + shift).astype(np.float32)}
        for gain, shift in ((0.9, 0.0), (0.1, 0.02), (0.004, 0.0))
    ]


def _rms(y: np.ndarray) -> float:
    return float(np.sqrt(np.mean(y.astype(np.float64) ** 2)))


LEVEL = Exercise(
    id="01.4",
    title="Level in decibels",
    question="Write `level_db(y)`: the RMS level of a sound in dB, where an RMS of 1 is 0 dB.",
    kind=Function("level_db(y)"),
    given=_to_measure,
    truth=lambda y: 20 * np.log10(_rms(y)),
    praise="An amplitude takes 20, a power takes 10, and both give the same decibels. That is "
    "the point of the two factors.",
    nudge="Three steps: the root of the mean of the squares, its logarithm to base 10, and the "
    "factor that goes with an amplitude.",
    mistakes=(
        Mistake(
            "power-for-amplitude",
            "An RMS is an amplitude, and this takes the factor that belongs to a power.",
            like=lambda y: 10 * np.log10(_rms(y)),
        ),
        Mistake(
            "amplitude-for-power",
            "The mean square is a power, and this takes the factor that belongs to an amplitude. "
            "Was the root forgotten?",
            like=lambda y: 40 * np.log10(_rms(y)),
        ),
        Mistake(
            "natural-logarithm",
            "`np.log` is the natural logarithm. Decibels are made with base 10.",
            like=lambda y: 20 * np.log(_rms(y)),
        ),
        Mistake(
            "no-logarithm",
            "That is the RMS itself. Decibels are a logarithm of it.",
            like=lambda y: _rms(y),
        ),
        Mistake(
            "peak-for-rms",
            "That is the level of the highest sample. RMS looks at all of them.",
            like=lambda y: 20 * np.log10(np.abs(y).max()),
        ),
        Mistake(
            "mean-of-magnitudes",
            "That is the mean of the magnitudes. RMS squares first, then takes the mean, then "
            "the root.",
            like=lambda y: 20 * np.log10(np.abs(y).mean()),
        ),
    ),
    rtol=0,
    atol=0.02,  # dB: five times finer than a meter shows
)

# --- 01.5 to sixteen bits -----------------------------------------------------------------------


def _too_loud(draw: Draw) -> list[Case]:
    loud = np.array([1.0, -1.0, 1.3, -1.7, 0.0, 2.5])
    return [{"y": np.concatenate([loud, draw.noise(26)]).astype(np.float32)}]


def _pcm(y: np.ndarray) -> np.ndarray:
    return np.round(np.clip(y.astype(np.float64), -1, 1) * 32767)


def _wraps(got: np.ndarray, y: np.ndarray) -> bool:
    """Right where the sound fits, and somewhere on the far side of zero where it does not."""
    fits = np.abs(y) <= 0.999
    flipped = np.sign(got[~fits]) * np.sign(y[~fits]) < 0
    return bool(np.abs(got[fits] - _pcm(y)[fits]).max() <= 1.01 and flipped.any())


PCM = Exercise(
    id="01.5",
    title="Down to 16 bits",
    question="Write `to_pcm16(y)`: it turns floats into the whole numbers of a 16-bit file. 1 "
    "becomes 32767, -1 becomes -32767, and what lies beyond is held there.",
    kind=Function("to_pcm16(y)"),
    given=_too_loud,
    truth=_pcm,
    praise="Clip first, then scale, then convert. In the other order the loudest moments wrap "
    "round, and a crack like a gunshot is in the file.",
    nudge="Look at three samples by hand: 0, 1 and 1.3.",
    mistakes=(
        Mistake(
            "not-clipped",
            "Some of these numbers do not fit into 16 bits, which end at 32767.",
            like=lambda y: np.round(y.astype(np.float64) * 32767),
        ),
        Mistake(
            "wrapped",
            "A sample above 1 came out negative: it ran past the largest 16-bit number and came "
            "back at the other end. Hold it before you convert.",
            when=_wraps,
        ),
        Mistake(
            "turned-down",
            "That turns the whole sound down until its peak fits. A good habit, but here only "
            "what lies beyond full scale should change.",
            like=lambda y: np.round(y / np.abs(y).max() * 32767),
        ),
        Mistake(
            "cut-to-zero",
            "These are whole numbers, but the sound was not scaled up before, and almost all of "
            "it is gone.",
            when=lambda got, y: bool(set(np.unique(got)) <= {-2.0, -1.0, 0.0, 1.0, 2.0}),
        ),
        Mistake(
            "not-scaled",
            "These still lie between -1 and 1. As whole numbers, most of them would be 0.",
            like=lambda y: np.clip(y, -1, 1),
        ),
        Mistake(
            "unsigned",
            "Silence should be 0. In 16-bit files the samples are signed.",
            like=lambda y: np.round((np.clip(y.astype(np.float64), -1, 1) + 1) / 2 * 65535),
        ),
    ),
    rtol=0,
    atol=1.01,  # one step: rounding or cutting, 32767 or 32768 are all in use
)

# --- 01.6 bytes ---------------------------------------------------------------------------------


def _megabytes(minutes: float, sr: int, bits: int, channels: int = 2) -> float:
    return minutes * 60 * sr * channels * bits / 8 / 1e6


SIZE = Exercise(
    id="01.6",
    title="What an album weighs",
    question="{minutes} minutes of stereo at {sr} Hz, {bits} bits a sample, with no compression: "
    "how many megabytes (millions of bytes) is that?",
    kind=Number("megabytes"),
    given=lambda draw: {
        "minutes": draw.integer(35, 75),
        "sr": draw.choice([44100, 48000, 96000]),
        "bits": draw.choice([16, 24]),
    },
    truth=_megabytes,
    praise="Time, rate, channels, bytes: the four factors of every uncompressed sound. FLAC "
    "about halves it, an MP3 takes a tenth, and a neural codec less than a hundredth.",
    nudge="Four factors: seconds, samples a second, channels, and bytes a sample.",
    mistakes=(
        Mistake(
            "bits-for-bytes",
            "Those are megabits. Eight bits make a byte.",
            like=lambda minutes, sr, bits: 8 * _megabytes(minutes, sr, bits),
        ),
        Mistake(
            "mono",
            "One channel is missing.",
            like=lambda minutes, sr, bits: _megabytes(minutes, sr, bits, channels=1),
        ),
        Mistake(
            "minutes-for-seconds",
            "The rate counts samples in a second, and your time is in minutes.",
            like=lambda minutes, sr, bits: _megabytes(minutes, sr, bits) / 60,
        ),
        Mistake(
            "bytes",
            "Those are bytes; millions of bytes are asked for.",
            like=lambda minutes, sr, bits: 1e6 * _megabytes(minutes, sr, bits),
        ),
        Mistake(
            "binary-megabytes",
            "You divided by 2**20. That is a mebibyte; a megabyte is a million bytes.",
            like=lambda minutes, sr, bits: _megabytes(minutes, sr, bits) * 1e6 / 2**20,
        ),
    ),
    rtol=0.005,  # rounded to a megabyte is right; the mebibyte, 4.6 % off, is not
)

EXERCISES = (LENGTH, ALIAS, QUANTISE, LEVEL, PCM, SIZE)
