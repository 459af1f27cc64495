"""Training the codec: it goes on as if never stopped, its hints are true, its card tells all."""

from __future__ import annotations

import hashlib
import json
import math

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModel

from sonic_lab.models.codec import SonicCodecConfig, tone_frequencies
from tools.train import checkpoints, publish_codec, records, tokens
from tools.train.codec import Plan, Training, draw, vary
from tools.train.codec_losses import (
    find_tones,
    note_distance,
    spectral_distance,
    tone_distance,
)

SR = 16000
SMALL = SonicCodecConfig(
    hidden_size=16, intermediate_size=16, encoder_layers=1, decoder_layers=1, codebook_size=16,
    codebook_dim=8, num_quantizers=3,
)  # fmt: skip
QUICK = {
    "steps": 6, "batch_size": 2, "frames": 16, "quantise_from": 2, "often": (3,), "warm_up": 2,
}  # fmt: skip


class Sines:
    """Six clips of a second, a sine each."""

    def __len__(self) -> int:
        return 6

    def samples(self, i: int) -> np.ndarray:
        return (9000 * np.sin(2 * np.pi * 220 * (i + 1) * np.arange(SR) / SR)).astype(np.int16)


def same(first: dict, second: dict) -> bool:
    return all(torch.equal(value, second[name]) for name, value in first.items())


def trained(steps: int, **changes) -> Training:
    training = Training(Plan(**{**QUICK, **changes}), SMALL)
    for _ in range(steps):
        training.take_step(Sines())
    return training


def test_it_goes_on_as_if_it_had_not_stopped(tmp_path):
    through = trained(5)
    checkpoints.save(tmp_path / "joint.pt", trained(3).state_dict())  # codebooks began at step 2
    resumed = Training(Plan(**QUICK), SMALL)
    resumed.load_state_dict(checkpoints.load(tmp_path / "joint.pt"))
    for _ in range(2):
        resumed.take_step(Sines())
    assert resumed.step == through.step == 5
    assert same(through.model.state_dict(), resumed.model.state_dict())
    assert torch.equal(through.learner.count, resumed.learner.count)


def test_another_seed_learns_otherwise():
    assert not same(trained(1).model.state_dict(), trained(1, seed=1).model.state_dict())


def test_the_second_stage_moves_the_decoder_alone():
    first = trained(4)
    second = Training(Plan(**QUICK | {"stage": "decoder", "hint": 0.0}), SMALL)
    second.begin_from(first.state_dict())
    before = {name: t.clone() for name, t in second.model.state_dict().items()}
    for _ in range(2):
        second.take_step(Sines())
    moved = {name for name, t in second.model.state_dict().items() if not t.equal(before[name])}
    assert moved
    assert all(name.startswith("decoder.") for name in moved)


def test_tokens_are_those_of_the_bundled_weights(tmp_path):
    """Half precision moves the codebooks a little, and some codes with them: it comes first."""
    training = Training(Plan(**QUICK | {"stage": "decoder"}), SMALL)
    training.begin_from(trained(4).state_dict())
    publish_codec.weights(training.model, tmp_path)
    bundled = AutoModel.from_pretrained(tmp_path).eval()
    sounds = np.stack([Sines().samples(i) for i in range(6)])
    assert np.array_equal(tokens.encode(training.model, sounds), tokens.encode(bundled, sounds))
    assert bundled.dtype == torch.float32
    stored = load_file(tmp_path / "model.safetensors")
    assert {t.dtype for t in stored.values()} == {torch.float16}
    assert all(name.startswith("audio_encoder.") for name in stored)


def test_the_rate_rises_stays_and_falls_to_nothing():
    plan = Plan(steps=1000, warm_up=10, falling=0.4)
    assert plan.rate(0) == 0.1
    assert plan.rate(9) == plan.rate(600) == 1.0
    assert plan.rate(800) == pytest.approx(0.5)
    assert plan.rate(1000) == 0.0


def test_a_draw_follows_from_the_seed_and_keeps_within_full_scale():
    plan = Plan(batch_size=20)
    a, b, c = (draw(Sines(), plan, 4096, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)
    assert a.abs().max() <= 1.0
    assert len({round(float(row.std()), 3) for row in a}) > 10  # levels differ


def test_a_colour_keeps_pitch_and_onset():
    y = np.zeros(4096, dtype=np.float32)
    y[2000] = 0.5
    for seed in range(8):
        changed = vary(y, np.random.default_rng(seed))
        assert abs(int(np.argmax(np.abs(changed))) - 2000) <= 1


def test_equal_sounds_are_no_distance_apart_and_louder_ones_are():
    y = 0.1 * torch.randn(2, 20480, generator=torch.Generator().manual_seed(0))
    assert spectral_distance(y, y).item() == pytest.approx(0.0, abs=1e-6)
    assert 0 < spectral_distance(0.8 * y, y).item() < spectral_distance(0.4 * y, y).item()


def test_the_distance_does_not_mind_phases():
    t = torch.arange(20480) / SR
    a, b = (0.3 * torch.sin(2 * math.pi * 500 * t + phase)[None] for phase in (0.0, 1.0))
    other = 0.3 * torch.sin(2 * math.pi * 530 * t)[None]  # a semitone up
    assert spectral_distance(b, a).item() < 0.2 * spectral_distance(other, a).item()


@pytest.mark.parametrize("hz", [82.4, 443.0, 2217.5])
def test_a_sine_is_found_where_it_is(hz):
    y = 0.3 * torch.sin(2 * math.pi * hz * torch.arange(20480) / SR)[None]
    found = find_tones(y, SMALL)[0, 5:-5]  # away from where the sound is cut off
    bank = tone_frequencies(SMALL)
    heard = bank[found.argmax(1).numpy()]
    # The nearest oscillator, or at low pitch the one beside it: the parabola errs by 0.1 bins.
    assert np.abs(heard - hz).max() <= 2 * np.diff(bank)[np.searchsorted(bank, hz) - 1]
    assert found.max(1).values.numpy() == pytest.approx(0.3, rel=0.2)  # scalloping of the window


def test_the_hint_is_least_where_the_bank_plays_what_is_there():
    y = 0.3 * torch.sin(2 * math.pi * 443 * torch.arange(20480) / SR)[None]
    wanted = find_tones(y, SMALL)
    right = torch.log(wanted.clamp(min=1e-9)) + 5
    silent = torch.full_like(right, -20.0)
    elsewhere = right.roll(7, dims=2)
    told = [tone_distance(faders, y, SMALL).item() for faders in (right, silent, elsewhere)]
    assert told[0] == pytest.approx(0.0, abs=1e-6)
    assert told[0] < told[1] < told[2]


def test_a_checkpoint_that_was_cut_off_leaves_the_one_before(tmp_path, monkeypatch):
    path = tmp_path / "run" / "joint.pt"
    assert checkpoints.load(path) is None
    checkpoints.save(path, {"step": 1})

    def cut_off(state, file):
        file.write(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(torch, "save", cut_off)
    with pytest.raises(OSError, match="no space"):
        checkpoints.save(path, {"step": 2})
    assert checkpoints.load(path) == {"step": 1}


def test_the_card_says_what_the_record_says(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    record = records.Record(
        name="A model",
        summary="What it is.",
        data={"name": "a corpus", "sha256": "ab" * 32, "clips": 3, "licence": "CC0-1.0"},
        settings={"steps": 6, "often": (8, 4)},
        figures={"pitch": 0.98765},
        limits=("It cannot sing.",),
    )
    records.write(tmp_path, record)
    kept = json.loads((tmp_path / "record.json").read_text("utf-8"))
    card = (tmp_path / "README.md").read_text("utf-8")
    assert kept["files"] == {"model.safetensors": hashlib.sha256(b"weights").hexdigest()}
    assert kept["files"]["model.safetensors"] in card
    assert kept["code"]["sonic_lab"]
    for said in ("# A model", "a corpus", "ab" * 32, "| steps | 6 |", "8, 4", "0.9877", "cannot"):
        assert said in card
    assert card == records.card(kept)


def test_each_octave_counts_however_loud_the_others_are():
    t = torch.arange(4 * 4096) / SR
    loud, faint = torch.sin(2 * np.pi * 880 * t), 0.1 * torch.sin(2 * np.pi * 110 * t)
    whole, lost = (loud + faint)[None], loud[None]
    assert note_distance(whole, whole, sr=SR) < 1e-3
    # The faint octave is gone altogether, and with it what it left in its neighbours: of the eight
    # octaves from 55 Hz at least one misses all, though that is a hundredth of the energy.
    assert note_distance(lost, whole, sr=SR) > 2 * 0.99 / 8  # by the moment, and over all


def test_a_wrong_note_costs_more_than_a_quieter_one():
    t = torch.arange(4 * 4096) / SR
    right, wrong = (torch.sin(2 * np.pi * hz * t)[None] for hz in (110.0, 130.8))
    assert note_distance(wrong, right, sr=SR) > 2 * note_distance(0.7 * right, right, sr=SR)


def test_a_chorus_is_not_to_be_played_softer_because_its_beats_cannot_be_known():
    luck = torch.Generator().manual_seed(0)
    t = torch.arange(16 * 4096) / SR
    hz = 440 * 2 ** (torch.linspace(-15, 15, 7) / 1200)
    turns = hz[:, None] * t + torch.rand(6, 7, 1, generator=luck)
    one, *others = torch.sin(2 * np.pi * turns).mean(1)[:, None]  # (1, n) each
    as_loud, softer = (
        np.mean([float(note_distance(gain * other, one, sr=SR)) for other in others])
        for gain in (1.0, 0.8)
    )
    assert as_loud < softer
