"""The bundled MusicLM: it plays through the course's one call, and says what it is."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sonic_lab import generation, models
from sonic_lab.models.musiclm import MusicLM

pytestmark = pytest.mark.skipif(
    "musiclm" not in models.names(), reason="the weights are trained and not here yet"
)


def test_it_plays_what_words_ask_for() -> None:
    first, sr = generation.generate("slow sad piano melody", duration_s=2, seed=0, model="musiclm")
    second, _ = generation.generate("fast techno drums", duration_s=2, seed=0, model="musiclm")
    assert sr == 16_000
    for y in (first, second):
        assert y.shape == (2 * sr,)
        assert np.isfinite(y).all()
        assert 0.01 < np.sqrt(np.mean(y**2)) < 0.5  # music is neither silence nor an overload
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.2  # two prompts, two pieces


def test_it_is_in_the_catalogue_and_loads_by_name() -> None:
    assert generation.info("musiclm").source == "bundled"
    model = models.load("musiclm", device="cpu")
    assert isinstance(model, MusicLM)
    assert model.config.codebook_size == models.load("codec", device="cpu").codebook_size


def test_all_of_it_is_small() -> None:
    folder = models.path("musiclm")
    assert sum(file.stat().st_size for file in folder.iterdir()) < 14e6


def test_the_card_says_what_it_learned_from_and_how_well() -> None:
    folder = models.path("musiclm")
    record = json.loads((folder / "record.json").read_text())
    assert record["data"]["licence"] == "CC0-1.0"
    assert record["data"]["clips"] >= 1000
    card = (folder / "README.md").read_text()
    assert record["data"]["sha256"] in card
    assert record["files"]["model.safetensors"] in card
    assert "captions that find their clip among 100" in card
