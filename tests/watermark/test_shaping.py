"""How strongly a sound is marked: as much as reading needs."""

from __future__ import annotations

import numpy as np
import pytest

from sonic_lab import metrics
from sonic_lab.watermark import SpreadSpectrum, embedding
from sonic_lab.watermark.key import pattern
from sonic_lab.watermark.shaping import Shaping
from sonic_lab.watermark.tiles import bands, cumulative_power, features, frames

SR = 22_050
T = np.arange(6 * SR) / SR


def tone() -> np.ndarray:
    """Notes of a few partials that die away, and silence to nearly −100 dBFS between these."""
    y = sum(np.sin(2 * np.pi * 440 * k * T) / k for k in (1, 2.76, 5.4)) * np.exp(-2 * (T % 0.7))
    return (0.2 * y + 1e-5 * np.random.default_rng(1).standard_normal(T.size)).astype(np.float32)


def noise() -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, T.size).astype(np.float32)


def settled(y: np.ndarray, *, energy: float) -> tuple[Shaping, np.ndarray, np.ndarray]:
    power = bands(cumulative_power(frames(y)))
    signs = pattern(b"key", 16).signs(5)[:, np.arange(power.shape[1]) // 5 % 512]
    _, weights = features(power)
    shaping = Shaping([power], signs, weights, cap_db=4.0, energy=energy * float(power.sum()))
    gains, fills = shaping.settle(
        lambda gains, fills: (power * (1 + gains[0]) ** 2 + fills[0])[:, ::2]
    )
    return shaping, gains[0], fills[0]


def test_no_tile_is_changed_beyond_the_cap():
    _, gain, _ = settled(noise(), energy=1e-1)
    assert np.all(np.abs(20 * np.log10(1 + gain)) <= 4 + 1e-3)  # single precision


def test_a_sound_that_shows_the_mark_easily_gets_less_than_it_could_bear():
    _, gain, _ = settled(noise(), energy=1e-1)
    assert np.mean(np.abs(20 * np.log10(1 + gain))) < 1  # with the most effort it would be 1.5 dB


def test_every_second_frame_is_changed_as_it_is_in_the_whole():
    shaping, gain, _ = settled(noise(), energy=1e-3)
    whole, half = shaping._room, shaping._room.every_second()
    n = gain.shape[1]
    every, second = (
        room.changes(*(np.full(k, x, np.float32) for x in (1, 1, 0)))[0][0]
        for room, k in ((whole, n), (half, -(-n // 2)))
    )
    apart = np.abs(every[:, ::2] - second)
    assert np.median(apart) < 0.05 * np.median(np.abs(second))


def test_hiss_is_added_only_where_a_sound_has_too_little_to_shape():
    assert not settled(noise(), energy=3e-3)[2].any()


def test_a_few_partials_show_the_mark_in_two_seconds():
    """Before there was hiss, sounds like this one showed nothing in a piece so short."""
    mark = SpreadSpectrum("key", bits=16)
    z = mark.embed(tone(), sr=SR, payload=77)
    for first_s in (0.3, 1.9, 3.6):
        piece = z[int(first_s * SR) :][: 2 * SR]
        assert mark.detect(piece, sr=SR).payload == 77


def test_hiss_is_white_and_of_the_level_that_is_counted_on():
    y, signs = noise(), np.ones((40, 1), np.float32)
    hiss = embedding._Carrier(frames(y), y, signs)._hiss
    assert hiss.std() == pytest.approx(1, abs=0.01)
    assert abs(hiss.mean()) < 0.01
    assert abs(np.corrcoef(hiss[1:], hiss[:-1])[0, 1]) < 0.02


def test_hiss_differs_between_keys_and_between_sounds():
    y = tone()
    added = [SpreadSpectrum(k, bits=16).embed(y, sr=SR, payload=1) - y for k in ("one", "two")]
    again = SpreadSpectrum("one", bits=16).embed(-y, sr=SR, payload=1) + y
    for other in (added[1], again, -again):
        related = float(np.corrcoef(added[0], other)[0, 1])
        assert abs(related) < 0.99


@pytest.mark.parametrize("make", [tone, noise])
def test_the_mark_stays_below_what_the_sound_drowns_out(make):
    y = make()
    z = SpreadSpectrum("key").embed(y, sr=SR, payload=1)
    assert metrics.snr_db(y, z) > 29.9
    assert metrics.nmr_db(y, z, sr=SR) < -3
