"""Laws of the classifier: its answer is the mean of its votes, and its luck is an argument."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sonic_lab.errors import AudioError, ParameterError
from sonic_lab.models import Classifier, ClassifierConfig


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def log_mels(*shape: int) -> torch.Tensor:
    return -80 * torch.rand(*shape, generator=seeded(1))


@settings(max_examples=20, deadline=None)
@given(bands=st.integers(8, 130), frames=st.integers(8, 90), classes=st.integers(2, 12))
def test_any_picture_gets_a_score_for_every_class(bands: int, frames: int, classes: int) -> None:
    net = Classifier(ClassifierConfig(n_classes=classes), generator=seeded(0)).eval()
    picture = log_mels(2, bands, frames)
    votes = net.votes(picture)
    assert votes.shape == (2, classes, bands // 8, frames // 8)
    assert net(picture).shape == (2, classes)


def test_the_answer_is_the_mean_of_the_votes() -> None:
    net = Classifier(ClassifierConfig(n_classes=5), generator=seeded(0)).eval()
    picture = log_mels(3, 128, 44)
    mean = net.votes(picture).mean(dim=(2, 3))
    # The same float32 sum, so at most its rounding apart.
    torch.testing.assert_close(net(picture), mean, rtol=1e-6, atol=1e-6)


def test_a_picture_played_later_casts_the_same_votes_later() -> None:
    """Convolution commutes with a shift; 8 frames are one patch, away from the edges."""
    net = Classifier(ClassifierConfig(n_classes=3), generator=seeded(0)).eval()
    picture = torch.full((1, 64, 96), -80.0)
    picture[:, 20:30, 32:56] = -10
    later = picture.roll(8, dims=2)
    here, there = net.votes(picture), net.votes(later)
    # Identical sums in another place of memory: only the order of float32 additions may differ.
    torch.testing.assert_close(here[..., 2:-3], there[..., 3:-2], rtol=1e-5, atol=1e-5)


def test_one_seed_gives_one_network_and_another_seed_another() -> None:
    config = ClassifierConfig(n_classes=4)
    a, b, c = (Classifier(config, generator=seeded(s)) for s in (3, 3, 4))
    for left, right in zip(a.parameters(), b.parameters(), strict=True):
        assert torch.equal(left, right)
    assert not torch.equal(a.head.weight, c.head.weight)


def test_building_a_network_leaves_the_global_luck_alone() -> None:
    before = torch.get_rng_state()
    Classifier(ClassifierConfig(n_classes=4), generator=seeded(0))
    assert torch.equal(before, torch.get_rng_state())


def test_every_weight_takes_part_in_the_answer() -> None:
    net = Classifier(ClassifierConfig(n_classes=4), generator=seeded(0))
    net(log_mels(4, 32, 32)).square().sum().backward()
    for name, weight in net.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().max() > 0, name


def test_the_range_is_what_maps_decibels_to_plus_and_minus_one() -> None:
    """A picture of half the range in a network of half the range is the same picture."""
    deep = Classifier(ClassifierConfig(n_classes=3, range_db=80), generator=seeded(0)).eval()
    flat = Classifier(ClassifierConfig(n_classes=3, range_db=40), generator=seeded(0)).eval()
    picture = log_mels(2, 16, 16)
    torch.testing.assert_close(deep(picture), flat(picture / 2))


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"n_classes": 1}, "n_classes=1 must be at least 2"),
        ({"n_classes": 3, "widths": ()}, r"widths=\(\) must be"),
        ({"n_classes": 3, "widths": (8, 0)}, r"widths=\(8, 0\) must be"),
        ({"n_classes": 3, "range_db": 0}, "range_db=0 must be"),
        ({"n_classes": 3, "range_db": float("nan")}, "range_db=nan must be"),
    ],
)
def test_an_impossible_size_is_refused(settings_: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        ClassifierConfig(**settings_)


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (torch.zeros(128, 44), r"shape \(128, 44\): it must be \(B, n_mels, T\)"),
        (torch.zeros(1, 128, 7), "at least 8 bands and 8 frames"),
        (torch.zeros(1, 4, 44), "at least 8 bands and 8 frames"),
        (torch.zeros(1, 64, 44, dtype=torch.int64), "tensor of floats, not torch.int64"),
        (np.zeros((1, 64, 44), np.float32), "tensor of floats, not float32"),
    ],
)
def test_a_picture_it_cannot_read_is_refused(picture: torch.Tensor, message: str) -> None:
    net = Classifier(ClassifierConfig(n_classes=3))
    with pytest.raises(AudioError, match=message):
        net(picture)
