"""Stretch moves time, pitch shift moves pitch, speed moves both."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonic_lab import clips, effects
from sonic_lab.errors import AudioError
from tests.effects.sounds import cents, decibels, frequency_of, harmonic, power, tone

SR = 22050


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.05, 1.25, 2.0])
@pytest.mark.parametrize("hertz", [110, 440, 3000])
def test_stretch_changes_length_and_keeps_pitch_and_level(factor: float, hertz: float) -> None:
    y = tone(hertz, sr=SR, duration_s=1.5)
    z = effects.time_stretch(y, sr=SR, factor=factor)
    assert len(z) == round(len(y) * factor)
    # The parabola is good to 0.02 bin of 0.25 Hz: a tenth of a cent at 110 Hz.
    assert cents(hertz, frequency_of(z, sr=SR)) == pytest.approx(0, abs=0.5)
    # The fades of 10 ms become softer; the steady middle must keep its power.
    middle = slice(len(z) // 4, 3 * len(z) // 4)
    assert decibels(power(z[middle]) / (0.5**2 / 2)) == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("factor", [0.8, 1.3])
def test_stretch_moves_events_in_proportion(factor: float) -> None:
    y = np.zeros(3 * SR, dtype=np.float32)
    for start_s in (0.3, 1.1, 2.4):
        y[round(start_s * SR) :][: SR // 20] += tone(1000, sr=SR, duration_s=0.05)
    z = effects.time_stretch(y, sr=SR, factor=factor)
    for centre_s in (0.325, 1.125, 2.425):
        at = round(centre_s * factor * SR)
        piece = z[at - SR // 10 : at + SR // 10].astype(np.float64) ** 2
        middle_s = np.sum(np.arange(len(piece)) * piece) / np.sum(piece) / SR - 0.1
        assert middle_s == pytest.approx(0, abs=0.005)  # a quarter of the analysis hop is 3 ms


def test_silence_in_the_middle_ends_nothing() -> None:
    y = np.concatenate(
        [tone(440, sr=SR, duration_s=1), np.zeros(SR), tone(440, sr=SR, duration_s=1)]
    )
    z = effects.time_stretch(y.astype(np.float32), sr=SR, factor=1.2)
    loud = [
        power(z[round(a * SR) : round(b * SR)]) for a, b in ((0.2, 1.0), (1.4, 2.2), (2.6, 3.4))
    ]
    assert loud[1] < 1e-8
    assert decibels(loud[2] / loud[0]) == pytest.approx(0, abs=0.1)


def consistency_db(y: np.ndarray, z: np.ndarray, *, factor: float, n_fft: int = 1024) -> float:
    """Laroche and Dolson's measure: how far the spectrogram of the stretched sound is from the
    original's, read at the stretched times. The lower the better; phasiness raises it."""
    hop = n_fft // 8
    got = np.abs(librosa.stft(z, n_fft=n_fft, hop_length=hop))
    window = np.hanning(n_fft + 1)[:-1]
    padded = np.pad(y, n_fft // 2)
    starts = np.round(np.arange(got.shape[1]) * hop / factor).astype(int)
    starts = starts[starts + n_fft <= len(padded)]
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[starts]
    wanted = np.abs(np.fft.rfft(frames * window, axis=1)).T
    n = min(got.shape[1], wanted.shape[1])
    got, wanted = got[:, 10 : n - 10], wanted[:, 10 : n - 10]
    return decibels(power(got - wanted) / power(wanted))


@pytest.mark.parametrize("factor", [0.8, 1.25])
@pytest.mark.parametrize("clip", ["trumpet", "speech", "strings"])
def test_locked_phases_beat_a_plain_vocoder(clip: str, factor: float) -> None:
    y, sr = clips.load(clip)
    y = y[: 3 * sr]
    ours = consistency_db(y, effects.time_stretch(y, sr=sr, factor=factor), factor=factor)
    plain = consistency_db(y, librosa.effects.time_stretch(y, rate=1 / factor), factor=factor)
    assert ours < plain - 3


@settings(max_examples=15, deadline=None)
@given(semitones=st.floats(-7, 7), hertz=st.floats(150, 900))
def test_pitch_shift_moves_a_pitch_by_that_many_cents(semitones: float, hertz: float) -> None:
    y = tone(hertz, sr=SR, duration_s=1)
    z = effects.pitch_shift(y, sr=SR, semitones=semitones)
    assert z.shape == y.shape
    assert cents(hertz, frequency_of(z, sr=SR)) == pytest.approx(100 * semitones, abs=1)


@pytest.mark.parametrize("semitones", [-4, -0.5, 0.25, 4])
def test_pitch_shift_moves_the_tracked_pitch(semitones: float) -> None:
    """YIN finds periods, not peaks: an oracle that shares nothing with the vocoder."""
    y = harmonic(220, sr=SR, duration_s=1.5)
    z = effects.pitch_shift(y, sr=SR, semitones=semitones)
    track = librosa.yin(z, fmin=100, fmax=600, sr=SR)
    # YIN's own error on the unchanged tone is 2 cents.
    assert cents(220, float(np.median(track))) == pytest.approx(100 * semitones, abs=5)


def test_pitch_shift_keeps_the_beat() -> None:
    y, sr = clips.load("drums")
    z = effects.pitch_shift(y, sr=sr, semitones=3)
    before, after = (librosa.onset.onset_strength(y=one, sr=sr) for one in (y, z))
    assert np.corrcoef(before, after)[0, 1] > 0.8
    shifts = [np.corrcoef(np.roll(after, k), before)[0, 1] for k in range(-10, 11)]
    assert abs(int(np.argmax(shifts)) - 10) <= 1  # a frame of the onset curve is 23 ms


@pytest.mark.parametrize("factor", [0.75, 0.95, 1.05, 1.5])
def test_speed_moves_both(factor: float) -> None:
    y = tone(440, sr=SR, duration_s=1.5)
    z = effects.speed(y, factor=factor)
    assert len(z) == round(len(y) / factor)
    assert frequency_of(z, sr=SR) / 440 == pytest.approx(factor, rel=2e-5)


def test_speed_there_and_back() -> None:
    y = tone(440, sr=SR, duration_s=1)
    z = effects.speed(effects.speed(y, factor=0.8), factor=1.25)
    # SoX's HQ filter is good to 20 bits in the band; edges of the sound ring a little.
    assert np.abs(z - y)[500:-500].max() < 1e-4


def test_speed_folds_nothing_back() -> None:
    y = tone(8000, sr=SR, duration_s=1)  # would become 16 kHz, past half of 22.05 kHz
    assert decibels(power(effects.speed(y, factor=2.0)) / power(y)) < -60


def test_too_few_samples_to_speed_up() -> None:
    with pytest.raises(AudioError, match="too few to play 4 times faster"):
        effects.speed(np.ones(1), factor=4)


def test_neutral_settings_change_nothing() -> None:
    y = harmonic(220, sr=SR, duration_s=0.5)
    assert np.array_equal(effects.time_stretch(y, sr=SR, factor=1), y)
    assert np.array_equal(effects.pitch_shift(y, sr=SR, semitones=0), y)
    assert np.array_equal(effects.speed(y, factor=1), y)


def test_resampling_through_a_low_rate_removes_what_lies_above_its_half() -> None:
    low, high = tone(1000, sr=SR, duration_s=1), tone(6000, sr=SR, duration_s=1)
    kept = effects.resample_through(low, sr=SR, through_hz=8000)
    assert np.abs(kept - low)[500:-500].max() < 1e-3
    assert (
        decibels(power(effects.resample_through(high, sr=SR, through_hz=8000)) / power(high)) < -60
    )


def test_long_sound_is_stretched_in_blocks_without_a_seam() -> None:
    y = tone(440, sr=8000, duration_s=60)  # 8000 Hz: hops of 128, so 3750 frames, eight blocks
    z = effects.time_stretch(y, sr=8000, factor=1.01)
    level = np.sqrt(np.mean(z[8000:-8000][: 58 * 8000].reshape(-1, 400) ** 2, axis=1))
    assert level == pytest.approx(0.5 / np.sqrt(2), rel=0.01)
