"""GenerationStudio over the engine itself, on a small MusicGen with random weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sonic_lab as sl
from sonic_lab.widgets import GenerationStudio
from tests.widgets.random_model import write_random_model
from tests.widgets.scripted import wait_for


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random_model(tmp_path_factory.mktemp("models") / "random")


@pytest.fixture
def studio(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> GenerationStudio:
    monkeypatch.chdir(tmp_path)
    return GenerationStudio(
        prompt="slow sad piano melody", model=str(folder), device="cpu", duration_s=0.8, seed=3
    )


def test_a_take_is_what_the_engine_makes(studio, folder):
    take = studio.generate(wait=True)
    settings = {"guidance": 3.0, "top_k": 250, "seed": 3, "duration_s": 0.8}
    y, sr = sl.generation.generate(take.prompt, model=str(folder), device="cpu", **settings)
    np.testing.assert_array_equal(take.y, y)
    assert take.sr == sr
    assert studio.take is take
    assert studio.progress["stage"] == "done"
    assert studio.error == ""


def test_the_shown_code_makes_the_same_tokens(studio):
    for settings in ({"top_k": 0, "top_p": 0.9}, {"temperature": 0.0, "guidance": 1.0}):
        for name, value in settings.items():
            setattr(studio, name, value)
        take = studio.generate(wait=True)
        space: dict = {}
        exec(studio.code, space)
        np.testing.assert_array_equal(space["take"].tokens, take.tokens)
        np.testing.assert_array_equal(space["y"], take.y)
        assert list(Path.cwd().glob("*.wav"))  # it saves, too


def test_what_is_shown_of_a_token_is_what_the_engine_says(studio):
    take = studio.generate(wait=True)
    studio.place = [2, 7]
    found = studio.distribution
    assert found["chosen"] == take.tokens[0, 2, 7]
    assert found["probabilities"] == sorted(found["probabilities"], reverse=True)
    assert sum(found["probabilities"]) <= 1 + 1e-9  # the twenty likeliest, in double precision
    assert 0 < found["chosen_probability"] <= 1
    assert 0 <= found["entropy_bits"] <= 10  # 1024 tokens
    studio.set_state({"place": [9, 9]})
    assert "not among the 4 codebooks" in studio.error


def test_stopping_ends_it_and_another_take_can_follow(studio):
    studio.duration_s = 30.0
    studio.generate()
    wait_for(lambda: studio.progress["step"] > 5, "it composes")
    studio.cancel()
    wait_for(lambda: studio._live is None, "it has stopped")
    assert studio.progress["stage"] == "cancelled"
    assert studio.progress["step"] < studio.progress["steps"]
    studio.duration_s = 0.5
    assert studio.generate(wait=True).y.shape[-1] > 0


def test_ten_thousand_characters_are_more_than_it_reads(studio):
    studio.prompt = "la " * 3334
    with pytest.raises(sl.errors.ParameterError, match="a sentence or two is what it knows"):
        studio.generate(wait=True)
    assert "reads at most" in studio.error


@pytest.mark.parametrize("prompt", ["🎹🎻 für Elise", "'\"\\ {x} \n%s"])
def test_any_words_are_taken(studio, prompt):
    studio.prompt, studio.duration_s = prompt, 0.2
    assert studio.generate(wait=True).prompt == prompt.strip()
    studio.save()


def test_a_hub_that_cannot_be_reached_is_said_with_the_cure(studio, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    studio.model = "facebook/musicgen-small"
    with pytest.raises(sl.errors.SonicLabError):
        studio.generate(wait=True)
    assert studio.error
    assert "tiny" in studio.error
    assert studio.takes == ()


def test_a_folder_that_holds_no_model_is_said(studio, tmp_path):
    studio.model = str(tmp_path)
    with pytest.raises(sl.errors.SonicLabError):
        studio.generate(wait=True)
    assert str(tmp_path) in studio.error


def test_a_device_that_is_not_there_is_said(studio):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("it is there")
    studio.device = "cuda"
    studio._receive(studio, {"type": "generate"}, [])
    assert "this machine shows 0 CUDA devices" in studio.error
    assert studio._live is None
