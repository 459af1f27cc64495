"""Codecs, the real ones: in step, of the same length, close at high rates and dull at low ones."""

from __future__ import annotations

import shutil
import sys

import numpy as np
import pytest

from sonic_lab import clips, effects
from sonic_lab.effects.aac import ffmpeg
from sonic_lab.errors import MissingDependencyError, ParameterError, SonicLabError
from tests.effects.sounds import decibels, lag, power, tone


def has_ffmpeg() -> bool:
    try:
        return bool(ffmpeg())
    except MissingDependencyError:
        return False


needs_ffmpeg = pytest.mark.skipif(not has_ffmpeg(), reason="no FFmpeg here")
HIGH = [
    pytest.param("mp3", {"bitrate_kbps": 160}, id="mp3"),
    pytest.param("vorbis", {"quality": 8}, id="vorbis"),
    pytest.param("opus", {"bitrate_kbps": 160}, id="opus"),
    pytest.param("aac", {"bitrate_kbps": 160}, id="aac", marks=needs_ffmpeg),
]
LOW = [
    pytest.param("mp3", {"bitrate_kbps": 32}, 14000, id="mp3"),
    pytest.param("opus", {"bitrate_kbps": 8}, 10000, id="opus"),
    pytest.param("aac", {"bitrate_kbps": 32}, 14000, id="aac", marks=needs_ffmpeg),
    pytest.param("telephone", {}, 4000, id="telephone"),
]


def noise(sr: int, *, duration_s: float = 1.5, seed: int = 0) -> np.ndarray:
    """Pink, from 100 Hz on: Opus filters off what lies below 3 Hz, and turns phases up to 40."""
    pink = effects.colored_noise(round(sr * duration_s), sr=sr, color="pink", rng=seed)
    return effects.high_pass(pink, sr=sr, cutoff_hz=100)


@pytest.mark.parametrize(("codec", "settings"), HIGH)
@pytest.mark.parametrize("sr", [8000, 16000, 22050, 32000, 37800, 44100, 48000, 96000])
def test_same_length_and_in_step_at_every_rate(codec: str, settings: dict, sr: int) -> None:
    y = noise(sr)
    z = getattr(effects, codec)(y, sr=sr, **settings)
    assert z.shape == y.shape
    assert lag(y, z) == 0
    if sr <= 48000:  # above that the codecs drop what lies past 24 kHz, and the noise has some
        assert np.corrcoef(y, z)[0, 1] > 0.97  # noise is the hardest to code: about 13 dB


@pytest.mark.parametrize("codec", ["mp3", "opus"])
@pytest.mark.parametrize("sr", [16000, 22050, 24000, 44100])
@pytest.mark.parametrize("bitrate_kbps", [16, 24, 32, 40, 48, 56, 64])
def test_in_step_at_low_rates_too(codec: str, sr: int, bitrate_kbps: int) -> None:
    """At some of these an MP3 has no room for the header that tells its delay."""
    # Low notes: a speech coder keeps their waveform, while of noise it keeps the colour only.
    y, _ = clips.load("trumpet")
    y = y[:sr]
    z = getattr(effects, codec)(y, sr=sr, bitrate_kbps=bitrate_kbps)
    assert abs(lag(y, z)) <= 1


@pytest.mark.parametrize(("codec", "settings"), HIGH)
@pytest.mark.parametrize("clip", ["piano", "speech", "band", "drums"])
def test_high_rate_is_close(codec: str, settings: dict, clip: str) -> None:
    y, sr = clips.load(clip)
    z = getattr(effects, codec)(y, sr=sr, **settings)
    # 15 dB is well under what each reaches here, and far above being off by a sample.
    assert decibels(power(y) / power(z - y)) > 15


@pytest.mark.parametrize(("codec", "settings", "above_hz"), LOW)
def test_low_rate_limits_the_band(codec: str, settings: dict, above_hz: float) -> None:
    y = 0.1 * np.random.default_rng(0).standard_normal(44100).astype(np.float32)
    z = getattr(effects, codec)(y, sr=44100, **settings)
    hertz = np.fft.rfftfreq(44100, 1 / 44100)
    lost = [np.sum(np.abs(np.fft.rfft(one))[hertz > above_hz] ** 2) for one in (y, z)]
    assert decibels(lost[1] / lost[0]) < -25


@pytest.mark.parametrize(
    ("codec", "name", "values"),
    [
        ("mp3", "bitrate_kbps", [32, 64, 128, 256]),
        ("vorbis", "quality", [0, 3, 6, 10]),
        ("opus", "bitrate_kbps", [16, 32, 64, 128]),
        pytest.param("aac", "bitrate_kbps", [32, 64, 128, 256], marks=needs_ffmpeg),
    ],
)
def test_more_bits_less_error(codec: str, name: str, values: list[float]) -> None:
    y = noise(44100)
    errors = [power(getattr(effects, codec)(y, sr=44100, **{name: v}) - y) for v in values]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 3 * errors[-1]


def test_mp3_of_the_rate_asked_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bit rate goes through libsndfile's scale of compression: weigh what it wrote."""
    import io

    import soundfile

    written: list[io.BytesIO] = []
    original = soundfile.SoundFile

    def watched(file: io.BytesIO, *args: object, **settings: object) -> object:
        written.append(file)
        return original(file, *args, **settings)

    monkeypatch.setattr(soundfile, "SoundFile", watched)
    for bitrate_kbps in (32, 64, 96, 128, 192, 320):
        written.clear()
        effects.mp3(noise(44100, duration_s=5), sr=44100, bitrate_kbps=bitrate_kbps)
        kbps = len(written[0].getvalue()) * 8 / 5 / 1000
        assert kbps == pytest.approx(bitrate_kbps, rel=0.05)  # a header and the last frames


@pytest.mark.parametrize("codec", ["mp3", "vorbis", "opus"])
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_channels_stay_in_their_places(codec: str, channels: int) -> None:
    y = np.stack([tone(300 * 2**k, sr=24000, duration_s=1) for k in range(channels)])
    z = getattr(effects, codec)(y, sr=24000)
    likeness = np.corrcoef(np.concatenate([y, z]))[:channels, channels:]
    assert np.array_equal(np.argmax(likeness, axis=1), np.arange(channels))
    assert np.diag(likeness).min() > 0.99


def test_minutes_at_once_do_not_break_the_encoder() -> None:
    """libsndfile's Vorbis encoder overruns its stack, and kills Python, on one long write."""
    y = noise(8000, duration_s=300)
    assert effects.vorbis(y, sr=8000).shape == y.shape


@pytest.mark.parametrize("codec", ["mp3", "vorbis", "opus"])
def test_what_passes_full_scale_is_coded_too(codec: str) -> None:
    y = tone(440, sr=48000, duration_s=0.5, level=1.5)
    z = getattr(effects, codec)(y, sr=48000)
    assert np.abs(z).max() == pytest.approx(1.5, rel=0.1)


def test_telephone_keeps_the_band_and_the_bits_of_a_line() -> None:
    for hertz, kept in ((100, False), (1000, True), (2500, True), (3900, False)):
        y = tone(hertz, sr=16000, duration_s=1)
        change = decibels(power(effects.telephone(y, sr=16000)) / power(y))
        assert change == pytest.approx(0, abs=0.3) if kept else change < -6
    # Mu-law's promise: the error follows the level, at about 37 dB below it, over 40 dB of levels.
    ratios = []
    for level in (0.5, 0.05, 0.005):
        line = tone(1000, sr=8000, duration_s=1, level=level)
        clean = effects.band_pass(line, sr=8000, low_hz=300, high_hz=3400)
        ratios.append(decibels(power(clean) / power(effects.telephone(line, sr=8000) - clean)))
    assert ratios[0] == pytest.approx(37, abs=3)
    assert ratios[2] > 25  # eight even bits would leave 11 dB there


def test_without_ffmpeg_aac_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(MissingDependencyError, match=r"AAC needs FFmpeg.*sonic-lab\[aac\]"):
        effects.aac(np.ones(100), sr=16000)


def test_ffmpeg_that_fails_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: "/bin/false")
    with pytest.raises(SonicLabError, match="/bin/false could not code the sound as AAC"):
        effects.aac(np.ones(100), sr=16000)


def test_libsndfile_that_cannot_write_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import soundfile

    monkeypatch.setattr(soundfile, "check_format", lambda *_: False)
    with pytest.raises(ParameterError, match="libsndfile cannot write OPUS"):
        effects.opus(np.ones(100), sr=16000)
