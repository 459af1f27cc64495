"""WatermarkLab, driven from Python: what it says is what the mark and the attacks say."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

import sonic_lab as sl
from sonic_lab.watermark import STRENGTHS, attacks

SR = 22050


@pytest.fixture(scope="module")
def tune() -> np.ndarray:
    y, _ = sl.clips.load("guitar", sr=SR)
    return y[: 5 * SR]


@pytest.fixture
def lab(tune: np.ndarray) -> sl.widgets.WatermarkLab:
    return sl.widgets.WatermarkLab(tune, sr=SR)


def send(lab: sl.widgets.WatermarkLab, content: dict, *buffers: bytes) -> None:
    lab._receive(lab, content, [memoryview(data) for data in buffers])


def test_it_shows_what_the_mark_says(lab, tune):
    mark = sl.watermark.SpreadSpectrum(key="a secret", bits=16)
    z = mark.embed(tune, sr=SR, payload=0xCAFE)
    np.testing.assert_array_equal(lab.sounds()["marked"], z)
    hit = mark.detect(z, sr=SR)
    assert lab.result["score"] == hit.score
    assert lab.result["payload"] == 0xCAFE
    assert not any(lab.result["wrong"])
    assert lab.result["snr_db"] == pytest.approx(30, abs=0.1)  # what gentle promises


def test_the_difference_is_the_mark_made_loud_but_not_too_loud(lab, tune):
    sounds = lab.sounds()
    gain = 10 ** (lab._difference["gain_db"] / 20) if "gain_db" in lab._difference else 1
    added = sounds["marked"] - tune
    np.testing.assert_allclose(sounds["difference"], added * gain, rtol=1e-3, atol=1e-5)
    assert sl.audio.peak_db(sounds["difference"]) <= -12 + 1e-3


def test_a_chain_of_attacks_is_the_attacks_in_order(lab, tune):
    lab.chain = [{"name": "noise_white", "strength": 15}, {"name": "low_pass"}]
    z = lab.sounds()["marked"]
    z = attacks.apply("noise_white", z, sr=SR, rng=0, strength=15)
    z = attacks.apply("low_pass", z, sr=SR, rng=0)
    np.testing.assert_array_equal(lab.sounds()["attacked"], z)
    assert lab.chain[1]["strength"] == attacks.info("low_pass").default
    lab.chain = [{**lab.chain[0], "on": False}, lab.chain[1]]
    only = attacks.apply("low_pass", lab.sounds()["marked"], sr=SR, rng=0)
    np.testing.assert_array_equal(lab.sounds()["attacked"], only)
    lab.chain = []
    np.testing.assert_array_equal(lab.sounds()["attacked"], lab.sounds()["marked"])


def test_only_what_comes_after_a_change_is_attacked_again(lab, monkeypatch):
    lab.chain = [{"name": "low_pass"}, {"name": "noise_white"}]
    ran = []
    apply = attacks.apply
    monkeypatch.setattr(
        attacks, "apply", lambda name, *a, **k: (ran.append(name), apply(name, *a, **k))[1]
    )
    lab.chain = [lab.chain[0], {"name": "noise_white", "strength": 7}]
    assert ran == ["noise_white"]


@pytest.mark.parametrize("name", attacks.names(here=True))
def test_every_attack_at_both_ends_leaves_an_answer(tune, name):
    row = attacks.info(name)
    lab = sl.widgets.WatermarkLab(tune, sr=SR)
    for strength in (row.mild, row.brutal):
        lab.chain = [{"name": name, "strength": strength}]
        assert lab.result["words"]
        assert lab.error == ""


def test_too_little_sound_is_neither_marked_nor_clean(lab):
    lab.chain = [{"name": "crop", "strength": 1}]
    assert lab.result["judged"] is False
    assert "neither carry a mark nor be called free" in lab.result["words"]


def test_another_key_finds_nothing(lab):
    lab.detect_key = "not the secret"
    assert lab.result["present"] is False
    assert "does not prove there is none" in lab.result["words"]
    lab.detect_key = ""
    assert lab.result["present"] is True


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize(("bits", "payload"), [(16, 0), (16, 65535), (32, 0), (32, 2**32 - 1)])
def test_every_strength_and_size_reads_back(tune, strength, bits, payload):
    lab = sl.widgets.WatermarkLab(tune, sr=SR, strength=strength, bits=bits, payload=payload)
    assert lab.result["payload"] == payload
    assert len(lab.result["bits"]) == bits


def test_a_second_mark_goes_through_the_same_attacks(lab):
    assert lab.result_b == {}
    lab.second = "robust"
    lab.chain = [{"name": "noise_white", "strength": 15}]
    assert lab.result_b["score"] > lab.result["score"]  # 3 dB more of it
    lab.second = ""
    assert lab.result_b == {}


def test_a_hum_beside_it_is_found_until_the_speed_changes(lab, tune):
    lab.second = "Hum"
    assert "Hum" in lab.options["seconds"]
    assert lab.result_b["present"]
    assert lab.result_b["score"] == pytest.approx(
        sl.watermark.Hum().detect(sl.watermark.Hum().embed(tune, sr=SR), sr=SR).prominence_db
    )
    assert "Anybody can see it" in lab.result_b["words"]
    assert (lab.result_b["bits"], lab.result_b["needed"]) == ("", 12)
    lab.chain = [{"name": "speed_up", "strength": 1.05}]  # and the hum lies elsewhere
    assert not lab.result_b["present"]
    assert lab.result["present"]


def test_perth_stands_beside_it_where_it_is_installed(lab):
    if "Perth" not in lab.options["seconds"]:
        with pytest.raises(sl.errors.ParameterError, match=r"pip install 'sonic-lab\[perth\]'"):
            lab.second = "Perth"
        assert lab.second == ""
        return
    lab.second = "Perth"
    assert lab.result_b["present"]
    assert 0.5 < lab.result_b["score"] <= 1.5  # its makers' threshold; 1 is full
    assert "There is no key" in lab.result_b["words"]


def test_a_file_is_checked_for_both_marks(lab, tune):
    lab.second = "Hum"
    data = sl.audio.encode(sl.watermark.Hum().embed(tune, sr=SR), sr=SR, suffix=".wav")
    part = {"type": "upload", "purpose": "check", "name": "a.wav", "index": 0, "count": 1}
    send(lab, part, data)
    assert lab.checked_file["present"] is False
    assert "No mark of this key" in lab.checked_file["words"]
    assert "The other mark, Hum: A line stands" in lab.checked_file["words"]


@pytest.mark.parametrize(
    ("name", "value", "match"),
    [
        ("key", "", "key is empty"),
        ("bits", 8, "bits=8 must be 16 or 32"),
        ("payload", 65536, "does not fit into 16 bits"),
        ("payload", -1, "does not fit"),
        ("strength", "brutal", "strength='brutal' must be one of"),
        ("chain", [{"name": "zap"}], "no attack named 'zap'"),
        ("chain", [{"name": "low_pass", "strength": 1}], "low_pass must be from 500"),
        ("chain", [{"name": "low_pass", "strength": float("nan")}], "must be from"),
        ("chain", [{"name": "low_pass", "strength": "big"}], "must be a number"),
        ("chain", [{"nam": "low_pass"}], "an attack is"),
        ("chain", [{"name": "low_pass"}] * 9, "8 are the most"),
        ("clip", "kazoo", "clip='kazoo'"),
        ("version", 4, "version=4"),
    ],
)
def test_a_bad_setting_is_refused_and_the_old_one_stays(lab, name, value, match):
    before = getattr(lab, name)
    with pytest.raises(sl.errors.ParameterError, match=match):
        setattr(lab, name, value)
    lab.set_state({name: value})
    assert lab.error
    assert getattr(lab, name) == before
    assert lab.result["present"] is True


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"y": np.ones(SR), "sr": SR}, sl.errors.AudioError, "a mark needs 2 s"),
        ({"y": np.zeros(3 * SR), "sr": SR}, sl.errors.AudioError, "too silent"),
        ({"y": np.ones(3 * 8000), "sr": 8000}, sl.errors.ParameterError, "resample"),
        ({"y": np.ones(3 * SR)}, sl.errors.ParameterError, "sr is missing"),
        ({"keys": "a"}, sl.errors.UnknownNameError, "did you mean 'key'"),
    ],
)
def test_bad_arguments_are_named(arguments, error, match):
    with pytest.raises(error, match=match):
        sl.widgets.WatermarkLab(**arguments)


def test_a_file_is_checked_without_changing_what_is_held(lab, tune):
    mark = sl.watermark.SpreadSpectrum(key="a secret", bits=16)
    z = mark.embed(tune, sr=SR, payload=7)
    data = sl.audio.encode(z, sr=SR, suffix=".mp3")
    part = {"type": "upload", "purpose": "check", "name": "found.mp3", "index": 0, "count": 1}
    send(lab, part, data)
    assert lab.checked_file["present"] is True
    assert "0x7" in lab.checked_file["words"]
    send(lab, part, sl.audio.encode(tune, sr=SR, suffix=".wav"))
    assert lab.checked_file["present"] is False
    np.testing.assert_array_equal(lab.sounds()["original"], tune)
    send(lab, part, b"no sound")
    assert "not sound" in lab.error


def test_a_file_too_short_to_mark_leaves_the_old_sound(lab, tune):
    data = sl.audio.encode(tune[:SR], sr=SR, suffix=".wav")
    send(lab, {"type": "upload", "name": "short.wav", "index": 0, "count": 1}, data)
    assert "a mark needs 2 s" in lab.error
    np.testing.assert_array_equal(lab.sounds()["original"], tune)
    send(lab, {"type": "upload", "name": "long.wav", "index": 0, "count": 1},
         sl.audio.encode(tune[: 3 * SR], sr=SR, suffix=".wav"))  # fmt: skip
    assert lab.error == ""
    assert len(lab.sounds()["original"]) == 3 * SR


def test_the_listening_test_plays_a_or_b_and_counts(lab):
    send(lab, {"type": "abx"})
    assert lab.abx["trials"] == 0
    for trial in range(1, 13):
        x = lab._x["pcm"]
        answer = "A" if x == lab._original["pcm"] else "B"
        if answer == "B":
            assert x == lab._marked["pcm"]
        send(lab, {"type": "abx", "answer": answer})
        assert (lab.abx["trials"], lab.abx["right"]) == (trial, trial)
    assert lab.abx["p_value"] == pytest.approx(0.5**12)
    send(lab, {"type": "abx", "answer": "C"})
    assert "'A' or 'B'" in lab.error
    lab.payload = 1  # another marked sound, another test
    assert lab.abx == {}


def test_the_map_fills_and_stops(lab):
    found = lab.fill_map(("noise_white", "crop"), (0.0, 1.0))
    assert [trial.attack for trial in found] == ["noise_white"] * 2 + ["crop"] * 2
    cells = lab.robustness["cells"]
    assert cells[0]["score"] > cells[1]["score"]
    assert cells[3]["score"] is None  # 1 s is too short to judge
    assert lab.robustness["running"] is False


def test_the_map_lets_the_page_speak_while_it_fills(lab):
    async def fill_a_little() -> int:
        send(lab, {"type": "map", "run": True})
        while len(lab.robustness.get("cells", [])) < 2:
            await asyncio.sleep(0)
        send(lab, {"type": "map", "run": False})
        filled = len(lab.robustness["cells"])
        for _ in range(5):
            await asyncio.sleep(0)
        assert len(lab.robustness["cells"]) == filled
        return filled

    assert asyncio.run(fill_a_little()) < 65
    assert lab.robustness["running"] is False


def test_the_shown_code_finds_the_same(tune):
    lab = sl.widgets.WatermarkLab(
        clip="piano", key="it's \"quoted\"", payload=99, bits=32, strength="robust",
        chain=[{"name": "mp3_64"}, {"name": "gain_down", "on": False}],
    )  # fmt: skip
    space: dict = {}
    exec(lab.code, space)
    assert space["hit"].score == lab.result["score"]
    assert space["hit"].payload == 99
    lab.detect_key = "other"
    exec(lab.code, space)
    assert not space["hit"].present


def test_the_still_says_what_was_found(lab):
    still = lab.snapshot()
    assert "Marked with this key" in still.alt
    assert still.png()
