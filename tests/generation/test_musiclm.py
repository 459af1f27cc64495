"""Laws of drawing from a MusicLM: the seed decides, the staircase is straight, and it obeys."""

from __future__ import annotations

import pytest
import torch

from sonic_lab.errors import ParameterError
from sonic_lab.generation import musiclm
from sonic_lab.models.musiclm import MusicLM, MusicLMConfig

CONFIG = MusicLMConfig(
    n_mels=16, place=8, width=24, layers=1, heads=2, n_names=12, codebook_size=32, stride=4
)


def luck(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def model() -> MusicLM:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return MusicLM(CONFIG).eval()


def draw(model: MusicLM, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    place = torch.nn.functional.normalize(torch.ones(2, 8), dim=1)
    names = musiclm.draw_names(model, place, count=5, generator=luck(seed))
    return names, musiclm.draw_codes(model, names, place, generator=luck(seed))


def test_a_seed_gives_one_piece_and_another_seed_another(model: MusicLM) -> None:
    (names, codes), (again, same), (others, other) = (draw(model, s) for s in (1, 1, 2))
    assert names.shape == (2, 5)
    assert codes.shape == (2, 4, 20)
    assert torch.equal(names, again)
    assert torch.equal(codes, same)
    assert not torch.equal(names, others)
    assert not torch.equal(codes, other)


def test_tokens_are_tokens_and_no_holes(model: MusicLM) -> None:
    _, codes = draw(model, 3)
    assert codes.min() >= 0
    assert codes.max() < CONFIG.codebook_size


def test_the_likeliest_name_is_drawn_where_nothing_is_left_to_luck(model: MusicLM) -> None:
    place = torch.ones(1, 8)
    names = musiclm.draw_names(model, place, count=6, generator=luck(), temperature=0)
    with torch.inference_mode():
        logits = model.semantic(names, place)[:, :-1]  # all at once, as in training
    assert torch.equal(names, logits.argmax(-1))


def test_the_likeliest_tokens_follow_their_own_past(model: MusicLM) -> None:
    place, names = torch.ones(1, 8), torch.tensor([[1, 7, 3]])
    codes = musiclm.draw_codes(model, names, place, generator=luck(), temperature=0)
    from sonic_lab.models.musicgen import delay

    stairs = delay(codes, pad=CONFIG.codebook_size)
    with torch.inference_mode():
        likeliest = model.acoustic(stairs[..., :-1], names, place).argmax(-1)
    kept = stairs != CONFIG.codebook_size
    assert torch.equal(likeliest[kept], stairs[kept])


def test_names_and_places_must_belong_together(model: MusicLM) -> None:
    with pytest.raises(ParameterError, match=r"names have shape \(1, 3\)"):
        musiclm.draw_codes(model, torch.tensor([[1, 2, 3]]), torch.ones(2, 8), generator=luck())
