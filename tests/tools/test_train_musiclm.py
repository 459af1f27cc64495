"""Laws of the MusicLM's trainer: crops are parts of the whole, and a stop leaves no trace."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sonic_lab import corpus
from sonic_lab.models.musicgen import delay
from sonic_lab.models.musiclm import MusicLMConfig
from tools.train import musiclm
from tools.train.mels import Mels, look
from tools.train.musiclm_clips import Clips, lay_out
from tools.train.musiclm_figures import found, told

CONFIG = MusicLMConfig(
    vocabulary=100, n_fft=1024, n_mels=16, place=8, width=24, layers=1, heads=2, n_names=12,
    codebook_size=32,
)  # fmt: skip
PLAN = musiclm.Plan(
    towers=4, semantic=4, acoustic=4, towers_batch=4, semantic_batch=4, acoustic_batch=4, crop=20
)
SEEDS = [41, 42, 43, 44, 45, 49, 99, 149]  # the last three are kept unseen


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight clips of two seconds, and made-up tokens of theirs."""
    folder = tmp_path_factory.mktemp("corpus")
    corpus.write(folder, SEEDS, duration_s=2)
    (shard,) = folder.glob("shard-*.jsonl")
    tokens = folder / "tokens"
    tokens.mkdir()
    codes = np.random.default_rng(0).integers(0, 32, (len(SEEDS), 8, 100)).astype(np.int16)
    np.save(tokens / "codes.npy", codes)
    index = [{"seed": seed, "shard": shard.stem, "row": i} for i, seed in enumerate(SEEDS)]
    (tokens / "index.jsonl").write_text("\n".join(map(json.dumps, index)) + "\n", encoding="utf-8")
    (tokens / "READY").touch()
    return folder


def begin(folder: Path, data: Path, plan: musiclm.Plan = PLAN) -> musiclm.Run:
    clips = Clips(data, data / "tokens", folder / "mels", CONFIG)
    return musiclm.Run(folder, clips, CONFIG, plan)


def test_log_mels_are_kept_and_taken_in_any_order(data: Path, tmp_path: Path) -> None:
    mels = Mels(data, tmp_path, CONFIG)
    (shard,) = data.glob("shard-*.npy")
    seen = look(np.load(shard), CONFIG)
    assert seen.shape == (8, 16, 50)
    taken = mels.take([4, 1])
    assert torch.equal(taken, torch.from_numpy(seen[[4, 1]]).float() / 3 - 80)
    again = Mels(data, tmp_path, CONFIG)
    assert torch.equal(again.take([4, 1]), taken)


def test_a_crop_is_a_part_of_the_staircase() -> None:
    codes = torch.randint(32, (6, 4, 100), generator=torch.Generator().manual_seed(0))
    inputs, targets, first = lay_out(codes, np.random.default_rng(0), pad=32, crop=20)
    assert (first == 0).any()
    assert (first > 0).any()
    stairs = delay(codes, pad=32)
    for i, at in enumerate(first):
        assert torch.equal(targets[i], stairs[i, :, at : at + 20])
        assert torch.equal(inputs[i, :, 1:], targets[i, :, :-1])
    whole, _, first = lay_out(codes, np.random.default_rng(0), pad=32, crop=None)
    assert whole.shape[2] == 103
    assert first.max() == 0


def test_some_are_told_nothing_and_some_the_words(data: Path, tmp_path: Path) -> None:
    run = begin(tmp_path, data, replace(PLAN, silent=0.5, told=0.5))
    run.find_names()
    chosen = np.arange(8)
    names, places = run.told(chosen, np.random.default_rng(3))
    silent = (places == 0).all(1)
    assert silent.any()
    assert (names[silent] == run.model.acoustic.unnamed).all()
    assert torch.equal(names[~silent], run.names[~silent])
    by_sound = torch.tensor([torch.equal(a, b) for a, b in zip(places, run.places, strict=True)])
    assert by_sound.any()
    assert (~by_sound & ~silent).any()


def weights(run: musiclm.Run) -> dict[str, Any]:
    return run.model.state_dict()


@pytest.mark.parametrize("until", ["towers", "semantic", "acoustic"])
def test_a_run_that_was_stopped_goes_on_as_if_it_had_not(
    data: Path, tmp_path: Path, until: str
) -> None:
    straight = begin(tmp_path / "straight", data)
    musiclm.train(straight, until=until)
    stopped = begin(tmp_path / "stopped", data)
    stages = musiclm.STAGES[: musiclm.STAGES.index(until)]
    for stage in stages:
        musiclm.train(stopped, until=stage)
    if stopped.done[until] == 0 and until == "semantic":
        stopped.find_names()
    for _ in range(2):
        stopped.advance(until)
    stopped.keep()
    resumed = begin(tmp_path / "stopped", data)
    assert resumed.done[until] == 2
    musiclm.train(resumed, until=until)
    for name, weight in weights(straight).items():
        assert torch.equal(weight, weights(resumed)[name]), name


def test_only_what_a_stage_is_for_is_trained(data: Path, tmp_path: Path) -> None:
    run = begin(tmp_path, data)
    run.find_names()
    before = {name: value.clone() for name, value in weights(run).items()}
    run.advance("semantic")
    moved = {n.split(".")[0] for n, w in weights(run).items() if not torch.equal(w, before[n])}
    assert moved == {"semantic"}


def test_without_tokens_only_the_last_stage_is_refused(data: Path, tmp_path: Path) -> None:
    clips = Clips(data, tmp_path / "nowhere", tmp_path / "mels", CONFIG)
    run = musiclm.Run(tmp_path, clips, CONFIG, PLAN)
    musiclm.train(run, until="semantic")
    with pytest.raises(SystemExit, match="no tokens yet"):
        musiclm.train(run)


def test_what_words_find_and_names_tell_is_counted() -> None:
    """Places and names made so that the answers are known."""
    n = 200
    records = [
        {"style": f"s{i % 4}", "instruments": ["drums"] if i % 2 else ["piano"], "mode": "major",
         "tempo_bpm": 60 + i % 100}
        for i in range(n)
    ]  # fmt: skip
    places = np.eye(n)
    figures = found(places, places, records)
    assert set(figures.values()) == {1.0}
    turned = np.roll(places, 2, axis=0)  # each finds the clip two places before: never its style
    clip, _, drums = found(places, turned, records).values()
    assert clip <= 0.01
    assert drums >= 0.98  # each but for two, which leave their hundred and find its first clip
    names = np.array([[i % 2] * 5 + [2 + i % 100 // 10] * 5 for i in range(n)])
    figures = told(names, records, np.arange(1, n, 5))
    assert figures["names tell: drums"] == 1
    assert figures["always the commonest: drums"] < 0.6
    assert figures["names tell: tempo, correlation"] > 0.9
