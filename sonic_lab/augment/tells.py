"""What the transforms of audiomentations do to labels, by name and by their own settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .levels import Gain, Quantize
from .timing import PitchShift, Shift, TimeMask
from .tone import HighPass, HighShelf, LowPass, LowShelf, Peak

_NOISY = {"quality": "noise is what a judge of quality listens for"}
_ADDED = {**_NOISY, "place": "another place is heard with it"}
_HARSH = {"quality": "distortion is a fault of recording"}
_LEVEL = {"loudness": "the level is what it changes"}
_CUT = {"timing": "what is heard begins elsewhere", "words": "a word may be cut off"}

# Each gives the labels that its transform may break, from the transform as it was built.
_TELLS: dict[str, Callable[[Any], Mapping[str, str]]] = {
    "AddBackgroundNoise": lambda t: _ADDED,
    "AddColorNoise": lambda t: _NOISY,
    "AddShortNoises": lambda t: _ADDED,
    "AdjustDuration": lambda t: _CUT,
    "AirAbsorption": lambda t: {"place": "it comes from further away"},
    "Aliasing": lambda t: {**_HARSH, "note": "overtones fold back as other pitches"},
    "ApplyImpulseResponse": lambda t: {"place": "another room is heard"},
    "BandPassFilter": lambda t: {"quality": "part of the spectrum is taken away"},
    "BandStopFilter": lambda t: {"quality": "part of the spectrum is taken away"},
    "BitCrush": lambda t: Quantize(bits=(t.min_bit_depth, min(24, t.max_bit_depth))).breaks(),
    "Clip": lambda t: {**_HARSH, **_LEVEL},
    "ClippingDistortion": lambda t: {
        **_HARSH,
        **_LEVEL,
        **(
            {"instrument": "so much clipping adds overtones that are not the instrument's"}
            if t.max_percentile_threshold > 50
            else {}
        ),
    },
    "Gain": lambda t: Gain(gain_db=(t.min_gain_db, t.max_gain_db)).breaks(),
    "GainTransition": lambda t: _LEVEL,
    "HighPassFilter": lambda t: HighPass(cutoff_hz=(t.min_cutoff_freq, t.max_cutoff_freq)).breaks(),
    "HighShelfFilter": lambda t: HighShelf(gain_db=(t.min_gain_db, t.max_gain_db)).breaks(),
    "Limiter": lambda t: _LEVEL,
    "LoudnessNormalization": lambda t: _LEVEL,
    "LowPassFilter": lambda t: LowPass(cutoff_hz=(t.min_cutoff_freq, t.max_cutoff_freq)).breaks(),
    "LowShelfFilter": lambda t: LowShelf(gain_db=(t.min_gain_db, t.max_gain_db)).breaks(),
    "Mp3Compression": lambda t: {"quality": "it is coded with loss"},
    "Normalize": lambda t: _LEVEL,
    "Padding": lambda t: _CUT,
    "PeakingFilter": lambda t: Peak(gain_db=(t.min_gain_db, t.max_gain_db)).breaks(),
    "PitchShift": lambda t: PitchShift(semitones=(t.min_semitones, t.max_semitones)).breaks(),
    "PolarityInversion": lambda t: {},
    "RepeatPart": lambda t: {**_CUT, "tempo": "a part that comes again need not fit the beat"},
    "Resample": lambda t: {"quality": "what lies above half the lower rate is lost"},
    "Reverse": lambda t: dict.fromkeys(
        ("timing", "words", "instrument", "style", "speaker"), "it runs backwards"
    ),
    "RoomSimulator": lambda t: {"place": "another room is heard"},
    "SevenBandParametricEQ": lambda t: Peak(gain_db=(t.min_gain_db, t.max_gain_db)).breaks(),
    "Shift": lambda t: Shift(wrap=t.rollover).breaks(),
    "TanhDistortion": lambda t: {**_HARSH, **_LEVEL},
    "TimeMask": lambda t: TimeMask().breaks(),
    "Trim": lambda t: _CUT,
}


def breaks_of(transform: Any) -> Mapping[str, str] | None:
    """Return the labels that a transform of audiomentations may break; None if it is not known."""
    tell = _TELLS.get(type(transform).__name__)
    return None if tell is None else tell(transform)
