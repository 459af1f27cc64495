"""The bundled MusicGen: it loads as the article loads its model, and says what it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from sonic_lab import models

pytestmark = pytest.mark.skipif(
    "musicgen" not in models.names(), reason="the weights are trained and not here yet"
)

# What the article does, its steps and their calls, with the model's name changed and nothing else.
ARTICLE = """
import socket

def refuse(*_, **__):
    raise OSError("a test asks for no network")

socket.socket.connect = refuse
socket.getaddrinfo = refuse

import sonic_lab.models

name = sonic_lab.models.path("musicgen")

import torch
from scipy.io.wavfile import write
from transformers import AutoProcessor, MusicgenForConditionalGeneration

device = "cuda:0" if torch.cuda.is_available() else "cpu"
torch.manual_seed(0)
processor = AutoProcessor.from_pretrained(name)
model = MusicgenForConditionalGeneration.from_pretrained(name).to(device)
prompts = [
    "80s pop synth track with a groovy bassline",
    "Acoustic folk guitar melody, calm and melancholic",
]
inputs = processor(text=prompts, padding=True, return_tensors="pt").to(device)
audio_values = model.generate(**inputs, max_new_tokens=512)
sampling_rate = model.config.audio_encoder.sampling_rate
for i, audio in enumerate(audio_values):
    write(f"musicgen_output_{i}.wav", sampling_rate, audio.cpu().numpy().flatten())
"""


@pytest.mark.slow
def test_the_articles_code_runs_with_the_network_off(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", ARTICLE],
        cwd=tmp_path,
        env={**os.environ, "HF_HOME": str(tmp_path / "hub"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    sounds = [wavfile.read(tmp_path / f"musicgen_output_{i}.wav") for i in range(2)]
    for sr, y in sounds:
        assert sr == 16_000
        assert len(y) == (512 + 1 - 4) * 320  # the start token counts; the staircase ends late
        assert np.isfinite(y).all()
        assert 0.01 < np.sqrt(np.mean(y**2)) < 0.5  # music is neither silence nor an overload
    (_, first), (_, second) = sounds
    # Two prompts, two pieces; where they share a note, the codec plays it with the same phase.
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.5


def test_nothing_is_stored_twice_and_all_of_it_is_small() -> None:
    folder = models.path("musicgen")
    own = sum(file.stat().st_size for file in folder.iterdir())
    codec = sum(file.stat().st_size for file in models.path("codec").iterdir())
    assert own + codec < 30e6  # what the course promises for the two together
    places = json.loads((folder / "model.safetensors.index.json").read_text())["weight_map"]
    assert {p for n, p in places.items() if n.startswith("audio_encoder.")} == {
        "../codec/model.safetensors"
    }


def test_every_weight_is_found_and_computed_in_32_bits() -> None:
    from transformers import MusicgenForConditionalGeneration

    model, found = MusicgenForConditionalGeneration.from_pretrained(
        models.path("musicgen"), output_loading_info=True
    )
    assert not any(found[what] for what in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    assert {str(w.dtype) for w in model.parameters()} == {"torch.float32"}


def test_its_codec_is_the_bundled_codec() -> None:
    import torch
    from transformers import MusicgenForConditionalGeneration

    inside = MusicgenForConditionalGeneration.from_pretrained(models.path("musicgen")).audio_encoder
    alone = models.load("codec", device="cpu").model
    for name, weight in alone.state_dict().items():
        assert torch.equal(weight.float(), inside.state_dict()[name].float()), name


def test_the_card_says_what_it_learned_from_and_how_well() -> None:
    folder = models.path("musicgen")
    record = json.loads((folder / "record.json").read_text())
    assert record["data"]["licence"] == "CC0-1.0"
    assert record["data"]["clips"] >= 1000
    card = (folder / "README.md").read_text()
    assert record["data"]["sha256"] in card
    assert "Not to expect" in card
