"""The ground everything stands on: errors, optional libraries, luck, devices."""

from __future__ import annotations

import importlib
import inspect

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

import sonic_lab as sl
from sonic_lab import devices, errors, optional, randomness
from sonic_lab.errors import (
    DeviceError,
    MissingDependencyError,
    ParameterError,
    SonicLabError,
    UnknownNameError,
)

# Errors


def test_every_error_is_ours_and_a_built_in() -> None:
    ours = [e for _, e in inspect.getmembers(errors, inspect.isclass) if e is not SonicLabError]
    ours = [e for e in ours if e.__module__ == errors.__name__]
    assert len(ours) >= 8
    for error in ours:
        assert issubclass(error, SonicLabError), error
        built_in = [base for base in error.__mro__ if base.__module__ == "builtins"]
        assert any(base not in (Exception, BaseException, object) for base in built_in), error
        assert (error.__doc__ or "").endswith("."), error


def test_an_unknown_name_lists_the_known_ones_in_order() -> None:
    error = errors.unknown_name("effect", "revreb", ["reverb", "echo", "chorus"])
    assert isinstance(error, UnknownNameError)
    assert str(error) == (
        "no effect named 'revreb': did you mean 'reverb'? (known: chorus, echo, reverb)"
    )


@given(st.one_of(st.text(), st.none(), st.integers(), st.binary()))
def test_any_name_can_be_unknown(name: object) -> None:
    assert "known: a, b" in str(errors.unknown_name("thing", name, {"b", "a"}))


def test_a_far_name_gets_no_suggestion() -> None:
    assert "did you mean" not in str(errors.unknown_name("clip", "xyz", ["trumpet"]))


# Optional libraries


def test_what_is_there_is_imported() -> None:
    assert optional.need("json", extra="x") is importlib.import_module("json")
    assert optional.need("os.path", extra="x").join("a", "b")


@pytest.mark.parametrize("name", ["no_such_library", "no_such_library.part", "json.no_such_part"])
def test_what_is_missing_names_its_extra(name: str) -> None:
    says = r"is not installed: pip install 'sonic-lab\[music\]'"
    with pytest.raises(MissingDependencyError, match=says) as caught:
        optional.need(name, extra="music")
    assert isinstance(caught.value, ImportError)
    assert caught.value.name == name


def test_a_library_that_is_itself_broken_is_not_called_missing(tmp_path, monkeypatch) -> None:
    (tmp_path / "half_installed.py").write_text("import something_it_needs\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="something_it_needs") as caught:
        optional.need("half_installed", extra="x")
    assert not isinstance(caught.value, SonicLabError)


# Luck


@given(st.integers(0, 2**64))
def test_a_seed_always_draws_the_same(seed: int) -> None:
    first, again = (randomness.generator(seed).standard_normal(4) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_a_generator_is_passed_through_and_moves_on() -> None:
    rng = np.random.default_rng(3)
    assert randomness.generator(rng) is rng
    assert randomness.generator(rng).random() != randomness.generator(rng).random()


def test_nothing_gives_fresh_luck() -> None:
    assert randomness.generator().random() != randomness.generator(None).random()


def test_the_global_state_is_left_alone() -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002  what must not be touched
    randomness.generator(1).random(10)
    randomness.generator().random(10)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize(
    "rng",
    [-1, 1.5, "7", True, np.float64(3), [1, 2], np.random.RandomState(0)],
)
def test_what_is_no_luck_is_refused(rng: object) -> None:
    with pytest.raises(ParameterError, match=r"rng=.* must be a non-negative integer"):
        randomness.generator(rng)


def test_numpy_integers_are_seeds() -> None:
    assert randomness.generator(np.int64(5)).random() == randomness.generator(5).random()


def test_normals_are_normal_and_go_with_nothing_before_them() -> None:
    z = randomness.normals(400_000, 0)
    assert z.dtype == np.float32
    # One in a thousand fair samples lies further from the bell.
    assert scipy.stats.kstest(z, "norm").pvalue > 1e-3
    moments = [np.mean(z.astype(float) ** k) for k in (1, 2, 3, 4)]
    # Four deviations of each mean over 400,000: 1, sqrt(2), sqrt(15) and sqrt(96) of a draw's own.
    spread = np.sqrt([1, 2, 15, 96]) * 4 / np.sqrt(len(z))
    np.testing.assert_array_less(np.abs(np.subtract(moments, [0, 1, 0, 3])), spread)
    for lag in (1, 2, 16383, 16384, 32768):  # the other number of a pair, the next block
        for one in (z, z**2 - 1):
            together = np.mean(one[lag:] * one[:-lag]) / np.mean(one**2)
            assert abs(together) < 4 / np.sqrt(len(z))


@given(n=st.integers(1, 70_000), seed=st.integers(0, 2**32))
@settings(max_examples=20)
def test_normals_are_as_many_as_asked_and_the_same_from_a_seed(n: int, seed: int) -> None:
    z = randomness.normals(n, seed)
    assert z.shape == (n,)
    assert np.isfinite(z).all()
    np.testing.assert_array_equal(z, randomness.normals(n, seed))
    assert not np.array_equal(z, randomness.normals(n, seed + 1))
    np.testing.assert_array_equal(z, randomness.normals((1, n), np.random.default_rng(seed))[0])


class Extremes(np.random.Generator):
    """A generator whose bits are all zero, or all one."""

    bit = 0

    def integers(self, high: int, *, size: int, **_: object) -> np.ndarray:
        return np.full(size, high * self.bit, dtype=np.uint64)


def test_normals_are_finite_whatever_the_bits() -> None:
    rng = Extremes(np.random.PCG64(0))
    assert abs(randomness.normals(4, rng)[0] - 6.764) < 1e-3  # sqrt(2 ln 2**33)
    rng.bit = 1
    np.testing.assert_array_equal(randomness.normals(4, rng), 0)


# Devices


def test_auto_takes_what_there_is(monkeypatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert devices.choose().type == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert devices.choose("auto").type == "cuda"


def test_cuda_that_is_not_there_is_refused_with_the_cure(monkeypatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceError, match=r"'cuda' is not there.*shows 0 CUDA.*device='auto'"):
        devices.choose("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert devices.choose("cuda:0") == torch.device("cuda:0")
    with pytest.raises(DeviceError, match=r"'cuda:1' is not there.*shows 1 CUDA"):
        devices.choose("cuda:1")


@pytest.mark.parametrize("device", ["gpu", "", "tpu", "cuda:x", "mps", "meta", None, 3.5, "cpu:"])
def test_what_is_no_device_is_refused(device: object) -> None:
    with pytest.raises(ParameterError, match=r"device=.* must be 'auto', 'cpu' or 'cuda'"):
        devices.choose(device)


def test_there_is_a_core_to_run_on() -> None:
    import os

    assert 1 <= devices.cores() <= (os.cpu_count() or 1)


# The package


def test_an_unknown_room_is_named_with_those_there_are() -> None:
    with pytest.raises(AttributeError, match="no room named 'kitchen'; it has audio, aug"):
        sl.kitchen
    assert set(sl.__all__) <= set(dir(sl))
