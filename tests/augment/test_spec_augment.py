"""SpecAugment: masks of the drawn size in the drawn place, and time bent where it was drawn."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonic_lab.augment import SpecAugment
from sonic_lab.errors import AudioError, ParameterError, UnknownNameError


def log_mel(bands: int = 64, frames: int = 200, *, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-80, 0, (bands, frames)).astype(np.float32)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    bands=st.integers(1, 40),
    frames=st.integers(2, 60),
    widest=st.integers(0, 90),
    warp=st.integers(0, 90),
)
def test_masks_have_their_size_and_leave_the_rest(
    seed: int, bands: int, frames: int, widest: int, warp: int
) -> None:
    S = log_mel(bands, frames)
    spec = SpecAugment(max_bands=widest, max_frames=widest, max_share=0.4, max_warp=warp)
    drawn = spec.draw(S.shape, rng=seed)
    out = spec(S, rng=seed)
    np.testing.assert_array_equal(out, spec.apply(S, json.loads(json.dumps(drawn))))
    mask = np.zeros(S.shape, bool)
    for first, count in drawn["bands"]:
        assert 0 <= first <= first + count <= bands
        assert count <= widest
        mask[first : first + count] = True
    for first, count in drawn["frames"]:
        assert 0 <= first <= first + count <= frames
        assert count <= min(widest, int(0.4 * frames))
        mask[:, first : first + count] = True
    assert (out[mask] == S.mean()).all()
    if drawn["warp"][1] == 0:
        np.testing.assert_array_equal(out[~mask], S[~mask])
    assert out.min() >= S.min()
    assert out.max() <= S.max()


def test_the_floor_is_a_fill_too() -> None:
    S = log_mel()
    out = SpecAugment(fill="floor", max_bands=64, n_time_masks=0).apply(
        S, {"warp": [0, 0], "bands": [[3, 5]], "frames": [], "fill": "floor"}
    )
    assert (out[3:8] == S.min()).all()


def test_the_warp_moves_one_frame_and_keeps_both_ends() -> None:
    ramp = np.tile(np.arange(101, dtype=np.float32), (4, 1))
    drawn = {"warp": [40, 12], "bands": [], "frames": [], "fill": "mean"}
    out = SpecAugment.apply(ramp, drawn)
    # A ramp shows from where each frame came: exact in float32 but for the interpolation's step.
    expected = np.interp(np.arange(101), [0, 52, 100], [0, 40, 100])
    np.testing.assert_allclose(out, np.tile(expected, (4, 1)), atol=1e-4)
    assert (np.diff(out) > 0).all()


def test_every_picture_of_a_batch_has_luck_of_its_own() -> None:
    S = np.stack([log_mel()] * 3)
    before = S.copy()
    out = SpecAugment()(S, rng=1)
    assert out.shape == S.shape
    assert not np.array_equal(out[0], out[1])
    np.testing.assert_array_equal(out, SpecAugment()(S, rng=1))
    np.testing.assert_array_equal(out[0], SpecAugment()(S[0], rng=1))
    np.testing.assert_array_equal(S, before)


def test_the_paper_s_policy_fits() -> None:
    """LibriSpeech double: W = 80, F = 27, m_F = 2, T = 100, p = 1, m_T = 2."""
    S = log_mel(80, 400)
    double = SpecAugment(max_warp=80, max_bands=27, max_frames=100, max_share=1)
    warps = [double.draw(S.shape, rng=seed)["warp"] for seed in range(300)]
    assert all(80 <= centre < 320 and -80 < by < 80 for centre, by in warps)
    assert {np.sign(by) for _, by in warps} == {-1, 0, 1} or len({by for _, by in warps}) > 100


@pytest.mark.parametrize(
    ("changed", "error", "match"),
    [
        ({"n_freq_masks": -1}, ParameterError, "n_freq_masks=-1"),
        ({"n_time_masks": 2.5}, ParameterError, "n_time_masks=2.5"),
        ({"max_bands": "wide"}, ParameterError, "max_bands='wide'"),
        ({"max_share": 1.5}, ParameterError, "max_share=1.5"),
        ({"max_warp": float("nan")}, ParameterError, "max_warp=nan"),
        ({"fill": "noise"}, UnknownNameError, "no fill named 'noise'"),
    ],
)
def test_bad_settings_are_refused(
    changed: dict[str, Any], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        SpecAugment(**changed)


@pytest.mark.parametrize(
    ("S", "match"),
    [
        (np.zeros(9), r"shape \(9,\)"),
        (np.zeros((4, 1)), "T at least 2"),
        (np.zeros((0, 9)), "shape"),
        (np.full((4, 4), np.nan), "NaN"),
        ("picture", "must be an array"),
    ],
)
def test_bad_pictures_are_refused(S: Any, match: str) -> None:
    with pytest.raises(AudioError, match=match):
        SpecAugment()(S, rng=0)
