"""Filters and equalizers do at each frequency what their definition says."""

from __future__ import annotations

import numpy as np
import pytest

from sonic_lab import effects
from sonic_lab.errors import ParameterError
from tests.effects.sounds import response_db, tone

SR = 16000
# The click's answer is cut after 1.5 s and stored in float32: 0.01 dB covers both.
CLOSE = 0.01


def warped(hertz: float) -> float:
    """The analogue frequency that the bilinear transform puts at `hertz`."""
    return float(np.tan(np.pi * hertz / SR))


@pytest.mark.parametrize("order", [1, 2, 4, 8])
@pytest.mark.parametrize("hertz", [100, 500, 1000, 2000, 4000])
def test_butterworth_against_its_formula(order: int, hertz: float) -> None:
    ratio = warped(hertz) / warped(1000)
    low = response_db(
        lambda x: effects.low_pass(x, sr=SR, cutoff_hz=1000, order=order), sr=SR, frequency_hz=hertz
    )
    high = response_db(
        lambda x: effects.high_pass(x, sr=SR, cutoff_hz=1000, order=order),
        sr=SR, frequency_hz=hertz,
    )  # fmt: skip
    expected_low = -10 * np.log10(1 + ratio ** (2 * order))
    expected_high = -10 * np.log10(1 + ratio ** (-2 * order))
    # What is 100 dB down drowns in the rounding of float32.
    assert max(low, -100) == pytest.approx(max(expected_low, -100), abs=CLOSE)
    assert max(high, -100) == pytest.approx(max(expected_high, -100), abs=CLOSE)


def test_band_pass_is_three_decibels_down_at_both_edges() -> None:
    def band(x: np.ndarray) -> np.ndarray:
        return effects.band_pass(x, sr=SR, low_hz=500, high_hz=2000)

    for edge in (500, 2000):
        assert response_db(band, sr=SR, frequency_hz=edge) == pytest.approx(-3.0103, abs=CLOSE)
    assert response_db(band, sr=SR, frequency_hz=1000) == pytest.approx(0, abs=CLOSE)
    assert response_db(band, sr=SR, frequency_hz=125) < -45  # 24 dB an octave, two octaves off
    assert response_db(band, sr=SR, frequency_hz=6000) < -40


def test_notch_removes_one_frequency_and_spares_the_rest() -> None:
    def notched(x: np.ndarray) -> np.ndarray:
        return effects.notch(x, sr=SR, center_hz=1000, q=10)

    assert response_db(notched, sr=SR, frequency_hz=1000) < -60
    for beside in (500, 2000):
        # 1 / sqrt(1 + (Q (f/f0 - f0/f))**-2) at an octave's distance and Q = 10
        assert response_db(notched, sr=SR, frequency_hz=beside) == pytest.approx(-0.02, abs=0.01)
    # The -3 dB points are f0 / Q = 100 Hz apart, one on each side.
    assert response_db(notched, sr=SR, frequency_hz=951.2) == pytest.approx(-3.01, abs=0.1)


@pytest.mark.parametrize("gain_db", [-12, 6, 24])
def test_peak_has_its_gain_at_the_center_and_none_far_off(gain_db: float) -> None:
    def peaked(x: np.ndarray) -> np.ndarray:
        return effects.peak(x, sr=SR, center_hz=1000, gain_db=gain_db, q=2)

    assert response_db(peaked, sr=SR, frequency_hz=1000) == pytest.approx(gain_db, abs=CLOSE)
    assert response_db(peaked, sr=SR, frequency_hz=20) == pytest.approx(0, abs=0.05)
    # By its definition the edges of the bandwidth, f0 / Q apart, have half the decibels; the
    # bilinear transform moves them a little at 1 kHz of 16.
    low = 1000 * (np.sqrt(1 + 1 / 16) - 1 / 4)
    assert response_db(peaked, sr=SR, frequency_hz=low) == pytest.approx(gain_db / 2, abs=0.3)


@pytest.mark.parametrize("gain_db", [-12, 6, 24])
@pytest.mark.parametrize(
    ("shelf", "raised", "kept"), [("low_shelf", 5, 7999), ("high_shelf", 7999, 5)]
)
def test_shelf_has_gain_half_of_it_and_none(
    shelf: str, raised: float, kept: float, gain_db: float
) -> None:
    def shelved(x: np.ndarray) -> np.ndarray:
        return getattr(effects, shelf)(x, sr=SR, corner_hz=1000, gain_db=gain_db)

    assert response_db(shelved, sr=SR, frequency_hz=raised) == pytest.approx(gain_db, abs=0.02)
    assert response_db(shelved, sr=SR, frequency_hz=1000) == pytest.approx(gain_db / 2, abs=CLOSE)
    assert response_db(shelved, sr=SR, frequency_hz=kept) == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("effect", ["peak", "low_shelf", "high_shelf"])
def test_opposite_gains_undo_each_other(effect: str) -> None:
    y = tone(700, sr=SR, duration_s=0.5)
    where = {"center_hz" if effect == "peak" else "corner_hz": 1000}
    run = getattr(effects, effect)
    back = run(run(y, sr=SR, gain_db=9, **where), sr=SR, gain_db=-9, **where)
    assert np.allclose(back, y, atol=1e-6)  # the two filters are each other's inverse


@pytest.mark.parametrize("hertz", [100, 1000, 5000])
def test_all_pass_changes_no_level(hertz: float) -> None:
    gain = response_db(
        lambda x: effects.all_pass(x, sr=SR, center_hz=1000, stages=20), sr=SR, frequency_hz=hertz
    )
    assert gain == pytest.approx(0, abs=CLOSE)


def test_all_pass_delays_its_center_as_documented() -> None:
    # stages * 2 q / (pi f): 10 * 2 * 1 / (pi * 200) = 31.8 ms at 200 Hz of 16 kHz
    y = tone(200, sr=SR, duration_s=0.05)
    y = np.pad(y * np.hanning(len(y)), (SR // 10, SR // 4)).astype(np.float32)
    z = effects.all_pass(y, sr=SR, center_hz=200, q=1, stages=10)
    centre = [np.sum(np.arange(len(x)) * x**2) / np.sum(x**2) / SR for x in (y, z)]
    # The tone has a width of 40 Hz, over which the delay falls a little.
    assert centre[1] - centre[0] == pytest.approx(0.0318, rel=0.1)


@pytest.mark.parametrize("degrees", [30, 90, 180, -90])
def test_phase_shift_turns_a_sine(degrees: float) -> None:
    time = np.arange(SR) / SR
    window = np.hanning(SR)
    y = (window * np.cos(2 * np.pi * 500 * time)).astype(np.float32)
    expected = window * np.cos(2 * np.pi * 500 * time - np.deg2rad(degrees))
    assert np.allclose(effects.phase_shift(y, degrees=degrees), expected, atol=1e-5)


def test_half_a_turn_inverts() -> None:
    y = np.random.default_rng(0).uniform(-1, 1, 1001).astype(np.float32)
    assert np.allclose(effects.phase_shift(y, degrees=180), -y, atol=1e-6)


@pytest.mark.parametrize("name", ["low_pass", "high_pass"])
def test_cutoff_past_half_the_rate_is_refused(name: str) -> None:
    words = r"cutoff_hz=8000 must lie between 0 and 8000 Hz, half of sr=16000"
    with pytest.raises(ParameterError, match=words):
        getattr(effects, name)(np.ones(10), sr=SR, cutoff_hz=8000)


def test_band_upside_down_is_refused() -> None:
    with pytest.raises(ParameterError, match="low_hz=2000 must lie below high_hz=500"):
        effects.band_pass(np.ones(10), sr=SR, low_hz=2000, high_hz=500)
