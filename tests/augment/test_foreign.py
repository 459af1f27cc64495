"""Transforms of audiomentations keep our promises: one rng, no global luck, a record, threads."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import audiomentations as am
import numpy as np
import pytest

from sonic_lab import audio, augment, clips
from sonic_lab.augment import Foreign, Pipeline, Record
from sonic_lab.errors import AudioError, ParameterError

SR = 16000
# librosa reads files through audioread where soundfile will not do, and that imports these.
pytestmark = pytest.mark.filterwarnings("ignore:'(aifc|audioop|sunau)' is deprecated")

# All that run with what is installed here. Two need libraries of their own: RoomSimulator and
# Mp3Compression, for both of which there is one of ours.
MAKE: dict[str, Callable[[Path], Any]] = {
    "AddBackgroundNoise": lambda folder: am.AddBackgroundNoise(folder, p=1),
    "AddColorNoise": lambda _: am.AddColorNoise(p=1),
    "AddGaussianNoise": lambda _: am.AddGaussianNoise(p=1),
    "AddGaussianSNR": lambda _: am.AddGaussianSNR(p=1),
    "AddShortNoises": lambda folder: am.AddShortNoises(folder, p=1),
    "AdjustDuration": lambda _: am.AdjustDuration(duration_samples=5000, p=1),
    "AirAbsorption": lambda _: am.AirAbsorption(p=1),
    "Aliasing": lambda _: am.Aliasing(p=1),
    "ApplyImpulseResponse": lambda folder: am.ApplyImpulseResponse(folder, p=1),
    "BandPassFilter": lambda _: am.BandPassFilter(p=1),
    "BandStopFilter": lambda _: am.BandStopFilter(p=1),
    "BitCrush": lambda _: am.BitCrush(p=1),
    "Clip": lambda _: am.Clip(a_min=-0.1, a_max=0.1, p=1),
    "ClippingDistortion": lambda _: am.ClippingDistortion(p=1),
    "Gain": lambda _: am.Gain(p=1),
    "GainTransition": lambda _: am.GainTransition(p=1),
    "HighPassFilter": lambda _: am.HighPassFilter(p=1),
    "HighShelfFilter": lambda _: am.HighShelfFilter(max_center_freq=7000, p=1),
    "LowPassFilter": lambda _: am.LowPassFilter(p=1),
    "LowShelfFilter": lambda _: am.LowShelfFilter(p=1),
    "Normalize": lambda _: am.Normalize(p=1),
    "Padding": lambda _: am.Padding(p=1),
    "PeakingFilter": lambda _: am.PeakingFilter(p=1),
    "PitchShift": lambda _: am.PitchShift(p=1),
    "PolarityInversion": lambda _: am.PolarityInversion(p=1),
    "RepeatPart": lambda _: am.RepeatPart(min_part_duration=0.05, max_part_duration=0.1, p=1),
    "Resample": lambda _: am.Resample(p=1),
    "Reverse": lambda _: am.Reverse(p=1),
    "SevenBandParametricEQ": lambda _: am.SevenBandParametricEQ(p=1),
    "Shift": lambda _: am.Shift(p=1),
    "TanhDistortion": lambda _: am.TanhDistortion(p=1),
    "TimeMask": lambda _: am.TimeMask(p=1),
    "TimeStretch": lambda _: am.TimeStretch(0.3, 0.4, p=1),
    "Trim": lambda _: am.Trim(p=1),
}
every = pytest.mark.parametrize("name", MAKE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two short sounds in a folder, for those that read files."""
    root = tmp_path_factory.mktemp("sounds")
    for name in ("rain", "drums"):
        y, _ = clips.load(name, sr=SR)
        audio.save(root / f"{name}.wav", y[: SR // 2], sr=SR)
    return root


@pytest.fixture(scope="module")
def tune() -> np.ndarray:
    return clips.load("guitar", sr=SR)[0][:12000]


@every
def test_the_same_rng_gives_the_same_sound_and_the_record_does_too(
    name: str, folder: Path, tune: np.ndarray
) -> None:
    transform = MAKE[name](folder)
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 - other luck outside must change nothing inside
    z, record = Pipeline([transform]).traced(tune, sr=SR, rng=3)
    random.seed(2)
    np.random.seed(2)  # noqa: NPY002
    again = Pipeline([MAKE[name](folder)])(tune, sr=SR, rng=3)
    np.testing.assert_array_equal(again, z)
    assert z.dtype == np.float32
    kept = json.loads(json.dumps(record.to_dict(), allow_nan=False))
    assert Record.from_dict(kept) == record
    np.testing.assert_array_equal(Pipeline([transform]).replay(record, tune, sr=SR), z)
    if name == "AdjustDuration":  # it keeps another padding_mode than it was given
        with pytest.raises(ParameterError, match="use the pipeline's own replay"):
            Record.from_dict(kept).replay(tune, sr=SR)
    else:
        np.testing.assert_array_equal(Record.from_dict(kept).replay(tune, sr=SR), z)


@every
def test_global_luck_and_the_transform_stay_as_they_were(
    name: str, folder: Path, tune: np.ndarray
) -> None:
    transform = MAKE[name](folder)
    kept = dict(transform.parameters)
    random.seed(7)
    np.random.seed(7)  # noqa: NPY002
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    Pipeline([transform])(tune, sr=SR, rng=3)
    after = np.random.get_state()  # noqa: NPY002
    assert random.getstate() == python
    assert np.array_equal(after[1], numpy[1])
    assert after[2:] == numpy[2:]
    assert transform.parameters == kept
    assert not transform.are_parameters_frozen


def test_freezing_does_not_freeze_there_which_is_why_this_module_is() -> None:
    """Two facts of the library; should they change one day, `adopt` can do with less."""
    y = np.zeros(4000, np.float32)
    noise = am.AddGaussianNoise(p=1)
    noise(y, SR)
    noise.freeze_parameters()
    assert not np.array_equal(noise(y, SR), noise(y, SR))
    tone = np.sin(np.arange(8000) * 0.05).astype(np.float32)
    stretch = am.TimeStretch(0.3, 0.3, p=1)
    both = []
    for _ in range(2):
        random.seed(0)
        np.random.seed(0)  # noqa: NPY002
        both.append(stretch(tone, SR))
    assert not np.array_equal(*both)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (
            am.AddGaussianNoise(min_amplitude=0.002, max_amplitude=0.01, p=0.3),
            augment.GaussianNoise(amplitude=(0.002, 0.01), p=0.3),
        ),
        (
            am.AddGaussianSNR(min_snr_db=3, max_snr_db=9, p=1),
            augment.NoiseAtSnr(snr_db=(3, 9), p=1),
        ),
        (
            am.TimeStretch(0.5, 2, leave_length_unchanged=False),
            augment.TimeStretch(rate=(0.5, 2)),
        ),
    ],
)
def test_those_that_no_seed_reaches_become_ours(theirs: Any, ours: augment.Transform) -> None:
    assert augment.adopt(theirs) == ours


def test_eight_threads_hear_what_one_does(tune: np.ndarray) -> None:
    policy = Pipeline(
        [am.Gain(p=1), am.AddColorNoise(p=1), am.Shift(p=0.5), augment.GaussianNoise(p=1)]
    )
    alone = [policy.traced(tune[:3000], sr=SR, rng=seed) for seed in range(40)]
    with ThreadPoolExecutor(8) as pool:
        together = list(
            pool.map(lambda seed: policy.traced(tune[:3000], sr=SR, rng=seed), range(40))
        )
    for (z, record), (z_there, record_there) in zip(alone, together, strict=True):
        np.testing.assert_array_equal(z, z_there)
        assert record == record_there


class Breaking(am.Gain):
    def apply(self, samples: np.ndarray, sample_rate: int) -> np.ndarray:
        np.random.rand()  # noqa: NPY002
        raise RuntimeError("the disk is on fire")


def test_global_luck_is_put_back_after_an_error() -> None:
    random.seed(7)
    np.random.seed(7)  # noqa: NPY002
    expected = (random.random(), np.random.rand())  # noqa: NPY002
    random.seed(7)
    np.random.seed(7)  # noqa: NPY002
    with pytest.raises(ParameterError, match="cannot take this sound: the disk is on fire"):
        Pipeline([Breaking(p=1)])(np.zeros(100), sr=SR, rng=0)
    assert (random.random(), np.random.rand()) == expected  # noqa: NPY002


def test_the_parameters_that_were_drawn_are_on_record(tune: np.ndarray) -> None:
    z, record = Pipeline([am.Gain(min_gain_db=-9, max_gain_db=-3, p=1)]).traced(tune, sr=SR, rng=0)
    [draw] = record
    assert draw.name == "audiomentations.Gain"
    ratio = draw.settings["parameters"]["amplitude_ratio"]
    np.testing.assert_allclose(z, tune * np.float32(ratio), rtol=1e-6)  # one product in float32


def test_a_record_of_another_sound_or_another_draw_is_refused(tune: np.ndarray) -> None:
    _, record = Pipeline(
        [am.RepeatPart(min_part_duration=0.05, max_part_duration=0.1, p=1)]
    ).traced(tune, sr=SR, rng=0)
    plain = record.to_dict()
    plain["draws"][0]["settings"]["parameters"]["repeats"] = 99
    with pytest.raises(ParameterError, match="the record says"):
        Record.from_dict(plain).replay(tune, sr=SR)


def test_a_record_imports_nothing_but_the_library(tune: np.ndarray) -> None:
    for name in ("os.system", "subprocess.Popen", "Unheard", "audiomentations.core.Gain"):
        draw = {"name": name, "ran": True, "settings": {"arguments": {}}}
        with pytest.raises(ParameterError, match="not known here"):
            Record.from_dict({"sr": SR, "draws": [draw]}).replay(tune, sr=SR)
    draw = {"name": "audiomentations.Nothing", "ran": True, "settings": {"arguments": {}}}
    with pytest.raises(ParameterError, match="has no Nothing"):
        Record.from_dict({"sr": SR, "draws": [draw]}).replay(tune, sr=SR)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (am.OneOf([am.Gain(), am.Reverse()]), "OneOf holds other transforms"),
        (am.Compose([am.Gain()]), "Compose holds other transforms"),
        (am.Gain, r"Gain is a class: write Gain\(\)"),
        ("gain", "'gain' is no transform"),
        (abs, "is no transform"),
        (None, "None is no transform"),
    ],
)
def test_what_is_no_transform_is_refused(given: Any, match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        Pipeline([given])


def test_what_goes_wrong_in_the_library_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"no sound")
    with pytest.raises(ParameterError, match=r"AddBackgroundNoise\(.*\) cannot take this sound"):
        Pipeline([am.AddBackgroundNoise(tmp_path, p=1)])(np.ones(2000), sr=SR, rng=0)
    with pytest.raises(AudioError, match="NaN"):
        Pipeline([am.Gain(p=1)])(np.array([np.nan]), sr=SR, rng=0)


def test_it_says_what_it_is() -> None:
    text = repr(Foreign(am.Gain(min_gain_db=-9, max_gain_db=-3, p=0.2)))
    assert text == "audiomentations.Gain(min_gain_db=-9, max_gain_db=-3, p=0.2)"
