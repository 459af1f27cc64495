"""Laws of drawing from a MusicLM: the seed decides, single steps say what the whole says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sonic_lab import generation
from sonic_lab.errors import ParameterError
from sonic_lab.generation import musiclm
from sonic_lab.generation.decoding import Choice
from sonic_lab.generation.sampling import draw_luck
from sonic_lab.models.musicgen import delay
from sonic_lab.models.musiclm import MusicLM, MusicLMConfig
from sonic_lab.models.pieces import make_processor, save_processor, train_pieces

CONFIG = MusicLMConfig(
    n_mels=16, place=8, width=24, layers=2, heads=2, n_names=12, codebook_size=32, stride=4
)
PLAIN, GUIDED = Choice(1.0, 1.0, None, None), Choice(3.0, 1.0, 20, None)
GREEDY, GREEDY_GUIDED = Choice(1.0, 0.0, None, None), Choice(3.0, 0.0, None, None)


def random_musiclm(config: MusicLMConfig) -> MusicLM:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return MusicLM(config).eval()


@pytest.fixture(scope="module")
def model() -> MusicLM:
    return random_musiclm(CONFIG)


def places(n: int = 2) -> torch.Tensor:
    found = torch.randn(n, 8, generator=torch.Generator().manual_seed(5))
    return torch.nn.functional.normalize(found, dim=1)


def draw(model: MusicLM, seeds: list[int], choice: Choice) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw five names and 20 frames at two places."""
    luck = draw_luck(seeds, steps=5 + 23, n_codebooks=4)
    names = musiclm.draw_names(model, places(), luck=luck[:5, :, 0], choice=choice)
    decoding = musiclm.MusicLMDecoding(
        model, names, places(), frames=20, luck=luck[5:], choice=choice
    )
    while decoding.done < decoding.steps:
        decoding.step()
    return names, decoding.staircase.straighten(decoding.columns)


@pytest.mark.parametrize("choice", [PLAIN, GUIDED])
def test_a_seed_gives_one_piece_and_another_seed_another(model: MusicLM, choice: Choice) -> None:
    (names, codes), (again, same), (others, other) = (
        draw(model, seeds, choice) for seeds in ([1, 2], [1, 2], [3, 4])
    )
    assert names.shape == (2, 5)
    assert codes.shape == (2, 4, 20)
    assert codes.min() >= 0
    assert codes.max() < CONFIG.codebook_size  # no pads
    assert torch.equal(names, again)
    assert torch.equal(codes, same)
    assert not torch.equal(names, others)
    assert not torch.equal(codes, other)


def guided(logits: list[torch.Tensor], weight: float) -> torch.Tensor:
    told, untold = logits
    return untold + weight * (told - untold)


@pytest.mark.parametrize("choice", [GREEDY, GREEDY_GUIDED])
def test_step_by_step_says_what_the_whole_says(model: MusicLM, choice: Choice) -> None:
    """The likeliest tokens after their own past, all at once as in training, twins and all.

    In double precision, so that no near-tie depends on the order of a sum.
    """
    double = random_musiclm(CONFIG).double()
    place = places().double()
    nowhere = torch.zeros_like(place)
    luck = torch.zeros(23, 2, 4, dtype=torch.float64)
    names = musiclm.draw_names(double, place, luck=luck[:5, :, 0], choice=choice)
    decoding = musiclm.MusicLMDecoding(double, names, place, frames=20, luck=luck, choice=choice)
    while decoding.done < decoding.steps:
        decoding.step()
    codes = decoding.staircase.straighten(decoding.columns)
    unnamed = torch.full_like(names, double.acoustic.unnamed)
    stairs = delay(codes, pad=CONFIG.codebook_size)
    before = stairs[..., :-1]
    with torch.inference_mode():
        said = [double.semantic(names[:, :-1], where) for where in (place, nowhere)]
        sounded = [double.acoustic(before, *told) for told in ((names, place), (unnamed, nowhere))]
    assert torch.equal(guided(said, choice.guidance).argmax(-1), names)
    expected = guided(sounded, choice.guidance)  # (B, K, T, V)
    kept = stairs != CONFIG.codebook_size
    assert torch.equal(expected.argmax(-1)[kept], stairs[kept])
    torch.testing.assert_close(decoding.logits.permute(1, 2, 0, 3), expected)


def test_names_must_last_as_long_as_the_piece(model: MusicLM) -> None:
    names = torch.tensor([[1, 2, 3]])
    luck = torch.zeros(99, 1, 4)
    with pytest.raises(ParameterError, match=r"names have shape \(1, 3\)"):
        musiclm.MusicLMDecoding(model, names, places(), frames=12, luck=luck, choice=PLAIN)
    with pytest.raises(ParameterError, match="must last 13"):
        musiclm.MusicLMDecoding(model, names, places(1), frames=13, luck=luck, choice=PLAIN)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A MusicLM of random weights that speaks the bundled codec's tokens."""
    path = tmp_path_factory.mktemp("weights") / "random-musiclm"
    random_musiclm(MusicLMConfig(vocabulary=120, width=24, layers=1, heads=2, place=8)).save(path)
    texts = ["slow sad piano melody", "fast happy flute with drums"] * 9
    save_processor(make_processor(train_pieces(texts, size=120)), path)
    return path


@pytest.fixture(scope="module")
def player(folder: Path) -> Any:
    return generation.load(folder, device="cpu")


def test_a_folder_with_a_musiclm_plays_through_the_same_call(player: Any) -> None:
    assert isinstance(player, musiclm.MusicLMPlayer)
    y, sr = generation.generate("slow piano", duration_s=1, seed=0, model=player)
    again, _ = generation.generate("slow piano", duration_s=1, seed=0, model=player)
    assert (len(y), sr) == (16_000, 16_000)
    assert np.array_equal(y, again)
    assert y.std() > 0


def test_a_stream_of_it_joins_to_the_whole_and_can_be_looked_into(player: Any) -> None:
    job = generation.stream("fast flute", duration_s=1.5, seed=3, model=player)
    y = np.concatenate([chunk for chunk, _ in job])
    take = job.result()
    whole, _ = generation.generate("fast flute", duration_s=1.5, seed=3, model=player)
    # The codec decodes each part with its neighbourhood: the same but for rounding.
    np.testing.assert_allclose(y, whole, atol=1e-6)
    assert take.tokens.shape == (1, 4, 75)
    seen = job.distribution(2, 10)
    assert seen.chosen == take.tokens[0, 2, 10]


def test_a_musiclm_says_what_it_cannot(player: Any, folder: Path) -> None:
    with pytest.raises(ParameterError, match="reads at most 512"):
        generation.generate("la " * 5000, duration_s=1, seed=0, model=player)
    with pytest.raises(ParameterError, match="at most 40"):
        generation.generate("piano", duration_s=100, seed=0, model=player)
    with pytest.raises(ParameterError, match="computes in 'float32'"):
        generation.load(folder, precision="int8")
    job = generation.stream("piano 🎹", duration_s=1, seed=0, model=player)
    next(job)
    assert "🎹" in job.remarks[0]
