"""ABPlayer, driven from Python."""

from __future__ import annotations

import numpy as np
import pytest

import sonic_lab as sl

SR = 16000


@pytest.fixture
def tone() -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(SR) / SR)).astype(np.float32)


def played(player: sl.widgets.ABPlayer, index: int) -> np.ndarray:
    return np.frombuffer(player._sound["versions"][index]["pcm"], "<i2") / 32767


def test_differences_in_level_stay_as_they_are(tone):
    player = sl.widgets.ABPlayer({"loud": tone * 3, "soft": tone * 0.3}, sr=SR)
    ratio = np.abs(played(player, 0)).max() / np.abs(played(player, 1)).max()
    assert ratio == pytest.approx(10, rel=0.01)  # int16 rounds the soft one
    assert np.abs(played(player, 0)).max() <= 10 ** (-1 / 20)


def test_level_matching_makes_them_equally_loud(tone):
    player = sl.widgets.ABPlayer({"loud": tone, "soft": tone * 0.1}, sr=SR, level_matched=True)
    a, b = (sl.audio.loudness(played(player, i), sr=SR) for i in (0, 1))
    assert abs(a - b) < 0.1  # what int16 leaves of a sound at -23 LUFS
    player.level_matched = False
    assert np.abs(played(player, 1)).max() < 0.2 * np.abs(played(player, 0)).max()


def test_versions_may_differ_in_length(tone):
    player = sl.widgets.ABPlayer({"whole": tone, "half": tone[: SR // 2]}, sr=SR)
    assert player._sound["duration_s"] == 1.0


@pytest.mark.parametrize(
    ("sounds", "sr", "error", "match"),
    [
        ({}, SR, sl.errors.ParameterError, "one to 9"),
        ([np.zeros(SR)], SR, sl.errors.ParameterError, "dict"),
        ({str(i): np.zeros(SR) for i in range(10)}, SR, sl.errors.ParameterError, "one to 9"),
        ({"a": np.full(SR, np.inf)}, SR, sl.errors.AudioError, "infinite"),
        ({"a": np.zeros(SR)}, None, sl.errors.ParameterError, "sr=None"),
        ({"a": np.zeros(SR), "b": np.zeros((2, SR))}, SR, sl.errors.AudioError, "channels"),
    ],
)
def test_bad_sounds_are_named(sounds, sr, error, match):
    with pytest.raises(error, match=match):
        sl.widgets.ABPlayer(sounds, sr=sr)


@pytest.mark.parametrize(("name", "value"), [("chosen", 2), ("chosen", -1), ("volume", 2.0)])
def test_a_bad_setting_is_refused_and_the_old_one_stays(tone, name, value):
    player = sl.widgets.ABPlayer({"a": tone, "b": tone}, sr=SR)
    before = getattr(player, name)
    with pytest.raises(sl.errors.ParameterError, match=f"{name}="):
        setattr(player, name, value)
    player.set_state({name: value})
    assert player.error
    assert getattr(player, name) == before


def test_every_version_can_be_chosen_and_the_still_shows_all(tone):
    player = sl.widgets.ABPlayer({"first": tone, "second": tone * 0.5}, sr=SR)
    for index in range(2):
        player.chosen = index
        assert player.chosen == index
    still = player.snapshot()
    assert "first" in still.alt
    assert "peak -12.0 dBFS" in still.alt  # 0.5 * 0.5


def test_the_shown_code_runs(tone):
    pytest.importorskip("IPython")
    player = sl.widgets.ABPlayer({"a": tone}, sr=SR)
    exec(player.code, {"y": tone, "sr": SR})
