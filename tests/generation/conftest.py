"""One random MusicGen on disk, as `save_pretrained` writes it, with our codec and tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sonic_lab import generation
from sonic_lab.models.codec import SonicCodecConfig
from sonic_lab.models.musicgen import MusicgenSize, random_model, tiny_config
from sonic_lab.models.pieces import make_processor, save_processor, train_pieces
from tests.generation import noise

SMALL = MusicgenSize(
    width=64, layers=2, heads=2, hidden=96, text_width=32, text_layers=1, text_heads=2,
    text_hidden=48, vocabulary=120, codebook_size=128,
)  # fmt: skip


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of 0.3 M numbers, stored in float16 as the bundled one is."""
    path = tmp_path_factory.mktemp("weights") / "random-musicgen"
    codec = SonicCodecConfig(
        codebook_size=128, codebook_dim=16, hidden_size=32, intermediate_size=32, decoder_layers=2
    )
    network = noise.lively(random_model(tiny_config(SMALL, codec=codec)))
    network.half().save_pretrained(path)
    texts = ["slow sad piano melody", "fast happy flute with drums"] * 9
    save_processor(make_processor(train_pieces(texts, size=120)), path)
    (path / "README.md").write_text("---\nlicense: cc0-1.0\n---\n# Noise\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def model(folder: Path) -> Any:
    return generation.load(folder, device="cpu")
