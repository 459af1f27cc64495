"""What holds for every effect: shapes, repeatability, channels, and the answer to bad input."""

from __future__ import annotations

import inspect
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonic_lab import effects
from sonic_lab.effects.aac import ffmpeg
from sonic_lab.errors import AudioError, MissingDependencyError, ParameterError, SonicLabError

SETTINGS = {
    "aac": {"bitrate_kbps": 64},
    "add_noise": {"snr_db": 20, "color": "pink", "rng": 3},
    "all_pass": {"center_hz": 900, "stages": 3},
    "band_pass": {"low_hz": 300, "high_hz": 3000},
    "clip": {"threshold_db": -6},
    "compress": {"threshold_db": -20},
    "crop": {"start_s": 0.01, "duration_s": 0.2},
    "cut_out": {"start_s": 0.01, "duration_s": 0.05},
    "drop_samples": {"per_s": 50, "rng": 3},
    "echo": {"delay_ms": 20},
    "gain": {"gain_db": -3},
    "high_pass": {"cutoff_hz": 200},
    "high_shelf": {"corner_hz": 1000, "gain_db": 6},
    "invert": {},
    "jitter": {"deviation_ms": 0.2, "rng": 3},
    "low_pass": {"cutoff_hz": 2000},
    "low_shelf": {"corner_hz": 400, "gain_db": -6},
    "mp3": {"bitrate_kbps": 96},
    "notch": {"center_hz": 1000},
    "opus": {"bitrate_kbps": 32},
    "peak": {"center_hz": 1000, "gain_db": 6},
    "phase_shift": {"degrees": 90},
    "pitch_shift": {"semitones": 2},
    "quantize": {"bits": 8, "dither": True, "rng": 3},
    "resample_through": {"through_hz": 6000},
    "reverb": {"rt60_s": 0.2},
    "shuffle": {"segment_s": 0.05, "rng": 3},
    "soft_clip": {"drive_db": 12},
    "speed": {"factor": 1.1},
    "telephone": {},
    "time_stretch": {"factor": 1.1},
    "tremolo": {},
    "vorbis": {"quality": 3},
}
OTHERS = {"colored_noise", "mix", "room_impulse_response"}  # two sounds, or none: tested elsewhere
NEW_LENGTH = {"crop", "cut_out", "drop_samples", "speed", "time_stretch"}
# These treat the channels together: by one level, one code, or noise for each.
LINKED = {"aac", "add_noise", "clip", "compress", "mp3", "opus", "quantize", "soft_clip", "vorbis"}


def run(name: str, y: np.ndarray, *, sr: int, **changed: object) -> np.ndarray:
    if name == "aac":
        try:
            ffmpeg()
        except MissingDependencyError as error:
            pytest.skip(str(error))
    effect = getattr(effects, name)
    rate = {"sr": sr} if "sr" in inspect.signature(effect).parameters else {}
    return effect(y, **rate, **{**SETTINGS[name], **changed})


def sound(n: int, *, channels: int | None = None, seed: int = 0) -> np.ndarray:
    shape = (n,) if channels is None else (channels, n)
    rng = np.random.default_rng(seed)
    return (0.1 * rng.standard_normal(shape)).astype(np.float32)


def test_every_effect_is_in_the_table() -> None:
    assert set(SETTINGS) | OTHERS == set(effects.__all__)


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("channels", [None, 1, 2])
def test_shape_type_and_input_untouched(name: str, channels: int | None) -> None:
    y = sound(8000, channels=channels)
    before = y.copy()
    z = run(name, y, sr=16000)
    assert z.dtype == np.float32
    assert z.shape[:-1] == y.shape[:-1]
    assert np.isfinite(z).all()
    assert np.array_equal(y, before)
    assert not np.shares_memory(y, z)
    if name not in NEW_LENGTH:
        assert z.shape == y.shape


@pytest.mark.parametrize("name", SETTINGS)
def test_the_same_call_gives_the_same_samples(name: str) -> None:
    y = sound(8000)
    np.random.seed(1)  # noqa: NPY002 - other luck outside must change nothing inside
    first = run(name, y, sr=16000)
    np.random.seed(2)  # noqa: NPY002
    assert np.array_equal(first, run(name, y, sr=16000))


@pytest.mark.parametrize("name", SETTINGS)
def test_no_global_luck_is_used(name: str) -> None:
    np.random.seed(7)  # noqa: NPY002
    random.seed(7)
    before, python_before = np.random.get_state(), random.getstate()  # noqa: NPY002
    run(name, sound(8000), sr=16000)
    after = np.random.get_state()  # noqa: NPY002
    assert np.array_equal(before[1], after[1])
    assert before[2] == after[2]
    assert random.getstate() == python_before


@pytest.mark.parametrize("name", [n for n, s in SETTINGS.items() if "rng" in s])
def test_another_seed_gives_another_sound(name: str) -> None:
    y = sound(8000)
    assert not np.array_equal(run(name, y, sr=16000, rng=1), run(name, y, sr=16000, rng=2))


@pytest.mark.parametrize("name", sorted(set(SETTINGS) - LINKED))
def test_channels_are_treated_alike_and_apart(name: str) -> None:
    y = sound(8000, channels=2)
    together = run(name, y, sr=16000)
    for channel, alone in zip(together, y, strict=True):
        # FFT convolution and resampling may round in another order: 1e-6 is 16 roundings of 0.5.
        assert np.allclose(channel, run(name, alone, sr=16000), atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", sorted(LINKED - {"add_noise", "quantize", "aac"}))
def test_two_equal_channels_stay_equal(name: str) -> None:
    both = run(name, np.stack([sound(8000)] * 2), sr=16000)
    # Joint coding may round the two sides apart, by far less than the coding error itself.
    assert np.allclose(both[0], both[1], atol=1e-3)


@pytest.mark.parametrize("name", sorted(set(SETTINGS) - {"add_noise"}))
def test_silence_stays_silent(name: str) -> None:
    z = run(name, np.zeros(8000, dtype=np.float32), sr=16000)
    # Dither adds up to 1.5 steps of 2/256; Opus and AAC leave less than -80 dB.
    assert np.abs(z).max() <= {"quantize": 0.012}.get(name, 1e-4)


def test_noise_beside_silence_has_no_ratio() -> None:
    with pytest.raises(AudioError, match="y is silent: no signal-to-noise ratio of 20 dB exists"):
        effects.add_noise(np.zeros(100), sr=16000, snr_db=20, rng=0)


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (np.zeros(0), "y is empty"),
        (np.array([0.1, np.nan]), "1 NaN or infinite samples of 2"),
        (np.zeros((2, 3, 4)), r"it must be \(n,\) or \(channels, n\)"),
        (np.array([1, 2]), "has dtype int64: sound here is float"),
        ("sound", "must hold real numbers|must be an array"),
    ],
)
def test_what_is_no_sound_is_refused(name: str, bad: object, words: str) -> None:
    with pytest.raises(AudioError, match=words):
        run(name, bad, sr=16000)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", [n for n in SETTINGS if "sr" in inspect.signature(getattr(effects, n)).parameters]
)
@pytest.mark.parametrize("sr", [0, -1, 44100.5, None, "44100"])
def test_impossible_rate_is_refused(name: str, sr: object) -> None:
    with pytest.raises(ParameterError, match="must be a sample rate in Hz"):
        run(name, sound(8000), sr=sr)  # type: ignore[arg-type]


NUMBERS = [
    (name, key)
    for name, given_settings in SETTINGS.items()
    for key, value in given_settings.items()
    if isinstance(value, (int, float)) and not isinstance(value, bool)
]


@pytest.mark.parametrize(("name", "key"), NUMBERS)
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e9, "loud", -1e9])
def test_impossible_setting_is_refused_by_name(name: str, key: str, bad: object) -> None:
    with pytest.raises(ParameterError, match=f"{key}=.*must"):
        run(name, sound(8000), sr=16000, **{key: bad})


lengths = st.integers(1, 3000)
rates = st.sampled_from([4000, 8000, 11025, 16000, 22050, 37800, 44100, 48000, 96000])
channel_counts = st.sampled_from([None, 1, 2, 3])


@pytest.mark.parametrize("name", sorted(set(SETTINGS) - {"aac"}))  # a process a call is too slow
@settings(max_examples=12, deadline=None)
@given(n=lengths, sr=rates, channels=channel_counts, seed=st.integers(0, 99))
def test_any_length_rate_and_channels(
    name: str, n: int, sr: int, channels: int | None, seed: int
) -> None:
    """Finite sound with the same channels, or one of our errors with a reason."""
    y = sound(n, channels=channels, seed=seed)
    try:
        z = run(name, y, sr=sr)
    except SonicLabError:
        # A cutoff past a low rate's half, or a cut past a short sound's end: the rest take all.
        assert name in {"band_pass", "low_pass", "crop", "cut_out", "speed"}
        return
    assert z.dtype == np.float32
    assert z.shape[:-1] == y.shape[:-1]
    assert np.isfinite(z).all()
    if name not in NEW_LENGTH:
        assert z.shape == y.shape
