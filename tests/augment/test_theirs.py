"""Our policies in audiomentations' words: the same ranges, and they run."""

from __future__ import annotations

import audiomentations as am
import numpy as np
import pytest

from sonic_lab import augment
from sonic_lab.augment import TRANSFORMS, Pipeline, Transform, in_audiomentations

ONLY_OURS = {
    "MixClip", "Speed", "Clip", "SoftClip", "Compress", "Reverb", "Echo", "Mp3", "Opus",
    "Telephone", "BandPass",
}  # fmt: skip


@pytest.mark.parametrize("kind", TRANSFORMS, ids=lambda kind: kind.__name__)
def test_what_it_says_builds_and_runs(kind: type[Transform]) -> None:
    text = in_audiomentations(kind(p=1))
    assert (text is None) == (kind.__name__ in ONLY_OURS)
    if text is not None:
        theirs = eval(text, vars(am))
        y = np.sin(np.arange(8000) * 0.1).astype(np.float32)
        assert np.isfinite(theirs(y, 16000)).all()
        # Adopted again, it may break the same labels, and so is of the same kind and range.
        assert set(Pipeline([theirs]).broken()) == set(Pipeline([kind(p=1)]).broken())


@pytest.mark.parametrize(
    "transform",
    [
        augment.GaussianNoise(amplitude=(0.002, 0.01), p=0.25),
        augment.NoiseAtSnr(snr_db=(1, 2)),
        augment.TimeStretch(rate=(0.5, 3), keep_length=True),
        augment.TimeStretch(rate=1.5),
    ],
)
def test_there_and_back_is_the_same(transform: Transform) -> None:
    assert augment.adopt(eval(in_audiomentations(transform) or "", vars(am))) == transform


@pytest.mark.parametrize(
    "transform",
    [
        augment.TimeMask(place=0.5),
        augment.GaussianNoise(amplitude=(0, 1)),
        augment.BandPass(octaves=(1, 3)),
    ],
)
def test_what_it_cannot_say_it_does_not(transform: Transform) -> None:
    assert in_audiomentations(transform) is None


def test_a_narrow_band_is_said_in_shares_of_its_centre() -> None:
    text = in_audiomentations(augment.BandPass(center_hz=1000, octaves=2, p=1)) or ""
    theirs = eval(text, vars(am))
    assert theirs.min_bandwidth_fraction == pytest.approx(1.5)  # from 500 to 2000 Hz
