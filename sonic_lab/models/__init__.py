"""Networks, one file a paper, each read downwards; and the loop that trains the small ones."""

from .classifier import Classifier, ClassifierConfig
from .training import Progress, TrainingConfig, fit

__all__ = ["Classifier", "ClassifierConfig", "Progress", "TrainingConfig", "fit"]
