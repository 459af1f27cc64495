"""A MusicGen with random weights in a folder: noise, made by the steps of a trained one."""

from __future__ import annotations

from pathlib import Path

from sonic_lab.models.pieces import make_processor, save_processor, train_pieces
from tests.generation.noise import tiny


def write_random_model(folder: Path) -> Path:
    """Write the bundled model's architecture, as `save_pretrained` would."""
    network = tiny()
    network.half().save_pretrained(folder)
    texts = ["slow sad piano melody", "fast happy flute", "techno drums and bass"]
    save_processor(make_processor(train_pieces(texts * 3, size=120)), folder)
    return folder
