"""What counts as sound and as a rate, and what is said of everything else."""

from __future__ import annotations

import fractions

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sonic_lab import audio
from sonic_lab.errors import AudioError, ParameterError, SonicLabError

finite = st.floats(-4, 4, width=32)
sounds = hnp.arrays(
    np.float32,
    st.one_of(
        st.tuples(st.integers(1, 300)), st.tuples(st.integers(1, 4), st.integers(1, 200))
    ),
    elements=finite,
)  # fmt: skip


@given(sounds)
def test_sound_is_let_through_as_it_is(y: np.ndarray) -> None:
    checked = audio.check_sound(y)
    assert checked.dtype == np.float32
    np.testing.assert_array_equal(checked, y)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4", ">f8"])
def test_any_float_becomes_float32(dtype: str) -> None:
    checked = audio.check_sound(np.array([0.5, -0.25], dtype=dtype))
    assert checked.dtype == np.dtype("float32")
    assert checked.dtype.isnative
    assert checked.tolist() == [0.5, -0.25]


def test_lists_are_sound_too() -> None:
    assert audio.check_sound([0, 1, -1]).tolist() == [0, 1, -1]
    assert audio.check_sound([[0.0, 0.5], [0.5, 0.0]]).shape == (2, 2)


@pytest.mark.parametrize(
    ("y", "says"),
    [
        (None, "y must hold real numbers"),
        ("sound.wav", "y must hold real numbers"),
        ({}, "y must hold real numbers"),
        ([[1.0, 2.0], [3.0]], "y must be an array of samples, not list"),
        (np.array([1 + 1j]), "real numbers, but has dtype complex128"),
        (np.array([True, False]), "real numbers, but has dtype bool"),
        (np.array([object()]), "real numbers, but has dtype object"),
        (0.5, r"shape \(\): it must be \(n,\) or \(channels, n\)"),
        (np.zeros((2, 2, 2)), r"shape \(2, 2, 2\)"),
        ([], r"y is empty: it has shape \(0,\)"),
        (np.zeros((2, 0)), r"y is empty: it has shape \(2, 0\)"),
        (np.zeros((0, 2)), r"y is empty: it has shape \(0, 2\)"),
        (np.zeros((44100, 2)), r"that is 44100 channels; if they are samples, pass y\.T"),
        (np.array([0.0, np.nan]), "y has 1 NaN or infinite samples of 2"),
        (np.array([np.inf, -np.inf, 0.0]), "y has 2 NaN or infinite samples of 3"),
        (np.array([1e39]), "y has 1 NaN or infinite samples of 1"),  # too large for float32
        (np.zeros(4, np.int16), "dtype int16.*Divide it by 32768 and convert"),
        (np.zeros(4, np.int32), "Divide it by 2147483648 and convert"),
        (np.zeros(4, np.uint8), "Subtract 128, divide by 128"),
        (np.arange(4, dtype=np.int64), "dtype int64.*Divide it by its full scale"),
    ],
)
def test_what_is_no_sound_is_refused_in_words(y: object, says: str) -> None:
    with pytest.raises(AudioError, match=says):
        audio.check_sound(y)


def test_too_short_sound_says_how_much_is_needed() -> None:
    with pytest.raises(AudioError, match="clip is too short: 3 samples, and 4 are needed"):
        audio.check_sound(np.zeros((2, 3)), min_samples=4, name="clip")
    assert audio.check_sound(np.zeros(4), min_samples=4).shape == (4,)


@pytest.mark.parametrize(
    "sr",
    [1, 8000, 44100, 768_000, 44100.0, np.int64(8000), np.float32(8000), fractions.Fraction(8)],
)
def test_a_whole_number_of_hertz_is_a_rate(sr: object) -> None:
    rate = audio.check_rate(sr)
    assert type(rate) is int
    assert rate == sr


@pytest.mark.parametrize(
    "sr",
    [
        0, -1, 768_001, 1.5, 10**400, float("nan"), float("inf"), None, "44100", True, 8000 + 0j,
        np.bool_(True), np.array(8000), [8000], b"8",
    ],
)  # fmt: skip
def test_what_is_no_rate_is_refused_in_words(sr: object) -> None:
    with pytest.raises(ParameterError, match=r"orig_sr=.* must be a sample rate in Hz: a whole"):
        audio.check_rate(sr, name="orig_sr")


anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(),
    st.complex_numbers(), st.lists(st.floats() | st.text() | st.lists(st.floats())),
    hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0)),
)  # fmt: skip


@given(anything)
def test_anything_at_all_is_sound_or_refused_by_one_of_ours(thing: object) -> None:
    for check in (audio.check_sound, audio.check_rate):
        try:
            checked = check(thing)
        except SonicLabError:
            continue  # any other error fails the test
        assert np.isfinite(checked).all()


@given(st.floats(-2, 2), st.integers(-9, 9))
def test_a_setting_within_its_range_is_let_through(number: float, whole: int) -> None:
    assert audio.check_number(number, name="x", low=-2, high=2) == number
    assert audio.check_whole(np.int16(whole), name="n", low=-9, high=9) == whole
    assert type(audio.check_whole(np.int16(whole), name="n", low=-9, high=9)) is int


@pytest.mark.parametrize("value", [1.01, -1.01, np.nan, np.inf, True, None, "0.5", 1j, [0.5]])
def test_a_setting_that_is_no_number_in_range_is_named(value: object) -> None:
    with pytest.raises(ParameterError, match=r"^gain_db=.* must be a number from -1 to 1 dB$"):
        audio.check_number(value, name="gain_db", low=-1, high=1, unit="dB")


@pytest.mark.parametrize("value", [0, 5, 2.0, np.nan, True, None, "2", [2]])
def test_a_setting_that_is_no_whole_number_in_range_is_named(value: object) -> None:
    with pytest.raises(ParameterError, match=r"^taps=.* must be a whole number from 1 to 4$"):
        audio.check_whole(value, name="taps", low=1, high=4)
