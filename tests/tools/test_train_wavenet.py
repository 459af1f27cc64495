"""Training the WaveNet: its quick step is the model's own, and it goes on as if never stopped."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from sonic_lab.models.wavenet import Note, WaveNet, WaveNetConfig, condition
from tools.train import hearing, wavenet_step
from tools.train import wavenet as training
from tools.train.played import CONFIG, Played
from tools.train.wavenet import HOP, SILENCE, Plan, Training, draw

SMALL = WaveNetConfig(width=6, skip_width=8, dilations=(1, 2, 4, 1, 2), hop_length=10)
QUICK = Plan(steps=6, batch_size=2, frames=3, warm_up=2)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def clips() -> Played:
    """Five clips of 20 frames. No two symbols that follow on each other are alike."""
    codes = (torch.arange(5 * 20 * HOP).reshape(5, -1) % 251).to(torch.uint8)
    asked = [
        condition([Note("flute", 60 + k, start_s=0.02)], config=CONFIG, duration_s=0.2)
        for k in range(5)
    ]
    return Played(codes, torch.stack(asked), "no file")


def test_the_quick_step_costs_what_the_model_costs_and_so_do_its_gradients() -> None:
    """`forward` is the oracle, in double precision: only the order of the sums is another."""
    net = WaveNet(SMALL, generator=seeded(0)).double()
    torch.nn.init.normal_(net.head[-1].weight, std=0.2, generator=seeded(1))
    line = [Note("flute", 69, start_s=0.01), Note("piano", 57, start_s=0.05)]
    one = condition(line, config=SMALL, duration_s=0.1).double()
    asked = torch.stack([one, one.roll(7, dims=1), torch.zeros_like(one)])
    codes, heard = (torch.randint(256, (3, 800), generator=seeded(k)) for k in (2, 3))
    shifted = torch.nn.functional.pad(heard[:, :-1], (1, 0), value=net.silence)
    kept = {}
    for way in ("model", "quick"):
        net.zero_grad()
        if way == "model":
            logits = net.predict_next(shifted, asked)[..., 50:]
            cost = torch.nn.functional.cross_entropy(logits, codes[:, 50:])
        else:
            cost = wavenet_step.nats(
                net, codes, asked, heard=heard, lead_in=50, dtype=torch.float64
            )
        cost.backward()
        grown = {n: w.grad.clone() for n, w in net.named_parameters() if w.grad is not None}
        kept[way] = cost.item(), grown
    assert kept["quick"][0] == pytest.approx(kept["model"][0], rel=1e-7)  # float32 after the head
    for name, gradient in kept["model"][1].items():
        largest = gradient.abs().max().item()
        assert largest > 0, name
        torch.testing.assert_close(
            kept["quick"][1][name], gradient, rtol=0, atol=1e-5 * largest, msg=name
        )


def test_half_precision_points_the_same_way() -> None:
    net = WaveNet(SMALL, generator=seeded(0))
    torch.nn.init.normal_(net.head[-1].weight, std=0.2, generator=seeded(1))
    codes = torch.randint(256, (2, 800), generator=seeded(2))
    asked = condition([Note("flute", 69)], config=SMALL, duration_s=0.1).repeat(2, 1, 1)
    grown = []
    for dtype in (torch.bfloat16, torch.float32):
        net.zero_grad()
        wavenet_step.nats(net, codes, asked, dtype=dtype).backward()
        grown.append(torch.cat([w.grad.ravel() for w in net.parameters() if w.grad is not None]))
    # bfloat16 keeps 8 bits: some percent of a gradient is rounding, and its direction is not.
    assert torch.nn.functional.cosine_similarity(*grown, dim=0) > 0.99


def test_a_piece_is_cut_where_it_is_asked_for(clips: Played) -> None:
    plan = Plan(batch_size=5, frames=4, noisy=0, silent=0)
    lead_in = -(-CONFIG.reach // HOP)
    seen = set()
    for seed in range(20):
        codes, asked, heard = draw(clips, plan, np.random.default_rng(seed))
        assert codes.shape == (5, (lead_in + 4) * HOP)
        assert asked.shape == (5, CONFIG.n_conditions, lead_in + 4)
        assert torch.equal(codes, heard)
        for piece, said in zip(codes, asked, strict=True):
            at = next(
                (clip, first)
                for clip in range(5)
                for first in range(17)
                if torch.equal(clips.codes[clip, first * HOP : (first + 4) * HOP].long(),
                               piece[lead_in * HOP :])
            )  # fmt: skip
            seen.add(at[1])
            assert torch.equal(said[:, lead_in:], clips.asked[at[0]][:, at[1] : at[1] + 4])
            before = max(0, lead_in - at[1])  # frames before the clip began
            assert (piece[: before * HOP] == SILENCE).all()
            assert not said[:, :before].any()
    assert {0, 16} <= seen  # from the first frame to the last


def test_some_pasts_are_heard_through_noise_and_what_is_to_be_said_is_not(clips: Played) -> None:
    plan = Plan(batch_size=5, frames=4, noisy=0.5, noise=3.0, silent=0)
    apart = []
    for seed in range(40):
        codes, _, heard = draw(clips, plan, np.random.default_rng(seed))
        clean, *_ = draw(clips, dataclasses.replace(plan, noisy=0), np.random.default_rng(seed))
        assert torch.equal(codes, clean)
        assert 0 <= heard.min() <= heard.max() <= 255
        apart += (heard - codes).float().std(dim=1).tolist()
    # 200 pieces: half of them, give or take four standard errors of 0.035; and 3 and a little.
    assert np.mean(np.array(apart) > 0) == pytest.approx(0.5, abs=0.15)
    assert 2 < max(apart) < 3.3


def test_stopped_and_gone_on_is_as_never_stopped(clips: Played) -> None:
    whole = Training(QUICK)
    costs = [whole.take_step(clips) for _ in range(4)]
    half = Training(QUICK)
    again = [half.take_step(clips) for _ in range(2)]
    rest = Training(QUICK)
    rest.load_state_dict(half.state_dict())
    again += [rest.take_step(clips) for _ in range(2)]
    assert again == costs
    for name, weight in whole.model.state_dict().items():
        assert torch.equal(weight, rest.model.state_dict()[name]), name


def test_some_pasts_are_silent_up_to_somewhere(clips: Played) -> None:
    plan = Plan(batch_size=5, frames=4, noisy=0, silent=0.5)
    ends = []
    for seed in range(40):
        codes, _, heard = draw(clips, plan, np.random.default_rng(seed))
        for true, past in zip(codes, heard, strict=True):
            kept = torch.nonzero(past != true).ravel()
            end = int(kept[-1]) + 1 if len(kept) else 0  # no two neighbours in a clip are alike
            assert (past[:end] == SILENCE).all()
            assert torch.equal(past[end:], true[end:])
            ends.append(end)
    # 200 pieces: half of them, give or take four standard errors, and a silent start hides some.
    assert np.mean(np.array(ends) > 0) == pytest.approx(0.5, abs=0.2)
    assert max(ends) > 0.9 * codes.shape[1]


def test_each_kind_of_past_has_its_time(clips: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    shares: list[tuple[float, float]] = []

    def watched(clips: Played, plan: Plan, luck: np.random.Generator):  # type: ignore[no-untyped-def]
        shares.append((plan.noisy, plan.silent))
        return draw(clips, plan, luck)

    monkeypatch.setattr(training, "draw", watched)
    run = Training(dataclasses.replace(QUICK, noisy_steps=1, silent_from=2))
    for _ in range(3):
        run.take_step(clips)
    assert shares == [(QUICK.noisy, 0), (0, 0), (0, QUICK.silent)]


def test_the_rate_rises_stays_and_falls() -> None:
    plan = Plan(steps=1000, warm_up=10, falling=0.4)
    assert plan.rate(0) == pytest.approx(0.1)
    assert plan.rate(10) == plan.rate(599) == 1
    assert plan.rate(800) == pytest.approx(0.5)
    assert plan.rate(1000) == 0


def test_a_tracker_that_is_off_by_a_semitone_is_heard_as_out_of_tune() -> None:
    """Sines as the notes: right, a semitone high, an octave high, and nothing at all."""
    t = np.arange(4000) / 8000
    hz = 440 * 2 ** (np.array([0, 1, 12]) / 12)
    y = np.stack([*(0.3 * np.sin(2 * np.pi * f * t) for f in hz), 0 * t]).astype(np.float32)
    notes = hearing.Notes(y, np.full(4, 69), np.zeros(4, int))
    off = hearing.cents_off(notes, sr=8000)
    # At 8 kHz a period is 18 samples or 9: YIN, between them, is a few cents sharp.
    np.testing.assert_allclose(off[:3], [0, 100, 1200], atol=15)
    assert np.isnan(off[3])
    assert hearing._in_tune(off) == 0.25


def test_what_is_bundled_tells_where_it_came_from(
    clips: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "read", lambda folder, split: clips)
    monkeypatch.setattr(hearing, "judge", lambda model: {"pitch within 50 cents": 0.5})
    figures = training.bundle(Training(QUICK), tmp_path, tmp_path / "to")
    record = json.loads((tmp_path / "to" / "record.json").read_text())
    assert record["figures"] == figures
    # As it begins, nothing is likelier than anything else.
    assert figures["held out, nats a sample"] == pytest.approx(np.log(256), abs=0.2)
    assert record["data"]["clips"] == 5
    assert record["settings"]["steps taken"] == 0
    assert "| pitch within 50 cents | 0.5 |" in (tmp_path / "to" / "README.md").read_text()


def test_real_notes_are_heard_as_the_model_would_say_them() -> None:
    """The tracker's own share, on the bundled test notes in eight bits: no model can be better."""
    assert hearing.real("train", CONFIG).y.shape == (180, 4000)
    notes = hearing.real("test", CONFIG)
    assert notes.y.shape == (60, 4000)
    assert set(notes.instrument) == set(range(6))
    assert hearing._in_tune(hearing.cents_off(notes, sr=CONFIG.sr)) > 0.85
