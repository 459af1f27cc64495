"""Networks, one file a paper, each read downwards; the loop that trains the small ones; and the
weights that come with the package, by name.
"""

from .bundled import load, names, path
from .classifier import Classifier, ClassifierConfig
from .codec import SonicCodecConfig, SonicCodecModel  # registers with transformers' Auto classes
from .sound_codec import SoundCodec
from .training import Progress, TrainingConfig, fit

__all__ = [
    "Classifier",
    "ClassifierConfig",
    "Progress",
    "SonicCodecConfig",
    "SonicCodecModel",
    "SoundCodec",
    "TrainingConfig",
    "fit",
    "load",
    "names",
    "path",
]
