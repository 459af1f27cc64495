"""AugmentationBench, driven from Python: what it makes is what the policy makes."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

import sonic_lab as sl
from sonic_lab import augment
from sonic_lab.augment import TRANSFORMS, Pipeline
from sonic_lab.widgets import augmentation_bench

SR = 22050
Bench = sl.widgets.AugmentationBench


@pytest.fixture(scope="module")
def tune() -> np.ndarray:
    y, _ = sl.clips.load("guitar", sr=SR)
    return y[: 2 * SR]


@pytest.fixture
def bench(tune: np.ndarray) -> Any:
    return Bench(tune, sr=SR)


def send(bench: Any, content: dict, *buffers: bytes) -> None:
    bench._receive(bench, content, [memoryview(data) for data in buffers])


def test_it_begins_with_the_article_s_pipeline(bench: Any, tune: np.ndarray) -> None:
    assert repr(bench.policy) == repr(augment.article())
    for i, (z, record) in enumerate(bench.draws()):
        expected, told = augment.article().traced(tune, sr=SR, rng=i)
        np.testing.assert_array_equal(z, expected)
        assert record == told
        assert len(bench.drawn[i]) == 3


def test_after_is_the_draw_that_is_shown(bench: Any, tune: np.ndarray) -> None:
    bench.seed = 40
    bench.draw = 3
    np.testing.assert_array_equal(bench.sounds()["before"], tune)
    np.testing.assert_array_equal(bench.sounds()["after"], augment.article()(tune, sr=SR, rng=43))
    assert bench.record == augment.article().traced(tune, sr=SR, rng=43)[1]
    assert "rng 43" in bench.description


@pytest.mark.parametrize("kind", TRANSFORMS, ids=lambda kind: kind.__name__)
def test_every_transform_is_a_card(bench: Any, tune: np.ndarray, kind: Any) -> None:
    bench.cards = [{"name": kind.__name__, "p": 1}]
    assert repr(bench.policy) == repr(Pipeline([kind(p=1)]))
    np.testing.assert_array_equal(
        bench.sounds()["after"], Pipeline([kind(p=1)])(tune, sr=SR, rng=0)
    )
    [choice] = [one for one in bench.options["transforms"] if one["name"] == kind.__name__]
    for of in choice["settings"]:
        low, high = choice["card"]["settings"][of["name"]]
        assert of["least"] <= low <= high <= of["most"]
        if kind is augment.BandPass:
            continue  # whose two sliders limit one another: the bench says so
        # Both ends of every slider are settings that the transform takes, at this rate.
        bench.cards = [{"name": kind.__name__, "settings": {of["name"]: [of["least"], of["most"]]}}]
    assert bench.error == ""


def test_cards_run_in_their_order_and_off_ones_not_at_all(bench: Any, tune: np.ndarray) -> None:
    gain = {"name": "Gain", "settings": {"gain_db": 12}, "p": 1}
    clip = {"name": "Clip", "settings": {"threshold_db": [-20, -20]}, "p": 1}
    mask = {"name": "TimeMask", "settings": {"fraction": 0.5, "place": 0}, "p": 1}
    first, second = (augment.Gain(gain_db=12, p=1), augment.Clip(threshold_db=-20, p=1))
    cut = augment.TimeMask(fraction=0.5, place=0, p=1)
    for cards, transforms in (
        ([gain, clip, mask], [first, second, cut]),
        ([mask, gain, clip], [cut, first, second]),
    ):
        bench.cards = cards
        expected = Pipeline(transforms)(tune, sr=SR, rng=0)
        np.testing.assert_array_equal(bench.sounds()["after"], expected)
    bench.cards = [{**gain, "on": False}, {**clip, "on": False}]
    np.testing.assert_array_equal(bench.sounds()["after"], tune)
    assert bench.drawn[0] == ["not applied"] * 2
    bench.cards = []
    np.testing.assert_array_equal(bench.sounds()["after"], tune)


def test_only_what_comes_after_a_change_runs_again(bench: Any, monkeypatch: Any) -> None:
    ran: list[str] = []
    monkeypatch.setattr(
        augment.Gain, "effect", staticmethod(lambda y, gain_db: (ran.append("g"), y)[1])
    )
    monkeypatch.setattr(augment.Invert, "effect", staticmethod(lambda y: (ran.append("i"), -y)[1]))
    bench.cards = [{"name": "Gain", "p": 1}, {"name": "Invert", "p": 1}]
    assert ran == ["g", "i"] * 5
    ran.clear()
    bench.cards = [bench.cards[0], {"name": "Invert", "p": 1}, {"name": "Invert", "p": 1}]
    assert ran == ["i"] * 5


def test_what_is_played_is_as_loud_as_before_and_never_too_loud(tune: np.ndarray) -> None:
    def level(packed: dict) -> float:
        pcm = np.frombuffer(packed["pcm"], "<i2") / 32768
        assert np.abs(pcm).max() <= 10 ** (-1 / 20)
        return 20 * np.log10(np.sqrt(np.mean(pcm**2)))

    bench = Bench(tune, sr=SR, policy=[augment.Gain(gain_db=-20, p=1)])
    assert level(bench._draw_0) == pytest.approx(level(bench._before), abs=0.01)  # 16-bit rounding
    bench.level_matched = False
    assert level(bench._draw_0) == pytest.approx(level(bench._before) - 20, abs=0.05)
    bench.cards = [{"name": "Gain", "settings": {"gain_db": 40}, "p": 1}]
    assert level(bench._draw_0) <= -14  # the ceiling of all players


def test_both_pictures_share_one_axis_of_time(bench: Any) -> None:
    bench.cards = [{"name": "TimeStretch", "settings": {"rate": 0.5}, "p": 1}]
    assert bench._picture_before["duration_s"] == bench._picture_after["duration_s"]
    assert bench._picture_after["duration_s"] == pytest.approx(4, abs=1e-3)
    assert bench._before["duration_s"] == pytest.approx(2)
    assert bench._draw_0["duration_s"] == pytest.approx(4)


def test_a_label_that_must_stay_true_is_judged(bench: Any) -> None:
    bench.keeps = "instrument"
    assert bench.verdict["keeps"] is True
    bench.keeps = "key"
    assert bench.verdict["keeps"] is False
    assert "every note moves" in bench.verdict["words"]
    off = [{**card, "on": card["name"] != "PitchShift"} for card in bench.cards]
    bench.cards = off
    assert bench.verdict["keeps"] is True
    bench.keeps = ""
    assert bench.verdict == {}


def test_the_shown_code_makes_the_same_samples() -> None:
    cards = [{"name": "Gain", "p": 1}, {"name": "Reverb", "p": 1, "on": False}, {"name": "Shift"}]
    bench = Bench(clip="piano", cards=cards, seed=5, draw=2, dialect="sonic_lab")
    space: dict[str, Any] = {}
    exec(bench.code, space)
    np.testing.assert_array_equal(space["z"], bench.sounds()["after"])
    assert space["record"] == bench.record


def test_the_shown_code_in_audiomentations_words_runs_and_is_the_same_policy() -> None:
    bench = Bench(clip="piano")
    space: dict[str, Any] = {}
    exec(bench.code, space)
    assert space["z"].shape[-1] > 0
    assert [type(t).__name__ for t in space["augment"].transforms] == [
        "AddGaussianNoise", "TimeStretch", "PitchShift",
    ]  # fmt: skip
    ours = [augment.adopt(t) for t in space["augment"].transforms[:2]]
    assert repr(ours) == repr(list(augment.article())[:2])
    assert space["augment"].transforms[2].max_semitones == 4


def test_where_audiomentations_lacks_one_the_code_says_so_and_is_ours() -> None:
    bench = Bench(clip="piano", cards=[{"name": "Speed", "p": 1}, {"name": "Gain", "p": 1}])
    assert bench.code.startswith("# audiomentations has no such Speed.\n")
    space: dict[str, Any] = {}
    exec(bench.code, space)
    np.testing.assert_array_equal(space["z"], bench.sounds()["after"])


@pytest.mark.parametrize("kind", TRANSFORMS, ids=lambda kind: kind.__name__)
def test_the_code_of_every_card_runs(kind: Any) -> None:
    bench = Bench(clip="drums", cards=[{"name": kind.__name__, "p": 1}])
    space: dict[str, Any] = {}
    exec(bench.code, space)
    assert np.isfinite(space["z"]).all()


@pytest.mark.parametrize(
    ("name", "value", "match"),
    [
        ("cards", [{"name": "Kazoo"}], "no transform named 'Kazoo'"),
        ("cards", [{"name": "Gain", "settings": {"gain": 3}}], "did you mean 'gain_db'"),
        ("cards", [{"name": "Gain", "settings": {"gain_db": [3, 1]}}], "begin with its lower end"),
        ("cards", [{"name": "Gain", "settings": {"gain_db": "loud"}}], "gain_db='loud'"),
        ("cards", [{"name": "Gain", "settings": 3}], "must be a dict"),
        ("cards", [{"name": "Gain", "p": 2}], "p=2"),
        ("cards", [{"name": "Gain", "on": 1}], "on=1 of Gain"),
        ("cards", [{"nam": "Gain"}], "a card is"),
        ("cards", [{"name": "Gain"}] * 9, "8 are the most"),
        (
            "cards",
            [{"name": "LowPass", "settings": {"cutoff_hz": [90, 20000]}}],
            "reaches 20000 Hz",
        ),
        ("seed", -1, "seed=-1"),
        ("draw", 5, "draw=5"),
        ("heard", "between", "heard='between'"),
        ("keeps", "mood", "keeps='mood'"),
        ("dialect", "latin", "dialect='latin'"),
        ("clip", "kazoo", "clip='kazoo'"),
    ],
)
def test_a_bad_setting_is_refused_and_the_old_one_stays(
    bench: Any, name: str, value: Any, match: str
) -> None:
    before, sound = getattr(bench, name), bench.sounds()["after"]
    with pytest.raises(sl.errors.SonicLabError, match=match):
        setattr(bench, name, value)
    bench.set_state({name: value})
    assert match.split("(")[0] in bench.error
    assert getattr(bench, name) == before
    np.testing.assert_array_equal(bench.sounds()["after"], sound)


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"y": np.ones(SR)}, sl.errors.ParameterError, "sr is missing"),
        (
            {"y": np.ones(SR), "sr": SR, "clip": "rain"},
            sl.errors.ParameterError,
            "either y or clip",
        ),
        ({"y": np.full(SR, np.nan), "sr": SR}, sl.errors.AudioError, "NaN"),
        ({"card": []}, sl.errors.UnknownNameError, "did you mean 'cards'"),
        ({"policy": [3]}, sl.errors.ParameterError, "3 has no card"),
        ({"policy": [], "cards": []}, sl.errors.ParameterError, "either policy or cards"),
    ],
)
def test_bad_arguments_are_named(
    arguments: dict[str, Any], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        Bench(**arguments)


def test_a_file_that_the_policy_cannot_take_leaves_the_old_sound(bench: Any) -> None:
    bench.cards = [{"name": "LowPass", "settings": {"cutoff_hz": [2000, 6000]}}]
    kept = bench.sounds()["before"]
    part = {"type": "upload", "name": "low.wav", "index": 0, "count": 1}
    send(bench, part, sl.audio.encode(np.ones(8000) / 8, sr=8000, suffix=".wav"))
    assert "reaches 6000 Hz" in bench.error
    np.testing.assert_array_equal(bench.sounds()["before"], kept)
    send(bench, part, sl.audio.encode(np.ones(SR) / 8, sr=SR, suffix=".wav"))
    assert bench.error == ""
    assert len(bench.sounds()["before"]) == SR
    assert bench.clip == ""


def test_the_picture_before_is_drawn_anew_only_for_a_longer_axis(
    tune: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    real = augmentation_bench.picture
    monkeypatch.setattr(
        augmentation_bench, "picture", lambda y, **how: (drawn.append(len(y)), real(y, **how))[1]
    )
    bench = Bench(tune, sr=SR, policy=[augment.Gain(gain_db=-3, p=1)])
    kept = bench._picture_before
    assert drawn == [len(tune)] * 2
    bench.cards = [{"name": "Gain", "settings": {"gain_db": -9}, "p": 1}]
    assert drawn == [len(tune)] * 3
    assert bench._picture_before == kept
    bench.cards = [{"name": "TimeStretch", "settings": {"rate": 0.5}, "p": 1}]
    assert drawn[3:] == [2 * len(tune)] * 2
    bench.load(-tune, sr=SR)
    assert drawn[5:] == [2 * len(tune)] * 2


def test_the_shown_draw_comes_at_once_and_the_others_when_there_is_time(tune: np.ndarray) -> None:
    async def move_sliders() -> None:
        bench = Bench(tune, sr=SR)
        assert bench.pending == [1, 2, 3, 4]
        assert bench._draw_0["pcm"]
        assert not bench._draw_1
        bench.cards = [{"name": "Gain", "p": 1}]  # before the others were made: they wait again
        assert bench.pending == [1, 2, 3, 4]
        bench.draw = 2  # asked for, so it does not wait
        assert bench.pending == [1, 3, 4]
        assert bench._draw_2["pcm"]
        while bench.pending:
            await asyncio.sleep(0.02)
        assert bench._draw_4["pcm"]
        assert len(bench.drawn[4]) == 1

    asyncio.run(asyncio.wait_for(move_sliders(), 60))


def test_the_picture_of_a_change_is_sent_before_its_sound(
    tune: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tune, sr=SR, policy=[augment.LowPass(p=1)])
    sent: list[set[str]] = []
    monkeypatch.setattr(Bench, "send_state", lambda self, key=None: sent.append(set(key or ())))
    bench.cards = [{"name": "HighPass", "p": 1}]
    [picture], [sound] = (
        [i for i, names in enumerate(sent) if name in names]
        for name in ("_picture_after", "_draw_0")
    )
    assert picture < sound
    assert {"_picture_after", "drawn", "description", "code"} <= sent[picture]


def test_outlines_lie_on_the_pictures_axis_and_are_as_loud_as_what_is_heard(
    tune: np.ndarray,
) -> None:
    stretch = augment.TimeStretch(rate=0.5, p=1)
    bench = Bench(tune, sr=SR, policy=[stretch, augment.Gain(gain_db=-20, p=1)])

    def highest(name: str) -> np.ndarray:
        return np.frombuffer(getattr(bench, f"_picture_{name}")["high"], "<f4")

    before, after = highest("before"), highest("after")
    assert not before[len(before) * 6 // 10 :].any()  # it ends halfway
    assert after[len(after) * 6 // 10 :].any()
    assert 0.5 < after.max() / before.max() < 2
    bench.level_matched = False
    assert highest("after").max() < 0.2 * before.max()


def test_silence_and_very_short_sounds_are_shown(tune: np.ndarray) -> None:
    for y in (np.zeros(SR), np.ones(64) / 4):
        bench = Bench(y, sr=SR, policy=[augment.TimeStretch(rate=8, p=1), augment.NoiseAtSnr(p=1)])
        assert bench.error == ""
        assert bench.snapshot().png()


def test_stereo_stays_stereo() -> None:
    y = np.random.default_rng(0).uniform(-0.1, 0.1, (2, SR)).astype(np.float32)
    bench = Bench(y, sr=SR)
    assert bench._draw_0["channels"] == 2
    assert bench.sounds()["after"].shape[0] == 2


def test_the_still_says_what_was_done(bench: Any) -> None:
    still = bench.snapshot()
    assert still.alt == bench.description
    assert "before and after augmentation. Draw 1 of 5, rng 0" in still.alt
    assert still.png()
