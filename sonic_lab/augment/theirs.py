"""The same policy in audiomentations' own words, as far as that library has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .noise import GaussianNoise, NoiseAtSnr
from .tone import BandPass
from .transform import Transform

_DECAYS = {"pink": -3.01, "brown": -6.02}  # dB an octave, as it names the colours


def in_audiomentations(transform: Transform) -> str | None:
    """Return the call that builds the same in audiomentations, or None where it has no such thing.

    The ranges are the same; how luck is spread over them may differ (it draws cutoffs evenly on
    the mel scale), and so will what is drawn.

    Examples
    --------
    >>> from sonic_lab.augment import PitchShift, Speed
    >>> in_audiomentations(PitchShift(semitones=(-2, 2), p=1))
    'PitchShift(min_semitones=-2.0, max_semitones=2.0, p=1.0)'
    >>> in_audiomentations(Speed()) is None
    True
    """
    build = _BUILD.get(type(transform).__name__)
    found = None if build is None else build(transform)
    if found is None:
        return None
    name, arguments = found
    inside = ", ".join(f"{key}={value!r}" for key, value in {**arguments, "p": transform.p}.items())
    return f"{name}({inside})"


Call = tuple[str, dict[str, Any]]


def _ends(transform: Transform, setting: str, stem: str) -> dict[str, Any]:
    low, high = transform.span(setting)
    return {f"min_{stem}": low, f"max_{stem}": high}


def _noise(transform: Transform) -> Call:
    assert isinstance(transform, NoiseAtSnr)
    snr = _ends(transform, "snr_db", "snr_db")
    if transform.color == "white":
        return "AddGaussianSNR", snr
    decay = _DECAYS[transform.color]
    return "AddColorNoise", {**snr, "min_f_decay": decay, "max_f_decay": decay}


def _pass(name: str) -> Callable[[Transform], Call]:
    def build(transform: Any) -> Call:
        slope = 6 * transform.order  # dB an octave
        cutoff = _ends(transform, "cutoff_hz", "cutoff_freq")
        return name, {**cutoff, "min_rolloff": slope, "max_rolloff": slope}

    return build


def _band(transform: Transform) -> Call | None:
    assert isinstance(transform, BandPass)
    low, high = (2 ** (octaves / 2) - 2 ** (-octaves / 2) for octaves in transform.span("octaves"))
    if high >= 2:  # it counts the band symmetrically in Hz, and would begin below zero
        return None
    slope = {"min_rolloff": 6 * transform.order, "max_rolloff": 6 * transform.order}
    width = {"min_bandwidth_fraction": low, "max_bandwidth_fraction": high}
    return "BandPassFilter", {**_ends(transform, "center_hz", "center_freq"), **width, **slope}


def _shelf(name: str) -> Callable[[Transform], Call]:
    def build(transform: Transform) -> Call:
        steepest = {"min_q": 0.707, "max_q": 0.707}
        gain = _ends(transform, "gain_db", "gain_db")
        return name, {**_ends(transform, "corner_hz", "center_freq"), **gain, **steepest}

    return build


def _mask(transform: Transform) -> Call | None:
    if transform.span("place") != (0, 1):
        return None
    return "TimeMask", {**_ends(transform, "fraction", "band_part"), "fade_duration": 0.005}


_BUILD: dict[str, Callable[[Any], Call | None]] = {
    GaussianNoise.__name__: lambda t: (
        ("AddGaussianNoise", _ends(t, "amplitude", "amplitude"))
        if t.span("amplitude")[0] > 0
        else None
    ),
    NoiseAtSnr.__name__: _noise,
    "Gain": lambda t: ("Gain", _ends(t, "gain_db", "gain_db")),
    "Invert": lambda t: ("PolarityInversion", {}),
    "Quantize": lambda t: (
        "BitCrush",
        {key: int(value) for key, value in _ends(t, "bits", "bit_depth").items()},
    ),
    "LowPass": _pass("LowPassFilter"),
    "HighPass": _pass("HighPassFilter"),
    "BandPass": _band,
    "Peak": lambda t: (
        "PeakingFilter",
        {
            **_ends(t, "center_hz", "center_freq"),
            **_ends(t, "gain_db", "gain_db"),
            **_ends(t, "q", "q"),
        },
    ),
    "LowShelf": _shelf("LowShelfFilter"),
    "HighShelf": _shelf("HighShelfFilter"),
    "TimeStretch": lambda t: (
        "TimeStretch",
        {**_ends(t, "rate", "rate"), "leave_length_unchanged": t.keep_length},
    ),
    "PitchShift": lambda t: ("PitchShift", _ends(t, "semitones", "semitones")),
    "Shift": lambda t: (
        "Shift",
        {**_ends(t, "fraction", "shift"), "shift_unit": "fraction", "rollover": t.wrap},
    ),
    "TimeMask": _mask,
}
