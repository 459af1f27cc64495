"""Clipping, bits, dynamics, scissors, clocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonic_lab import effects
from sonic_lab.errors import AudioError, ParameterError
from tests.effects.sounds import cents, decibels, frequency_of, power, tone

SR = 16000


@settings(max_examples=25, deadline=None)
@given(threshold_db=st.floats(-40, 0), level=st.floats(0.01, 4))
def test_clip_cuts_at_the_level_asked_and_nothing_else(threshold_db: float, level: float) -> None:
    y = tone(440, sr=SR, duration_s=0.1, level=level)
    z = effects.clip(y, threshold_db=threshold_db)
    ceiling = np.abs(y).max() * 10 ** (threshold_db / 20)
    assert np.abs(z).max() == pytest.approx(ceiling, rel=1e-5)
    under = np.abs(y) < 0.999 * ceiling
    assert np.array_equal(z[under], y[under])


def test_soft_clip_keeps_the_peak_and_lifts_the_rest() -> None:
    y = np.linspace(-0.8, 0.8, 1001).astype(np.float32)
    z = effects.soft_clip(y, drive_db=18)
    assert z[-1] == pytest.approx(0.8)
    assert np.all(np.diff(z) >= 0)
    assert np.allclose(z, -z[::-1], atol=1e-6)  # odd: it makes odd harmonics only
    slope_db = 20 * np.log10((z[501] - z[500]) / (y[501] - y[500]))
    assert slope_db == pytest.approx(18, abs=0.2)  # quiet parts rise by the drive


@pytest.mark.parametrize("bits", [4, 8, 12])
def test_each_bit_is_worth_six_decibels(bits: int) -> None:
    y = np.random.default_rng(0).uniform(-0.99, 0.9, 100_000).astype(np.float32)
    z = effects.quantize(y, bits=bits)
    step = 2.0 ** (1 - bits)
    assert len(np.unique(z)) <= 2**bits
    assert power(z - y) == pytest.approx(step**2 / 12, rel=0.02)  # 1 / sqrt(100000), and room


def test_quantizing_again_changes_nothing() -> None:
    y = np.random.default_rng(0).uniform(-1.2, 1.2, 1000).astype(np.float32)
    once = effects.quantize(y, bits=5)
    assert np.array_equal(effects.quantize(once, bits=5), once)


def test_dither_frees_the_error_from_the_sound() -> None:
    quiet = tone(440, sr=SR, duration_s=2, level=0.4 / 128)  # below half a step of 8 bits
    assert not effects.quantize(quiet, bits=8).any()
    dithered = effects.quantize(quiet, bits=8, dither=True, rng=0)
    # The tone is in there: its part of the correlation is its own power over the noise's.
    found = np.dot(dithered, quiet) / np.dot(quiet, quiet)
    assert found == pytest.approx(1, abs=0.05)


def measured_gain_db(level_db: float, **settings_: float) -> float:
    y = tone(1000, sr=SR, duration_s=1, level=10 ** (level_db / 20))
    z = effects.compress(y, sr=SR, attack_ms=2, release_ms=50, **settings_)
    middle = slice(SR // 2, SR - SR // 10)
    return decibels(power(z[middle]) / power(y[middle]))


@pytest.mark.parametrize("ratio", [2, 4, 20])
@pytest.mark.parametrize("level_db", [-40, -12, -3])
def test_compressor_follows_its_straight_lines(ratio: float, level_db: float) -> None:
    gain_db = measured_gain_db(level_db, threshold_db=-24, ratio=ratio, knee_db=0)
    over = max(0, level_db + 24)
    # The peak of a sine in a block of 1 ms is met to 0.01 dB at 16 samples a period.
    assert gain_db == pytest.approx(-over * (1 - 1 / ratio), abs=0.1)


def test_knee_bends_by_an_eighth_of_its_width_at_the_threshold() -> None:
    # Equation 4 at the threshold: (1/R - 1) (W/2)^2 / (2 W) = -(1 - 1/R) W / 8
    gain_db = measured_gain_db(-24, threshold_db=-24, ratio=4, knee_db=12)
    assert gain_db == pytest.approx(-0.75 * 12 / 8, abs=0.1)


def test_compressor_takes_its_time() -> None:
    y = np.concatenate([np.full(SR, 0.01), np.full(SR, 1.0), np.full(SR, 0.01)]).astype(np.float32)
    z = effects.compress(
        y, sr=SR, threshold_db=-20, ratio=1000, attack_ms=20, release_ms=200, knee_db=0
    )
    gain_db = 20 * np.log10(z / y)
    assert gain_db[SR - 100] == pytest.approx(0, abs=0.01)
    # One time constant takes the gain 1 - 1/e of the way: 12.6 of 20 dB.
    assert gain_db[SR + SR // 50] == pytest.approx(-12.6, abs=0.7)
    assert gain_db[2 * SR - 100] == pytest.approx(-20, abs=0.1)
    assert gain_db[2 * SR + SR // 5] == pytest.approx(-20 + 12.6, abs=0.5)


def test_compressor_gives_both_channels_one_gain() -> None:
    loud, soft = tone(440, sr=SR, duration_s=0.5), tone(300, sr=SR, duration_s=0.5, level=0.01)
    z = effects.compress(np.stack([loud, soft]), sr=SR, threshold_db=-30)
    middle = slice(SR // 8, SR // 4)
    change = [decibels(power(after[middle]) / power(before[middle]))
              for before, after in zip((loud, soft), z, strict=True)]  # fmt: skip
    assert change[0] < -5
    assert change[0] == pytest.approx(change[1], abs=0.2)


def test_ratio_of_one_only_makes_up() -> None:
    y = tone(440, sr=SR, duration_s=0.3)
    z = effects.compress(y, sr=SR, ratio=1, makeup_db=6)
    assert np.allclose(z, effects.gain(y, gain_db=6), rtol=1e-5)


@settings(max_examples=25, deadline=None)
@given(start=st.integers(0, 900), n=st.integers(1, 90))
def test_crop_and_cut_out_share_the_sound_between_them(start: int, n: int) -> None:
    y = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    where = {"sr": 1000, "start_s": start / 1000, "duration_s": n / 1000}
    piece = effects.crop(y, **where)
    rest = effects.cut_out(y, **where, crossfade_ms=0)
    assert np.array_equal(np.concatenate([rest[:start], piece, rest[start:]]), y)


def test_cut_out_joins_without_a_click() -> None:
    y = tone(440, sr=SR, duration_s=1)
    hard = effects.cut_out(y, sr=SR, start_s=0.3, duration_s=0.1006, crossfade_ms=0)
    soft = effects.cut_out(y, sr=SR, start_s=0.3, duration_s=0.1006, crossfade_ms=5)
    assert hard.shape == soft.shape
    # The steepest step of a 440 Hz sine is 0.5 * 2 pi 440 / 16000 = 0.086.
    assert np.abs(np.diff(hard)).max() > 0.15
    assert np.abs(np.diff(soft)).max() < 0.09


def test_shuffle_only_moves_pieces() -> None:
    y = np.arange(1000, dtype=np.float32)
    z = effects.shuffle(y, sr=1000, segment_s=0.1, rng=0)
    assert not np.array_equal(z, y)
    assert sorted(z.reshape(10, 100)[:, 0] // 100) == list(range(10))
    assert np.all(np.diff(z.reshape(10, 100)) == 1)


def test_cut_past_the_end_is_refused() -> None:
    with pytest.raises(AudioError, match=r"start_s=2 lies past the end of the sound, 1.000 s"):
        effects.crop(np.ones(1000), sr=1000, start_s=2, duration_s=1)
    with pytest.raises(AudioError, match="nothing would be left"):
        effects.cut_out(np.ones(1000), sr=1000, start_s=0, duration_s=1)


@pytest.mark.parametrize("deviation_ms", [0.1, 1.0])
def test_jitter_moves_time_as_far_as_asked(deviation_ms: float) -> None:
    """A slow tone's phase tells at each moment how early or late the clock was."""
    import scipy.signal

    y = np.sin(2 * np.pi * 100 * np.arange(4 * SR) / SR).astype(np.float32)
    z = effects.jitter(y, sr=SR, deviation_ms=deviation_ms, bandwidth_hz=4, rng=0)
    phases = [np.unwrap(np.angle(scipy.signal.hilbert(one))) for one in (y, z)]
    late_ms = (phases[1] - phases[0])[SR // 4 : -SR // 4] / (2 * np.pi * 100) * 1000
    assert np.std(late_ms) == pytest.approx(deviation_ms, rel=0.15)  # the ends are left out


def test_no_jitter_is_no_change() -> None:
    y = tone(2000, sr=SR, duration_s=0.5)
    # Twice the rate and back by a cubic spline: good to 1e-4 for a quarter of the band.
    assert np.allclose(effects.jitter(y, sr=SR, deviation_ms=0, rng=0), y, atol=1e-3)


def test_dropped_samples_are_gone_and_the_rest_in_order() -> None:
    y = np.arange(10_000, dtype=np.float32)
    z = effects.drop_samples(y, sr=1000, per_s=20, rng=0)
    assert len(z) == 10_000 - 200
    assert np.all(np.diff(z) > 0)
    assert set(z) < set(y)


def test_dropping_samples_raises_the_pitch_by_their_share() -> None:
    y = tone(440, sr=SR, duration_s=2)
    z = effects.drop_samples(y, sr=SR, per_s=160, rng=0)  # one in a hundred
    assert cents(440, frequency_of(z, sr=SR)) == pytest.approx(17.4, abs=2)  # 1200 log2(1/0.99)


def test_bits_must_be_whole() -> None:
    with pytest.raises(ParameterError, match=r"bits=8\.5 must be a whole number from 1 to 24"):
        effects.quantize(np.ones(4), bits=8.5)  # type: ignore[arg-type]
