"""A sound that was cut and joined is read as one, and every way to cut is paid for."""

import itertools

import numpy as np
import pytest

from sonic_lab import effects
from sonic_lab.watermark import SpreadSpectrum, search, splices
from sonic_lab.watermark.key import pattern
from sonic_lab.watermark.tiles import N_BANDS, TILE, cumulative_power, frames
from tests.watermark.test_spread_spectrum import SR, music

MARK = SpreadSpectrum(key="a secret", bits=16)


def test_the_shares_of_all_ways_to_cut_add_up_to_one_at_most(monkeypatch):
    monkeypatch.setattr(splices, "CYCLE_FRAMES", 5)
    monkeypatch.setattr(splices, "SKIP", 2)
    windows, total = 4, 0.0
    for joins in range(1, windows):
        for begins in itertools.combinations(range(1, windows), joins):
            for offsets in itertools.product(range(5), repeat=joins + 1):
                pieces = tuple(
                    zip((0, *(splices.WINDOW * b for b in begins)), offsets, strict=True)
                )
                total += np.exp(-splices.log_choices(pieces, windows * splices.WINDOW))
    assert 0.3 < total <= 1


def test_nothing_is_trusted_twice():
    trust = search._UNCHANGED + search._SPLICED + search._CHANGED
    assert trust == pytest.approx(1)


@pytest.mark.parametrize("leap", [True, False])
def test_pieces_are_found_where_they_were_joined(leap):
    """Features that are the pilots themselves, under noise: a leap backwards, and a skip."""
    key = pattern(b"a secret", 16)
    pieces = ((0, 400), (220, 1800 if leap else 408))
    luck = np.random.default_rng(0)
    x = luck.normal(size=(N_BANDS, 440))
    for span, (_, offset) in zip((range(220), range(220, 440)), pieces, strict=True):
        places = (offset + np.array(span)) % splices.CYCLE_FRAMES // TILE
        x[:, span] += 0.3 * key.pilots[:, places]
    found = list(splices.candidates(x, key))
    assert pieces in found


def test_too_short_to_have_been_cut():
    key = pattern(b"a secret", 16)
    x = np.random.default_rng(1).normal(size=(N_BANDS, splices.WINDOW + 3))
    assert list(splices.candidates(x, key)) == []


def test_a_sound_in_another_order_says_the_same():
    marked = MARK.embed(music(10), sr=SR, payload=0xBEEF)
    hit = MARK.detect(effects.shuffle(marked, sr=SR, segment_s=1.25, rng=1), sr=SR)
    assert hit.present
    assert hit.payload == 0xBEEF
    assert hit.pieces > 1
    assert MARK.detect(marked, sr=SR).pieces == 1


def test_another_order_without_a_mark_stays_unmarked():
    for seed in range(6):
        y = effects.shuffle(music(8, seed=seed), sr=SR, segment_s=1, rng=seed)
        assert MARK.detect(y, sr=SR).p_value > 0.01  # cut to fit, it costs more


def test_a_tile_that_two_pieces_share_is_put_together_again():
    y = np.random.default_rng(0).normal(size=3 * SR).astype(np.float32)
    key = pattern(b"a secret", 16)
    found = search.Search(cumulative_power(frames(y)), key)
    whole, places = found.tiles(search.Alignment(2))
    parts, same = found.tiles(search.Alignment(2, joins=((20, 2), (60, 2))))  # cut within a tile
    assert same.tolist() == places.tolist()
    np.testing.assert_allclose(parts, whole, atol=1e-9)


def test_a_piece_may_be_a_single_window():
    scores = np.zeros((4, splices._PLACES))
    scores[0, 300] = scores[1, 700] = scores[2, 700] = scores[3, 700] = 10
    assert splices._path(scores, 3.0, 5.5) == ((0, 600), (splices.WINDOW, 1400))


@pytest.mark.parametrize("off", [-3, -1, 2])
def test_a_rough_alignment_is_moved_to_where_the_pilots_agree(off):
    marked = MARK.embed(music(6), sr=SR, payload=1)
    found = search.Search(cumulative_power(frames(marked)), pattern(b"a secret", 16))
    right = next(found.near())
    rough = search.Alignment(right.offset + off)
    best, before, after = (
        found._pilots(one, 0, None) for one in (right, rough, found._refine(rough))
    )
    assert before < 0.9 * best
    assert after > 0.95 * best
