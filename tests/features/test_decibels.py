"""Decibels: a factor of ten is ten, a product is a sum, and silence stays finite."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sonic_lab.errors import AudioError, ParameterError
from sonic_lab.features import db_to_power, power_to_db

POWERS = hnp.arrays(float, hnp.array_shapes(max_dims=3), elements=st.floats(0, 1e6))


def test_golden_numbers() -> None:
    power = np.array([1.0, 10.0, 2.0, 0.5, 1e-3])
    want = [0, 10, 3.0103, -3.0103, -30]
    np.testing.assert_allclose(power_to_db(power), want, atol=1e-4)


@settings(max_examples=60, deadline=None)
@given(S=POWERS, top_db=st.none() | st.floats(0, 120))
def test_equals_its_formula(S: np.ndarray, top_db: float | None) -> None:
    got = power_to_db(S, ref=1.0, top_db=top_db)
    want = 10 * np.log10(np.maximum(S, 1e-10))
    if top_db is not None:
        want = np.maximum(want, want.max() - top_db)
    np.testing.assert_allclose(got, want, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(S=POWERS)
def test_below_the_loudest(S: np.ndarray) -> None:
    db = power_to_db(S, ref=np.max)
    assert np.isfinite(db).all()
    assert db.max() == pytest.approx(0, abs=1e-12)
    assert db.min() >= -80
    np.testing.assert_array_equal(db, librosa.power_to_db(S, ref=np.max))


@given(a=st.floats(1e-4, 1e4), b=st.floats(1e-4, 1e4))
def test_a_product_is_a_sum(a: float, b: float) -> None:
    product, left, right = (float(power_to_db(np.array(x), top_db=None)) for x in (a * b, a, b))
    assert product == pytest.approx(left + right, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(db=hnp.arrays(float, 5, elements=st.floats(-90, 90)), ref=st.floats(1e-3, 1e3))
def test_there_and_back(db: np.ndarray, ref: float) -> None:
    power = db_to_power(db, ref=ref)
    np.testing.assert_allclose(power_to_db(power, ref=ref, amin=1e-15, top_db=None), db, atol=1e-9)


@pytest.mark.parametrize(
    ("S", "setting", "error", "message"),
    [
        (np.array([1 + 1j]), {}, AudioError, "must be real power, such as"),
        (np.array([]), {}, AudioError, r"shape \(0,\)"),
        (np.array(["loud"]), {}, AudioError, "dtype <U4"),
        (np.array([1.0, -1e-9]), {}, AudioError, "not negative: power is a square"),
        (np.array([np.nan]), {}, AudioError, "finite"),
        (np.ones(3), {"amin": 0}, ParameterError, "amin=0 must be positive"),
        (np.ones(3), {"amin": np.nan}, ParameterError, "amin=nan must be positive"),
        (np.ones(3), {"top_db": -1}, ParameterError, "top_db=-1 must be at least 0"),
        (np.ones(3), {"ref": np.inf}, ParameterError, "ref=inf must be"),
        (np.ones(3), {"ref": 0.0}, ParameterError, "ref=0.0 must be"),
        (np.ones(3), {"ref": -2.0}, ParameterError, "ref=-2.0 must be"),
        (np.ones(3), {"ref": "max"}, ParameterError, "ref='?max'? must be"),
    ],
)
def test_what_is_no_power_is_refused(S, setting, error, message) -> None:
    with pytest.raises(error, match=message):
        power_to_db(S, **setting)


@pytest.mark.parametrize(
    ("db", "ref", "error", "message"),
    [
        (np.array([np.inf]), 1.0, AudioError, "finite real numbers"),
        (np.array([1j]), 1.0, AudioError, "finite real numbers"),
        (np.array([0.0]), 0.0, ParameterError, "ref=0.0 must be a positive power"),
        (np.array([0.0]), np.nan, ParameterError, "ref=nan must be a positive power"),
        (np.array([0.0]), "1", ParameterError, "ref='?1'? must be a positive power"),
    ],
)
def test_what_are_no_decibels_is_refused(db, ref, error, message) -> None:
    with pytest.raises(error, match=message):
        db_to_power(db, ref=ref)
