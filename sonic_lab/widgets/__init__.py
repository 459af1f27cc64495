"""The instruments: widgets that let you hear, see and move what the course is about."""

from .ab_player import ABPlayer
from .augmentation_bench import AugmentationBench
from .explorer import SpectrogramExplorer
from .generation_studio import GenerationStudio
from .lineage_graph import LineageGraph
from .watermark_lab import WatermarkLab

__all__ = [
    "ABPlayer",
    "AugmentationBench",
    "GenerationStudio",
    "LineageGraph",
    "SpectrogramExplorer",
    "WatermarkLab",
]
