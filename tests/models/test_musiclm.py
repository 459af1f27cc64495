"""Laws of the small MusicLM: nothing looks ahead that must not, and each part learns its task."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from sonic_lab.errors import ParameterError
from sonic_lab.models import musiclm
from sonic_lab.models.musiclm import MusicLM, MusicLMConfig

CONFIG = MusicLMConfig(
    vocabulary=20, n_mels=16, place=8, width=24, layers=2, heads=2, n_names=12, codebook_size=32
)


def luck(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def model() -> MusicLM:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return MusicLM(CONFIG).eval()


def sounds(n: int = 2, columns: int = 32) -> torch.Tensor:
    return -80 * torch.rand(n, 16, columns, generator=luck(1))


def test_places_are_points_on_a_sphere(model: MusicLM) -> None:
    words = torch.randint(20, (3, 5), generator=luck())
    for place in (model.sound(sounds(3)), model.text(words, torch.ones_like(words))):
        assert place.shape == (3, 8)
        torch.testing.assert_close(place.norm(dim=1), torch.ones(3))


def test_padding_does_not_move_a_text(model: MusicLM) -> None:
    words = torch.tensor([[4, 7, 1]])
    longer = torch.tensor([[4, 7, 1, 0, 0]])
    mask = torch.tensor([[1, 1, 1, 0, 0]])
    torch.testing.assert_close(model.text(words, torch.ones_like(words)), model.text(longer, mask))


def test_guessing_costs_the_logarithm_of_the_batch() -> None:
    same = torch.ones(6, 4) / 2
    assert musiclm.contrast(same, same).item() == pytest.approx(math.log(6), rel=1e-5)
    assert musiclm.contrast(torch.eye(6), torch.eye(6), temperature=0.01).item() < 1e-6


def test_names_last_as_long_as_their_stride_and_say_what_is_near(model: MusicLM) -> None:
    names = model.name(sounds())
    assert names.shape == (2, 32 // CONFIG.columns)
    seen = model.sound.features(sounds())
    apart = torch.cdist(seen, model.centres.expand(2, -1, -1))
    assert torch.equal(apart.argmin(2), names)


def test_no_transformer_looks_ahead(model: MusicLM) -> None:
    """A later step may change only the answers after it: exactly, and not nearly."""
    place = torch.randn(1, 8, generator=luck())
    names = torch.randint(12, (1, 10), generator=luck())
    later = names.clone()
    later[0, 6] = (later[0, 6] + 1) % 12
    change = (model.semantic(names, place) - model.semantic(later, place)).abs().amax((0, 2))
    assert change[:7].max() == 0
    assert change[7] > 0
    stairs = torch.randint(32, (1, 4, 20), generator=luck(2))
    other = stairs.clone()
    other[0, 2, 9] = (other[0, 2, 9] + 1) % 32
    answers = [model.acoustic(s, names, place) for s in (stairs, other)]
    change = (answers[0] - answers[1]).abs().amax((0, 1, 3))
    assert change[:10].max() == 0
    assert change[10] > 0


def test_the_middle_of_a_piece_has_its_own_names_and_positions(model: MusicLM) -> None:
    """Without layers, which look back, a step is its own token, name, place and position."""
    place = torch.randn(2, 8, generator=luck())
    names = torch.randint(12, (2, 10), generator=luck())
    stairs = torch.randint(32, (2, 4, 30), generator=luck(2))
    whole = model.acoustic(stairs, names, place)
    begun = torch.nn.functional.pad(stairs, (1, 0), value=model.acoustic.pad)
    first = torch.zeros(2, dtype=torch.long)
    torch.testing.assert_close(model.acoustic(begun, names, place, first), whole)
    layers, model.acoustic.body.layers = model.acoustic.body.layers, nn.ModuleList()
    try:
        whole = model.acoustic(stairs, names, place)
        crop = model.acoustic(begun[..., 7:19], names, place, first + 7)
    finally:
        model.acoustic.body.layers = layers
    torch.testing.assert_close(crop, whole[:, :, 7:19])


def test_what_is_saved_is_loaded_in_half_precision(model: MusicLM, tmp_path: Path) -> None:
    model.save(tmp_path)
    again = MusicLM.from_folder(tmp_path)
    assert again.config == CONFIG
    for name, value in again.state_dict().items():
        assert torch.equal(value, model.state_dict()[name].half().float()), name
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ParameterError, match="cannot be loaded as a MusicLM"):
        MusicLM.from_folder(tmp_path)


def test_a_name_changes_the_sound_of_its_time_and_the_one_before(model: MusicLM) -> None:
    """Names are known beforehand, so a step may see the next one; none further ahead."""
    place = torch.randn(1, 8, generator=luck())
    names = torch.randint(12, (1, 10), generator=luck())
    later = names.clone()
    later[0, 5] = (later[0, 5] + 1) % 12
    stairs = torch.randint(32, (1, 4, 79), generator=luck(2))
    answers = [model.acoustic(stairs, n, place) for n in (names, later)]
    change = (answers[0] - answers[1]).abs().amax((0, 1, 3))
    first = (5 - 1) * CONFIG.stride
    assert change[:first].max() == 0
    assert change[first] > 0


def test_every_part_learns_what_it_is_for() -> None:
    """Four sounds, four texts, four lines of names: to be told apart after a few dozen steps."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = MusicLM(CONFIG)
    mels, words = sounds(4), torch.arange(4)[:, None] + 3
    names = torch.randint(12, (4, 8), generator=luck(3))
    held = torch.randint(32, (4, 4, 1), generator=luck(4)).expand(-1, -1, 65)
    first = torch.zeros(4, dtype=torch.long)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(60):
        heard = model.sound(mels)
        costs = (
            musiclm.contrast(heard, model.text(words, torch.ones_like(words))),
            model.semantic_cost(names, heard.detach()),
            model.acoustic_cost(held[..., :-1], held[..., 1:], names, heard.detach(), first).mean(),
        )
        optimiser.zero_grad()
        sum(costs).backward()  # type: ignore[union-attr]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
    together, named, sounded = (cost.item() for cost in costs)
    assert together < 0.5 * math.log(4)  # guessing which of four
    assert named < 0.7 * math.log(12)  # guessing which of twelve names
    assert sounded < 0.5 * math.log(32)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"stride": 6}, "power of 2"), ({"heads": 5}, "5 heads do not divide"),
     ({"n_names": 0}, "n_names=0 must be")],
)  # fmt: skip
def test_sizes_that_cannot_work_are_refused(wrong: dict[str, int], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        MusicLMConfig(**wrong)
