"""Attacks: a table that keeps its word, and damage that is measured to be what it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonic_lab import metrics
from sonic_lab.effects.aac import ffmpeg
from sonic_lab.errors import (
    AudioError,
    MissingDependencyError,
    ParameterError,
    SonicLabError,
    UnknownNameError,
)
from sonic_lab.watermark import SpreadSpectrum, attacks
from tests.effects.sounds import decibels, frequency_of, harmonic, power

SR = 16000
NAMES = attacks.names()


class PlusAtKey:
    """A mark for tests: a faint sound that its key decides, and a record of who embedded what."""

    embedded: list[tuple[str, int]]

    def __init__(self, key: str) -> None:
        self.key = key

    def embed(self, y: np.ndarray, *, sr: int, payload: int) -> np.ndarray:
        PlusAtKey.embedded.append((self.key, payload))
        seed = [ord(letter) for letter in self.key]
        return y + 1e-3 * np.random.default_rng(seed).standard_normal(y.shape).astype(np.float32)


@pytest.fixture(autouse=True)
def _nobody_embedded_yet() -> None:
    PlusAtKey.embedded = []


@pytest.fixture(scope="module")
def sound() -> np.ndarray:
    melody = np.concatenate([harmonic(f, sr=SR, duration_s=0.5) for f in (220, 330, 262, 392) * 2])
    hiss = 0.005 * np.random.default_rng(0).standard_normal(len(melody))
    return (melody + hiss).astype(np.float32)


def attack(name: str, y: np.ndarray, **changed: object) -> np.ndarray:
    if attacks.info(name).needs == "codec" and name not in attacks.names(here=True):
        pytest.skip("the codec's weights are not in this copy")
    if attacks.info(name).needs == "ffmpeg":
        try:
            ffmpeg()
        except MissingDependencyError as error:
            pytest.skip(str(error))
    return attacks.apply(name, y, sr=SR, **{"marker": PlusAtKey, **changed})


def test_there_are_at_least_thirty_and_each_name_is_once() -> None:
    assert len(NAMES) >= 30
    assert len(set(NAMES)) == len(NAMES)


def test_every_attack_is_of_one_kind() -> None:
    kinds = {attacks.info(name).kind for name in NAMES}
    assert sorted(n for kind in kinds for n in attacks.names(kind=kind)) == sorted(NAMES)
    assert "mp3_64" in attacks.names(kind="codec")
    with pytest.raises(UnknownNameError, match="no kind of attack named 'codecs': did you mean"):
        attacks.names(kind="codecs")


@pytest.mark.parametrize("name", NAMES)
def test_row_is_sound(name: str) -> None:
    row = attacks.info(name)
    low, high = row.bounds
    assert row.name == name
    assert low < high
    assert low <= row.default <= high
    assert row.at(0) == row.mild
    assert row.at(1) == pytest.approx(row.brutal)
    assert all(low <= row.at(k / 50) <= high for k in range(51))
    assert row.about
    assert row.parameter
    steps = attacks.curve(name, steps=4)
    assert steps == sorted(steps, reverse=row.mild > row.brutal)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("end", ["default", "mild", "brutal"])
def test_keeps_its_word_about_time_and_shape(name: str, end: str, sound: np.ndarray) -> None:
    row, before = attacks.info(name), sound.copy()
    z = attack(name, sound, strength=getattr(row, end))
    assert np.array_equal(sound, before)
    assert z.dtype == np.float32
    assert z.ndim == 1
    assert np.isfinite(z).all()
    assert len(z) > 0.45 * SR  # even the brutal leave something to look for a mark in
    assert z.any()
    if row.keeps_time:
        assert z.shape == sound.shape
    if end == "brutal":  # while the mild may leave a short sound, or a low rate, as it is
        assert not np.array_equal(z, sound)


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_same_damage(name: str, sound: np.ndarray) -> None:
    piece = sound[: SR // 2]
    assert np.array_equal(attack(name, piece, rng=5), attack(name, piece, rng=5))


LUCKY = [
    "noise_white", "noise_pink", "noise_brown", "mix_music", "eq_random", "crop", "cuts", "shuffle",
    "splice_music", "drop_samples", "wow", "clock_jitter", "reverb", "phase_scramble",
    "griffin_lim", "mel_vocoder", "average_copies",
]  # fmt: skip


@pytest.mark.parametrize("name", LUCKY)
def test_other_seed_other_damage(name: str, sound: np.ndarray) -> None:
    strength = attacks.info(name).at(0.8)
    first, second = (attack(name, sound, rng=seed, strength=strength) for seed in (1, 2))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("name", NAMES)
def test_two_channels_come_back_as_two(name: str, sound: np.ndarray) -> None:
    stereo = np.stack([sound, np.roll(sound, 100)])[:, :SR]
    assert attack(name, stereo).shape[0] == 2


@pytest.mark.parametrize(
    "name",
    [n for n in NAMES if attacks.info(n).keeps_time and n not in {"telephone", "remark"}
     and attacks.info(n).mild != attacks.info(n).brutal and n not in {"griffin_lim", "phase_shift",
     "polarity", "pitch_up", "pitch_down", "all_pass", "mel_vocoder", "chain_call"}],
)  # fmt: skip
def test_brutal_changes_more_than_mild(name: str, sound: np.ndarray) -> None:
    """By the log-spectral distance, which looks past phases and polarities."""
    row = attacks.info(name)
    mild, brutal = (
        metrics.log_spectral_distance_db(sound, attack(name, sound, strength=s), sr=SR)
        for s in (row.mild, row.brutal)
    )
    assert brutal > mild


@pytest.mark.parametrize("name", ["noise_white", "noise_pink", "noise_brown", "mix_music"])
@settings(max_examples=8, deadline=None)
@given(snr_db=st.floats(0, 30))
def test_snr_asked_is_snr_measured(name: str, snr_db: float) -> None:
    y = harmonic(220, sr=SR, duration_s=1)
    z = attacks.apply(name, y, sr=SR, strength=snr_db)
    assert metrics.snr_db(y, z) == pytest.approx(snr_db, abs=0.2)


@pytest.mark.parametrize("name", ["stretch_longer", "stretch_shorter"])
@pytest.mark.parametrize("fraction", [0, 0.5, 1])
def test_stretch_is_as_long_as_asked(name: str, fraction: float, sound: np.ndarray) -> None:
    factor = attacks.info(name).at(fraction)
    assert len(attack(name, sound, strength=factor)) == round(factor * len(sound))


@pytest.mark.parametrize(("name", "ratio"), [("speed_up", 1.05), ("speed_down", 0.95)])
def test_speed_moves_length_and_pitch(name: str, ratio: float) -> None:
    y = harmonic(440, sr=SR, duration_s=2)
    z = attack(name, y)
    assert len(z) == round(len(y) / ratio)
    assert frequency_of(z, sr=SR) / 440 == pytest.approx(ratio, rel=1e-4)


def test_crop_keeps_so_many_seconds_of_what_there_was(sound: np.ndarray) -> None:
    z = attack("crop", sound, strength=2)
    assert len(z) == 2 * SR
    at = int(np.argmax(np.correlate(sound, z, mode="valid")))
    assert np.array_equal(sound[at : at + len(z)], z)


def test_splice_replaces_about_its_share(sound: np.ndarray) -> None:
    z = attack("splice_music", np.tile(sound, 10), strength=0.3)
    replaced = np.mean(z != np.tile(sound, 10))
    assert replaced == pytest.approx(0.3, abs=0.1)  # 160 coins: two standard deviations are 0.07


def test_music_of_ones_own_is_used(sound: np.ndarray) -> None:
    music = np.sin(2 * np.pi * 777 * np.arange(SR) / SR)
    added = attack("mix_music", sound, strength=0, music=music) - sound
    assert frequency_of(added, sr=SR) == pytest.approx(777, abs=0.1)


def test_flipping_polarity_only_changes_signs(sound: np.ndarray) -> None:
    assert np.array_equal(attack("polarity", sound), -sound)
    often = attack("polarity", sound, strength=10)
    assert np.array_equal(np.abs(often), np.abs(sound))
    signs = np.sign(often[sound != 0] * sound[sound != 0])
    assert np.count_nonzero(np.diff(signs)) == 10 * len(sound) / SR - 1


def test_griffin_lim_keeps_magnitudes_and_loses_phases(sound: np.ndarray) -> None:
    z = attack("griffin_lim", sound, strength=64)
    assert metrics.snr_db(sound, z) < 6
    from sonic_lab.features import stft

    before, after = np.abs(stft(sound)), np.abs(stft(z))
    # Spectral convergence: 64 rounds from luck reach some -20 dB on harmonic sounds.
    assert decibels(power(after - before) / power(before)) < -12


def test_smoothing_takes_the_ripple_out_of_levels(sound: np.ndarray) -> None:
    ripple = sound * (1 + 0.3 * np.sign(np.sin(2 * np.pi * 8 * np.arange(len(sound)) / SR)))
    z = attack("smooth", ripple.astype(np.float32), strength=500)
    from sonic_lab.features import stft

    def roughness(y: np.ndarray) -> float:
        level = np.log(np.abs(stft(y))[:100] + 1e-3)
        return float(np.mean(np.abs(np.diff(level, axis=1))))

    # The phases are kept, and bring some of it back.
    assert roughness(z) < 0.75 * roughness(ripple)


def test_denoise_takes_more_from_the_noise_than_from_the_sound() -> None:
    rng = np.random.default_rng(0)
    beeps = harmonic(440, sr=SR, duration_s=3) * (np.arange(3 * SR) % SR < SR // 2)
    noise = 0.01 * rng.standard_normal(3 * SR)
    z = attack("denoise", (beeps + noise).astype(np.float32), strength=20)
    quiet = (np.arange(3 * SR) % SR > 0.6 * SR) & (np.arange(3 * SR) % SR < 0.9 * SR)
    assert decibels(power(z[quiet]) / power(noise[quiet])) < -6
    assert metrics.si_sdr_db(beeps, z) > 15


def test_subtracting_a_pattern_finds_one_that_repeats() -> None:
    """A naive mark: bands raised and lowered by 2 dB in a pattern that starts again each second."""
    from sonic_lab.features import istft, stft

    rng = np.random.default_rng(0)
    host = 0.1 * rng.standard_normal(12 * 22050).astype(np.float32)
    D = stft(host)
    period = 44
    tiles = np.repeat(np.repeat(rng.choice([-2.0, 2.0], (41, period // 4)), 25, 0), 4, 1)
    pattern = np.tile(tiles, 20)[: D.shape[0], : D.shape[1]]
    marked = istft(D * 10 ** (pattern / 20), length=len(host))
    z = attacks.apply("subtract_pattern", marked, sr=22050, strength=6)

    def evidence(y: np.ndarray) -> float:
        level = 20 * np.log10(np.abs(stft(y)) + 1e-8)
        return float(np.corrcoef((level - level.mean(axis=1, keepdims=True)).ravel(),
                                 pattern.ravel())[0, 1])  # fmt: skip

    # What is left is what twelve periods of noise could not average away.
    assert abs(evidence(z)) < 0.35 * evidence(marked)


def test_fewer_codebooks_leave_less_of_the_sound(sound: np.ndarray) -> None:
    kept = [attack("neural_codec", sound, strength=k) for k in (8, 1)]
    far = [metrics.log_spectral_distance_db(sound, z, sr=SR) for z in kept]
    assert far[0] < far[1]


def test_the_codec_takes_each_channel_and_keeps_their_time(sound: np.ndarray) -> None:
    y = np.stack([sound[: SR + 77], sound[SR : 2 * SR + 77]])
    z = attack("neural_codec", y)
    assert z.shape == y.shape
    np.testing.assert_allclose(z[1], attack("neural_codec", y[1]), atol=1e-5)  # float32


def test_without_its_weights_the_codec_says_what_makes_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from sonic_lab.watermark.attacks import neural, run

    neural._codec.cache_clear()
    monkeypatch.setattr(neural, "has_codec", lambda: False)
    monkeypatch.setattr(run, "has_codec", lambda: False)
    assert "neural_codec" not in attacks.names(here=True)
    with pytest.raises(MissingDependencyError, match=r"python -m tools\.train\.codec"):
        attacks.apply("neural_codec", np.ones(SR), sr=SR)


def test_remark_uses_our_own_mark_unless_told_otherwise(sound: np.ndarray) -> None:
    z = attacks.apply("remark", sound, sr=SR)
    other = SpreadSpectrum("somebody else 0").detect(z, sr=SR)
    assert other.present
    assert not SpreadSpectrum("nobody").detect(z, sr=SR).present


def test_remark_uses_other_keys_and_random_payloads(sound: np.ndarray) -> None:
    attack("remark", sound, strength=3)
    keys, payloads = zip(*PlusAtKey.embedded, strict=True)
    assert keys == ("somebody else 0", "somebody else 1", "somebody else 2")
    assert len(set(payloads)) == 3
    assert all(0 <= payload < 2**16 for payload in payloads)


@pytest.mark.parametrize("name", [n for n in NAMES if n.startswith("chain_")])
def test_chain_passes_its_strength_on(name: str, sound: np.ndarray) -> None:
    gentle, rough = (attack(name, sound, strength=s) for s in (0, 1))
    assert gentle.shape != rough.shape or not np.allclose(gentle, rough, atol=1e-3)


def test_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="no attack named 'mp3_65': did you mean 'mp3_64'"):
        attacks.apply("mp3_65", np.zeros(SR), sr=SR)
    with pytest.raises(UnknownNameError, match="no attack named 'nothing'"):
        attacks.curve("nothing")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("strength", [1e9, float("nan"), "much"])
def test_strength_outside_the_range_is_refused(name: str, strength: object) -> None:
    with pytest.raises(ParameterError, match=r"strength=.* must be a number from"):
        attacks.apply(name, np.ones(SR), sr=SR, strength=strength)  # type: ignore[arg-type]


def test_bad_sound_and_rate_are_refused() -> None:
    with pytest.raises(AudioError, match="NaN"):
        attacks.apply("gain_up", np.array([np.nan, 1.0]), sr=SR)
    with pytest.raises(ParameterError, match="must be a sample rate"):
        attacks.apply("gain_up", np.ones(10), sr=0)
    with pytest.raises(ParameterError, match="rng='luck' must be"):
        attacks.apply("gain_up", np.ones(10), sr=SR, rng="luck")  # type: ignore[arg-type]


def test_names_here_leave_out_what_needs_an_absent_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import shutil
    import sys

    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    assert set(NAMES) - set(attacks.names(here=True)) - {"neural_codec"} == {"aac_96", "aac_48"}
    with pytest.raises(MissingDependencyError, match="AAC needs FFmpeg"):
        attacks.apply("aac_48", np.ones(SR), sr=SR)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"aac_96", "aac_48", "neural_codec"}))
@settings(max_examples=5, deadline=None)
@given(
    n=st.integers(1, 9000), sr=st.sampled_from([8000, 16000, 22050, 44100, 48000]),
    fraction=st.floats(0, 1), channels=st.sampled_from([None, 2]),
)  # fmt: skip
def test_any_sound_rate_and_strength(
    name: str, n: int, sr: int, fraction: float, channels: int | None
) -> None:
    shape = (n,) if channels is None else (channels, n)
    y = (0.1 * np.random.default_rng(n).standard_normal(shape)).astype(np.float32)
    strength = attacks.info(name).at(fraction)
    try:
        z = attacks.apply(name, y, sr=sr, strength=strength, marker=PlusAtKey)
    except SonicLabError as error:
        assert isinstance(error, AudioError) and n < 2048, str(error)  # noqa: PT017, PT018
        return
    assert z.shape[:-1] == y.shape[:-1]
    assert np.isfinite(z).all()
