import numpy as np
import pytest

from sonic_lab import audio, clips
from sonic_lab.doctor import Status, sound
from sonic_lab.errors import AudioFileError


def test_all_four_formats_come_back():
    finding = sound.formats()

    assert finding.status is Status.GREEN
    likeness = finding.details["correlation"]
    assert set(likeness) == {"WAV", "FLAC", "OGG", "MP3"}
    assert likeness["WAV"] > likeness["MP3"] > 0.98  # what a lossy coder leaves of a plain tone


def test_a_format_that_cannot_be_decoded_is_named(monkeypatch):
    """As with an old libsndfile, which knows no MP3."""
    decode = audio.decode

    def without_mp3(data, **options):
        if data[:4] not in (b"RIFF", b"fLaC", b"OggS"):
            raise AudioFileError("the file is not sound that can be read")
        return decode(data, **options)

    monkeypatch.setattr(audio, "decode", without_mp3)

    finding = sound.formats()

    assert finding.status is Status.RED
    assert finding.found.startswith("MP3 fails: the file is not sound")
    assert "soundfile" in finding.cure
    assert set(finding.details["correlation"]) == {"WAV", "FLAC", "OGG"}


def test_a_format_that_decodes_to_something_else_is_named(monkeypatch):
    noise = np.random.default_rng(0).normal(0, 0.1, 11025).astype(np.float32)
    monkeypatch.setattr(audio, "decode", lambda data, **_: (noise, 22050))

    finding = sound.formats()

    assert finding.status is Status.RED
    assert finding.found.count("comes back changed") == 4


def test_silence_is_not_taken_for_the_sound(monkeypatch):
    monkeypatch.setattr(audio, "decode", lambda data, **_: (np.zeros(99, np.float32), 22050))

    assert sound.formats().status is Status.RED


def test_all_clips_are_whole():
    finding = sound.clips()

    assert finding.status is Status.GREEN
    assert finding.details["clips"] == list(clips.names())


def test_a_damaged_clip_is_named(monkeypatch, tmp_path):
    from sonic_lab.clips import listing

    for file in listing.FOLDER.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    broken = tmp_path / clips.info("rain").file
    broken.write_bytes(broken.read_bytes()[:-1] + b"?")
    (tmp_path / clips.info("piano").file).unlink()
    monkeypatch.setattr(listing, "FOLDER", tmp_path)

    finding = sound.clips()

    assert finding.status is Status.RED
    assert finding.details["damaged"] == ["piano", "rain"]
    assert "git restore sonic_lab/clips" in finding.cure


@pytest.mark.parametrize("shift", [0, 1, 1105, -700])
def test_the_delay_of_a_codec_is_forgiven(monkeypatch, shift):
    t = np.arange(11025) / 22050
    y = np.sin(2 * np.pi * (220 + 220 * t) * t).astype(np.float32)
    late = np.concatenate([np.zeros(shift, np.float32), y]) if shift >= 0 else y[-shift:]
    monkeypatch.setattr(audio, "decode", lambda data, **_: (late, 22050))

    # What a negative shift cuts away, 700 of 11025 samples, is missing from the correlation.
    assert sound._likeness(y, ".wav") > (0.999 if shift >= 0 else 0.96)
