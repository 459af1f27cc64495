"""Laws of the language model's training: the model's own arithmetic, repeatable, able to go on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sonic_lab.corpus import INSTRUMENTS
from sonic_lab.models import musicgen
from tools.train import captions, lessons, reader, steps
from tools.train import musicgen as training
from tools.train.token_sets import Tokens

WORDS = ("piano", "guitar", "flute")


def record(seed: int) -> dict[str, object]:
    name, tempo = WORDS[seed % 3], 60 + 7 * seed % 100
    return {
        "seed": seed, "captions": (f"a {name} tune at {tempo} bpm", f"{name}, please"),
        "instruments": [name], "moods": ["calm"], "style": ("folk", "waltz")[seed % 2],
        "tempo_bpm": tempo, "beats_per_bar": 4, "tonic": "C", "mode": ("major", "minor")[seed % 2],
        "notes": [[name, 0.04, 0.2, 60 + seed % 12, 0.8], ["drums", 0.5, 0.1, 36, 1.0]],
    }  # fmt: skip


def some_scores(n: int) -> list[lessons.Score]:
    return [lessons.read_score(record(i)) for i in range(n)]


def some_tokens(n: int, *, frames: int = 40) -> Tokens:
    luck = np.random.default_rng(n)
    return Tokens(luck.integers(1024, size=(n, 4, frames)), [record(i) for i in range(n)])


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> training.Plan:
    monkeypatch.setitem(reader.teach.__kwdefaults__, "steps", 3)
    small = musicgen.MusicgenSize(width=32, layers=1, heads=2, hidden=32, text_width=16,
                                  text_layers=1, text_heads=2, text_hidden=16)  # fmt: skip
    monkeypatch.setattr(training, "SIZE", small)
    return training.Plan(steps=6, batch_size=2, crop=12, warm_up=2, drilled=3)


def test_the_arithmetic_is_that_of_the_model_itself() -> None:
    model = musicgen.random_model()
    codes = some_tokens(2).take([0, 1])
    words = {
        "input_ids": torch.tensor([[5, 6, 7, 1], [8, 1, 0, 0]]),
        "attention_mask": torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]]),
    }
    batch = steps.lay_out(
        codes, words, heard=torch.ones(2, dtype=torch.long), first=torch.zeros(2).long(), crop=43
    )
    ours = steps.forward(model, batch)[0]
    theirs = model(**words, decoder_input_ids=batch.inputs.reshape(8, -1)).logits
    # Float32, and attention by another kernel (no mask but the causal one).
    torch.testing.assert_close(ours, theirs.view(ours.shape), rtol=1e-4, atol=1e-5)


def test_a_caption_left_out_is_the_null_prompt_of_guidance() -> None:
    model = musicgen.random_model()
    codes = some_tokens(1).take([0])
    words = {"input_ids": torch.tensor([[5, 1]]), "attention_mask": torch.tensor([[1, 1]])}
    zero = torch.zeros(1, dtype=torch.long)
    batch = steps.lay_out(codes, words, heard=zero, first=zero, crop=20)
    ours = steps.forward(model, batch)[0]
    theirs = model.decoder(batch.inputs.reshape(4, -1)).logits  # no text at all
    torch.testing.assert_close(ours, theirs.view(ours.shape), rtol=1e-4, atol=1e-5)


def test_a_crop_is_a_piece_of_the_whole_with_the_places_it_has_there() -> None:
    codes = some_tokens(1).take([0])
    words = {"input_ids": torch.tensor([[1]]), "attention_mask": torch.tensor([[1]])}
    zero = torch.zeros(1, dtype=torch.long)
    whole = steps.lay_out(codes, words, heard=zero, first=zero, crop=43)
    part = steps.lay_out(codes, words, heard=zero, first=zero + 7, crop=12)
    assert torch.equal(part.inputs, whole.inputs[..., 7:19])
    assert torch.equal(part.targets, whole.targets[..., 7:19])
    assert torch.equal(part.at, whole.at[:, 7:19])
    some = steps.look_at(codes, words, heard=zero, at=torch.tensor([[9, 3]]))
    assert torch.equal(some.inputs, whole.inputs[..., [9, 3]])
    assert torch.equal(some.targets, whole.targets[..., [9, 3]])
    # Every target is the next step's input: nothing is skipped and nothing seen too early.
    assert torch.equal(whole.targets[..., :-1], whole.inputs[..., 1:])


def test_stopped_and_begun_again_it_is_as_if_never_stopped(
    tmp_path: Path, quick: training.Plan
) -> None:
    data, unseen = some_tokens(6), some_tokens(3)
    scores = some_scores(6)
    straight = training.Run(tmp_path / "a", data, unseen, quick, scores=scores)
    training.train(straight)
    broken = training.Run(tmp_path / "b", data, unseen, quick, scores=scores)
    for _ in range(3):
        broken.advance()
    broken.keep()
    again = training.Run(tmp_path / "b", data, unseen, quick, scores=scores)
    assert again.step == 3
    training.train(again)
    for one, other in zip(straight.weights, again.weights, strict=True):
        assert torch.equal(one, other)
    for one, other in zip(straight.average, again.average, strict=True):
        assert torch.equal(one, other)


def test_it_learns(tmp_path: Path, quick: training.Plan) -> None:
    """Twelve clips of one held token each: guessing costs ln 1024, knowing nothing at all."""
    held = np.broadcast_to(np.arange(12)[:, None, None] * 5, (12, 4, 40)).copy()
    data = Tokens(held, [record(i) for i in range(12)])
    plan = training.Plan(steps=60, batch_size=6, crop=12, warm_up=2, learning_rate=1e-2)
    run = training.Run(tmp_path, data, data, plan, scores=some_scores(12))
    before = training.examine(run.model, data, run.tokenizer)
    training.train(run)
    after = training.examine(run.model, data, run.tokenizer)
    assert min(before) > 5.5  # ln 1024 is 6.93; that tokens go on is expected from the start
    assert max(after) < 4.5


def test_words_are_learned_from_the_lessons_alone(tmp_path: Path, quick: training.Plan) -> None:
    """The tokens say nothing here, so what the states know of a clip they have from its caption."""
    data = some_tokens(12)
    plan = training.Plan(steps=80, batch_size=6, crop=12, warm_up=2, openings=6, silent=0.0,
                         learning_rate=1e-2, weights=(0.0,) * 4, facts=1.0)  # fmt: skip
    run = training.Run(tmp_path, data, data, plan, scores=some_scores(12))
    first = np.mean([run.advance()[4] for _ in range(5)])
    training.train(run)
    assert np.mean([run.advance()[4] for _ in range(5)]) < 0.5 * first


def test_it_learns_to_tell_its_caption_from_a_wrong_one(
    tmp_path: Path, quick: training.Plan
) -> None:
    """One token for each instrument; nothing else of the steps counts."""
    held = np.broadcast_to((np.arange(12) % 3)[:, None, None] * 5, (12, 4, 40)).copy()
    data = Tokens(held, [record(i) for i in range(12)])
    plan = training.Plan(steps=60, batch_size=2, crop=12, warm_up=2, drilled=3, openings=12,
                         learning_rate=1e-2, weights=(0.0,) * 4, telling=1.0)  # fmt: skip
    run = training.Run(tmp_path, data, data, plan, scores=some_scores(12))
    first = np.mean([run.advance()[8] for _ in range(5)])
    training.train(run)
    assert np.mean([run.advance()[8] for _ in range(5)]) < 0.3 * first


def test_a_likelihood_is_the_sum_of_what_its_tokens_cost() -> None:
    codes = some_tokens(2).take([0, 1])
    words = {"input_ids": torch.tensor([[1], [1]]), "attention_mask": torch.ones(2, 1).long()}
    ones, zeros = torch.ones(2).long(), torch.zeros(2).long()
    batch = steps.lay_out(codes, words, heard=ones, first=zeros, crop=43)
    logits = torch.randn(2, 4, 43, 1024, generator=torch.Generator().manual_seed(0))
    whole = steps.likelihoods(logits, batch)
    for i in range(2):
        one = steps.lay_out(codes[[i]], words, heard=ones[:1], first=zeros[:1], crop=43)
        known = (one.targets != steps.PAD).sum((0, 2))  # the staircase leaves corners empty
        spent = (steps.costs(logits[[i]], one) * known).sum()
        assert whole[i].item() == pytest.approx(-spent.item(), rel=1e-5)
    assert torch.equal(steps.likelihoods(logits[:1], steps.first(batch, 1)), whole[:1])


def test_a_run_begins_where_another_ended(tmp_path: Path, quick: training.Plan) -> None:
    data, scores = some_tokens(6), some_scores(6)
    ended = training.Run(tmp_path / "a", data, data, quick, scores=scores)
    training.train(ended)
    run = training.Run(tmp_path / "b", data, data, quick, scores=scores)
    run.begin_after(torch.load(tmp_path / "a" / "checkpoint.pt", weights_only=True))
    assert run.step == 0
    assert run.seconds == ended.seconds
    for one, other in zip(ended.weights, run.weights, strict=True):
        assert torch.equal(one, other)


def test_a_deeper_run_goes_on_as_the_shallow_one_spoke(
    tmp_path: Path, quick: training.Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, scores = some_tokens(6), some_scores(6)
    ended = training.Run(tmp_path / "a", data, data, quick, scores=scores)
    training.train(ended)
    monkeypatch.setattr(training, "SIZE", replace(training.SIZE, layers=2))
    run = training.Run(tmp_path / "b", data, data, quick, scores=scores)
    anew = training.examine(run.model, data, run.tokenizer, half_precision=False)
    run.begin_after(torch.load(tmp_path / "a" / "checkpoint.pt", weights_only=True))
    before, after = (
        training.examine(one.model, data, one.tokenizer, half_precision=False)
        for one in (ended, run)
    )
    assert np.abs(np.subtract(before, after)).max() < 0.1 * np.abs(np.subtract(before, anew)).max()


def test_drills_alone_teach_the_beat(tmp_path: Path, quick: training.Plan) -> None:
    data, scores = some_tokens(6, frames=60), [replace(s, tempo_bpm=120) for s in some_scores(6)]
    run = training.Run(tmp_path, data, data, quick, scores=scores)
    clock = run.drills.cost("beside music", 0)[1].item()
    layer = run.model.decoder.model.decoder.layers[0].fc1.weight
    speaks, thinks = [w.clone() for w in run.model.decoder.lm_heads.parameters()], layer.clone()
    run.learn_to_count(150)
    assert not torch.equal(layer, thinks)
    assert run.drills.cost("beside music", 0)[1].item() < clock - 0.3
    assert run.seconds > 0
    for before, after in zip(speaks, run.model.decoder.lm_heads.parameters(), strict=True):
        assert torch.equal(before, after)


def test_every_drill_names_its_tempo(tmp_path: Path, quick: training.Plan) -> None:
    data, scores = some_tokens(6), some_scores(6)
    for r in data.records:
        r["captions"] = ("a tune",)
    run = training.Run(tmp_path, data, data, quick, scores=scores)
    told = [text for turn in range(8) for text in run.drills.draw("alone", turn)[1]]
    assert all(captions.says(text)["tempo"] for text in told)


def test_a_moment_of_a_drill_knows_nothing_of_the_others() -> None:
    model = musicgen.random_model()
    codes = some_tokens(2).take([0, 1])
    words = {"input_ids": torch.tensor([[5, 1], [8, 1]]), "attention_mask": torch.ones(2, 2).long()}
    at, ones = torch.tensor([[30, 4, 17], [8, 2, 39]]), torch.ones(2).long()
    every = steps.forward(
        model, steps.look_at(codes, words, heard=ones, at=at, apart=True), layers=1
    )[1][0]
    for k in range(3):
        alone = steps.look_at(codes, words, heard=ones, at=at[:, k : k + 1], apart=True)
        torch.testing.assert_close(
            every[:, k : k + 1], steps.forward(model, alone, layers=1)[1][0], rtol=1e-4, atol=1e-5
        )


def test_a_caption_of_a_drill_names_the_tempo() -> None:
    records = [record(i) for i in range(40)]
    for r in records:
        r["captions"] = (f"a {r['instruments']}",)
    texts = captions.told_all(records, np.random.default_rng(0), tempo=True)
    assert all(captions.says(text)["tempo"] for text in texts)
    assert not all(
        captions.says(text)["tempo"]
        for text in captions.told_all(records, np.random.default_rng(0))
    )


def test_what_sounds_when_is_read_off_the_score() -> None:
    score = lessons.read_score(
        {"tempo_bpm": 120, "beats_per_bar": 4,
         "notes": [["piano", 0.1, 0.1, 60, 0.8], ["drums", 0.24, 0.1, 36, 1.0],
                   ["piano", 9.9, 0.5, 64, 0.8]]}
    )  # fmt: skip
    now = lessons.moments([score, score], [0, 8], 20)
    assert now.sounding.sum().item() == (5 + 5) + (2 + 5)  # frames 5-9 and 12-16; from 8 on
    assert now.sounding[0, 60, 5:10].all()
    assert now.sounding[0, 1, 12:17].all()  # MIDI 36, the first row being 35
    assert now.beginning[0].nonzero().tolist() == [[1, 12], [60, 5]]
    assert now.beginning[1].nonzero().tolist() == [[1, 4]]  # what began before is not new
    piano, beat = (INSTRUMENTS.index(name) for name in ("piano", "drums"))
    assert now.playing[0].nonzero().tolist() == sorted(
        [[piano, t] for t in range(5, 10)] + [[beat, t] for t in range(12, 17)]
    )


def test_the_clock_tells_the_part_of_the_beat_and_the_beat_of_the_bar() -> None:
    scores = [
        lessons.read_score({"tempo_bpm": 120, "beats_per_bar": n, "notes": []}) for n in (3, 4)
    ]
    # At 120 BPM a beat lasts 25 frames, and the first begins at 0.04 s.
    at = torch.tensor([[2, 1, 2 + 12, 2 + 3 * 25, 2 + 4 * 25]] * 2)
    phase, beat = lessons.clock(scores, at)
    assert phase.tolist() == [[0, lessons.PHASES - 1, 12 * lessons.PHASES // 25, 0, 0]] * 2
    assert beat[:, 2:].tolist() == [[0, 0, 1], [0, 3, 0]]
    assert beat[:, 1].tolist() == [2, 3]  # what is before the first beat ends a bar


def test_a_bar_holds_the_pitch_classes_that_sound_in_it() -> None:
    notes = [["piano", 0.04, 0.5, 60, 0.8], ["bass", 1.5, 1.0, 43, 0.8],
             ["drums", 0.04, 0.1, 38, 1.0], ["piano", 2.04, 2.0, 64, 0.8],
             ["piano", 1.04, 1.02, 69, 0.8]]  # fmt: skip
    score = lessons.read_score({"tempo_bpm": 120, "beats_per_bar": 4, "notes": notes})
    at = torch.tensor([[0, 2, 101, 102, 201, 202, 499]])  # a bar lasts 100 frames, from frame 2 on
    heard = [set(x.nonzero().flatten().tolist()) for x in lessons.harmony([score], at)[0].T]
    first, second = {0, 7, 9}, {7, 4}  # the A only reaches into the second; the drums have no pitch
    assert heard == [first, first, first, second, second, set(), set()]


def test_lessons_cost_what_their_parts_cost() -> None:
    records = [record(i) for i in range(3)]
    labels, scores = reader.Labels(records), some_scores(3)
    now = lessons.moments(scores, [0, 3, 0], 10)
    heads = lessons.Lessons(8, labels.sizes())
    for weight in heads.parameters():
        torch.nn.init.zeros_(weight)  # then every answer is as likely as any other
    states = [torch.randn(3, 10, 8)] * 4
    sizes = labels.sizes()
    guess = 10 * np.log(2) + sum(np.log(n) for name, n in sizes.items() if name != "many")
    assert heads.knows(states, labels(records)).item() == pytest.approx(guess, rel=1e-5)
    rows = 2 * lessons.PITCHES + len(INSTRUMENTS)
    assert heads.hears(states, now).item() == pytest.approx(rows * np.log(2), rel=1e-5)
    time = lessons.clock(scores, torch.arange(10).expand(3, -1))
    beat, classes = np.log(lessons.PHASES * lessons.BEATS), 12 * np.log(2)
    assert heads.keeps_time(states, *time).tolist() == pytest.approx([beat, beat], rel=1e-5)
    assert heads.keeps_time(states[:1], *time).tolist() == pytest.approx([beat], rel=1e-5)
    bars = lessons.harmony(scores, torch.arange(10).expand(3, -1))
    assert heads.harmonises(states, bars).tolist() == pytest.approx([classes] * 2, rel=1e-5)


def test_an_opening_lies_anywhere_and_begins_as_if_nothing_had_been(
    tmp_path: Path, quick: training.Plan
) -> None:
    data = some_tokens(8)
    tokenizer = training.Run(tmp_path, data, data, quick, scores=some_scores(8)).tokenizer
    plan = replace(quick, openings=8, opening=5, anywhere=0.5)
    firsts = set()
    for step in range(6):
        batch = training.draw_openings(data, tokenizer, plan, step, often=np.full(8, 1 / 8))
        assert batch.heard.all()
        assert (batch.inputs[..., 0] == steps.PAD).all()
        assert torch.equal(batch.inputs[..., 1:], batch.targets[..., :-1])
        for clip, at, targets in zip(batch.clips, batch.at, batch.targets, strict=True):
            stairs = musicgen.delay(data.take([clip]), pad=steps.PAD)[0]
            assert torch.equal(targets, stairs[:, at])
        firsts |= set(batch.at[:, 0].tolist())
    assert 0 in firsts
    assert len(firsts) > 10


def test_what_is_spoken_into_a_clip_is_heard_in_its_past_and_not_asked_for(
    tmp_path: Path, quick: training.Plan
) -> None:
    plan = replace(quick, batch_size=8, spoken=0.5, own=1.0, crop=30)
    data = some_tokens(8)
    run = training.Run(tmp_path, data, data, plan, scores=some_scores(8))
    true = training.draw(data, run.tokenizer, plan, 0)
    heard = run._speak_into(true)
    assert torch.equal(heard.inputs[4:], true.inputs[4:])
    assert torch.equal(heard.targets[4:], true.targets[4:])
    assert torch.equal(heard.targets[:, 0], true.targets[:, 0])  # the first codebook still is
    unasked = heard.targets != true.targets
    assert (heard.targets[unasked] == steps.PAD).all()
    other = heard.inputs != true.inputs
    assert 0.1 < other[:4].float().mean() < 0.9
    for i in range(4):
        frames = {
            name: [{at - k - before for at in row.nonzero()[:, 0].tolist()}
                   for k, row in enumerate(change[i])]
            for name, change, before in (("asked", unasked, 0), ("heard", other, 1))
        }  # fmt: skip
        for k in range(1, 4):  # a token said may be the true one, and the last is not heard yet
            missing = frames["heard"][k] ^ frames["asked"][k]
            assert len(missing) <= 2
    assert torch.equal(run._speak_into(true).inputs, heard.inputs)  # by the seed and step alone


def test_each_instrument_is_the_rarest_one_as_often() -> None:
    plays = [("drums",)] * 6 + [("drums", "bass")] * 3 + [("bells", "drums")]
    often = training.rarity([{"instruments": names} for names in plays])
    assert often.sum() == pytest.approx(1)
    assert often[-1] == pytest.approx(3 * often[6])  # of bells there is one, of basses three
    assert often[0] == pytest.approx(often[-1] / 10)


def test_every_clip_is_seen_once_before_any_is_seen_twice() -> None:
    turns = [i for at in range(0, 30, 3) for i in training._turn(10, at, 3, seed=0)]
    for epoch in range(3):
        assert sorted(turns[10 * epoch : 10 * epoch + 10]) == list(range(10))
    assert turns[:10] != turns[10:20]


def test_a_caption_that_is_varied_keeps_its_words() -> None:
    caption = "slow sad piano melody"
    kinds = {captions.vary(caption, np.random.default_rng(i)) for i in range(300)}
    assert caption in kinds
    assert len(kinds) > 50
    for text in kinds:
        words = iter(text.split())
        assert all(word in words for word in ("slow", "sad", "piano"))  # in their order
        assert set(text.split()) & {"melody", *captions.LOOSE}


def test_a_caption_is_told_what_it_leaves_unsaid_and_nothing_twice() -> None:
    record = {
        "tempo_bpm": 96, "tonic": "F#", "mode": "minor", "instruments": ["piano", "drums"],
    }  # fmt: skip
    told = {
        captions.tell_more("Slow piano in a minor key.", record, np.random.default_rng(seed))
        for seed in range(40)
    }
    assert all(text.startswith("Slow piano in a minor key, ") for text in told)
    rest = " ".join(text.removeprefix("Slow piano in a minor key") for text in told)
    assert "96" in rest
    assert "drums" in rest
    assert "piano" not in rest
    assert "minor" not in rest
    assert "no drums" not in rest
    full = "Slow piano, 96 bpm, in F sharp minor, with drums"
    assert captions.tell_more(full, record, np.random.default_rng(0)) == full


def test_what_a_caption_names_is_asked_for_and_nothing_else() -> None:
    assert captions.says("80s pop in a minor key, with drums") == {
        "tempo": False, "mode": True, "key": False,
    }  # fmt: skip
    assert captions.says("flute in B flat minor, 97 bpm") == dict.fromkeys(captions.says(""), True)
    texts, records = ["a flute", "a flute in C minor"], [record(1), record(3)]
    labels = reader.Labels(records)
    asked = reader.only_what_is_said(labels(records), texts)
    assert asked["mode"].tolist() == [reader.UNSAID, 1]
    assert asked["key"].tolist() == [reader.UNSAID, labels.keys.index("C minor")]
    assert torch.equal(asked["many"], labels(records)["many"])


def test_a_mistake_names_one_instrument_that_does_not_play() -> None:
    played = {"instruments": ["piano", "bells", "bass", "drums"]}
    seen = set()
    for seed in range(200):
        pair = captions.mistake(
            "80s synth pop, Grand Piano, chimes and bass", played, np.random.default_rng(seed)
        )
        assert pair is not None
        right, wrong = pair
        assert right == "80s synth pop, Grand Piano, chimes and bass"
        start, *rest = wrong.split(", ", 1)
        assert start == "80s synth pop"  # a style, and no instrument
        one, other = rest[0].removesuffix(" and bass").split(", ")
        assert (one == "Grand Piano") != (other == "chimes")
        swapped = other if one == "Grand Piano" else one
        assert not any(name in swapped for name in ("piano", "keys", "bell", "chime", "bass"))
        seen.add(swapped)
    assert {"flute", "violins", "synth", "guitar"} <= seen


def test_a_caption_that_names_no_instrument_is_told_of_one_before_the_mistake() -> None:
    played = {"instruments": ["flute", "drums"]}
    right, wrong = captions.mistake("Slow and sad", played, np.random.default_rng(0)) or ("", "")
    assert right == "Slow and sad, with flute"
    assert wrong.startswith("Slow and sad, with ")
    assert "flute" not in wrong
    assert captions.mistake("loop", {"instruments": ["drums"]}, np.random.default_rng(0)) is None
    everyone = {"instruments": list(captions.TUNEFUL)}
    assert captions.mistake("all of them", everyone, np.random.default_rng(0)) is None


def test_a_pair_of_captions_is_varied_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captions, "UNSEEN", 0.0)  # a word between those of a name
    records = [record(i) for i in range(40)]
    right, wrong = captions.choose_pairs(records, np.random.default_rng(0))
    for r, one, other in zip(records, right, wrong, strict=True):
        name = r["instruments"][0]
        assert name in one
        assert name not in other
        before = one[: one.index(name)]
        assert other.startswith(before)


def test_a_black_key_has_four_names() -> None:
    assert captions._names("A#") == ["A#", "A sharp", "B flat", "Bb"]
    assert captions._names("G#")[2:] == ["A flat", "Ab"]
    assert captions._names("C") == ["C"]


def test_drums_alone_are_in_no_key() -> None:
    record = {"tempo_bpm": 96, "tonic": "C", "mode": "major", "instruments": ["drums"]}
    told = [captions.tell_more("loop", record, np.random.default_rng(i)) for i in range(40)]
    assert not any("major" in text for text in told)


def test_what_no_caption_names_costs_nothing() -> None:
    labels = reader.Labels([record(0), record(1)])
    truth = labels([record(0), record(1)])
    answers = {n: torch.randn(2, k) for n, k in labels.sizes().items()}
    silent = reader.only_what_is_said(truth, ["a flute", "a tune"])
    said = reader.only_what_is_said(truth, ["a flute", "a tune in C minor, 67 bpm"])
    assert reader.cost(answers, silent).isfinite()
    assert reader.cost(answers, silent) < reader.cost(answers, said)


def test_the_reader_answers_each_question_for_each_clip() -> None:
    records = [record(i) for i in range(6)]
    labels = reader.Labels(records)
    truth = labels(records)
    assert truth["many"].shape == (6, len(WORDS) + 1)
    assert truth["mode"].tolist() == [0, 1, 0, 1, 0, 1]
    tempi = torch.tensor(reader.TEMPO_BPM)[truth["tempo"]]
    asked = torch.tensor([float(r["tempo_bpm"]) for r in records])  # type: ignore[arg-type]
    assert (tempi / asked - 1).abs().max() < 0.02  # half a step of 1.7 %, and the ends
