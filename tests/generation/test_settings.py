"""What a person may choose, and what is said of all else."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sonic_lab import generation
from sonic_lab.errors import DeviceError, ParameterError, UnknownNameError
from sonic_lab.generation import Job, Model, Settings

PROMPT = "slow sad piano melody"

BAD = {
    "duration_s": [0, -1, math.inf, math.nan, "six", None, True, [6]],
    "seed": [-1, 2**63, 1.5, "0", True, np.float64(3)],
    "guidance": [0.5, -3, 21, math.nan, "3"],
    "temperature": [-0.1, 11, math.inf, math.nan, None, "hot"],
    "top_k": [0, -5, 2.5, "250", True],
    "top_p": [0, -0.1, 1.1, math.nan, "0.9"],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in BAD.items() for v in values])
def test_a_setting_that_cannot_be_is_refused_at_once_by_name_and_value(
    name: str, value: Any
) -> None:
    with pytest.raises(ParameterError, match=f"^{name}=.*(must|lie|number)"):
        Job(PROMPT, **{name: value})


@pytest.mark.parametrize("prompt", ["", "   ", "\n\t"])
def test_a_prompt_that_says_nothing_is_refused(prompt: str) -> None:
    with pytest.raises(ParameterError, match="says nothing: write what you want to hear"):
        Job(prompt)


@pytest.mark.parametrize("prompt", [None, 3, b"piano", ["piano"]])
def test_a_prompt_is_text(prompt: Any) -> None:
    with pytest.raises(ParameterError, match="must be text"):
        Job(prompt)


def test_numpy_numbers_are_numbers() -> None:
    s = Settings(duration_s=np.float32(2), seed=np.int64(3), top_k=np.int32(5))
    assert (s.duration_s, s.seed, s.top_k) == (2, 3, 5)
    assert {type(v) for v in s.to_dict().values()} <= {float, int, type(None)}  # fit for JSON


def test_a_setting_that_does_not_exist_is_named_with_the_one_that_was_meant() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'temperature'"):
        Job(PROMPT, temprature=1)


def test_a_prompt_of_ten_thousand_characters_is_refused_with_its_limit(model: Model) -> None:
    with pytest.raises(ParameterError, match=r"10000 characters.*reads at most 512.*a sentence"):
        Job(("sad piano " * 1000)[:10_000].replace(" ", ".")[:10_000], model=model).run()


@pytest.mark.parametrize(
    "prompt", ["🎹🎸🥁", "Klavier, langsam – traurig", "ピアノ", "'; DROP", "a"]
)
def test_any_script_makes_sound(model: Model, prompt: str) -> None:
    assert Job(prompt, model=model, duration_s=0.2, seed=0).run().y.shape == (3200,)


def test_a_duration_beyond_the_models_memory_is_refused_with_its_limit(model: Model) -> None:
    with pytest.raises(ParameterError, match=r"at most 40.88 seconds"):
        Job(PROMPT, model=model, duration_s=41).run()


@pytest.mark.parametrize("duration_s", [0.001, 0.02, 0.03, 0.06])
def test_the_shortest_sounds_are_whole_frames(model: Model, duration_s: float) -> None:
    y = Job(PROMPT, model=model, duration_s=duration_s, seed=0).run().y
    assert len(y) == 320 * max(1, round(duration_s * 50))


def test_the_longest_sound_fits(model: Model) -> None:
    assert model.frames(model.max_duration_s) + 4 <= 2048


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("tinny", UnknownNameError, "did you mean 'tiny'"),
        ("", UnknownNameError, "no model named ''"),
        ("../weights", UnknownNameError, "no model named"),
        (None, ParameterError, "must be a name, a folder or a loaded model"),
        (3, ParameterError, "must be a name, a folder or a loaded model"),
    ],
)
def test_a_model_that_cannot_be_is_refused_at_once(name: Any, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        Job(PROMPT, model=name)


def test_a_device_that_is_not_there_is_refused_at_once() -> None:
    with pytest.raises(DeviceError, match="cuda:9"):
        Job(PROMPT, device="cuda:9")
    with pytest.raises(ParameterError, match="must be 'auto', 'cpu' or 'cuda'"):
        Job(PROMPT, device="tpu")


def test_models_are_listed_with_their_licences() -> None:
    known = {m.name: m for m in generation.models()}
    assert known["tiny"].source == "bundled"
    for name, model in known.items():
        if name.startswith("facebook/"):
            assert model.licence == "CC-BY-NC-4.0"
            assert "no commercial use" in model.terms
    assert generation.info("tiny") is known["tiny"]
    with pytest.raises(UnknownNameError, match="musicgen-small"):
        generation.info("facebook/musicgen-smal")
