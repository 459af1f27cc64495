"""GenerationStudio, driven from Python: what it shows and keeps while a take is made, and after."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import sonic_lab as sl
from sonic_lab.widgets import GenerationStudio
from sonic_lab.widgets.take_files import file_stem
from tests.widgets.scripted import FRAMES_A_SECOND, SR, K, ScriptedJob, wait_for

Make = Callable[..., sl.generation.Take]


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr(sl.generation, "Job", ScriptedJob)
    monkeypatch.chdir(tmp_path)
    ScriptedJob.made.clear()
    yield
    for job in ScriptedJob.made:
        job.cancel()  # no thread outlives its test


@pytest.fixture
def studio() -> GenerationStudio:
    return GenerationStudio(prompt="slow sad piano", duration_s=1.0, seed=5)


@pytest.fixture
def make(studio: GenerationStudio) -> Make:
    """Make a take to its end."""

    def make(**settings: object) -> sl.generation.Take:
        for name, value in settings.items():
            setattr(studio, name, value)
        job = begin(studio)
        job.finish()
        wait_for(lambda: studio.progress["stage"] == "done" and studio._live is None, "it is kept")
        return studio.takes[-1]

    return make


def begin(studio: GenerationStudio) -> ScriptedJob:
    send(studio, {"type": "generate"})
    assert studio.error == ""
    return ScriptedJob.made[-1]


def send(studio: GenerationStudio, content: dict) -> None:
    studio._receive(studio, content, [])


def sent_to_page(studio: GenerationStudio, monkeypatch: pytest.MonkeyPatch) -> list:
    found: list = []
    monkeypatch.setattr(studio, "send", lambda told, buffers=(): found.append((told, buffers)))
    return found


def codes(studio: GenerationStudio) -> np.ndarray:
    shape = studio._tokens["codebooks"], studio._tokens["frames"]
    return np.frombuffer(studio._tokens["codes"], "<i2").reshape(shape)


# While it is made


def test_the_tokens_fill_in_a_staircase(studio):
    job = begin(studio)
    job.compose(10)
    wait_for(lambda: "codes" in studio._tokens, "the page has tokens")
    filled = (codes(studio) >= 0).sum(axis=1)
    assert filled.tolist() == [10, 9, 8, 7]
    assert studio.progress["step"] == 10
    assert studio.progress["steps"] == FRAMES_A_SECOND + K - 1


def test_progress_comes_about_ten_times_a_second_and_not_with_each_token(studio, monkeypatch):
    job = begin(studio)
    clock = [1000.0]
    monkeypatch.setattr("sonic_lab.widgets.live_take.time.monotonic", lambda: clock[0])
    told = []
    studio.observe(lambda change: told.append(change["new"]["step"]), "progress")
    for _ in range(40):  # two seconds of fifty steps a second, reported one by one
        clock[0] += 0.05
        job.compose(1)
    assert 15 <= len(told) <= 20


def test_the_chunks_of_the_page_joined_are_the_take(studio, monkeypatch):
    page = sent_to_page(studio, monkeypatch)
    job = begin(studio)
    for _ in range(5):
        job.compose(9)
    job.finish()
    wait_for(lambda: studio.takes, "it is kept")
    heard = np.concatenate([np.frombuffer(buffers[0], "<i2") for _, buffers in page]) / 32767
    finer = sl.audio.resample(studio.takes[0].y, orig_sr=SR, target_sr=48000)
    np.testing.assert_allclose(heard, finer, atol=1.1 / 32767)  # int16, towards zero
    assert {told["sr"] for told, _ in page} == {48000}
    starts = [told["at"] for told, _ in page]
    assert starts == np.cumsum([0] + [len(b[0]) // 2 for _, b in page])[:-1].tolist()
    assert {told["run"] for told, _ in page} == {1}


def test_the_end_is_told_after_the_last_sound(studio, monkeypatch):
    monkeypatch.setattr("sonic_lab.widgets.live_take.LiveTake.tokens_due", lambda _: True)
    order: list[str] = []
    monkeypatch.setattr(studio, "send", lambda told, buffers=(): order.append("sound"))
    studio.observe(lambda change: order.append(change["new"]["stage"]), "progress")
    begin(studio).finish()
    wait_for(lambda: studio._live is None, "it is kept")
    assert order.count("done") == 1
    assert "sound" not in order[order.index("done") :]


def test_a_page_that_opens_in_the_middle_gets_what_it_missed(studio, monkeypatch):
    job = begin(studio)
    job.compose(23)
    wait_for(lambda: studio._live.samples, "sound has come")
    page = sent_to_page(studio, monkeypatch)
    send(studio, {"type": "listen", "from": 100})
    ((told, buffers),) = page
    assert told["at"] == 100
    assert len(buffers[0]) // 2 == studio._live.samples - 100


def test_the_picture_grows_to_the_right_and_keeps_its_length(studio):
    job = begin(studio)
    job.compose(28)
    wait_for(lambda: max(studio._picture_stage["pixels"]) > 0, "a picture is drawn")
    picture = studio._picture_stage
    levels = np.frombuffer(picture["pixels"], "u1").reshape(picture["rows"], picture["columns"])
    sounding = levels.max(axis=0) > 100
    assert picture["duration_s"] == 1.0
    assert sounding[: picture["columns"] // 3].all()
    assert not sounding[2 * picture["columns"] // 3 :].any()


def test_the_kernel_is_free_while_a_take_is_made(studio):
    job = begin(studio)
    assert threading.current_thread() is threading.main_thread()
    studio.temperature = 0.5  # changed meanwhile: for the next take
    studio.prompt = "fast flute"
    job.finish()
    wait_for(lambda: studio.takes, "it is kept")
    assert studio.takes[0].settings.temperature == 1.0
    assert studio.takes[0].prompt == "slow sad piano"


def test_pressing_generate_twice_makes_one_take(studio):
    job = begin(studio)
    send(studio, {"type": "generate"})
    assert len(ScriptedJob.made) == 1
    assert studio.error == ""
    with pytest.raises(sl.errors.ParameterError, match="being made already"):
        studio.generate()
    job.finish()
    wait_for(lambda: studio.takes, "it is kept")
    assert len(studio.takes) == 1


def test_what_the_model_could_not_read_is_said(studio):
    job = begin(studio)
    job.remarks.append("tiny has no word for zebra")
    job.finish()
    wait_for(lambda: studio.takes, "it is kept")
    assert "tiny has no word for zebra" in studio.status


def test_stopping_keeps_nothing_and_leaves_what_was_there(studio, make):
    first = make()
    job = begin(studio)
    job.compose(20)
    assert studio.selected == 0
    send(studio, {"type": "cancel"})
    wait_for(lambda: studio.selected == 1, "the first take is back on the stage")
    assert studio.takes == (first,)
    assert studio.progress["stage"] == "cancelled"
    assert studio.status.startswith("Stopped")
    assert studio.error == ""
    make()  # and it can be begun again
    assert len(studio.takes) == 2


def test_what_ends_a_take_is_said_on_the_screen_and_raised_in_python(studio, make):
    make()
    begin(studio).fail(sl.errors.HubError("the hub cannot be reached: use model='tiny'"))
    wait_for(lambda: studio.error, "the error is shown")
    assert studio.error == "the hub cannot be reached: use model='tiny'"
    assert len(studio.takes) == 1
    begin_and_fail = threading.Timer(0.2, lambda: ScriptedJob.made[-1].fail(OSError("no disk")))
    begin_and_fail.start()
    with pytest.raises(OSError, match="no disk"):
        studio.generate(wait=True)
    assert "OSError: no disk" in studio.error


def test_another_take_can_be_on_the_stage_meanwhile(studio, make):
    make()
    job = begin(studio)
    studio.selected = 1
    assert (codes(studio) >= 0).all()
    job.compose(20)
    assert (codes(studio) >= 0).all()  # the one that is being made does not push in
    job.finish()
    wait_for(lambda: len(studio.takes) == 2, "it is kept")
    assert studio.selected == 1


# What it is asked for


@pytest.mark.parametrize("prompt", ["", "   \n "])
def test_an_empty_prompt_is_said_and_begins_nothing(studio, prompt):
    studio.prompt = prompt
    send(studio, {"type": "generate"})
    assert "write what you want to hear" in studio.error
    assert ScriptedJob.made == []


@pytest.mark.parametrize("prompt", ["la " * 3334, "🎹🎻 für Elise", "'\"\\ {x} \n%s"])
def test_any_words_go_through_to_the_engine_the_list_and_the_file(make, studio, prompt):
    assert make(prompt=prompt).prompt == prompt.strip()
    assert studio._cards[0]["prompt"] == prompt.strip()
    assert len(studio.description) < 600
    path = studio.save()
    assert path.exists()
    assert len(path.name) < 80
    compile(studio.code, "shown", "exec")


def test_each_take_has_a_fresh_seed_unless_it_is_kept(make, studio):
    assert studio.keep_seed  # since the test gave one
    assert [make().settings.seed, make().settings.seed] == [5, 5]
    seeds = {make(keep_seed=False).settings.seed for _ in range(5)}
    assert len(seeds) == 5
    assert studio.seed in seeds  # the one on the page is the one that was used


def test_zero_and_one_mean_all_tokens(make):
    settings = make(top_k=0, top_p=1.0).settings
    assert (settings.top_k, settings.top_p) == (None, None)
    settings = make(top_k=50, top_p=0.9).settings
    assert (settings.top_k, settings.top_p) == (50, 0.9)


@pytest.mark.parametrize(
    ("name", "value", "match"),
    [
        ("duration_s", 31.0, "duration_s=31"),
        ("duration_s", 0.0, "duration_s=0"),
        ("guidance", 0.5, "guidance=0.5"),
        ("temperature", -1.0, "temperature=-1"),
        ("top_k", -1, "top_k=-1"),
        ("top_p", 0.0, "top_p=0"),
        ("seed", -1, "seed=-1"),
        ("seed", 2**53, "seed="),
        ("model", "tinny", "did you mean 'tiny'"),
        ("device", "tpu", "device='tpu'"),
        ("volume", 2.0, "volume=2"),
        ("selected", 9, "there is no take 9"),
        ("pair", [1, 1], "numbers of two takes"),
        ("pair", [8, 9], "there is no take 8"),
        ("place", [1], "codebook, frame"),
    ],
)
def test_a_bad_setting_is_refused_and_the_old_one_stays(studio, name, value, match):
    before = getattr(studio, name)
    with pytest.raises((sl.errors.ParameterError, sl.errors.UnknownNameError), match=match):
        setattr(studio, name, value)
    studio.set_state({name: value})
    assert studio.error
    assert getattr(studio, name) == before


def test_an_unknown_setting_is_named():
    with pytest.raises(sl.errors.UnknownNameError, match="did you mean 'prompt'"):
        GenerationStudio(promt="piano")


def test_the_licence_of_every_model_is_known_before_it_is_used(studio):
    for model in studio.options["models"]:
        assert model["licence"]
        assert model["terms"]


def test_the_suggestions_are_the_words_of_the_corpus(studio):
    kinds = studio.options["suggestions"]
    assert set(sl.corpus.INSTRUMENTS) == set(kinds["instruments"])
    assert set(sl.corpus.STYLES) == set(kinds["style"])


def test_dice_and_surprise_choose_for_you(studio):
    before = studio.seed, studio.prompt
    send(studio, {"type": "dice"})
    send(studio, {"type": "surprise"})
    assert studio.error == ""
    assert studio.seed != before[0]
    assert studio.prompt != before[1]


# What is kept


def test_the_stage_shows_the_newest_take_and_then_any(make, studio):
    make(seed=1)
    make(seed=2)
    assert studio.selected == 2
    assert studio._sound["number"] == 2
    assert studio.take is studio.takes[1]
    studio.selected = 1
    np.testing.assert_array_equal(codes(studio), studio.takes[0].tokens[0])
    assert "Take 1, “slow sad piano”, seed 1" in studio.description
    assert "seed=1," in studio.code


def test_the_settings_of_a_take_can_be_used_again(make, studio):
    make(prompt="fast flute", guidance=5.0, top_k=0, seed=9)
    for name, value in {"prompt": "x", "guidance": 1.0, "top_k": 10, "seed": 1}.items():
        setattr(studio, name, value)
    send(studio, {"type": "reuse", "number": 1})
    assert (studio.prompt, studio.guidance, studio.top_k, studio.seed) == ("fast flute", 5.0, 0, 9)
    assert studio.keep_seed


def test_deleting_the_take_on_the_stage_shows_another_and_can_be_undone(make, studio):
    first, second = make(), make(prompt="flute")
    assert studio.pair == [1, 2]
    send(studio, {"type": "delete", "number": 2})
    assert studio.takes == (first,)
    assert studio.selected == 1
    assert studio.pair == []
    assert studio._pair_sound == {}
    send(studio, {"type": "delete", "number": 1})
    assert studio.takes == ()
    assert studio._sound == {} == studio._tokens
    send(studio, {"type": "delete", "number": 1})
    assert "there is no take 1 (there are: none yet)" in studio.error
    send(studio, {"type": "undo"})
    assert studio.takes == (first,)
    assert second not in studio.takes
    make()
    assert [card["number"] for card in studio._cards] == [1, 3]  # a number is never given twice


def test_memory_is_bounded_and_the_oldest_give_way(make, studio):
    make()
    one = studio._shelf.n_bytes
    studio._shelf.budget_bytes = int(2.5 * one)
    make(prompt="b")
    make(prompt="c")  # what lies behind the tokens of the oldest makes room enough
    assert len(studio.takes) == 3
    studio.selected = 1
    studio.set_state({"place": [0, 0]})
    assert "no longer in memory" in studio.error
    studio.selected = 3
    studio.place = [0, 0]
    assert studio.distribution
    studio._shelf.budget_bytes = int(1.2 * one)
    make(prompt="d")
    assert studio.takes[-1].prompt == "d"
    assert "take 1" in studio.status
    assert "had to go: save those you want to keep" in studio.status
    assert 1 not in studio._shelf
    assert studio.pair == []  # one of the two is gone
    assert studio._shelf.n_bytes <= studio._shelf.budget_bytes


# Looking into a token


def test_what_a_token_was_drawn_from(make, studio):
    make()
    studio.place = [2, 30]
    found = studio.distribution
    assert found["chosen"] == codes(studio)[2, 30]
    assert found["rank"] == 3
    assert found["tokens"][2] == found["chosen"]
    assert found["words"].startswith("Codebook 3 of 4 at 0.60 s: token")
    assert len(found["tokens"]) == 20
    studio.place = []
    assert studio.distribution == {}


def test_a_token_of_the_take_in_the_making_can_be_looked_into(studio):
    job = begin(studio)
    job.compose(10)
    wait_for(lambda: "codes" in studio._tokens, "the page has tokens")
    studio.set_state({"place": [0, 9]})
    assert studio.distribution["chosen"] == job.tokens[0, 0, 9]
    studio.set_state({"place": [3, 9]})
    assert "there is no token" in studio.error


# Comparing


def pcm(sound: dict) -> np.ndarray:
    return np.frombuffer(sound["pcm"], "<i2") / 32767


def test_two_takes_are_compared_equally_loud(make, studio):
    make(seed=0)
    make(seed=600, duration_s=1.5)
    a, b = studio._pair_sound["versions"]
    loud = [sl.audio.loudness(pcm(sound), sr=studio._pair_sound["sr"]) for sound in (a, b)]
    assert abs(loud[0] - loud[1]) < 0.1  # what int16 leaves of a sound at -23 LUFS
    assert studio._pair_sound["duration_s"] == 1.5
    studio.level_matched = False
    a, b = studio._pair_sound["versions"]
    assert np.abs(pcm(a)).max() == pytest.approx(np.abs(pcm(b)).max(), rel=1e-3)


def test_takes_too_short_to_be_measured_are_compared_as_they_are(make, studio):
    make(duration_s=0.2)
    make(duration_s=0.3, prompt="b")
    assert len(studio._pair_sound["versions"]) == 2
    assert "as loud as they are" in studio.error


def test_the_blind_test_plays_a_or_b_and_counts(make, studio):
    make(seed=0)
    make(seed=600)
    send(studio, {"type": "test", "mode": "abx"})
    for trial in range(1, 11):
        x = "AB"[[v["pcm"] for v in studio._pair_sound["versions"]].index(studio._x["pcm"])]
        send(studio, {"type": "test", "answer": x})
        assert (studio.test["trials"], studio.test["right"]) == (trial, trial)
        assert studio.test["was"] == x
    assert studio.test["p_value"] == pytest.approx(0.5**10)
    send(studio, {"type": "test", "answer": "C"})
    assert "'A' or 'B'" in studio.error
    studio.pair = [2, 1]  # another pair, another test
    assert studio.test == {}
    assert studio._x == {}


def test_which_prompt_made_it_is_asked_once_a_pair(make, studio):
    make(prompt="piano")
    make(prompt="flute")
    send(studio, {"type": "test", "mode": "prompt"})
    send(studio, {"type": "test", "answer": "A"})
    assert studio.test["trials"] == 1
    assert studio.test["over"]
    send(studio, {"type": "test", "answer": "A"})
    assert "this pair is known" in studio.error
    assert studio.test["trials"] == 1
    make(prompt="drums")
    studio.pair = [3, 1]
    assert studio.test["trials"] == 1
    assert not studio.test["over"]
    send(studio, {"type": "test", "answer": "B"})
    assert studio.test["trials"] == 2
    send(studio, {"type": "test", "mode": ""})
    assert studio.test == {}


def test_the_same_words_cannot_be_told_apart_by_words(make, studio):
    make()
    make()
    send(studio, {"type": "test", "mode": "prompt"})
    assert "the same words" in studio.error
    assert studio.test == {}


def test_a_test_needs_two_takes(make, studio):
    make()
    send(studio, {"type": "test", "mode": "abx"})
    assert "choose two takes" in studio.error


# Saving


def test_a_take_is_saved_with_its_record_and_overwrites_nothing(make, studio, tmp_path):
    take = make(prompt="Slow, sad piano & café")
    paths = [studio.save(1), studio.save(1)]
    assert [path.name for path in paths] == [
        "slow-sad-piano-cafe-seed-5.wav",
        "slow-sad-piano-cafe-seed-5-2.wav",
    ]
    y, _ = sl.audio.load(paths[0])
    np.testing.assert_allclose(y, take.y, atol=1 / 65536)  # 16 bits; 1 s is too short for a mark
    assert "not marked: y lasts 1.00 s" in studio.status
    record = json.loads(Path(f"{paths[0]}.json").read_text())
    assert {name: record[name] for name in take.record} == take.record
    assert studio._cards[0]["saved"] == str(Path("takes") / paths[1].name)
    assert paths[0].parent == tmp_path / "takes"


def test_what_is_saved_is_marked_and_traced_unless_that_is_off(studio):
    studio.duration_s = 3.0
    job = begin(studio)
    noise = np.random.default_rng(0).normal(0, 0.1, job._y.shape)
    job._y = noise.astype(np.float32)  # a lone sine would have no room for a mark
    job.finish()
    wait_for(lambda: studio.takes, "it is kept")
    take = studio.takes[0]
    seal = sl.pipeline.Seal()
    path = studio.save(1)
    trace = sl.pipeline.trace(path, mark=seal.mark, registry=seal.registry)
    assert trace.marked
    assert trace.same_file
    assert f"marked as number {trace.payload:#x}" in studio.status
    assert "sl.pipeline.release(" in studio.code
    studio.mark_saved = False
    plain = studio.save(1)
    y, sr = sl.audio.load(plain)
    np.testing.assert_allclose(y, take.y, atol=1 / 65536)  # 16 bits
    assert not seal.mark.detect(y, sr=sr).present
    assert "marking was switched off" in studio.status
    assert "take.save(" in studio.code


@pytest.mark.parametrize("folder", ["../elsewhere", "/tmp", "~/music", "a/../../b", "a\0b"])
def test_a_folder_outside_is_refused_with_the_cure(make, studio, folder):
    make()
    studio.folder = folder
    send(studio, {"type": "save", "number": 1})
    assert "studio.takes[-1].save(" in studio.error
    with pytest.raises(sl.errors.PathError, match="folder="):
        studio.save(1)


def test_a_folder_that_cannot_be_made_is_said(make, studio, tmp_path):
    make()
    (tmp_path / "takes").write_text("a file is in the way")
    send(studio, {"type": "save", "number": 1})
    assert "cannot be made" in studio.error
    assert studio.takes  # and the take is still there


def test_a_link_to_elsewhere_is_refused(make, studio, tmp_path, tmp_path_factory):
    (tmp_path / "takes").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    make()
    with pytest.raises(sl.errors.PathError, match="lies outside"):
        studio.save(1)


def test_nothing_to_save_is_said(studio):
    with pytest.raises(sl.errors.ParameterError, match="there is no take 0"):
        studio.save()


def test_a_file_name_keeps_no_character_that_could_lead_elsewhere():
    for prompt in ("../../etc/passwd", "C:\\x", "a/b", "\u202e", "." * 99):
        assert set(file_stem(prompt, seed=1)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


# Without a page


def test_the_still_shows_the_take_or_the_staircase(make, studio):
    empty = studio.snapshot()
    assert "Nothing has been made yet" in empty.alt
    assert empty.png()
    make()
    still = studio.snapshot()
    assert "4 codebooks of 50 tokens" in still.alt
    assert still.png() != empty.png()


def test_a_message_that_is_not_known_is_said(studio):
    send(studio, {"type": "sing"})
    assert "'sing'" in studio.error
    send(studio, {"type": "save", "number": "one"})
    assert "must be the number of a take" in studio.error
