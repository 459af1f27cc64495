"""Rooms die away as asked, come back as asked, and are nearer or farther as asked."""

from __future__ import annotations

import numpy as np
import pytest

from sonic_lab import effects
from sonic_lab.errors import ParameterError
from tests.effects.sounds import tone

SR = 16000


def decay_s(response: np.ndarray) -> float:
    """RT60 by Schroeder's backward integration, from the slope between -5 and -25 dB."""
    left = np.cumsum(response[::-1].astype(np.float64) ** 2)[::-1]
    level = 10 * np.log10(left / left[0])
    inside = (level < -5) & (level > -25)
    slope = np.polyfit(np.flatnonzero(inside) / SR, level[inside], 1)[0]
    return float(-60 / slope)


@pytest.mark.parametrize("rt60_s", [0.3, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("room_m", [(7.0, 5.0, 3.0), (12.0, 9.0, 5.0)])
def test_room_dies_away_in_the_time_asked(rt60_s: float, room_m: tuple[float, ...]) -> None:
    response = effects.room_impulse_response(sr=SR, rt60_s=rt60_s, room_m=room_m, distance_m=2)
    # Without the sound that comes straight, which is no part of the decay. Rooms of one absorption
    # are known to stray from Eyring's formula by some 15 %; the end is cut at -60 dB.
    assert decay_s(response[1:]) == pytest.approx(rt60_s, rel=0.2)


def test_click_comes_straight_first_and_whole() -> None:
    response = effects.room_impulse_response(sr=SR, rt60_s=0.4)
    assert response[0] == 1
    assert np.abs(response[1:]).max() < 1


def test_first_reflection_is_where_geometry_puts_it() -> None:
    # A room 3 m high, heard 1 m away at 1.35 m: the floor's image. Worked out by hand from the
    # source's and the microphone's heights, which differ by 0.24/norm of the distance.
    norm = np.linalg.norm([0.8, 0.55, 0.24])
    rise = 0.24 / norm
    low, high = 1.35 - rise / 2, 1.35 + rise / 2
    along = np.sqrt(1 - rise**2)
    detour = np.hypot(along, low + high) - 1
    at = round(detour / 343 * SR)
    response = effects.room_impulse_response(sr=SR, rt60_s=0.5, room_m=(40, 40, 3), distance_m=1)
    assert np.flatnonzero(response[1:200])[0] + 1 == at
    assert response[at] < 0  # a wall turns the sign


def test_nearer_is_drier() -> None:
    def wet_db(distance_m: float) -> float:
        response = effects.room_impulse_response(sr=SR, rt60_s=0.6, distance_m=distance_m)
        return 10 * np.log10(np.sum(response[1:].astype(np.float64) ** 2))

    # The reverberant field is the same everywhere, the direct sound falls by 6 dB a doubling.
    assert wet_db(1.6) - wet_db(0.8) == pytest.approx(6, abs=1.5)


def test_reverb_is_linear_and_knows_no_future() -> None:
    a, b = tone(440, sr=SR, duration_s=0.5), tone(700, sr=SR, duration_s=0.5)
    both = effects.reverb(a + b, sr=SR)
    assert np.allclose(both, effects.reverb(a, sr=SR) + effects.reverb(b, sr=SR), atol=1e-5)
    click = np.zeros(SR, dtype=np.float32)
    click[4000] = 1
    # FFT convolution leaves rounding errors of 1e-7 everywhere.
    assert np.abs(effects.reverb(click, sr=SR)[:4000]).max() < 1e-6


def test_another_seed_is_another_room_only_later() -> None:
    first, second = (effects.room_impulse_response(sr=SR, rt60_s=0.5, rng=seed) for seed in (0, 1))
    assert np.array_equal(first[: SR // 25], second[: SR // 25])  # 40 ms of mirrors
    assert not np.allclose(first[SR // 10 :], second[SR // 10 :])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"distance_m": 9}, "distance_m=9 does not fit into a room of 7 x 5 x 3 m"),
        ({"room_m": (5, 5)}, r"room_m=\(5, 5\) must be length, width and height"),
        ({"room_m": (5, 5, 0)}, "room_m=0 must be a number from 1 to 100 m"),
        ({"rt60_s": 0}, "rt60_s=0 must be a number from 0.05 to 10 s"),
    ],
)
def test_impossible_room(changed: dict, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        effects.reverb(np.ones(100), sr=SR, **changed)


def test_echo_comes_once_and_in_time() -> None:
    click = np.zeros(1000, dtype=np.float32)
    click[10] = 1
    z = effects.echo(click, sr=1000, delay_ms=250, level_db=-6.0206)
    assert np.flatnonzero(z).tolist() == [10, 260]
    assert z[260] == pytest.approx(0.5, abs=1e-5)
    later = effects.echo(click, sr=1000, delay_ms=5000)
    assert np.array_equal(later, click)  # after the end there is nothing to hear
