"""Make more data of the data there is: policies that draw how a sound is changed.

A `Pipeline` holds transforms, each with a range for every setting and a probability. One `rng`
decides everything: first the settings are drawn, then they are applied with no further luck, and
a `Record` says what was drawn. It also says which labels stay true, and refuses to break one that
you need. Transforms of audiomentations are taken as they are, and made to keep these promises.
"""

from .batch import Batch, augment_batch
from .foreign import Foreign, adopt
from .labels import LABELS
from .levels import Clip, Compress, Gain, Invert, Quantize, SoftClip
from .noise import GaussianNoise, MixClip, NoiseAtSnr, gaussian_noise
from .pipeline import Pipeline, article
from .ranges import Range, between, choice
from .record import Draw, Record
from .spec_augment import SpecAugment
from .systems import Echo, Mp3, Opus, Reverb, Telephone
from .theirs import in_audiomentations
from .timing import PitchShift, Shift, Speed, TimeMask, TimeStretch
from .tone import BandPass, HighPass, HighShelf, LowPass, LowShelf, Peak
from .transform import Transform

# What there is, as a learner would look for it.
TRANSFORMS: tuple[type[Transform], ...] = (
    *(GaussianNoise, NoiseAtSnr, MixClip),
    *(TimeStretch, PitchShift, Speed, Shift, TimeMask),
    *(Gain, Invert, Clip, SoftClip, Compress, Quantize),
    *(LowPass, HighPass, BandPass, Peak, LowShelf, HighShelf),
    *(Reverb, Echo, Mp3, Opus, Telephone),
)

__all__ = [
    "LABELS",
    "TRANSFORMS",
    "BandPass",
    "Batch",
    "Clip",
    "Compress",
    "Draw",
    "Echo",
    "Foreign",
    "Gain",
    "GaussianNoise",
    "HighPass",
    "HighShelf",
    "Invert",
    "LowPass",
    "LowShelf",
    "MixClip",
    "Mp3",
    "NoiseAtSnr",
    "Opus",
    "Peak",
    "Pipeline",
    "PitchShift",
    "Quantize",
    "Range",
    "Record",
    "Reverb",
    "Shift",
    "SoftClip",
    "SpecAugment",
    "Speed",
    "Telephone",
    "TimeMask",
    "TimeStretch",
    "Transform",
    "adopt",
    "article",
    "augment_batch",
    "between",
    "choice",
    "gaussian_noise",
    "in_audiomentations",
]
