"""A job: heard, watched, looked into, stopped; and its take can be made again."""

from __future__ import annotations

import hashlib
import json
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sonic_lab import audio, generation
from sonic_lab.errors import ParameterError
from sonic_lab.generation import Cancelled, Job, Model, generate, generate_many, stream

PROMPT = "slow sad piano melody"


def test_the_joined_chunks_of_a_stream_are_what_generate_returns(model: Model) -> None:
    y, sr = generate(PROMPT, model=model, duration_s=3, seed=1)
    chunks = [chunk for chunk, rate in stream(PROMPT, model=model, duration_s=3, seed=1)]
    assert len(chunks) > 2
    assert sr == 16_000
    assert y.dtype == np.float32
    assert y.shape == (3 * sr,)
    assert np.array_equal(np.concatenate(chunks), y)


def test_they_are_what_the_codec_makes_of_all_tokens_at_once(model: Model) -> None:
    take = Job(PROMPT, model=model, duration_s=3, seed=1).run()
    codec = model._network.audio_encoder
    with torch.inference_mode():
        whole = codec.decode(torch.from_numpy(take.tokens)[None], [None]).audio_values[0, 0]
    assert np.abs(whole.clamp(-1, 1).numpy() - take.y).max() < 1e-5  # rounding; the bar is 1e-3


def test_a_seed_repeats_exactly_and_another_does_not(model: Model) -> None:
    one, again, other = (
        Job(PROMPT, model=model, duration_s=1, seed=seed).run() for seed in (5, 5, 6)
    )
    assert np.array_equal(one.tokens, again.tokens)
    assert np.array_equal(one.y, again.y)
    assert not np.array_equal(one.tokens, other.tokens)


def test_a_seed_that_nobody_chose_is_named_and_repeats(model: Model) -> None:
    take = Job(PROMPT, model=model, duration_s=1).run()
    again = Job(PROMPT, model=model, duration_s=1, seed=take.record["seed"]).run()
    assert np.array_equal(take.tokens, again.tokens)


def test_the_prompt_matters(model: Model) -> None:
    one, other = (
        Job(p, model=model, duration_s=1, seed=0).run() for p in (PROMPT, "fast happy flute")
    )
    assert not np.array_equal(one.tokens, other.tokens)


def test_an_item_of_a_batch_is_the_take_it_would_be_alone(model: Model) -> None:
    prompts = [PROMPT, "fast happy flute with drums", "piano"]  # padded to the longest
    together = generate_many(prompts, model=model, duration_s=1, seed=40)
    for item, prompt in enumerate(prompts):
        alone = Job(prompt, model=model, duration_s=1, seed=40 + item).run()
        assert np.array_equal(together[item].tokens, alone.tokens)
        assert together[item].settings.seed == 40 + item
        assert np.abs(together[item].y - alone.y).max() < 1e-5  # rounding


@pytest.mark.parametrize("prompts", [[], "piano", None])
def test_a_batch_is_a_list_of_prompts(model: Model, prompts: Any) -> None:
    with pytest.raises(ParameterError, match="list of one or more prompts"):
        generate_many(prompts, model=model)


def test_tokens_fill_as_a_staircase(model: Model) -> None:
    seen = []
    job = Job(PROMPT, model=model, duration_s=2, seed=0)
    assert job.tokens.shape == (1, 0, 0)
    for _ in job:
        filled = (job.tokens[0] >= 0).sum(1)
        seen.append(filled.tolist())
    assert job.tokens.shape == (1, 4, 100)
    assert seen[-1] == [100] * 4
    for counts in seen[:-1]:
        assert [counts[0] - c for c in counts] == [0, 1, 2, 3]
    assert job.tokens.max() < model.codebook_size


def test_progress_runs_to_the_end(model: Model) -> None:
    heard: list[generation.Progress] = []
    job = Job(PROMPT, model=model, duration_s=2, seed=0, on_progress=heard.append)
    assert job.progress == generation.Progress("waiting", 0, 0, 0.0, 0.0, None)
    job.run()
    stages = [p.stage for p in heard]
    assert list(dict.fromkeys(stages)) == ["loading", "composing", "done"]
    last = heard[-1]
    assert last.step == last.steps == 103
    assert last.sound_s == pytest.approx(2.0)
    for name in ("step", "sound_s", "seconds"):
        values = [getattr(p, name) for p in heard]
        assert values == sorted(values)
    assert any(p.seconds_left is not None for p in heard)


def test_a_started_job_is_heard_from_another_thread(model: Model) -> None:
    job = Job(PROMPT, model=model, duration_s=2, seed=3).start()
    heard = np.concatenate([chunk for chunk, _ in job.chunks()])
    assert np.array_equal(heard, job.result(timeout_s=60).y)
    again = np.concatenate([chunk for chunk, _ in job])
    assert np.array_equal(heard, again)
    with pytest.raises(ParameterError, match="has begun"):
        job.start()


def test_a_job_that_takes_its_time_says_so(model: Model) -> None:
    job = Job(PROMPT, model=model, duration_s=30).start()
    with pytest.raises(TimeoutError, match="still"):
        job.result(timeout_s=0)
    job.cancel()


def wait_until(true: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.005)
    assert true()


def test_cancelling_a_started_job_ends_it_and_frees_its_memory(model: Model) -> None:
    job = Job(PROMPT, model=model, duration_s=30, seed=0).start()
    wait_until(lambda: job.progress.step > 5)
    decoding = weakref.ref(job._decoding)
    job.cancel()
    with pytest.raises(Cancelled, match="was cancelled"):
        job.result(timeout_s=0)
    job._thread.join(60)
    assert not job._thread.is_alive()
    assert job.progress.stage == "cancelled"
    assert 0 < job.progress.step < job.progress.steps  # how far it came is still known
    assert decoding() is None  # keys, values and logits are gone
    assert 5 < (job.tokens >= 0).any(1).sum() < 1500  # what had been drawn can still be seen
    assert list(job.chunks()) == []


def test_cancelling_between_two_chunks_ends_the_iteration(model: Model) -> None:
    job = stream(PROMPT, model=model, duration_s=30, seed=0)
    next(job)
    decoding = weakref.ref(job._decoding)
    job.cancel()
    assert decoding() is None
    assert list(job) == []
    with pytest.raises(Cancelled):
        job.result()


def test_cancelling_from_the_callback_ends_it_within_a_chunk(model: Model) -> None:
    def stop(progress: generation.Progress) -> None:
        if progress.step:
            job.cancel()

    job = Job(PROMPT, model=model, duration_s=30, seed=0, on_progress=stop)
    assert len(list(job)) <= 1
    with pytest.raises(Cancelled):
        job.result()


def test_closing_the_stream_cancels_it(model: Model) -> None:
    job = stream(PROMPT, model=model, duration_s=30)
    next(job)
    job.close()
    assert job.progress.stage == "cancelled"


def test_cancelling_before_the_beginning_and_after_the_end(model: Model) -> None:
    early = Job(PROMPT, model=model)
    early.cancel()
    assert list(early) == []
    assert early.progress.stage == "cancelled"
    late = Job(PROMPT, model=model, duration_s=0.5)
    take = late.run()
    late.cancel()
    assert late.result() is take
    assert late.progress.stage == "done"


def test_what_goes_wrong_in_a_thread_reaches_who_waits(model: Model) -> None:
    job = Job("piano " * 2000, model=model).start()
    with pytest.raises(ParameterError, match="reads at most 512"):
        job.result(timeout_s=60)
    with pytest.raises(ParameterError, match="reads at most 512"):
        list(job.chunks())
    assert job.progress.stage == "failed"


def test_threads_are_those_of_the_model_within_and_the_callers_without(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = torch.get_num_threads()
    monkeypatch.setattr(model, "threads", before + 1)
    job = Job(PROMPT, model=model, duration_s=0.5)
    inside: list[int] = []
    check = job._check_stop
    monkeypatch.setattr(
        job, "_check_stop", lambda: (check(), inside.append(torch.get_num_threads()))
    )
    for _ in job:
        assert torch.get_num_threads() == before
    assert set(inside) == {before + 1}
    assert torch.get_num_threads() == before


def test_the_distribution_is_what_the_token_was_drawn_from(model: Model) -> None:
    job = Job(PROMPT, model=model, duration_s=1, seed=0, top_k=30)
    take = job.run()
    for codebook, frame in ((0, 0), (2, 17), (3, 49)):
        d = job.distribution(codebook, frame, top=30)
        assert d.chosen == take.tokens[0, codebook, frame]
        assert d.chosen in d.tokens  # only 30 could be drawn
        assert d.probabilities.sum() == pytest.approx(1)
        place = list(d.tokens).index(d.chosen)
        assert d.chosen_probability == pytest.approx(d.probabilities[place])
        assert d.entropy_bits == pytest.approx(-(d.probabilities @ np.log2(d.probabilities)))
    assert len(job.distribution(0, 0).tokens) == 20


def test_greedy_decoding_chose_the_likeliest(model: Model) -> None:
    job = Job(PROMPT, model=model, duration_s=1, seed=0, temperature=0)
    job.run()
    d = job.distribution(1, 20)
    assert d.chosen == d.tokens[0]


@pytest.mark.parametrize(("codebook", "frame"), [(4, 0), (-1, 0), (0, 50), (0, -1)])
def test_a_place_that_is_not_there(model: Model, codebook: int, frame: int) -> None:
    job = Job(PROMPT, model=model, duration_s=1, seed=0)
    job.run()
    with pytest.raises(ParameterError, match="not among the 4 codebooks and 50 frames"):
        job.distribution(codebook, frame)


def test_a_place_that_is_not_drawn_yet(model: Model) -> None:
    job = Job(PROMPT, model=model, duration_s=2, seed=0)
    next(job)
    with pytest.raises(ParameterError, match="no token yet"):
        job.distribution(0, 99)
    job.cancel()


def test_words_that_the_model_has_no_piece_for_are_remarked(model: Model) -> None:
    job = Job("sad piano 🎹 melody", model=model, duration_s=0.5)
    job.run()
    assert job.remarks == [f"{model.info.name} has no word for 🎹"]


def test_the_record_says_where_a_take_came_from(model: Model, folder: Path) -> None:
    take = Job(PROMPT, model=model, duration_s=1, seed=9, temperature=0.8).run()
    r = take.record
    weights = (folder / "model.safetensors").read_bytes()
    assert r["weights_sha256"] == hashlib.sha256(weights).hexdigest()
    assert r["sound_sha256"] == hashlib.sha256(take.y.tobytes()).hexdigest()
    assert (r["prompt"], r["seed"], r["licence"]) == (PROMPT, 9, "cc0-1.0")
    assert r["settings"] == {
        "duration_s": 1, "guidance": 3.0, "temperature": 0.8, "top_k": 250, "top_p": None,
    }  # fmt: skip
    assert (r["sr"], r["samples"]) == (16_000, 16_000)


def test_a_take_is_saved_with_its_record_beside_it(model: Model, tmp_path: Path) -> None:
    take = Job("slow sad piano ♫", model=model, duration_s=1, seed=9).run()
    sound, beside = take.save(tmp_path / "take.wav")
    y, sr = audio.load(sound)
    assert sr == take.sr
    assert np.abs(y - take.y).max() <= 1 / 32768  # sixteen bits
    assert beside.name == "take.wav.json"
    assert json.loads(beside.read_text(encoding="utf-8")) == take.record


def test_two_jobs_at_once_do_not_mix(model: Model) -> None:
    alone = [Job(PROMPT, model=model, duration_s=1, seed=s).run().tokens for s in (1, 2)]
    jobs = [Job(PROMPT, model=model, duration_s=1, seed=s).start() for s in (1, 2)]
    for job, expected in zip(jobs, alone, strict=True):
        assert np.array_equal(job.result(60).tokens, expected)
    assert threading.active_count() < 20
