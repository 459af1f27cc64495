"""A policy: order, luck, labels, records in a manifest, and the article's example."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from typing import Any

import audiomentations as am
import numpy as np
import pytest

from sonic_lab import audio, augment
from sonic_lab.augment import LABELS, TRANSFORMS, Gain, Pipeline, PitchShift, Record, TimeStretch
from sonic_lab.errors import AudioError, ParameterError, UnknownNameError
from sonic_lab.provenance import Manifest, Row, Step

SR = 16000


def sound(n: int = 8000, seed: int = 0) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(n)).astype(np.float32)


def test_transforms_run_in_order() -> None:
    y = sound()
    clip, louder = augment.Clip(threshold_db=-6, p=1), Gain(gain_db=6, p=1)
    mask = augment.TimeMask(fraction=0.5, place=0, p=1)
    first, second = Pipeline([clip, louder]), Pipeline([mask, clip, louder])
    np.testing.assert_array_equal(
        first(y, sr=SR), louder.effect(clip.effect(y, threshold_db=-6), gain_db=6)
    )
    assert np.abs(second(y, sr=SR)).max() <= np.abs(first(y, sr=SR)).max()


def test_a_generator_moves_on_and_none_is_fresh_luck() -> None:
    policy, y = Pipeline([Gain(p=1)]), sound()
    rng = np.random.default_rng(4)
    one, two = policy(y, sr=SR, rng=rng), policy(y, sr=SR, rng=rng)
    assert not np.array_equal(one, two)
    np.testing.assert_array_equal(one, policy(y, sr=SR, rng=np.random.default_rng(4)))
    assert not np.array_equal(policy(y, sr=SR), policy(y, sr=SR))


def test_changing_one_transform_leaves_the_luck_of_the_others() -> None:
    y = sound()
    draws = [
        Pipeline([first, augment.LowPass(p=0.5), Gain(p=1)]).traced(y, sr=SR, rng=11)[1].draws[1:]
        for first in (augment.Invert(p=0), augment.GaussianNoise(p=1), augment.Reverb(p=1))
    ]
    assert draws[0] == draws[1] == draws[2]


def test_an_empty_pipeline_copies() -> None:
    y = sound()
    z, record = Pipeline([]).traced(y, sr=SR, rng=0)
    np.testing.assert_array_equal(z, y)
    assert not np.shares_memory(z, y)
    assert str(record) == "nothing"
    np.testing.assert_array_equal(record.replay(y, sr=SR), y)
    assert not np.shares_memory(record.replay(y, sr=SR), y)


def test_the_article_s_pipeline_is_the_article_s() -> None:
    policy = augment.article()
    assert repr(list(policy)) == (
        "[GaussianNoise(amplitude=(0.001, 0.015), p=0.5), "
        "TimeStretch(rate=(0.8, 1.25), keep_length=False, p=0.5), "
        "PitchShift(semitones=(-4, 4), p=0.5)]"
    )
    y = sound()
    drawn = [policy.traced(y, sr=SR, rng=seed) for seed in range(60)]
    for z, record in drawn:
        rate = record.get("TimeStretch", "rate", 1)
        assert len(z) == round(len(y) / rate)
        assert 0.001 <= record.get("GaussianNoise", "amplitude", 0.001) <= 0.015
        assert -4 <= record.get("PitchShift", "semitones", 0) <= 4
    # Each is applied half of the time: 60 tries stray by 6.5 % (one sigma), four are 26 %.
    for name in ("GaussianNoise", "TimeStretch", "PitchShift"):
        share = np.mean([any(draw.name == name for draw in record) for _, record in drawn])
        assert share == pytest.approx(0.5, abs=0.26)
    kept = augment.article(keep_length=True)
    assert all(len(kept(y, sr=SR, rng=seed)) == len(y) for seed in range(20))


def test_the_article_s_own_objects_are_taken() -> None:
    policy = Pipeline(
        [
            am.AddGaussianNoise(min_amplitude=0.001, max_amplitude=0.015, p=0.5),
            am.TimeStretch(min_rate=0.8, max_rate=1.25, p=0.5),
            am.PitchShift(min_semitones=-4, max_semitones=4, p=0.5),
        ]
    )
    y = sound()
    for seed in range(8):
        z, record = policy.traced(y, sr=SR, rng=seed)
        np.testing.assert_array_equal(policy(y, sr=SR, rng=seed), z)
        np.testing.assert_array_equal(record.replay(y, sr=SR), z)


def test_a_pipeline_can_be_pickled_for_workers() -> None:
    policy, y = Pipeline([Gain(p=1), am.Shift(p=1)], keeps=("key",)), sound()
    again = pickle.loads(pickle.dumps(policy))
    np.testing.assert_array_equal(again(y, sr=SR, rng=1), policy(y, sr=SR, rng=1))
    assert again.keeps == ("key",)


@pytest.mark.parametrize(
    ("y", "sr", "rng", "error", "match"),
    [
        ([], SR, 0, AudioError, "empty"),
        ([np.nan], SR, 0, AudioError, "NaN"),
        (np.zeros((2, 3, 4)), SR, 0, AudioError, "shape"),
        ("tune", SR, 0, AudioError, "must hold real numbers"),
        (np.zeros(9), 0, 0, ParameterError, "sr=0"),
        (np.zeros(9), SR, -1, ParameterError, "rng=-1"),
        (np.zeros(9), SR, "luck", ParameterError, "rng='luck'"),
    ],
)
def test_bad_sound_rates_and_luck_are_refused(
    y: Any, sr: Any, rng: Any, error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        augment.article()(y, sr=sr, rng=rng)


def test_a_string_is_no_list_of_transforms() -> None:
    with pytest.raises(ParameterError, match="must be a list of transforms"):
        Pipeline("gain")
    with pytest.raises(ParameterError, match="must be a list of transforms"):
        Pipeline(Gain())  # type: ignore[arg-type]


# Labels


def test_the_article_s_pipeline_keeps_the_instrument_and_neither_key_nor_tempo() -> None:
    Pipeline(augment.article(), keeps=("instrument", "style", "words"))
    with pytest.raises(
        ParameterError, match=r"'key': PitchShift\(semitones=\(-4, 4\), p=0.5\): every note"
    ):
        augment.article(keeps=("key",))
    with pytest.raises(ParameterError, match=r"'tempo': TimeStretch\(.*multiplies the tempo"):
        augment.article().check("tempo")


@pytest.mark.parametrize(
    ("transform", "broken", "kept"),
    [
        (PitchShift(semitones=(-0.4, 0.4)), [], ["key", "note", "tempo", "instrument"]),
        (PitchShift(semitones=0.5), ["key", "note"], ["tempo", "speaker", "instrument"]),
        (PitchShift(semitones=(-14, 0)), ["key", "speaker", "instrument"], ["tempo", "timing"]),
        (TimeStretch(rate=(0.97, 1.03)), ["timing"], ["tempo", "key", "instrument"]),
        (TimeStretch(rate=1), [], list(LABELS)),
        (TimeStretch(rate=(0.8, 1)), ["tempo", "timing"], ["key", "note", "instrument"]),
        (TimeStretch(rate=(1, 3)), ["tempo", "instrument"], ["key", "note"]),
        (augment.Speed(factor=(0.9, 1.1)), ["tempo", "key", "note"], ["instrument"]),
        (augment.Speed(factor=(0.99, 1.01)), ["timing"], ["tempo", "key"]),
        (Gain(), ["loudness"], ["key", "instrument"]),
        (Gain(gain_db=0), [], list(LABELS)),
        (augment.Invert(), [], list(LABELS)),
        (augment.Clip(threshold_db=(-12, -1)), ["quality"], ["instrument", "key"]),
        (augment.Clip(threshold_db=(-30, -1)), ["quality", "instrument"], ["key"]),
        (augment.NoiseAtSnr(snr_db=(5, 40)), ["quality"], ["instrument", "words"]),
        (augment.NoiseAtSnr(snr_db=(-15, 40)), ["instrument", "words"], ["loudness"]),
        (augment.MixClip(clip="rain"), ["place"], ["instrument", "words"]),
        (augment.MixClip(clip="band"), ["instrument", "key"], ["words"]),
        (augment.MixClip(clip="speech"), ["speaker", "words"], ["key"]),
        (augment.LowPass(cutoff_hz=(500, 4000)), ["instrument", "words"], ["key", "tempo"]),
        (augment.LowPass(cutoff_hz=(3000, 4000)), ["quality"], ["instrument", "words"]),
        (augment.Shift(), ["timing", "words"], ["key", "tempo", "instrument"]),
        (augment.Reverb(rt60_s=(0.3, 5)), ["place", "words"], ["instrument", "key"]),
        (augment.Telephone(), ["quality"], ["words", "key", "speaker"]),
        (am.PitchShift(min_semitones=-3, max_semitones=3), ["key"], ["instrument"]),
        (am.Gain(), ["loudness"], ["key"]),
        (am.Reverse(), ["words", "timing"], ["key", "note"]),
    ],
    ids=str,
)  # fmt: skip
def test_what_each_breaks_and_keeps(transform: Any, broken: list[str], kept: list[str]) -> None:
    found = Pipeline([transform]).broken()
    assert set(broken) <= set(found)
    assert not set(kept) & set(found)


@pytest.mark.parametrize("kind", TRANSFORMS)
def test_every_transform_names_known_labels_and_gives_reasons(
    kind: type[augment.Transform],
) -> None:
    assert set(kind().breaks()) <= set(LABELS)
    assert all(len(reason) > 10 for reason in kind().breaks().values())


def test_a_transform_that_never_runs_breaks_nothing() -> None:
    Pipeline([PitchShift(p=0)], keeps="key")


class Unheard(am.Gain):
    """As if it came from elsewhere."""


def test_one_that_says_nothing_of_labels_is_refused_where_one_matters() -> None:
    Pipeline([Unheard()])
    with pytest.raises(ParameterError, match="nobody has said what it does to labels"):
        Pipeline([Unheard()], keeps=("instrument",))


def test_an_unknown_label_is_named() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'instrument'"):
        Pipeline([], keeps=("instruments",))
    with pytest.raises(UnknownNameError, match="no label named 3"):
        Pipeline([]).check(3)  # type: ignore[arg-type]


# Records


def test_the_manifest_row_says_what_was_done_and_makes_it_again(tmp_path: Path) -> None:
    y, policy = sound(), Pipeline([Gain(gain_db=(-12, -3), p=1), TimeStretch(p=1), am.Shift(p=1)])
    z, record = policy.traced(y, sr=SR, rng=5)
    path = audio.save(tmp_path / "z.wav", z, sr=SR)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    step = Step(how="augment", parents=("a" * 64,), settings=record.to_dict())
    row = Row("z.wav", digest, digest, len(z) / SR, SR, 1, derivation=(step,))
    Manifest([row]).save(tmp_path / "manifest.jsonl")
    [kept] = Manifest.load(tmp_path / "manifest.jsonl")
    again = Record.from_dict(kept.derivation[0].settings)
    assert again == record
    np.testing.assert_array_equal(again.replay(y, sr=SR), z)


def test_a_record_reads_as_words() -> None:
    _, record = Pipeline([Gain(gain_db=-3, p=1), PitchShift(p=0)]).traced(sound(), sr=SR, rng=0)
    assert str(record) == "Gain: gain_db=-3\nPitchShift: not applied"
    assert [draw.name for draw in record] == ["Gain"]
    assert record.get("Gain", "gain_db") == -3
    assert record.get("PitchShift", "semitones", 0) == 0
    assert set(record.versions) == {"sonic-lab", "audiomentations", "numpy"}


@pytest.mark.parametrize(
    "plain", [None, {}, {"sr": SR}, {"sr": SR, "draws": [{}]}, {"sr": SR, "draws": 3}, "gain"]
)
def test_what_is_no_record_is_refused(plain: Any) -> None:
    with pytest.raises(ParameterError, match="no record of an augmentation"):
        Record.from_dict(plain)


def test_a_record_is_for_its_rate_and_its_pipeline() -> None:
    policy, y = Pipeline([Gain(p=1)]), sound()
    _, record = policy.traced(y, sr=SR, rng=0)
    with pytest.raises(ParameterError, match="not the record's 16000 Hz"):
        record.replay(y, sr=8000)
    with pytest.raises(ParameterError, match="not the record's 16000 Hz"):
        policy.replay(record, y, sr=8000)
    with pytest.raises(ParameterError, match="it is not of this pipeline"):
        Pipeline([]).replay(record, y, sr=SR)
