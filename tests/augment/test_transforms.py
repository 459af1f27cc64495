"""What holds for every transform of ours, and what each of them promises."""

from __future__ import annotations

import json
import random
from dataclasses import FrozenInstanceError, dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonic_lab import augment, clips
from sonic_lab.augment import TRANSFORMS, Draw, Pipeline, Record, Transform, between
from sonic_lab.errors import ParameterError, UnknownNameError
from tests.effects.sounds import cents, decibels, frequency_of, harmonic, power, tone

SR = 22050
every = pytest.mark.parametrize("kind", TRANSFORMS, ids=lambda kind: kind.__name__)


def sound(n: int = 6000, *, channels: int | None = None, seed: int = 0) -> np.ndarray:
    shape = (n,) if channels is None else (channels, n)
    rng = np.random.default_rng(seed)
    return (0.1 * rng.standard_normal(shape)).astype(np.float32)


def once(transform: Transform, y: np.ndarray, *, sr: int = SR, rng: int = 0) -> np.ndarray:
    return Pipeline([transform])(y, sr=sr, rng=rng)


@every
@pytest.mark.parametrize("channels", [None, 1, 2])
def test_the_same_rng_gives_the_same_sound(kind: type[Transform], channels: int | None) -> None:
    y = sound(channels=channels)
    before = y.copy()
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 - other luck outside must change nothing inside
    first = once(kind(p=1), y, rng=5)
    random.seed(2)
    np.random.seed(2)  # noqa: NPY002
    np.testing.assert_array_equal(first, once(kind(p=1), y, rng=5))
    np.testing.assert_array_equal(y, before)
    assert first.dtype == np.float32
    assert first.shape[:-1] == y.shape[:-1]
    assert np.isfinite(first).all()
    assert not np.shares_memory(first, y)


@every
def test_no_global_luck_is_drawn_or_moved(kind: type[Transform]) -> None:
    random.seed(7)
    np.random.seed(7)  # noqa: NPY002
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    once(kind(p=1), sound())
    after = np.random.get_state()  # noqa: NPY002
    assert random.getstate() == python
    assert np.array_equal(after[1], numpy[1])
    assert after[2:] == numpy[2:]


@every
@pytest.mark.parametrize("channels", [None, 2])
def test_a_record_kept_as_json_makes_the_same_samples(
    kind: type[Transform], channels: int | None
) -> None:
    y = sound(channels=channels)
    z, record = Pipeline([kind(p=1)]).traced(y, sr=SR, rng=9)
    again = Record.from_dict(json.loads(json.dumps(record.to_dict())))
    assert again == record
    np.testing.assert_array_equal(again.replay(y, sr=SR), z)


@every
def test_another_rng_draws_otherwise_where_anything_is_drawn(kind: type[Transform]) -> None:
    draws = [kind(p=1).decide(np.random.default_rng(seed)).settings for seed in range(3)]
    if kind.ranges() or kind.needs_seed:
        assert draws[0] != draws[1] != draws[2]
    else:
        assert draws[0] == draws[1] == draws[2]


@every
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**63))
def test_what_is_drawn_lies_in_its_range(kind: type[Transform], seed: int) -> None:
    transform = kind(p=1)
    drawn = transform.draw(np.random.default_rng(seed))
    for name, bounds in kind.ranges().items():
        low, high = transform.span(name)
        assert low <= drawn[name] <= high
        assert isinstance(drawn[name], int) == (bounds.scale == "whole")


@every
def test_both_ends_of_a_range_are_reached(kind: type[Transform]) -> None:
    """Luck of 0 gives the low end exactly; the highest luck there is, the high one nearly."""

    class Fixed:
        def __init__(self, luck: float) -> None:
            self.luck = luck

        def random(self) -> float:
            return self.luck

    for name, bounds in kind.ranges().items():
        low, high = kind().span(name)
        lowest, highest = (bounds.draw((low, high), Fixed(u)) for u in (0.0, 1 - 2**-53))  # type: ignore[arg-type]
        assert lowest == low
        # One rounding of the product away, relative to the larger end.
        assert highest == pytest.approx(high, rel=1e-12, abs=1e-12)


@every
def test_p_is_how_often_and_changes_no_setting(kind: type[Transform]) -> None:
    seeds = range(400)
    ran = [kind(p=0.3).decide(np.random.default_rng(seed)) for seed in seeds]
    # 400 tries at 0.3 stray by 0.023 (one sigma); four of those are 0.092.
    assert np.mean([draw.ran for draw in ran]) == pytest.approx(0.3, abs=0.092)
    always = [kind(p=1).decide(np.random.default_rng(seed)) for seed in seeds]
    assert all(a.settings == b.settings for a, b in zip(ran, always, strict=True) if a.ran)
    assert not any(kind(p=0).decide(np.random.default_rng(seed)).ran for seed in seeds)


@every
def test_it_is_frozen_and_its_text_builds_it_again(kind: type[Transform]) -> None:
    transform = kind(p=0.25)
    with pytest.raises(FrozenInstanceError):
        transform.p = 1  # type: ignore[misc]
    assert eval(repr(transform), vars(augment)) == transform


@every
def test_settings_that_cannot_be_are_refused_by_name(kind: type[Transform]) -> None:
    for p in (-0.1, 1.1, float("nan"), "often", True, None):
        with pytest.raises(ParameterError, match=r"p=.* from 0 to 1"):
            kind(p=p)
    for name, bounds in kind.ranges().items():
        middle = kind().span(name)
        for bad in (
            bounds.least - 1, (middle[0], bounds.most + 1), float("nan"), (0, float("inf")),
            "loud", (1, 2, 3), None, True, (),
        ):  # fmt: skip
            with pytest.raises(ParameterError, match=f"{name}=.* must be a number or"):
                kind(**{name: bad})
        if bounds.least < bounds.most:
            with pytest.raises(ParameterError, match="must begin with its lower end"):
                kind(**{name: (bounds.most, bounds.least)})
    for name in kind.options():
        with pytest.raises((ParameterError, UnknownNameError), match=name):
            kind(**{name: "no such"})


@every
def test_silence_and_a_single_sample_are_no_trouble(kind: type[Transform]) -> None:
    for y in (np.zeros(3000, np.float32), np.full(1, 0.5, np.float32)):
        z = once(kind(p=1), y)
        assert np.isfinite(z).all()
        assert z.size >= 1


# What each promises, measured.


@pytest.mark.parametrize("snr_db", [-3, 10, 25])
@pytest.mark.parametrize("color", ["white", "pink", "brown"])
def test_the_ratio_that_was_asked_is_the_one_measured(snr_db: float, color: str) -> None:
    y = tone(440, sr=SR, duration_s=1)
    noise = once(augment.NoiseAtSnr(snr_db=snr_db, color=color, p=1), y) - y
    # The bar. The noise is scaled by its own power, so float32 rounding is all there is.
    assert decibels(power(y) / power(noise)) == pytest.approx(snr_db, abs=0.2)


def test_gaussian_noise_has_the_amplitude_whatever_the_sound() -> None:
    for level in (0.0, 0.01, 0.9):
        y = np.full(40_000, level, np.float32)
        noise = once(augment.GaussianNoise(amplitude=0.01, p=1), y) - y
        # The deviation of 40,000 draws strays by 0.35 %; four of those are 1.4 %.
        assert noise.std() == pytest.approx(0.01, rel=0.014)


@pytest.mark.parametrize("semitones", [-4, -1, 0.5, 3, 4])
def test_a_pitch_shift_moves_the_pitch_by_that_many_cents(semitones: float) -> None:
    y = harmonic(330, sr=SR, duration_s=1.5)
    z = once(augment.PitchShift(semitones=semitones, p=1), y)
    moved = cents(frequency_of(y, sr=SR), frequency_of(z, sr=SR))
    assert z.shape == y.shape
    assert moved == pytest.approx(100 * semitones, abs=2)  # tests/effects holds it to 2 as well


@pytest.mark.parametrize("rate", [0.8, 0.97, 1.25, 2])
def test_a_stretch_changes_the_length_by_its_rate_and_no_pitch(rate: float) -> None:
    y = harmonic(330, sr=SR, duration_s=1.5)
    z = once(augment.TimeStretch(rate=rate, p=1), y)
    assert len(z) == round(len(y) / rate)
    assert cents(frequency_of(y, sr=SR), frequency_of(z, sr=SR)) == pytest.approx(0, abs=2)
    kept = once(augment.TimeStretch(rate=rate, keep_length=True, p=1), y)
    n = min(len(z), len(y))
    assert kept.shape == y.shape
    np.testing.assert_array_equal(kept[:n], z[:n])
    assert not kept[n:].any()


def test_speed_moves_time_and_pitch_together() -> None:
    y = harmonic(330, sr=SR, duration_s=1.5)
    z = once(augment.Speed(factor=1.2, p=1), y)
    assert len(z) == round(len(y) / 1.2)
    moved = cents(frequency_of(y, sr=SR), frequency_of(z, sr=SR))
    assert moved == pytest.approx(1200 * np.log2(1.2), abs=1)
    assert len(once(augment.Speed(factor=0.8, keep_length=True, p=1), y)) == len(y)


def test_gain_clip_and_invert_are_those_of_the_effects() -> None:
    y = sound()
    np.testing.assert_allclose(once(augment.Gain(gain_db=20, p=1), y), 10 * y, rtol=1e-6)
    np.testing.assert_array_equal(once(augment.Invert(p=1), y), -y)
    clipped = once(augment.Clip(threshold_db=-20, p=1), y)
    assert np.abs(clipped).max() == pytest.approx(0.1 * np.abs(y).max(), rel=1e-6)


def test_a_shift_wraps_or_loses() -> None:
    y = np.arange(1, 9, dtype=np.float32)
    assert once(augment.Shift(fraction=0.25, p=1), y).tolist() == [7, 8, 1, 2, 3, 4, 5, 6]
    lost = augment.Shift(fraction=-0.5, wrap=False, p=1)
    assert once(lost, y).tolist() == [5, 6, 7, 8, 0, 0, 0, 0]


@pytest.mark.parametrize("place", [0, 0.3, 1])
def test_a_time_mask_silences_its_share_and_nothing_else(place: float) -> None:
    y = np.ones(10_000, np.float32)
    z = once(augment.TimeMask(fraction=0.1, place=place, p=1), y)
    start = round(place * 9000)
    fade = round(0.005 * SR)
    assert not z[start + fade : start + 1000 - fade].any()
    np.testing.assert_array_equal(np.delete(z, np.s_[start : start + 1000]), np.ones(9000))
    assert np.abs(np.diff(z)).max() < 0.02  # a fade over 110 samples moves by 1.4 % at most


def test_a_mixed_clip_is_at_its_ratio_and_from_its_moment() -> None:
    y = tone(440, sr=SR, duration_s=0.5)
    rain, _ = clips.load("rain", sr=SR)
    added = once(augment.MixClip(clip="rain", start=0.5, snr_db=6, p=1), y) - y
    assert decibels(power(y) / power(added)) == pytest.approx(6, abs=0.01)  # float32 sums
    expected = rain[round(0.5 * len(rain)) :][: len(y)]
    assert np.corrcoef(added, expected)[0, 1] > 0.999


@pytest.mark.parametrize(
    "transform",
    [
        augment.LowPass(cutoff_hz=(1000, 7500)),
        augment.HighShelf(corner_hz=5000),
        augment.BandPass(center_hz=2000, octaves=4),
    ],
)
def test_a_range_past_half_the_rate_is_refused_whatever_luck_says(transform: Transform) -> None:
    for rng in range(5):
        with pytest.raises(ParameterError, match=r"reaches \d+ Hz, and sound at sr=8000 ends"):
            once(transform, sound(), sr=8000, rng=rng)
    once(transform, sound(), sr=SR)


# A transform that somebody writes.


def ring(y: np.ndarray, *, sr: int, carrier_hz: float) -> np.ndarray:
    return y * np.cos(2 * np.pi * carrier_hz * np.arange(y.shape[-1]) / sr)


@dataclass(frozen=True, kw_only=True, repr=False)
class Ring(Transform):
    effect = staticmethod(ring)
    carrier_hz: Any = between(100, 900, least=1, most=5000, unit="Hz")  # noqa: RUF009


def test_a_transform_written_by_hand_is_drawn_recorded_and_replayed() -> None:
    y = sound()
    z, record = Pipeline([Ring(p=1)]).traced(y, sr=SR, rng=1)
    [draw] = record
    np.testing.assert_allclose(z, ring(y, sr=SR, **draw.settings), atol=1e-7)  # float32's step
    np.testing.assert_array_equal(record.replay(y, sr=SR), z)


def test_a_name_of_ours_cannot_be_taken() -> None:
    with pytest.raises(ParameterError, match="Gain is the name of a transform of sonic_lab"):
        type("Gain", (Transform,), {"__module__": "my_own"})
    assert Draw("Gain", True, {"gain_db": 0.0}).name == "Gain"
