"""Laws of the mu-law, of causality, and of what a WaveNet is asked for."""

from __future__ import annotations

import dataclasses
import itertools
import json
from pathlib import Path

import librosa
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sonic_lab.errors import AudioError, ParameterError, UnknownNameError
from sonic_lab.models import wavenet
from sonic_lab.models.wavenet import (
    Note,
    WaveNet,
    WaveNetConfig,
    condition,
    mu_law_decode,
    mu_law_encode,
)

SMALL = WaveNetConfig(width=6, skip_width=8, dilations=(1, 2, 4, 1, 2), hop_length=5)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def network(config: WaveNetConfig = SMALL, *, seed: int = 0) -> WaveNet:
    """A network whose last layer is drawn too: as it begins, it says the same of everything."""
    net = WaveNet(config, generator=seeded(seed))
    torch.nn.init.normal_(net.head[-1].weight, generator=seeded(seed + 1))
    return net.double()


def symbols(length: int, *, batch: int = 1, seed: int = 2) -> torch.Tensor:
    return torch.randint(256, (batch, length), generator=seeded(seed))


def asked(length: int, *, config: WaveNetConfig = SMALL, batch: int = 1) -> torch.Tensor:
    frames = -(-length // config.hop_length)
    shape = (batch, config.n_conditions, frames)
    made = torch.randn(shape, generator=seeded(3), dtype=torch.float64)
    made[:, -1] = 0  # no pitch is asked for, unless a test does: the layers alone are heard
    return made


# --- the mu-law ---------------------------------------------------------------------------------


@pytest.mark.parametrize("levels", [2, 16, 255, 256, 65536])
def test_every_symbol_comes_back_as_itself(levels: int) -> None:
    codes = np.arange(levels)
    np.testing.assert_array_equal(
        mu_law_encode(mu_law_decode(codes, levels=levels), levels=levels), codes
    )


def test_the_curve_is_the_one_of_the_standard() -> None:
    """librosa's curve, unquantised, is the oracle: a symbol lies within half a step of it."""
    y = np.random.default_rng(0).uniform(-1, 1, 1000)
    bent = librosa.mu_compress(y, mu=255, quantize=False)
    # Rounding to the nearest of steps that are 1 wide; the sound was float32 first (1e-7 * 127.5).
    assert np.abs(mu_law_encode(y) - (bent + 1) / 2 * 255).max() <= 0.5 + 1e-4
    codes = np.arange(256)
    expanded = librosa.mu_expand(2 * codes / 255 - 1, mu=255, quantize=False)
    np.testing.assert_allclose(mu_law_decode(codes), expanded, atol=1e-7)  # float32


@given(y=st.floats(-1, 1, width=32))
def test_a_round_trip_moves_a_sample_by_half_a_step(y: float) -> None:
    """The law's slope: a step of 2 / 255 in F is (1 / mu + |y|) ln(1 + mu) times as much in y."""
    back = float(mu_law_decode(mu_law_encode(np.array([y])))[0])
    half = (1 / 255 + max(abs(y), abs(back))) * np.log(256) / 255
    assert abs(back - y) <= half * (1 + 1e-6) + 1e-7  # and float32 on the way


def test_the_docstring_tells_the_largest_error() -> None:
    y = np.linspace(-1, 1, 100_001)
    moved = np.abs(mu_law_decode(mu_law_encode(y)) - y)
    assert (moved <= 0.022 * np.abs(y) + 0.0001).all()
    assert (moved > 0.021 * np.abs(y)).any()


def test_small_sounds_keep_their_shape_better_than_on_a_straight_scale() -> None:
    t = np.arange(8000) / 8000
    for peak, better_db in ((0.9, -15), (0.01, 15)):
        y = peak * np.sin(2 * np.pi * 440 * t)
        curved = mu_law_decode(mu_law_encode(y)) - y
        straight = np.round(y * 127.5) / 127.5 - y
        gain_db = 10 * np.log10(np.mean(straight**2) / np.mean(curved**2))
        # Loud sounds pay about 10 dB, quiet ones gain about 20: the bounds leave 5 dB to each.
        assert gain_db > better_db, peak


def test_louder_never_means_a_lower_symbol_and_silence_lies_in_the_middle() -> None:
    codes = mu_law_encode(np.linspace(-1.2, 1.2, 4001))
    assert (np.diff(codes) >= 0).all()
    assert (codes[0], codes[-1]) == (0, 255)  # clipped, not wrapped
    assert mu_law_encode(np.zeros((2, 3))).tolist() == [[128] * 3] * 2


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: mu_law_encode(np.array([0.0, np.nan])), AudioError, "NaN"),
        (lambda: mu_law_encode(np.array([])), AudioError, "empty"),
        (lambda: mu_law_encode(np.zeros(4), levels=1), ParameterError, "levels=1 must be"),
        (lambda: mu_law_decode(np.array([256])), ParameterError, "codes must be .* 0 to 255"),
        (lambda: mu_law_decode(np.array([-1])), ParameterError, "codes must be .* 0 to 255"),
        (lambda: mu_law_decode(np.array([0.5])), ParameterError, "codes must be .* 0 to 255"),
    ],
)
def test_what_the_mu_law_cannot_take_is_refused(act, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        act()


# --- causality ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dilations", [(1,), (1, 2, 4, 8), (3, 1, 5), SMALL.dilations])
def test_a_prediction_sees_its_receptive_field_and_nothing_else(dilations) -> None:
    """By gradients: what a prediction depends on is where they are not 0."""
    config = dataclasses.replace(SMALL, dilations=dilations)
    net, length = network(config), config.receptive_field + 12
    seen: list[torch.Tensor] = []

    def watch(_module, _inputs, output: torch.Tensor) -> torch.Tensor:
        seen.append(output.detach().requires_grad_())
        return seen[-1]

    net.embed.register_forward_hook(watch)
    t = length - 4
    net(symbols(length), asked(length, config=config))[0, :, t].square().sum().backward()
    grown = seen[0].grad.abs().sum(dim=(0, 2))  # (T,): by place; place i holds symbol i - 1
    reached = torch.nonzero(grown).ravel() - 1
    steps = {0}  # each layer goes back by its dilation or not at all
    for dilation in dilations:
        steps |= {far + dilation for far in steps}
    assert max(steps) + 1 == config.receptive_field
    assert reached.tolist() == sorted(t - 1 - far for far in steps)


def test_doubling_dilations_leave_no_gap() -> None:
    """With 1, 2, 4, 8, every sample of the receptive field is reached, and each in one way only."""
    reach = sorted(sum(c) for n in range(5) for c in itertools.combinations((1, 2, 4, 8), n))
    assert reach == list(range(WaveNetConfig(dilations=(1, 2, 4, 8)).receptive_field))


def test_changing_a_symbol_changes_no_prediction_up_to_its_own() -> None:
    net, codes, how = network(), symbols(40), asked(40)
    other = codes.clone()
    other[0, 20] = (other[0, 20] + 100) % 256
    with torch.inference_mode():
        apart = (net(codes, how) - net(other, how)).abs().amax(dim=(0, 1))
    changed = torch.nonzero(apart).ravel().tolist()
    assert changed == list(range(21, 21 + SMALL.receptive_field))


def test_a_condition_is_heard_from_its_frame_on_and_no_earlier() -> None:
    net, codes, how = network(), symbols(40), asked(40)
    other = how.clone()
    other[:, :-1, 4] += 1  # samples 20 to 24
    with torch.inference_mode():
        apart = (net(codes, how) - net(codes, other)).abs().amax(dim=(0, 1))
    changed = torch.nonzero(apart).ravel()
    assert changed.min() == 20
    assert changed.max() == 24 + sum(SMALL.dilations[1:])  # the first layer's is not delayed


def test_before_the_start_there_is_silence() -> None:
    """`forward` is `predict_next` one sample later, with a symbol of silence in front."""
    net, codes, how = network(), symbols(30), asked(30)
    before = torch.cat([torch.full((1, 1), net.silence), codes[:, :-1]], dim=1)
    assert net.silence == 128
    assert torch.equal(net(codes, how), net.predict_next(before, how))


def test_the_bundled_size_sees_a_thirtieth_of_a_second_and_one_period_further() -> None:
    config = WaveNetConfig()
    assert config.receptive_field == 255
    assert config.receptive_field / config.sr == pytest.approx(1 / 30, abs=2e-3)
    assert config.reach == 255 + int(np.ceil(8000 / 196))  # G below middle C


# --- what is asked for --------------------------------------------------------------------------


def test_a_frame_names_one_instrument_and_one_pitch() -> None:
    config = WaveNetConfig()
    line = [Note("piano", 60, start_s=0.1, held_s=0.2), Note("flute", 72, start_s=0.4, held_s=0.1)]
    frames = condition(line, config=config, duration_s=0.8).numpy()
    assert frames.shape == (config.n_conditions, 80)
    assert not frames[:, :10].any()  # nothing before the first key
    who, what = frames[:6], frames[6:31]
    assert {config.instruments[i] for i in who[:, 10:40].argmax(axis=0)} == {"piano"}
    assert {config.instruments[i] for i in who[:, 40:].argmax(axis=0)} == {"flute"}
    assert set(what[:, 10:40].argmax(axis=0) + 55) == {60}
    assert set(what[:, 40:].argmax(axis=0) + 55) == {72}
    np.testing.assert_array_equal(frames[:31, 10:].sum(axis=0), 2)
    np.testing.assert_allclose(frames[31, 10:], 0.7)
    np.testing.assert_allclose(frames[32, 10:], 0.4)
    down = frames[33]
    assert np.flatnonzero(down).tolist() == [*range(10, 30), *range(40, 50)]


def test_the_clocks_start_full_and_run_down() -> None:
    note = Note("bells", 55, start_s=0, held_s=0.3)
    frames = condition([note], config=WaveNetConfig(), duration_s=1).numpy()
    since_down, since_up = frames[34:39], frames[39:44]
    np.testing.assert_allclose(since_down[:, 0], 1, rtol=1e-6)  # the frame's nanosecond of slack
    np.testing.assert_allclose(since_down[2, 10], np.exp(-1), rtol=1e-6)  # 0.1 s on the third
    assert not since_up[:, :30].any()
    np.testing.assert_allclose(since_up[:, 30], 1, rtol=1e-6)
    assert (np.diff(since_down[1:]) < 0).all()  # the shortest reaches 0, in float32


def test_notes_may_come_in_any_order() -> None:
    config = WaveNetConfig()
    line = [Note("flute", 60 + k, start_s=0.2 * k, held_s=0.1) for k in range(4)]
    forwards = condition(line, config=config, duration_s=1)
    assert torch.equal(forwards, condition(line[::-1], config=config, duration_s=1))


def test_the_echo_of_a_periodic_sound_is_its_next_sample() -> None:
    """A sine of the asked pitch: what it was a period ago is what it will be."""
    config = WaveNetConfig(sr=8000, hop_length=37)  # frames that no period fits into
    notes = [Note("flute", 57, start_s=0.0), Note("flute", 64, start_s=37 * 80 / 8000)]
    asked_ = condition(notes, config=config, duration_s=0.8)[None].double()
    for midi, begin, end in ((57, 100, 2900), (64, 3100, 6000)):
        hz = 440 * 2 ** ((midi - 69) / 12)
        wave = np.sin(2 * np.pi * hz * np.arange(6400) / 8000)
        codes = torch.from_numpy(np.round((wave + 1) / 2 * 255).astype(np.int64))[None]
        echo = wavenet.echo(codes, asked_, config=config)[0].numpy()
        for k, shift in enumerate(wavenet.ECHOES):
            expected = wave[begin + 1 + shift : end + 1 + shift]
            # Straight lines between samples bend off a sine of 330 Hz by (pi f / sr)² / 2 = 1 %,
            # and the symbols are 1/127 apart.
            np.testing.assert_allclose(echo[k, begin:end], expected, atol=0.02)


def test_no_echo_is_heard_before_the_first_note_nor_of_what_was_before_the_start() -> None:
    config = WaveNetConfig()
    asked_ = condition([Note("flute", 69, start_s=0.1)], config=config, duration_s=0.2)[None]
    codes = torch.full((1, 1600), 200)
    assert not wavenet.echo(codes, asked_, config=config)[..., :800].any()
    at_once = condition([Note("flute", 55, start_s=0.0)], config=config, duration_s=0.2)[None]
    middle = wavenet.echo(codes, at_once, config=config)[0, 1]
    first = torch.nonzero(middle).ravel()[0].item()
    assert first == int(np.floor(config.longest_period)) - 1  # the next sample is one further


def test_an_echo_reaches_back_as_far_as_was_computed_and_never_ahead() -> None:
    net, length = network(), 100
    how = torch.zeros(1, SMALL.n_conditions, length // SMALL.hop_length, dtype=torch.float64)
    for hz in (440 * 2 ** ((SMALL.lowest_midi - 69) / 12), 500.0, 1e6):
        how[:, -1] = hz / 1000
        codes = symbols(length)
        other = codes.clone()
        other[0, 20] = (other[0, 20] + 100) % 256
        with torch.inference_mode():
            apart = (net(codes, how) - net(other, how)).abs().amax(dim=(0, 1))
        changed = torch.nonzero(apart).ravel()
        period = np.clip(SMALL.sr / hz, wavenet.SHORTEST_PERIOD, SMALL.longest_period)
        assert changed.min() == 21
        assert changed.max() == 20 + SMALL.receptive_field + int(np.ceil(period))


@pytest.mark.parametrize("row", [0, 3, 6, 20, 31, 32, 35, 40, 43])
def test_every_kind_of_condition_matters(row: int) -> None:
    net, codes = network(), symbols(20)
    how = torch.zeros(1, SMALL.n_conditions, 4, dtype=torch.float64)
    other = how.clone()
    other[:, row] = 1
    with torch.inference_mode():
        assert (net(codes, how) - net(codes, other)).abs().max() > 1e-3


@pytest.mark.parametrize(
    ("note", "duration_s", "error", "message"),
    [
        (Note("flut", 60), 1, UnknownNameError, "instrument named 'flut': did you mean 'flute'"),
        (Note("flute", 54), 1, ParameterError, "midi=54 must be a whole number from 55 to 79"),
        (Note("flute", 60), 0, ParameterError, "duration_s=0 must be"),
        (Note("flute", 60), float("nan"), ParameterError, "duration_s=nan must be"),
    ],
)
def test_what_was_not_taught_is_refused(note, duration_s, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        condition([note], config=WaveNetConfig(), duration_s=duration_s)


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"midi": 60.5}, "midi=60.5 must be"),
        ({"midi": 60, "velocity": 2}, "velocity=2 must be"),
        ({"midi": 60, "brightness": -2}, "brightness=-2 must be"),
        ({"midi": 60, "held_s": -1}, "held_s=-1 must be"),
        ({"midi": 60, "start_s": float("inf")}, "start_s=inf must be"),
    ],
)
def test_an_impossible_note_is_refused(settings_: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Note("flute", **settings_)


# --- the network --------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(length=st.integers(1, 60), batch=st.integers(1, 3))
def test_any_length_gets_logits_for_every_symbol(length: int, batch: int) -> None:
    net = network()
    out = net(symbols(length, batch=batch), asked(length, batch=batch))
    assert out.shape == (batch, 256, length)
    assert out.isfinite().all()


def test_as_it_begins_it_hardly_prefers_a_symbol_and_neighbours_are_alike() -> None:
    net = WaveNet(SMALL, generator=seeded(0))
    codes = symbols(50)
    loss = torch.nn.functional.cross_entropy(net(codes, asked(50).float()), codes)
    # The last layer's cosines are 0.1 high: each of 8 moves a logit by a few hundredths.
    assert loss.item() == pytest.approx(np.log(256), abs=0.1)
    for weight in (net.embed.weight, net.head[-1].weight[..., 0]):
        near = (weight[1:] - weight[:-1]).norm(dim=1).max()
        far = (weight[128:] - weight[:128]).norm(dim=1).median()
        assert near < far / 2


def test_one_seed_gives_one_network_and_leaves_the_global_luck_alone() -> None:
    before = torch.get_rng_state()
    a, b, c = (WaveNet(SMALL, generator=seeded(s)) for s in (3, 3, 4))
    assert torch.equal(before, torch.get_rng_state())
    for left, right in zip(a.parameters(), b.parameters(), strict=True):
        assert torch.equal(left, right)
    assert not torch.equal(a.layers[0].look.weight, c.layers[0].look.weight)


def test_every_weight_takes_part_in_the_answer() -> None:
    """Except the last layer's way onward: nothing comes after it."""
    net = network()
    how = asked(60, batch=4)
    how[:, -1] = 1.5  # kHz: without a pitch there is no echo
    net(symbols(60, batch=4), how).square().sum().backward()
    for name, weight in net.named_parameters():
        silent = name.startswith(f"layers.{len(SMALL.dilations) - 1}.onward")
        assert (weight.grad is None or not weight.grad.any()) == silent, name


def test_it_learns_a_melody_by_heart() -> None:
    """A period of 7 symbols, told only by what came before: the cost falls from 5.5 to nearly 0."""
    net = WaveNet(SMALL, generator=seeded(0))
    codes = torch.tensor([[10, 200, 77, 31, 128, 5, 250] * 6])
    how = asked(42).float()
    optimiser = torch.optim.AdamW(net.parameters(), lr=0.01)
    for _ in range(150):
        loss = torch.nn.functional.cross_entropy(net(codes, how), codes)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.1


@pytest.mark.parametrize(
    ("codes", "how", "error", "message"),
    [
        (symbols(9).float(), asked(9), AudioError, r"codes must be an int64 tensor .* torch.float"),
        (symbols(9)[0], asked(9), AudioError, r"shape \(B, T\), not torch.int64 of shape \(9,\)"),
        (symbols(9)[:, :0], asked(9), AudioError, "codes must hold symbols from 0 to 255"),
        (symbols(9) + 256, asked(9), AudioError, "codes must hold symbols from 0 to 255"),
        (symbols(9), asked(5), ParameterError, r"condition has shape \(1, 45, 1\)"),
        (symbols(9), asked(9, batch=2), ParameterError, r"condition has shape \(2, 45, 2\)"),
        (symbols(9), asked(9)[:, :9], ParameterError, r"condition has shape \(1, 9, 2\)"),
        (symbols(9), np.zeros((1, 45, 2)), ParameterError, "tensor of floats, not ndarray"),
    ],
)
def test_input_that_it_cannot_read_is_refused(codes, how, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        network()(codes, how)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"sr": 0}, "sr=0 must be"),
        ({"levels": 1}, "levels=1 must be"),
        ({"width": 0}, "width=0 must be"),
        ({"hop_length": 2.5}, "hop_length=2.5 must be"),
        ({"dilations": ()}, r"dilations=\(\) must be"),
        ({"dilations": (1, 0)}, r"dilations=\(1, 0\) must be"),
        ({"instruments": ("a", "a")}, "instruments=.* must be"),
        ({"highest_midi": 127}, "highest_midi=127 is too high for sr=8000"),
        ({"lowest_midi": 80}, "lowest_midi=80 and highest_midi=79 must be in order"),
    ],
)
def test_an_impossible_size_is_refused(setting: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        WaveNetConfig(**setting)


# --- files --------------------------------------------------------------------------------------


def test_what_is_saved_is_loaded_in_half_the_bits(tmp_path: Path) -> None:
    net = network().float()
    again = wavenet.load(wavenet.save(net, tmp_path / "new" / "folder"))
    assert again.config == net.config
    assert not again.training
    for name, weight in net.state_dict().items():
        assert torch.equal(again.state_dict()[name], weight.half().float()), name
    size = (tmp_path / "new/folder/model.safetensors").stat().st_size
    n_weights = sum(weight.numel() for weight in net.parameters())
    assert 2 * n_weights < size < 2 * n_weights + 5000  # and its table of contents


def _spoil_kind(folder: Path) -> None:
    settings_ = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**settings_, "model_type": "encodec"}))


def _spoil_size(folder: Path) -> None:
    settings_ = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**settings_, "width": 7}))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "config.json").unlink(), "No such file"),
        (lambda folder: (folder / "config.json").write_text("{"), "no WaveNet that can be read"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"short"), "can be read"),
        (_spoil_kind, "holds a 'encodec', and no WaveNet"),
        (_spoil_size, "size mismatch"),
    ],
)
def test_a_folder_without_a_wavenet_is_named(tmp_path: Path, spoil, message: str) -> None:
    folder = wavenet.save(network(), tmp_path)
    spoil(folder)
    with pytest.raises(ParameterError, match=message):
        wavenet.load(folder)
