"""The arithmetic of the watermark benchmark, and its record."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import benchmarks.watermark as bench
import sonic_lab as sl
from benchmarks.marking import report
from benchmarks.marking.contenders import CONTENDERS, SURE, runnable
from benchmarks.marking.summary import (
    bit_accuracy,
    false_positives,
    found,
    mean_over,
    share_below,
    threshold_over,
    true_positives,
    unmarked_scores,
    wrong_key_scores,
)
from benchmarks.marking.trials import Job, attack_names, attacked, kind_of, measure
from benchmarks.sounds import watermark as sounds


def row(mark, clip, attacks, **more):
    told = {name: {"score": s, "wrong_bits": w} for name, (s, w) in attacks.items()}
    return {"mark": mark, "clip": clip, "attacks": told, **more}


ROWS = [
    row("gentle 16", "a", {"none": (40.0, 0), "mp3_64": (7.0, 0), "crop": (None, None)}),
    row("gentle 16", "b", {"none": (6.0, 0), "mp3_64": (5.9, 8), "crop": (9.0, 1)}),
]


# where a mark counts


def test_a_p_value_counts_at_its_limit_and_a_score_above_it():
    assert found(6.0, 6.0, graded=True)
    assert not found(6.0, 6.0, graded=False)
    assert found(6.1, 6.0, graded=False)
    assert not found(None, -1.0, graded=True)


def test_no_unmarked_sound_of_the_tuning_part_passes_its_own_limit():
    scores = [*np.random.default_rng(0).normal(size=50), None]
    limit = threshold_over(scores)
    assert false_positives(scores, limit, graded=False) == 0
    assert false_positives(scores, limit - 1e-9, graded=False) == 1
    assert math.isnan(threshold_over([None]))
    assert not found(1.0, math.nan, graded=False)  # no limit, no find


# shares


def test_the_share_found_counts_clips_that_could_not_be_read_as_missed():
    assert true_positives(ROWS, "none", SURE, graded=True) == 1
    assert true_positives(ROWS, "mp3_64", SURE, graded=True) == 0.5
    assert true_positives(ROWS, "crop", SURE, graded=True) == 0.5
    assert true_positives(ROWS, "crop", SURE, graded=True, exact=True) == 0
    assert math.isnan(true_positives(ROWS, "reverb", SURE, graded=True))


def test_bits_right_are_a_coin_where_nothing_was_read():
    assert bit_accuracy(ROWS, "none", 16) == 1
    assert bit_accuracy(ROWS, "mp3_64", 16) == pytest.approx(1 - 4 / 16)
    assert bit_accuracy(ROWS, "crop", 16) == pytest.approx((0.5 + 15 / 16) / 2)
    assert math.isnan(bit_accuracy(ROWS, "none", 0))


def test_the_mean_counts_each_attack_once_whatever_the_clips():
    assert mean_over(["a", "b", "c"], [1.0, 0.5, math.nan]) == 0.75
    assert math.isnan(mean_over(["a"], [math.nan]))
    assert report.defaults(["none", "mp3_64", "crop_2s"]) == ["mp3_64"]


def test_uniform_p_values_are_seen_as_uniform():
    scores = -np.log10(np.random.default_rng(0).uniform(size=20_000))
    # The share at 0.01 of 20,000 uniform numbers strays by 0.0007 (one standard deviation).
    assert share_below(scores, 0.01) == pytest.approx(0.01, abs=0.0035)
    assert share_below([2.0, 1.9, None], 0.01) == 0.5  # at most: 2.0 is p = 0.01 and counts


def test_scores_are_gathered_over_clips_and_attacks():
    rows = [
        {"unmarked": {"none": 0.1, "crop": None}, "wrong_key": [1.0]},
        {"unmarked": {"none": 0.2}, "wrong_key": []},
        {"refused": "no voice"},
    ]
    assert unmarked_scores(rows) == [0.1, None, 0.2]
    assert wrong_key_scores(rows) == [1.0]


# the report


def full(mark, clip, score):
    attacks = dict.fromkeys(("none", "mp3_64", "reverb", "crop_2s"), (score, 0))
    return row(
        mark,
        clip,
        attacks,
        quality={"snr": 30.0, "nmr": -15.0, "visqol": 4.71},
        unmarked={"none": 0.2, "mp3_64": 0.9},
        wrong_key=[0.1],
    )


def pace(mark):
    times = {"embed_s": 0.1, "detect_marked_s": 0.02, "detect_unmarked_s": 0.08}
    return {"mark": mark, "clip": "a", "duration_s": 10.0, **times}


def test_the_report_says_where_each_limit_comes_from():
    names = ["none", "mp3_64", "reverb", "crop_2s"]
    rows = {"gentle 16": [full("gentle 16", "a", 9.0)], "Perth": [full("Perth", "a", 0.95)]}
    tuning = {"Perth": [{"unmarked": {"none": 0.3, "mp3_64": 0.96}}]}
    assert report.limits(rows, tuning) == {"gentle 16": SURE, "Perth": 0.96}
    text = "\n".join(report.lines(rows, tuning, names, {m: [pace(m)] for m in rows}))
    assert "the highest of 2 unmarked tuning sounds" in text
    mp3 = next(line for line in text.splitlines() if line.startswith("mp3_64"))
    assert mp3.split()[1:] == ["1.00", "0.00"]  # 0.95 lies below what unmarked sound reached
    counted = next(line for line in text.splitlines() if line.startswith("  counted"))
    assert counted.split()[1:] == ["0", "0"]
    own = next(line for line in text.splitlines() if line.startswith("  at its own"))
    assert own.split()[-2:] == ["0", "1"]  # Perth's 0.9 without a mark is above its own 0.5
    embed = next(line for line in text.splitlines() if line.startswith("embed"))
    assert embed.split()[1:] == ["100", "100"]  # 10 s in 0.1 s


def test_bars_hold_and_fail_where_they_should():
    held = list(report.bars({"gentle 16": [full("gentle 16", "a", 9.0)]}, {}))
    assert held
    assert all(line.startswith("holds") for line in held)
    failed = list(report.bars({"gentle 16": [full("gentle 16", "a", 5.0)]}, {}))
    assert any(line.startswith("FAILS: gentle: found after an attack: 0.000") for line in failed)
    loud = full("gentle 16", "a", 9.0) | {"unmarked": {"none": 6.5}}
    assert any(
        "1 of 1 unmarked" in line and line.startswith("FAILS")
        for line in report.bars({"gentle 16": [loud]}, {})
    )
    fast = list(report.bars({}, {"gentle 16": [pace("gentle 16")]}))
    assert [line.split(":")[0] for line in fast] == ["FAILS", "holds", "holds"]  # 100, 500, 125


def test_pictures_show_shares_by_attack_and_by_kind():
    rows = {"gentle 16": ROWS}
    drawn = report.pictures(rows, {}, ["none", "mp3_64", "crop"])
    assert "after 2 attacks" in drawn["attacks"].alt  # "none" is no attack
    assert "gentle 16 0.50" in drawn["attacks"].alt
    assert drawn["kinds"].png().startswith(b"\x89PNG")


# the trials


def test_every_attack_of_the_table_has_a_kind():
    assert kind_of("none") == "none"
    assert kind_of("crop_2s") == "time"
    assert {kind_of(name) for name in attack_names()} >= {"codec", "level", "time", "chain"}


def test_an_attack_meets_the_same_luck_twice():
    y, sr = sl.clips.load("guitar")
    once = attacked("noise_white_10dB", y, sr)
    np.testing.assert_array_equal(once, attacked("noise_white_10dB", y, sr))
    # The SNR asked is the SNR measured: float32 moves it by less than a hundredth of a dB.
    assert sl.metrics.snr_db(y, once) == pytest.approx(10, abs=0.01)
    assert attacked("none", y, sr) is y


@pytest.fixture
def clip(monkeypatch):
    y, sr = sl.clips.load("guitar", sr=22050)
    monkeypatch.setattr(bench, "sound", lambda part, name, folder="": (y[: 3 * sr], sr))
    return y[: 3 * sr], sr


def job(mark="gentle 16", **more):
    settings = {"attacks": ("none", "gain_down", "crop_2s"), "unmarked_attacks": ("none",)}
    return Job("held-out", mark, "guitar", wrong_keys=2, **settings, **more)


def test_a_trial_measures_the_mark_and_writes_json(clip):
    pytest.importorskip("visqol")
    made = json.loads(json.dumps(measure(job(), *clip)))
    assert made == json.loads(json.dumps(measure(job(), *clip))) | {
        key: value for key, value in made.items() if key.endswith("_s")
    }
    assert made["attacks"]["gain_down"] == {
        "score": pytest.approx(made["attacks"]["none"]["score"], rel=0.2),  # a gain hides nothing
        "wrong_bits": 0,
    }
    assert len(made["wrong_key"]) == 2
    assert max(made["wrong_key"]) < SURE < made["attacks"]["none"]["score"]
    assert made["unmarked"]["none"] < SURE
    assert made["quality"]["snr"] == pytest.approx(30, abs=0.1)  # what `gentle` is set to


def test_a_job_without_the_mark_reads_unmarked_sound_only(clip):
    made = measure(job("Hum", kind="unmarked"), *clip)
    assert "attacks" not in made
    assert set(made["unmarked"]) == {"none"}


def test_a_job_of_pace_times_the_calls_and_nothing_else(clip):
    made = measure(job(kind="pace"), *clip)
    assert made["duration_s"] == 3
    for name in report.PACES:
        assert 1e-4 < made[name] < 3
    assert "attacks" not in made
    assert "unmarked" not in made


# the record


def test_times_are_taken_out_of_a_record_and_nothing_else(clip, tmp_path):
    record = tmp_path / "record.jsonl"
    todo = [job("Hum", kind="pace"), job("Hum", kind="unmarked")]
    bench.run(todo, record, "", workers=1)
    bench.without_pace(record)
    assert list(bench.read(record)) == [todo[1].name]
    assert set(bench.run(todo, record, "", workers=1)) == {one.name for one in todo}


def test_what_is_in_the_record_is_not_measured_again(clip, tmp_path, monkeypatch):
    record = tmp_path / "record.jsonl"
    todo = [job("Hum", kind="unmarked")]
    first = bench.run(todo, record, "", workers=1)
    with record.open("a", encoding="utf-8") as out:
        out.write('{"job": "cut sh')  # the run was stopped while it wrote
    monkeypatch.setattr(bench, "measure", lambda *_: pytest.fail("measured again"))
    assert bench.run(todo, record, "", workers=1) == first
    assert list(bench.read(record)) == [todo[0].name]
    monkeypatch.setattr(bench, "measure", lambda one, *_: {"job": one.name})
    bench.run([job("Perth", kind="unmarked")], record, "", workers=1)
    assert len(bench.read(record)) == 2  # the row after the one cut short is whole


def test_an_unfinished_record_compares_marks_on_the_same_clips():
    def done(mark, clip, kind="marked"):
        return {"job": f"held-out/{mark}/{clip}/{kind}", "mark": mark, "clip": clip}

    limit = done("Hum", "t", "unmarked")
    rows = [limit, done("Hum", "a"), done("Perth", "a"), done("Hum", "b")]
    assert bench.complete(rows) == rows[:3]
    assert bench.complete([limit, done("Hum", "a"), done("Perth", "b")]) == []
    assert bench.complete([limit]) == []


def test_jobs_differ_by_name_wherever_they_differ():
    jobs = [job(), job("Hum"), job(kind="unmarked"), job(kind="pace")]
    assert len({one.name for one in jobs}) == 4


def test_the_parts_share_no_clip_and_each_clip_stands_alone():
    tuning, held_out = bench.names("tuning"), bench.names("held-out")
    assert not set(tuning) & set(held_out)
    assert len(set(held_out)) == len(held_out) > len(tuning)
    alone, sr = bench.sound("tuning", "bells-105")
    assert sr == sounds.clips("tuning", ["bells-105", "drums-107"])["bells-105"][1]
    np.testing.assert_array_equal(
        alone, sounds.clips("tuning", ["bells-105", "drums-107"])["bells-105"][0]
    )
    assert alone.shape == (int(sounds.SECONDS * sr),)


def test_a_picked_few_spread_over_the_list():
    names = [str(i) for i in range(11)]
    assert bench.spread(names, 3) == ["0", "5", "10"]
    assert bench.spread(names, 0) == names
    assert bench.spread(names, 99) == names


def test_a_folder_is_held_out(tmp_path):
    y, sr = sl.clips.load("guitar", sr=22050)
    sl.audio.save(tmp_path / "mine.wav", y, sr=sr)
    (tmp_path / "notes.txt").write_text("no sound")
    assert "mine.wav" in bench.names("held-out", str(tmp_path))
    assert "mine.wav" not in bench.names("tuning", str(tmp_path))
    read, rate = bench.sound("held-out", "mine.wav", str(tmp_path))
    assert rate == sr
    np.testing.assert_allclose(read, y, atol=2**-15)  # a file of 16 bits
    with pytest.raises(sl.errors.AudioFileError, match="holds no file that ends with"):
        bench.names("held-out", str(tmp_path / "empty"))


def test_every_contender_is_a_mark_that_available_knows():
    assert set(runnable()) == set(CONTENDERS)
    assert runnable()["gentle 16"] == ""


def test_an_unknown_attack_or_mark_is_refused_before_any_work(capsys):
    for wrong in (["--attacks", "zap"], ["--marks", "Sharpie"]):
        with pytest.raises(SystemExit):
            bench._asked(wrong)
        assert wrong[1] in capsys.readouterr().err
