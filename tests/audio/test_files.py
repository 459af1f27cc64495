"""Files: what goes in comes out, what is no sound is refused, what was there stays."""

from __future__ import annotations

import io
import os
import stat
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

import sonic_lab as sl
from sonic_lab import audio
from sonic_lab.errors import AudioError, AudioFileError, ParameterError, SonicLabError

LOSSLESS, LOSSY = (".wav", ".flac"), (".ogg", ".mp3")
every_format = pytest.mark.parametrize("suffix", audio.SUFFIXES)


def tone(n: int = 22_050, *, sr: int = 22_050, hz: float = 440.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(n) / sr)).astype(np.float32)


def stereo() -> np.ndarray:
    return np.stack([tone(), tone(hz=660.0)])


# Round trips


@given(
    seed=st.integers(0, 999),
    n=st.integers(1, 500),
    channels=st.integers(1, 8),
    sr=st.integers(1, 65_535),  # beyond, FLAC holds round rates alone
    suffix=st.sampled_from(LOSSLESS),
)
def test_sixteen_bits_return_what_was_written(seed, n, channels, sr, suffix) -> None:
    y = np.random.default_rng(seed).uniform(-1, 1, (channels, n)).astype(np.float32)
    y = y[0] if channels == 1 else y
    z, rate = audio.decode(audio.encode(y, sr=sr, suffix=suffix), mono=False)
    assert (z.dtype, z.shape, rate) == (np.float32, y.shape, sr)
    # Half a step of 16 bits; above 32767.5 / 32768 there is no step to round up to.
    assert np.abs(z - np.minimum(y, 32767 / 32768)).max() <= 0.5 / 32768 + 1e-7


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_every_value_of_sixteen_bits_is_saved_as_itself(suffix: str) -> None:
    y = (np.arange(-32768, 32768) / 32768).astype(np.float32)
    again, _ = audio.decode(audio.encode(y, sr=44_100, suffix=suffix))
    np.testing.assert_array_equal(again, y)


@every_format
@pytest.mark.parametrize("make", [tone, stereo])
def test_what_is_saved_is_loaded(tmp_path: Path, suffix: str, make) -> None:
    y = make()
    path = audio.save(tmp_path / f"sound{suffix}", y, sr=22_050)
    z, sr = audio.load(path, mono=False)
    assert (z.shape, sr, z.dtype) == (y.shape, 22_050, np.float32)
    assert z.flags["C_CONTIGUOUS"]
    # Lossy formats hide their error under the sound: 30 dB below is what OGG and MP3 give a tone.
    limit = 1 / 32768 if suffix in LOSSLESS else 10 ** (-30 / 20)
    assert np.sqrt(np.mean((z - y) ** 2)) <= limit * np.sqrt(np.mean(y**2)) + limit**2
    assert soundfile.info(path).format in ("WAV", "FLAC", "OGG", "MP3")


def test_soundfile_reads_what_we_write(tmp_path: Path) -> None:
    y = stereo()
    z, sr = soundfile.read(audio.save(tmp_path / "a.flac", y, sr=22_050), dtype="float32")
    np.testing.assert_allclose(z.T, y, atol=1 / 32768)
    assert sr == 22_050


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_every_usual_depth_of_wav_is_read(subtype: str) -> None:
    file = io.BytesIO()
    soundfile.write(file, tone(), 22_050, format="WAV", subtype=subtype)
    y, _ = audio.decode(file.getvalue())
    step = 1 / 128 if subtype == "PCM_U8" else 1 / 32768
    np.testing.assert_allclose(y, tone(), atol=step)


def test_mono_is_the_mean_of_the_channels(tmp_path: Path) -> None:
    path = audio.save(tmp_path / "a.wav", stereo(), sr=22_050)
    both, _ = audio.load(path, mono=False)
    one, _ = audio.load(path)
    np.testing.assert_allclose(one, both.mean(axis=0), atol=1e-7)  # one rounding in float32


def test_a_file_is_resampled_on_request(tmp_path: Path) -> None:
    path = audio.save(tmp_path / "a.wav", tone(), sr=22_050)
    y, sr = audio.load(path, sr=16_000)
    assert (sr, y.shape) == (16_000, (16_000,))
    np.testing.assert_array_equal(
        y, audio.resample(audio.load(path)[0], orig_sr=22_050, target_sr=16_000)
    )


@pytest.mark.parametrize("suffix", [".WAV", ".Flac", ".OGG", ".mp3"])
def test_capital_suffixes_are_suffixes(tmp_path: Path, suffix: str) -> None:
    assert audio.load(audio.save(tmp_path / f"a{suffix}", tone(), sr=22_050))[1] == 22_050


@every_format
@pytest.mark.parametrize("n", [1, 2, 10, 100])
def test_very_short_sound_is_sound(suffix: str, n: int) -> None:
    assert audio.decode(audio.encode(tone(n), sr=22_050, suffix=suffix))[0].shape == (n,)


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "really_flac.wav"
    path.write_bytes(audio.encode(tone(), sr=22_050, suffix=".flac"))
    np.testing.assert_allclose(audio.load(path)[0], tone(), atol=1 / 32768)


def test_a_wav_from_a_pipe_has_no_length_and_is_read_all_the_same() -> None:
    data = bytearray(audio.encode(tone(), sr=22_050, suffix=".wav"))
    at = data.index(b"data") + 4
    for placeholder in (0x7FFF_F000, 0xFFFF_FFFF):
        data[at : at + 4] = struct.pack("<I", placeholder)
        assert audio.decode(bytes(data))[0].shape == (22_050,)


# Damage


@every_format
@pytest.mark.parametrize("share", [0.999, 0.9, 0.5, 0.1, 0.02])
def test_a_file_cut_short_is_refused(suffix: str, share: float) -> None:
    y = np.random.default_rng(0).uniform(-0.5, 0.5, 100_000).astype(np.float32)
    data = audio.encode(y, sr=22_050, suffix=suffix)
    with pytest.raises(AudioFileError, match=r"cut short|not sound that can be read"):
        audio.decode(data[: int(len(data) * share)])


@pytest.mark.parametrize("suffix", [".wav", ".ogg"])
def test_a_cut_file_says_what_is_missing(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"half{suffix}"
    path.write_bytes(audio.encode(tone(), sr=22_050, suffix=suffix)[:-100])
    with pytest.raises(AudioFileError, match=r"half\.\w+ is cut short: its last 100 bytes are"):
        audio.load(path)


@given(st.binary(max_size=2000))
def test_garbage_is_refused_by_one_of_ours(data: bytes) -> None:
    with pytest.raises(AudioFileError, match="the file is"):
        audio.decode(data)


@pytest.mark.parametrize("suffix", audio.SUFFIXES)
@settings(max_examples=60)
@given(data=st.data())
def test_damage_anywhere_gives_sound_or_one_of_our_errors(suffix: str, data) -> None:
    whole = audio.encode(tone(3000), sr=22_050, suffix=suffix)
    bad = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 8))):
        bad[data.draw(st.integers(0, min(len(bad), 400) - 1))] = data.draw(st.integers(0, 255))
    try:
        y, sr = audio.decode(bytes(bad), mono=False)
    except SonicLabError:
        return  # any other error fails the test
    assert np.isfinite(y).all()  # the damage fell on the samples themselves
    assert 1 <= sr <= 768_000


@pytest.mark.parametrize(
    "data",
    [b"RIFF", b"RIFF....WAVE", b"fLaC", b"OggS", b"ID3", b"\xff\xfb\x90\x00", b"<html></html>"],
)
def test_a_header_alone_is_no_sound(data: bytes) -> None:
    with pytest.raises(AudioFileError, match=r"cut short|not sound"):
        audio.decode(data)


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    (tmp_path / "nothing.wav").touch()
    with pytest.raises(AudioFileError, match=r"nothing\.wav is empty: it has 0 bytes"):
        audio.load(tmp_path / "nothing.wav")


def test_a_file_without_samples_is_refused() -> None:
    file = io.BytesIO()
    soundfile.write(file, np.zeros(0), 8000, format="WAV")
    with pytest.raises(AudioError, match="the file is empty"):
        audio.decode(file.getvalue())


def test_samples_that_are_not_finite_are_refused() -> None:
    file = io.BytesIO()
    soundfile.write(file, np.array([0.0, np.nan, np.inf]), 8000, format="WAV", subtype="FLOAT")
    with pytest.raises(AudioError, match="the file has 2 NaN or infinite samples of 3"):
        audio.decode(file.getvalue())


def test_an_absurd_rate_in_a_header_is_refused() -> None:
    data = bytearray(audio.encode(tone(), sr=22_050, suffix=".wav"))
    data[24:28] = struct.pack("<I", 2_000_000_000)
    with pytest.raises(AudioFileError, match="has 1 channels at 2000000000 Hz: at most"):
        audio.decode(bytes(data))


@pytest.mark.parametrize("data", ["text", 5, [1, 2], None, np.zeros(3)])
def test_what_are_no_bytes_are_refused(data: object) -> None:
    with pytest.raises(ParameterError, match="data must be the bytes of a sound file, not"):
        audio.decode(data)


def test_an_upload_is_decoded_from_any_kind_of_bytes() -> None:
    data = audio.encode(tone(), sr=22_050, suffix=".wav")
    for kind in (bytes, bytearray, memoryview):
        assert audio.decode(kind(data))[0].shape == (22_050,)


# Paths


def test_a_missing_file_says_where_it_was_sought(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AudioFileError, match=r"there is no file nope\.wav \(looked from .*\)"):
        audio.load("nope.wav")


def test_a_folder_is_no_sound(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match="is a folder, not a sound file"):
        audio.load(tmp_path)


@pytest.mark.parametrize("path", [None, 5, b"a.wav", "", "a\0.wav", ["a.wav"]])
def test_what_is_no_path_is_refused(path: object) -> None:
    for use in (audio.load, lambda p: audio.save(p, tone(), sr=22_050)):
        with pytest.raises(ParameterError, match=r"path=.* must be the name of a file"):
            use(path)


def test_a_name_too_long_for_the_system_is_refused() -> None:
    name = "x" * 5000 + ".wav"
    with pytest.raises(AudioFileError, match="cannot be read"):
        audio.load(name)
    with pytest.raises(AudioFileError, match="cannot be written"):
        audio.save(name, tone(), sr=22_050)


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(AudioFileError, match=r"a\.wav cannot be read: Permission denied"):
        audio.load(tmp_path / "a.wav")


# Saving


@pytest.mark.parametrize("suffix", ["", ".aiff", ".wave", "wav", ".txt", None, 5])
def test_a_suffix_that_cannot_be_written_is_refused(suffix: object) -> None:
    with pytest.raises(ParameterError, match=r"suffix .* is not one of \.wav, \.flac"):
        audio.encode(tone(), sr=22_050, suffix=suffix)


@pytest.mark.parametrize(
    ("suffix", "channels", "sr"),
    [(".ogg", 1, 200_001), (".ogg", 2, 768_000), (".mp3", 1, 96_000), (".mp3", 3, 44_100),
     (".flac", 9, 44_100), (".flac", 1, 768_000)],
)  # fmt: skip
def test_what_a_format_cannot_hold_is_refused(suffix: str, channels: int, sr: int) -> None:
    says = f"cannot hold {channels} channels at sr={sr}.*\\.wav"
    with pytest.raises(ParameterError, match=says):
        audio.encode(np.zeros((channels, 100)), sr=sr, suffix=suffix)
    assert audio.encode(np.zeros((channels, 100)), sr=sr, suffix=".wav")


def test_the_highest_rate_of_ogg_does_not_end_the_process() -> None:
    """One rate higher, libvorbis takes the interpreter down with it, so this runs apart."""
    code = (
        "import numpy as np; from sonic_lab import audio;"
        "y, sr = audio.decode(audio.encode(np.zeros(1000), sr=200_000, suffix='.ogg'));"
        "print(y.shape, sr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "(1000,) 200000")


def test_sound_past_full_scale_is_refused_and_told_the_cure(tmp_path: Path) -> None:
    y = tone() * 2.5
    with pytest.raises(AudioError, match=r"y reaches 1\.25, past full scale.*sl\.audio\.limit"):
        audio.save(tmp_path / "a.wav", y, sr=22_050)
    assert not list(tmp_path.iterdir())
    audio.save(tmp_path / "a.wav", sl.audio.limit(y), sr=22_050)


def test_full_scale_itself_is_kept() -> None:
    y, _ = audio.decode(audio.encode(np.array([1.0, -1.0]), sr=8000, suffix=".wav"))
    assert y.tolist() == [32767 / 32768, -1.0]


def test_a_saved_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    path = audio.save(tmp_path / "a.wav", tone(), sr=22_050)
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


@pytest.mark.parametrize("broken", ["write", "replace", "chmod"])
def test_a_failed_save_keeps_the_old_file_and_leaves_no_other(
    tmp_path: Path, monkeypatch, broken: str
) -> None:
    path = audio.save(tmp_path / "mine.wav", tone(), sr=22_050)
    before = path.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    if broken == "write":
        real = tempfile.NamedTemporaryFile

        def full_disk(*args, **kwargs):
            handle = real(*args, **kwargs)
            monkeypatch.setattr(handle, "write", fail, raising=False)
            return handle

        monkeypatch.setattr(tempfile, "NamedTemporaryFile", full_disk)
    else:
        monkeypatch.setattr(Path, broken, fail)
    with pytest.raises(AudioFileError, match=r"mine\.wav cannot be written: No space left"):
        audio.save(path, np.zeros(100), sr=8000)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_or_closed_is_named(tmp_path: Path, monkeypatch) -> None:
    with pytest.raises(AudioFileError, match=r"a\.wav cannot be written: No such file"):
        audio.save(tmp_path / "nowhere" / "a.wav", tone(), sr=22_050)

    def closed(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", closed)
    with pytest.raises(AudioFileError, match=r"a\.wav cannot be written: Permission denied"):
        audio.save(tmp_path / "a.wav", tone(), sr=22_050)


@pytest.mark.skipif(os.name != "posix", reason="/dev/full is a device of Linux")
def test_a_device_is_no_folder() -> None:
    with pytest.raises(AudioFileError, match="cannot be written"):
        audio.save("/dev/full/a.wav", tone(), sr=22_050)


def test_minutes_of_vorbis_are_written_and_come_back_whole():
    """One long write crashes libsndfile's encoder, and Python with it."""
    y = (0.1 * np.sin(np.arange(8000 * 330) / 20)).astype(np.float32)
    back, _ = sl.audio.decode(sl.audio.encode(y, sr=8000, suffix=".ogg"))
    assert len(back) == len(y)
