"""Marks side by side: each says what its own score is worth, and none says more."""

from __future__ import annotations

import numpy as np
import pytest

from sonic_lab.errors import MissingDependencyError, UnknownNameError
from sonic_lab.watermark import Hum, ScoredHit, SpreadSpectrum
from sonic_lab.watermark import compared as room
from sonic_lab.watermark.compared import compared, names, reading
from sonic_lab.watermark.neighbours.here import Neighbour

SR = 22_050


@pytest.fixture(scope="module")
def hiss() -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, 4 * SR).astype(np.float32)


@pytest.mark.parametrize("name", ["gentle", "robust"])
def test_ours_are_what_they_are_alone(name: str, hiss: np.ndarray) -> None:
    mark = compared(name, key="k", bits=16)
    alone = SpreadSpectrum("k", strength=name, bits=16)
    z = mark.embed(hiss, sr=SR, payload=9)
    np.testing.assert_array_equal(z, alone.embed(hiss, sr=SR, payload=9))
    found = mark.read(z, sr=SR)
    assert found.hit == alone.detect(z, sr=SR)
    assert (found.payload, found.needed) == (9, pytest.approx(6))
    other = compared(name, key="k", bits=16, read_key="another").read(z, sr=SR)
    assert not other.present
    assert other.payload is None


def test_a_hum_is_read_in_decibels_and_claims_no_probability(hiss: np.ndarray) -> None:
    hum, hiss = compared("Hum", key="k", bits=16), 0.1 * hiss  # so soft that it can be told
    marked, plain = hum.read(hum.embed(hiss, sr=SR, payload=3), sr=SR), hum.read(hiss, sr=SR)
    assert marked.present
    assert marked.score == Hum().detect(Hum().embed(hiss, sr=SR), sr=SR).prominence_db
    assert "no probability follows" in marked.words
    assert (marked.payload, marked.guess) == (None, None)
    assert not plain.present
    assert "no hum is found" in plain.words


def test_a_network_without_a_key_names_no_one() -> None:
    assert "it names no one" in reading(ScoredHit(True, 0.98, 0.5)).words
    assert "does not prove" in reading(ScoredHit(False, 0.1, 0.5)).words
    assert reading(ScoredHit(True, 0.98, 0.5)).full == 1


def test_a_mark_that_is_not_here_is_left_out_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = [Neighbour("Hum", True), Neighbour("Perth", False, "pip install it")]
    monkeypatch.setattr(room, "available", lambda: lacking)
    assert names() == ["gentle", "robust", "Hum"]
    with pytest.raises(MissingDependencyError, match="Perth cannot be compared here: pip install"):
        compared("Perth", key="k", bits=16)
    with pytest.raises(UnknownNameError, match="did you mean 'robust'"):
        compared("robst", key="k", bits=16)
