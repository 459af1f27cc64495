"""The bundled clips: whole, free, level, described, and refused kindly where they are not."""

from __future__ import annotations

import hashlib
import html
import shutil
import subprocess
import sys
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

import sonic_lab as sl
from sonic_lab.clips import listing
from sonic_lab.errors import AudioFileError, ParameterError, UnknownNameError

NAMES = (
    "trumpet", "piano", "guitar", "flute", "bells", "strings", "drums", "band", "rain", "siren",
    "speech",
)  # fmt: skip
every_clip = pytest.mark.parametrize("name", NAMES)


def raw(name: str) -> tuple[np.ndarray, int]:
    """The clip's samples as int16, (n,) or (c, n), by soundfile alone."""
    y, sr = soundfile.read(sl.clips.path(name), dtype="int16")
    return y.T, sr


# What is bundled


def test_the_promised_clips_are_there() -> None:
    assert sl.clips.names() == NAMES


def test_everything_together_is_under_two_megabytes() -> None:
    sounds = [p for p in listing.FOLDER.iterdir() if p.suffix in (".flac", ".ogg")]
    catalogued = {sl.clips.info(name).file for name in NAMES} | {listing.read()["notes"]["file"]}
    assert {p.name for p in sounds} == catalogued, "a sound lies there that the catalogue lacks"
    assert sum(p.stat().st_size for p in sounds) < 2_000_000


@every_clip
def test_file_and_samples_have_the_catalogued_hashes(name: str) -> None:
    clip = sl.clips.info(name)
    samples, _ = raw(name)
    assert hashlib.sha256(sl.clips.path(name).read_bytes()).hexdigest() == clip.sha256
    interleaved = np.ascontiguousarray(samples.T.astype("<i2")).tobytes()
    assert hashlib.sha256(interleaved).hexdigest() == clip.samples_sha256


@every_clip
def test_the_catalogue_tells_the_truth_about_the_file(name: str) -> None:
    clip, facts = sl.clips.info(name), soundfile.info(sl.clips.path(name))
    assert (clip.sr, clip.channels, clip.n_samples) == (
        facts.samplerate, facts.channels, facts.frames,
    )  # fmt: skip
    assert facts.subtype == "PCM_16"
    assert clip.duration_s == pytest.approx(facts.duration)
    assert 2 <= clip.duration_s <= 10
    samples, _ = raw(name)
    step = 2 ** (16 - clip.bits)
    assert not (samples % step).any(), f"more than {clip.bits} bits are used"


@every_clip
def test_the_words_are_there(name: str) -> None:
    clip = sl.clips.info(name)
    assert (clip.licence, clip.creator) == ("CC0-1.0", "The Sonic Lab authors")
    assert name in clip.labels
    assert clip.description.count(".") >= 2, "two sentences at least, for who cannot hear it"
    assert len(clip.description) > 120
    assert len(clip.recipe) > 80
    assert clip.name in str(clip)
    assert clip.description in str(clip)


@every_clip
def test_no_clip_clicks_startles_or_carries_an_offset(name: str) -> None:
    y, sr = sl.clips.load(name, mono=False)
    assert sl.audio.peak_db(y) <= -1 + 1e-3  # rounding to 13 bits may add 0.0006 dB
    # Bells reach their peak limit 0.15 LU early; the others were set to -20.00.
    assert sl.audio.loudness(y, sr=sr) == pytest.approx(-20, abs=0.2)
    assert np.abs(y[..., 0]).max() == 0
    assert np.abs(y[..., -1]).max() == 0
    # -40 dB below the clip's own level of about -20 dBFS, where a cut is no more heard
    edges = np.concatenate([y[..., : sr // 1000].ravel(), y[..., -(sr // 1000) :].ravel()])
    assert np.sqrt(np.mean(edges**2)) < 0.001
    assert np.abs(y.mean(axis=-1)).max() < 1e-4  # one step of 13 bits: nothing left to remove


@pytest.mark.parametrize("name", ["band", "rain"])
def test_stereo_clips_are_truly_stereo(name: str) -> None:
    y, _ = sl.clips.load(name, mono=False)
    assert y.shape[0] == 2
    middle, side = y[0] + y[1], y[0] - y[1]
    # Two copies would have no side at all; -15 dB is a clearly wide picture.
    assert np.sum(side**2) > 10**-1.5 * np.sum(middle**2)
    left, right = (10 * np.log10(np.mean(channel**2)) for channel in y)
    assert abs(left - right) < 2  # dB: neither ear is left out


# Loading


def test_load_returns_what_audio_load_returns() -> None:
    for name in ("trumpet", "band"):
        for mono in (True, False):
            y, sr = sl.clips.load(name, mono=mono)
            expected, expected_sr = sl.audio.load(sl.clips.path(name), mono=mono)
            assert sr == expected_sr
            np.testing.assert_array_equal(y, expected)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:audioread")
@pytest.mark.filterwarnings("ignore:'(aifc|audioop|sunau)' is deprecated:DeprecationWarning")
def test_load_equals_librosa() -> None:
    y, sr = sl.clips.load("band")
    expected, expected_sr = librosa.load(sl.clips.path("band"), sr=None)
    assert sr == expected_sr
    np.testing.assert_allclose(y, expected, atol=1e-7)  # one rounding of the mean in float32


def test_load_resamples_on_request() -> None:
    y, sr = sl.clips.load("siren", sr=22050)
    assert sr == 22050
    assert y.shape == (-(-sl.clips.info("siren").n_samples // 2),)


def test_a_loaded_clip_is_the_callers_own() -> None:
    y, _ = sl.clips.load("piano")
    y[:] = 0
    assert sl.clips.load("piano")[0].any()


def test_load_refuses_a_bad_rate() -> None:
    with pytest.raises(ParameterError, match=r"sr=0 must be a sample rate in Hz"):
        sl.clips.load("piano", sr=0)


@pytest.mark.parametrize("ask", [sl.clips.load, sl.clips.info, sl.clips.path])
@pytest.mark.parametrize(
    "name", ["trumpt", "", "../clips/trumpet", "trumpet.flac", "/etc/passwd", None, 3, b"piano", []]
)
def test_a_name_that_is_no_clip_is_refused(ask, name: object) -> None:
    with pytest.raises(UnknownNameError, match=r"no clip named .*known: band, bells"):
        ask(name)


def test_a_near_miss_gets_a_suggestion() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'trumpet'"):
        sl.clips.load("trumpt")


@given(st.text())
def test_any_other_text_is_refused(name: str) -> None:
    if name not in NAMES:
        with pytest.raises(UnknownNameError, match="no clip named"):
            sl.clips.load(name)


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder of clips, that a test may damage."""
    folder = tmp_path / "clips"
    shutil.copytree(listing.FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    monkeypatch.setattr(listing, "FOLDER", folder)
    return folder


def test_one_flipped_bit_is_noticed(copied: Path) -> None:
    file = copied / "trumpet.flac"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(AudioFileError, match=r"trumpet\.flac is damaged.*git restore"):
        sl.clips.load("trumpet")
    assert sl.clips.load("piano")[0].any()  # the others still play


def test_a_missing_file_is_named_with_its_cure(copied: Path) -> None:
    (copied / "rain.flac").unlink()
    with pytest.raises(AudioFileError, match=r"rain\.flac cannot be read.*reinstall"):
        sl.clips.load("rain")


def test_damaged_notes_are_noticed(copied: Path) -> None:
    (copied / "notes.ogg").write_bytes(b"OggS")
    with pytest.raises(AudioFileError, match=r"notes\.ogg is damaged"):
        sl.clips.notes()


# Showing


def test_the_catalogue_is_a_table() -> None:
    table = sl.clips.catalogue()
    assert tuple(clip.name for clip in table) == NAMES
    assert len(str(table).splitlines()) == len(NAMES)
    page = table._repr_html_()
    assert page.count("<tr>") == len(NAMES) + 1
    for clip in table:
        assert f"<td>{clip.name}</td>" in page
        assert html.escape(clip.description) in page


def test_the_page_of_a_clip_escapes_its_words() -> None:
    values = {**vars(sl.clips.info("speech")), "description": "<script>alert(1)</script>"}
    page = sl.clips.ClipInfo(**values)._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_loading_a_clip_needs_neither_torch_nor_a_ui() -> None:
    code = (
        "import sys, sonic_lab as sl; sl.clips.load('trumpet'); sl.clips.notes();"
        "print([m for m in ('torch', 'librosa', 'matplotlib', 'ipywidgets', 'IPython') "
        "if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


# The notes


@pytest.fixture(scope="module")
def notes() -> sl.clips.Notes:
    return sl.clips.notes()


def test_notes_have_the_promised_shapes(notes: sl.clips.Notes) -> None:
    assert notes.y.shape == (240, 8000)
    assert notes.y.dtype == np.float32
    assert notes.sr == 16_000
    assert notes.label.shape == notes.midi.shape == notes.split.shape == (240,)
    assert notes.label.dtype == notes.midi.dtype == np.int64
    assert len(notes) == 240
    assert np.abs(notes.y).max(axis=1).min() > 0.15
    assert np.abs(notes.y).max() < 0.6


def test_notes_file_has_the_catalogued_hash() -> None:
    row = listing.read()["notes"]
    data = (listing.FOLDER / row["file"]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == row["sha256"]
    assert row["licence"] == "CC0-1.0"


def test_notes_are_balanced(notes: sl.clips.Notes) -> None:
    for split, count in (("train", 30), ("test", 10)):
        part = notes.part(split)
        assert set(part.split) == {split}
        assert np.bincount(part.label).tolist() == [count] * len(notes.names)
    assert "180 train, 60 test" in repr(notes)


def test_no_pitch_is_in_both_parts_and_none_tells_the_instrument(notes: sl.clips.Notes) -> None:
    train, test = notes.part("train"), notes.part("test")
    assert not set(train.midi) & set(test.midi)
    for label in range(len(notes.names)):
        low, high = np.percentile(notes.midi[notes.label == label], [10, 90])
        assert low < 62  # every instrument plays low
        assert high > 72  # and high


def test_no_test_note_copies_a_training_note(notes: sl.clips.Notes) -> None:
    train, test = notes.part("train").y, notes.part("test").y
    unit = [part / np.linalg.norm(part, axis=1, keepdims=True) for part in (train, test)]
    assert np.abs(unit[1] @ unit[0].T).max() < 0.9  # 1 would be the same note at another level


def test_every_note_sounds_the_pitch_that_it_is_labelled_with(notes: sl.clips.Notes) -> None:
    power = np.abs(np.fft.rfft(notes.y * np.hanning(notes.y.shape[1]), 1 << 15)) ** 2
    hz = np.fft.rfftfreq(1 << 15, 1 / notes.sr)
    for row, label, midi in zip(power, notes.label, notes.midi, strict=True):
        bell = notes.names[label] == "bells"
        partials = np.array([0.5, 1, 1.2, 1.5, 2, 2.5, 3, 4] if bell else [1, 2, 3, 4, 5])

        def strength(semitones: int, row=row, midi=midi, partials=partials) -> float:
            wanted = librosa.midi_to_hz(midi + semitones) * partials
            off = np.abs(12 * np.log2(np.maximum(hz, 1)[:, None] / wanted)).min(axis=1)
            return float(row[off < 0.35].sum())  # within 35 cents of a partial

        rivals = [strength(shift) for shift in (-2, -1, 1, 2)]
        assert strength(0) > 4 * max(rivals), (notes.names[label], midi)


def test_an_unknown_part_is_refused(notes: sl.clips.Notes) -> None:
    with pytest.raises(UnknownNameError, match="no part of the notes named 'valid'"):
        notes.part("valid")
