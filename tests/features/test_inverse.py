"""Back to sound: the magnitudes are met, the phase is a guess, the luck is an argument."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from sonic_lab.errors import AudioError, ParameterError
from sonic_lab.features import griffin_lim, mel_spectrogram, mel_to_audio, power_spectrogram, stft

from .sounds import clip, noise, tone


def apart(y: np.ndarray, S: np.ndarray, **setting: int) -> float:
    """Spectral convergence: how far the magnitudes of `y` are from `S`, of its size."""
    return float(np.linalg.norm(np.abs(stft(y, **setting)) - S) / np.linalg.norm(S))


def test_more_rounds_come_closer() -> None:
    y, _ = clip("trumpet")
    S = np.abs(stft(y))
    misses = [apart(griffin_lim(S, n_iter=n, length=len(y)), S) for n in (1, 8, 32)]
    assert misses[0] > misses[1] > misses[2]
    # Perraudin et al. 2013, figure 3: music reaches about -20 to -25 dB in as many rounds.
    assert misses[2] < 0.1


def test_magnitudes_return_and_the_wave_does_not() -> None:
    y = tone(440)
    S = np.abs(stft(y))
    z = griffin_lim(S, n_iter=100, length=len(y))
    assert (z.shape, z.dtype) == (y.shape, np.float32)
    assert apart(z, S) < 0.1
    assert np.linalg.norm(z - y) > 0.5 * np.linalg.norm(y)


def test_one_seed_gives_one_sound() -> None:
    S = np.abs(stft(noise(8000)))
    a, b, c = (griffin_lim(S, n_iter=4, rng=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)


def test_settings_are_those_of_the_stft() -> None:
    y = tone(1000, n=16000)
    setting = {"hop_length": 100, "win_length": 400}
    S = np.abs(stft(y, n_fft=512, **setting))
    z = griffin_lim(S, length=len(y), **setting)
    assert apart(z, S, n_fft=512, **setting) < 0.15


@pytest.mark.parametrize("htk", [False, True])
def test_mel_comes_back_with_the_same_bands(htk: bool) -> None:
    y, sr = clip("flute")
    M = mel_spectrogram(y, sr=sr, htk=htk)
    z = mel_to_audio(M, sr=sr, htk=htk, n_iter=16, length=len(y))
    assert z.shape == y.shape
    again = mel_spectrogram(z, sr=sr, htk=htk)
    # Bands are met less well than magnitudes were; with the wrong scale this is above 1.
    assert np.linalg.norm(np.sqrt(again) - np.sqrt(M)) / np.linalg.norm(np.sqrt(M)) < 0.4


def test_settings_reach_the_search_for_the_phase() -> None:
    setting = {"hop_length": 256, "window": "blackman"}
    M = mel_spectrogram(noise(8192), sr=16000, n_fft=1024, n_mels=40, **setting)
    magnitude = librosa.feature.inverse.mel_to_stft(M, sr=16000, n_fft=1024)
    by_hand = griffin_lim(magnitude, n_iter=3, length=8192, rng=5, **setting)
    got = mel_to_audio(M, sr=16000, n_fft=1024, n_iter=3, length=8192, rng=5, **setting)
    np.testing.assert_array_equal(got, by_hand)


def test_a_pitch_survives_to_within_its_band() -> None:
    sr, hz = 22050, 1500.0
    M = mel_spectrogram(tone(hz), sr=sr)
    z = mel_to_audio(M, sr=sr, length=sr)
    heard = power_spectrogram(z, sr=sr).sum(axis=1).argmax() * sr / 2048
    # At 1.5 kHz a Slaney band of 128 is 130 Hz wide from foot to foot.
    assert heard == pytest.approx(hz, abs=65)


@pytest.mark.parametrize("invert", [griffin_lim, lambda S, **k: mel_to_audio(S, sr=22050, **k)])
@pytest.mark.parametrize(
    ("S", "setting", "error", "message"),
    [
        (np.ones(1025), {}, AudioError, r"shape \(1025,\)"),
        (np.ones((1025, 0)), {}, AudioError, r"shape \(1025, 0\)"),
        (np.ones((1025, 4), complex), {}, AudioError, "complex128"),
        (np.full((1025, 4), np.nan), {}, AudioError, "NaN"),
        (np.full((128, 4), -80.0), {}, ParameterError, "undo the dB first, with db_to_power"),
        (np.ones((601, 4)), {"n_iter": 0}, ParameterError, "n_iter=0"),
        (np.ones((601, 4)), {"hop_length": 0}, ParameterError, "hop_length=0"),
        (np.ones((601, 4)), {"hop_length": 5000}, ParameterError, "hop_length=5000 is too long"),
        (np.ones((601, 4)), {"window": "none"}, ParameterError, "window='none'"),
        (np.ones((601, 4)), {"rng": -1}, ParameterError, "rng=-1"),
        (np.ones((601, 4)), {"length": -1}, ParameterError, "length=-1"),
        (np.ones((601, 4)), {"length": 1.5}, ParameterError, "length=1.5"),
    ],
)
def test_what_cannot_be_inverted_is_refused(invert, S, setting, error, message) -> None:
    with pytest.raises(error, match=message):
        invert(S, **setting)


@pytest.mark.parametrize(
    ("S", "setting", "message"),
    [
        (np.ones((1, 4)), {}, "1 row"),
        (np.ones((257, 4)), {"win_length": 513}, "win_length=513"),
    ],
)
def test_what_is_no_magnitude_is_refused(S, setting, message) -> None:
    with pytest.raises((AudioError, ParameterError), match=message):
        griffin_lim(S, **setting)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"sr": 0}, "sr=0"),
        ({"fmax": 20000.0}, "fmax=20000"),
        ({"n_fft": 0}, "n_fft=0"),
    ],
)
def test_impossible_bands_are_refused(setting: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        mel_to_audio(np.ones((64, 8)), **{"sr": 22050, **setting})
