"""The hum does what the article says of it, and fails as the course says it does."""

import numpy as np
import pytest

from sonic_lab.errors import AudioError, ParameterError
from sonic_lab.watermark import Hum, SpreadSpectrum, find_hum, notch

SR = 16_000
HUM = Hum(freq_hz=7000.0)


@pytest.fixture(scope="module")
def sound():
    rng = np.random.default_rng(0)
    t = np.arange(4 * SR) / SR
    tone = 0.2 * np.sin(2 * np.pi * 440 * t) * np.exp(-t)
    return (tone + 0.02 * rng.standard_normal(len(t))).astype(np.float32)


def test_the_hum_is_a_sine_of_its_level(sound):
    added = HUM.embed(sound, sr=SR).astype(np.float64) - sound
    assert np.abs(added).max() == pytest.approx(1e-3, abs=1e-6)  # −60 dBFS, rounded to float32
    spectrum = np.abs(np.fft.rfft(added))
    assert np.argmax(spectrum) * SR / len(sound) == pytest.approx(7000)


def test_it_is_found_and_silence_of_it_is_not(sound):
    marked = HUM.embed(sound, sr=SR)
    assert HUM.detect(marked, sr=SR).present
    assert not HUM.detect(sound, sr=SR).present
    assert HUM.detect(np.stack([marked, marked]), sr=SR).present


def test_anybody_finds_its_pitch_and_takes_it_out(sound):
    marked = HUM.embed(sound, sr=SR)
    pitch = find_hum(marked, sr=SR)
    assert pitch == pytest.approx(7000, abs=1)
    clean = notch(marked, sr=SR, freq_hz=pitch)
    assert not HUM.detect(clean, sr=SR).present
    lost = np.mean((clean - sound).astype(np.float64) ** 2) / np.mean(sound**2)
    assert 10 * np.log10(lost) < -20  # and the music hardly changes


def test_the_same_notch_leaves_a_keyed_mark(sound):
    mark = SpreadSpectrum("k")
    z = mark.embed(sound, sr=SR, payload=5)
    assert mark.detect(notch(z, sr=SR, freq_hz=7000), sr=SR).payload == 5


def test_a_held_note_is_taken_for_the_mark(sound):
    flute = sound + 0.01 * np.sin(2 * np.pi * 7000 * np.arange(len(sound)) / SR)
    assert HUM.detect(flute, sr=SR).present  # nobody marked it: there is no error rate to trust


def test_bad_input_is_refused(sound):
    with pytest.raises(ParameterError, match="needs a sample rate above 14080"):
        HUM.embed(sound, sr=8000)
    with pytest.raises(ParameterError, match="freq_hz=0"):
        Hum(freq_hz=0)
    with pytest.raises(ParameterError, match="level_db=3"):
        Hum(level_db=3)
    with pytest.raises(AudioError, match=r"0\.06 s"):
        HUM.detect(sound[:1000], sr=SR)
    with pytest.raises(AudioError, match="peak of 0"):
        HUM.detect(np.zeros(SR), sr=SR)
    with pytest.raises(ParameterError, match="freq_hz=9000"):
        notch(sound, sr=SR, freq_hz=9000)
    with pytest.raises(ParameterError, match="above_hz=9000"):
        find_hum(sound, sr=SR, above_hz=9000)
