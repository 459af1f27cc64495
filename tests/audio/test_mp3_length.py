"""An MP3 of constant bit rate has no header that says how long it is."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from sonic_lab import audio
from sonic_lab.errors import AudioFileError

SR = 22_050


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return (0.1 * np.random.default_rng(0).standard_normal(SR * 5)).astype(np.float32)


def test_constant_bit_rate_is_not_taken_for_a_cut_file(noise: np.ndarray) -> None:
    # At 8 kbit/s and 22.05 kHz libsndfile promises 112268 samples and decodes 111744.
    buffer = io.BytesIO()
    soundfile.write(buffer, noise, SR, format="MP3", compression_level=0.9, bitrate_mode="CONSTANT")
    y, _ = audio.decode(buffer.getvalue())
    assert 0 <= len(y) - len(noise) < 3 * 1152  # an encoder pads to whole frames of 1152


def test_cut_mp3_that_says_its_length_is_still_refused(noise: np.ndarray) -> None:
    data = audio.encode(noise, sr=SR, suffix=".mp3")
    with pytest.raises(AudioFileError, match="cut short"):
        audio.decode(data[: len(data) // 2], name="cut.mp3")
