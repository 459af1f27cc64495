"""The two samplers agree to the last symbol, and luck, temperature and memory do what they say."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sonic_lab.errors import ParameterError, UnknownNameError
from sonic_lab.generation import wavenet as sampling
from sonic_lab.generation.wavenet import draw, play, sample
from sonic_lab.models.wavenet import Note, WaveNet, WaveNetConfig, mu_law_decode

SMALL = WaveNetConfig(width=6, skip_width=8, dilations=(1, 2, 4, 8, 1, 2, 4), hop_length=10)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def network(config: WaveNetConfig = SMALL) -> WaveNet:
    """A network that has opinions: as it begins, its last layer is all zeros."""
    net = WaveNet(config, generator=seeded(0))
    torch.nn.init.normal_(net.head[-1].weight, std=0.2, generator=seeded(1))
    for layer in net.layers:  # and biases, which begin at 0 too
        for module in (layer.look, layer.onward, layer.skip):
            torch.nn.init.normal_(module.bias, std=0.3, generator=seeded(2))
    return net.eval()


def asked(batch: int = 1, frames: int = 20, *, config: WaveNetConfig = SMALL) -> torch.Tensor:
    return torch.randn(batch, config.n_conditions, frames, generator=seeded(3))


@pytest.mark.parametrize(
    "config",
    [
        SMALL,
        WaveNetConfig(width=4, skip_width=5, dilations=(3, 5, 1), hop_length=7),
        WaveNetConfig(width=3, skip_width=4, dilations=(64,), hop_length=50),
    ],
)
@pytest.mark.parametrize("temperature", [0, 0.7, 1])
def test_remembering_gives_the_samples_that_computing_it_all_again_gives(
    config: WaveNetConfig, temperature: float
) -> None:
    """Well past the receptive field, so that every ring has turned."""
    net, how = network(config), asked(2, config=config)
    runs = [
        sample(net, how, n_samples=130, rng=5, temperature=temperature, cached=cached)
        for cached in (True, False)
    ]
    np.testing.assert_array_equal(*runs)
    if temperature:
        assert len(np.unique(runs[0])) > 10  # not merely the same silence


def test_the_bundled_size_agrees_too() -> None:
    net = network(WaveNetConfig())
    how = asked(1, 3, config=net.config)
    runs = [sample(net, how, n_samples=200, rng=0, cached=cached) for cached in (True, False)]
    np.testing.assert_array_equal(*runs)


def test_what_is_drawn_has_the_chances_that_the_network_gives() -> None:
    """Each symbol is the one whose chances, summed, the luck falls under."""
    net, how = network(), asked()
    codes = sample(net, how, n_samples=150, rng=7, temperature=0.8)
    with torch.inference_mode():
        logits = net.double()(torch.from_numpy(codes), how.double())[0].numpy().T / 0.8
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    below = np.cumsum(chances / chances.sum(axis=1, keepdims=True), axis=1)
    luck = np.random.default_rng(7).random(150)
    expected = [np.searchsorted(row, u, side="right") for row, u in zip(below, luck, strict=True)]
    np.testing.assert_array_equal(codes[0], expected)


def test_one_seed_gives_one_sound_and_another_seed_another() -> None:
    net, how = network(), asked()
    first, again, other = (sample(net, how, rng=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.5


def test_sounds_drawn_side_by_side_are_those_drawn_alone() -> None:
    net, how = network(), asked(3)
    together = sample(net, how, rng=np.random.default_rng(4))
    luck = np.random.default_rng(4)
    for k in range(3):
        np.testing.assert_array_equal(together[k], sample(net, how[k : k + 1], rng=luck)[0])


def test_without_luck_the_likeliest_is_taken() -> None:
    net, how = network(), asked()
    codes = sample(net, how, temperature=0)
    with torch.inference_mode():
        likeliest = net.double()(torch.from_numpy(codes), how.double()).argmax(dim=1)
    np.testing.assert_array_equal(codes, likeliest.numpy())


def test_heat_levels_the_chances_and_cold_sharpens_them() -> None:
    logits = np.log(np.tile([0.1, 0.2, 0.7], (20_000, 1)))
    luck = np.random.default_rng(0).random(20_000)
    for temperature in (0.5, 1.0, 2.0):
        expected = np.array([0.1, 0.2, 0.7]) ** (1 / temperature)
        counted = np.bincount(draw(logits, luck, temperature), minlength=3) / 20_000
        # The standard error of a share is at most 0.0036: four of them.
        np.testing.assert_allclose(counted, expected / expected.sum(), atol=0.015)
    assert draw(logits[:5], luck[:5], 0).tolist() == [2] * 5


def test_extreme_luck_and_logits_still_name_a_symbol() -> None:
    logits = np.array([[-1e4, 0.0, 1e4], [1e4, 0.0, -1e4]])
    just_below_one = np.nextafter(1, 0)
    for luck in (0.0, just_below_one):
        assert draw(logits, np.full(2, luck), 0.1).tolist() == [2, 0]
    assert draw(np.zeros((1, 4)), np.array([just_below_one]), 1).tolist() == [3]


@pytest.mark.parametrize("cached", [True, False])
def test_it_goes_on_from_what_it_has_heard(cached: bool) -> None:
    net, how = network(), asked()
    whole = sample(net, how, rng=3)
    given = sample(net, how, rng=3, heard=whole[:, :90], cached=cached)
    np.testing.assert_array_equal(given, whole)
    other = (whole[:, :90] + 50) % 256
    changed = sample(net, how, rng=3, heard=other, cached=cached)
    np.testing.assert_array_equal(changed[:, :90], other)
    assert (changed[:, 90:] != whole[:, 90:]).any()


def test_sampling_leaves_the_model_as_it_was() -> None:
    net = network().train()
    before = {name: weight.clone() for name, weight in net.state_dict().items()}
    for cached in (True, False):
        sample(net, asked(), n_samples=20, rng=0, cached=cached)
    assert net.training
    for name, weight in net.state_dict().items():
        assert weight.dtype == torch.float32
        assert torch.equal(weight, before[name])


def test_progress_is_told_after_every_frame() -> None:
    told: list[tuple[int, int]] = []
    sample(network(), asked(), n_samples=35, rng=0, progress=lambda *now: told.append(now))
    assert told == [(10, 35), (20, 35), (30, 35), (35, 35)]


def test_a_note_becomes_sound() -> None:
    net = network()
    y, sr = play(net, Note("piano", 60, start_s=0.0, held_s=0.01), rng=0)
    assert (y.shape, y.dtype, sr) == ((2480,), np.float32, 8000)  # 0.3 s after the key came up
    shorter, _ = play(net, [Note("piano", 60, start_s=0.0, held_s=0.01)], duration_s=0.02, rng=0)
    np.testing.assert_array_equal(shorter, y[:160])
    assert set(y) <= set(mu_law_decode(np.arange(256)))


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda net: play(net, []), ParameterError, "there is no note to play"),
        (lambda net: play(net, Note("tuba", 60)), UnknownNameError, "instrument named 'tuba'"),
        (
            lambda net: sample(net, asked()[0]),
            ParameterError,
            r"shape \(B, 45, N\), not \(45, 20\)",
        ),
        (lambda net: sample(net, None), ParameterError, "not NoneType"),
        (lambda net: sample(net, asked() * np.nan), ParameterError, "condition holds NaN"),
        (lambda net: sample(net, asked(), n_samples=201), ParameterError, "n_samples=201 must be"),
        (lambda net: sample(net, asked(), n_samples=0), ParameterError, "n_samples=0 must be"),
        (lambda net: sample(net, asked(), temperature=-1), ParameterError, "temperature=-1 must"),
        (lambda net: sample(net, asked(), temperature=np.nan), ParameterError, "temperature=nan"),
        (lambda net: sample(net, asked(), rng=-1), ParameterError, "rng=-1 must be"),
        (lambda net: sample(net, asked(), heard=np.zeros(5)), ParameterError, "heard must be"),
        (lambda net: sample(net, asked(), heard=np.full((1, 5), 256)), ParameterError, "heard mus"),
        (lambda net: sample(net, asked(2), heard=np.zeros((1, 5), int)), ParameterError, "heard m"),
    ],
)
def test_what_cannot_be_sampled_is_refused(act, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        act(network())


def test_the_naive_way_computes_no_more_than_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window holds the receptive field, and at most a frame more to begin on a frame's edge."""
    lengths: list[int] = []
    whole = WaveNet.predict_next

    def watched(self: WaveNet, codes: torch.Tensor, how: torch.Tensor) -> torch.Tensor:
        lengths.append(codes.shape[1])
        return whole(self, codes, how)

    monkeypatch.setattr(WaveNet, "predict_next", watched)
    sample(network(), asked(), n_samples=100, rng=0, cached=False)
    assert len(lengths) == 100
    assert max(lengths) < SMALL.reach + SMALL.hop_length
    assert sampling.RELEASE_S == 0.3
