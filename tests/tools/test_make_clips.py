"""The instruments behind the clips: made again bit for bit, in tune, and true to their physics."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
import soundfile
from scipy import signal

import sonic_lab as sl
from sonic_lab.clips import listing
from tools.make_clips import (
    __main__ as command,
)
from tools.make_clips import (
    bells,
    build,
    drums,
    entries,
    flute,
    guitar,
    notes,
    ogg,
    piano,
    pieces,
    rain,
    room,
    score,
    siren,
    sound,
    speech,
    strings,
    trumpet,
)
from tools.make_clips.score import Note, hertz

SR = pieces.SR
ENTRIES = {entry.name: entry for entry in entries.ENTRIES}
needs_espeak = pytest.mark.skipif(
    speech.version() != speech.MADE_WITH,
    reason=f"speech was made with espeak-ng {speech.MADE_WITH}; here is {speech.version()}",
)


def cents(hz: np.ndarray | float, reference: float) -> np.ndarray | float:
    return 1200 * np.log2(hz / reference)


def peak_hz(y: np.ndarray, low_hz: float, high_hz: float, *, sr: int = SR) -> float:
    """The strongest frequency between two, to about 0.05 Hz."""
    size = 1 << 19
    level = np.abs(np.fft.rfft(y * np.hanning(y.size), size))
    hz = np.fft.rfftfreq(size, 1 / sr)
    inside = (hz > low_hz) & (hz < high_hz)
    return float(hz[inside][level[inside].argmax()])


def level_db(y: np.ndarray, from_s: float, to_s: float, *, sr: int = SR) -> float:
    return float(10 * np.log10(np.mean(y[..., int(from_s * sr) : int(to_s * sr)] ** 2)))


def bundled(name: str) -> np.ndarray:
    samples, _ = soundfile.read(sl.clips.path(name), dtype="int16")
    return samples.T


# Made again


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=needs_espeak if n == "speech" else ()) for n in ENTRIES]
)
def test_a_clip_made_again_is_the_bundled_one_bit_for_bit(name: str) -> None:
    entry = ENTRIES[name]
    samples = build.samples_of(entry)
    kept = bundled(name)
    assert samples.shape == kept.shape
    worst = int(np.abs(samples.astype(int) - kept).max())
    assert worst == 0, f"samples differ by up to {worst} steps of 16 bits"
    assert build.samples_hash(samples) == sl.clips.info(name).samples_sha256


def test_every_clip_has_an_entry_and_its_words_are_those_of_the_catalogue() -> None:
    assert tuple(ENTRIES) == sl.clips.names()
    for name, entry in ENTRIES.items():
        clip = sl.clips.info(name)
        for word in ("title", "labels", "description", "recipe", "sr", "bits"):
            assert getattr(entry, word) == getattr(clip, word), (name, word)


def test_the_flac_file_is_the_same_too() -> None:
    if soundfile.__libsndfile_version__ != "1.2.2":
        pytest.skip("files were written by libsndfile 1.2.2; another may pack the same samples")
    for name in ("piano", "rain"):
        data = build.flac(bundled(name), ENTRIES[name].sr)
        assert data == sl.clips.path(name).read_bytes()


def test_notes_made_again_are_the_bundled_ones_bit_for_bit() -> None:
    sounds, rows = notes.make_all()
    samples = np.round(sounds * 32768).astype(np.int16)
    kept = listing.read()["notes"]
    assert build.samples_hash(samples.ravel()) == kept["samples_sha256"]
    for key in ("label", "midi", "split"):
        assert [row[key] for row in rows] == kept[key]
    if soundfile.__libsndfile_version__ == "1.2.2":
        assert build.notes_ogg(samples) == (listing.FOLDER / kept["file"]).read_bytes()
    # The file is lossy: what is lost lies at least 15 dB under every note.
    lost = sl.clips.notes().y - samples / 32768
    under_db = 10 * np.log10((sounds**2).sum(1) / (lost**2).sum(1))
    assert under_db.min() > 15


def test_the_command_writes_the_catalogue(tmp_path, monkeypatch, capsys) -> None:
    few = tuple(ENTRIES[name] for name in ("bells", "siren"))
    monkeypatch.setattr(command, "ENTRIES", few)
    monkeypatch.setattr(notes, "PER_CLASS", {"train": 2, "test": 1})
    monkeypatch.setattr(speech, "version", lambda: speech.MADE_WITH)
    assert command.main(["--into", str(tmp_path)]) == 0
    made = json.loads((tmp_path / "catalogue.json").read_text())
    assert made["notes"]["split"] == 12 * ["train"] + 6 * ["test"]
    assert made["clips"] == [c for c in listing.read()["clips"] if c["name"] in ("bells", "siren")]
    assert "together" in capsys.readouterr().out


def test_the_command_writes_nothing_without_its_espeak(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(speech.shutil, "which", lambda _: None)
    assert command.main(["--into", str(tmp_path)]) == 1
    assert "needs espeak-ng 1.51, and here is none" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


# Scores


def test_a_line_of_music_is_read_in_time() -> None:
    line = score.read("@0.5 A4:1.5 r:0.5 @0.9 ~D4+F#4:2", bpm=120, lead_in_s=0.1)
    assert line == [
        Note(0.1, 0.75, 69, 0.5),
        Note(1.1, 1.0, 62, 0.9, slurred=True),
        Note(1.1, 1.0, 66, 0.9, slurred=True),
    ]


def test_swing_moves_the_off_beat_alone() -> None:
    straight = [score.seconds(b, bpm=60) for b in (0, 0.5, 1, 1.5)]
    swung = [score.seconds(b, bpm=60, swing=0.6) for b in (0, 0.5, 1, 1.5)]
    assert np.subtract(swung, straight) == pytest.approx([0, 0.1, 0, 0.1])


@pytest.mark.parametrize("pitch", ["H4", "A", "4", "A#", "a4", ""])
def test_a_pitch_that_is_none_is_refused(pitch: str) -> None:
    with pytest.raises(ValueError, match="is no pitch: write A4"):
        score.midi_of(pitch)


def test_every_part_of_the_band_ends_together() -> None:
    for name, text in pieces.BAND.items():
        last = max(n.start_s for n in score.read(text, bpm=60))
        assert last == pytest.approx(16, abs=0.11), name  # beat 16; the bells are rolled a little
    for text in pieces.BAND.values():  # D major, and nothing else
        assert {n.midi % 12 for n in score.read(text, bpm=60)} <= {2, 4, 6, 7, 9, 11, 1}


# Building blocks


def test_ring_is_a_sum_of_damped_sines() -> None:
    t = np.arange(3000) / 8000
    y = sound.ring(3000, sr=8000, hz=[440, 1000], t60_s=[0.2, 0.1], gain=[1, 0.5], phase=[0, 0.3])
    fall = np.log(1000)
    expected = np.sin(2 * np.pi * 440 * t) * np.exp(-fall * t / 0.2)
    expected += 0.5 * np.sin(2 * np.pi * 1000 * t + 0.3) * np.exp(-fall * t / 0.1)
    np.testing.assert_allclose(y, expected, atol=1e-12)  # float64 sums of two terms


def test_ring_leaves_out_what_the_rate_cannot_hold() -> None:
    assert not sound.ring(100, sr=8000, hz=[4100], t60_s=[1], gain=[1]).any()


def test_harmonics_is_a_sum_of_sines() -> None:
    phase = np.linspace(0, 40, 1000)
    y = sound.harmonics(phase, lambda k: 1 / k, 5)
    np.testing.assert_allclose(y, sum(np.sin(k * phase) / k for k in range(1, 6)), atol=1e-12)


def test_panning_keeps_the_power() -> None:
    y = sound.luck("t").standard_normal(1000)
    for place in (-1, -0.3, 0, 1):
        assert np.mean(sound.pan(y, place) ** 2) == pytest.approx(np.mean(y**2))
    left, right = sound.pan(y, -1)
    assert np.abs(right).max() < 1e-12 < np.abs(left).max()


def test_luck_belongs_to_its_name() -> None:
    first, again, other = (sound.luck(*words).random() for words in (("a", 1), ("a", 1), ("a", 2)))
    assert first == again != other


def test_the_room_dies_at_its_own_pace_and_its_treble_first() -> None:
    tail = room.response(sr=SR, t60_s=0.8, channels=1, name="test")

    def fall_db(low_hz: float, high_hz: float) -> float:
        band = signal.butter(4, [low_hz, high_hz], "bandpass", fs=SR, output="sos")
        heard = signal.sosfilt(band, tail)
        return level_db(heard, 0.1, 0.2) - level_db(heard, 0.4, 0.5)

    # 60 dB in 0.8 s; the level of 100 ms of noise in a band of 700 Hz is known to about 1 dB.
    assert fall_db(200, 900) == pytest.approx(60 / 0.8 * 0.3, abs=2.5)
    assert fall_db(5000, 9000) > 1.4 * fall_db(200, 900)


def test_finish_leaves_bits_unused_when_told() -> None:
    t = np.arange(SR) / SR
    samples = room.finish(np.sin(2 * np.pi * 440 * t) + 0.2, sr=SR, bits=13)
    assert samples.dtype == np.int16
    assert not (samples % 8).any()
    assert abs(samples.mean()) < 8
    assert samples[0] == samples[-1] == 0


# OGG


def test_a_stream_number_changes_nothing_that_is_heard() -> None:
    file = io.BytesIO()
    y = 0.3 * np.sin(np.arange(30_000) / 10)
    soundfile.write(file, y, 16_000, format="OGG", subtype="VORBIS")
    fixed = ogg.with_serial(file.getvalue(), serial=7)
    assert all(page[14:18] == b"\x07\0\0\0" for page in ogg.pages(fixed))
    assert fixed != file.getvalue()
    np.testing.assert_array_equal(
        soundfile.read(io.BytesIO(fixed))[0], soundfile.read(io.BytesIO(file.getvalue()))[0]
    )


def test_our_checksum_is_that_of_the_encoder() -> None:
    file = io.BytesIO()
    soundfile.write(file, np.zeros(1000), 16_000, format="OGG", subtype="VORBIS")
    for page in ogg.pages(file.getvalue()):
        blank = page[:22] + bytes(4) + page[26:]
        assert ogg.checksum(blank) == int.from_bytes(page[22:26], "little")


def test_what_is_no_ogg_is_refused() -> None:
    with pytest.raises(ValueError, match="no OGG page begins at byte 0"):
        ogg.pages(b"RIFF....")


# Instruments


def track_hz(y: np.ndarray, sr: int) -> tuple[np.ndarray, np.ndarray]:
    import librosa

    hz, _, _ = librosa.pyin(y, fmin=300, fmax=1500, sr=sr, frame_length=1024, hop_length=128)
    return hz, librosa.times_like(hz, sr=sr, hop_length=128)


@pytest.mark.parametrize(
    ("name", "text", "swing"), [("trumpet", pieces.TRUMPET, 0.56), ("flute", pieces.FLUTE, 0.5)]
)
def test_a_wind_phrase_plays_its_score(name: str, text: str, swing: float) -> None:
    y, sr = sl.clips.load(name)
    hz, at = track_hz(y, sr)
    line = pieces._score(text, swing=swing)
    for note in line:
        inside = (at > note.start_s + 0.07) & (at < note.end_s - 0.04)
        # pyin answers in steps of 10 cents, and the player drifts by a few
        assert abs(cents(np.nanmedian(hz[inside]), hertz(note.midi))) < 16, note
    last = line[-1]
    early = (at > last.start_s + 0.08) & (at < last.start_s + 0.25)
    late = (at > last.start_s + 0.8) & (at < last.end_s - 0.1)
    assert np.ptp(cents(hz[late], hertz(last.midi))) > np.ptp(cents(hz[early], 440)) + 8, (
        "vibrato comes late"
    )


def test_a_louder_trumpet_is_brighter() -> None:
    import librosa

    y, sr = sl.clips.load("trumpet")
    rms = librosa.feature.rms(y=y, frame_length=1024, hop_length=128)[0]
    centroid = librosa.feature.spectral_centroid(y=y, sr=sr, n_fft=1024, hop_length=128)[0]
    heard = rms > 0.05 * rms.max()
    assert np.corrcoef(rms[heard], centroid[heard])[0, 1] > 0.7  # Risset's finding


def one(player, **settings) -> np.ndarray:
    note = Note(0.1, 0.8, 69, 0.7)
    return player.perform([note], SR, sr=SR, rng=sound.luck("test"), **settings)


def rise_s(y: np.ndarray) -> float:
    """Seconds from 10 to 90 % of the level that the first 0.5 s reach."""
    window = np.hanning(int(0.012 * SR))
    envelope = np.sqrt(np.convolve(y[: int(0.6 * SR)] ** 2, window, "same"))
    top = envelope.max()
    return float((np.argmax(envelope > 0.9 * top) - np.argmax(envelope > 0.1 * top)) / SR)


def test_attacks_are_as_quick_as_the_instrument_is() -> None:
    plucked = max(rise_s(one(player)) for player in (piano, guitar, bells))
    blown, breathed = rise_s(one(trumpet)), rise_s(one(flute))
    bowed = rise_s(one(strings).mean(0))
    assert plucked < 0.02
    assert 0.015 < blown < 0.06 < breathed < 0.12 < bowed < 0.6


def test_a_flute_breathes_more_than_a_trumpet() -> None:
    def noise_db(y: np.ndarray) -> float:
        held = y[int(0.3 * SR) : int(0.8 * SR)]
        power = np.abs(np.fft.rfft(held * np.hanning(held.size))) ** 2
        hz = np.fft.rfftfreq(held.size, 1 / SR)
        off = np.abs(hz / 440 - np.round(hz / 440)) > 0.3  # between the harmonics
        return float(10 * np.log10(power[off].sum() / power.sum()))

    assert noise_db(one(flute)) > noise_db(one(trumpet)) + 6
    assert noise_db(one(flute)) < -20  # and is a tone all the same


@pytest.mark.parametrize("midi", [38, 50, 60, 72, 81])
def test_piano_partials_are_stretched_as_stiff_strings_are(midi: int) -> None:
    y = piano.note(midi, 2.5, 0.7, sr=SR, rng=sound.luck("t", midi))[int(0.02 * SR) :]
    stiff = piano.stiffness(midi)
    for k in (1, 2, 4, 8):
        ideal = k * hertz(midi)
        expected = 600 * np.log2((1 + stiff * k**2) / (1 + stiff))
        found = cents(peak_hz(y, 0.98 * ideal, 1.06 * ideal), ideal)
        assert found == pytest.approx(expected, abs=1.5)  # the three strings lie this far apart


def test_a_piano_note_decays_in_two_stages_and_stops_at_the_damper() -> None:
    y = piano.note(60, 2.5, 0.7, sr=SR, rng=sound.luck("t"))
    early = level_db(y, 0.05, 0.15) - level_db(y, 0.45, 0.55)
    late = level_db(y, 1.3, 1.4) - level_db(y, 1.7, 1.8)
    assert early > 1.4 * late > 0
    assert level_db(y, 2.6, 2.66) < level_db(y, 2.4, 2.5) - 15


def test_harder_blows_are_brighter_and_louder() -> None:
    for player in (piano, guitar, bells):
        soft, hard = (
            player.note(60, 1.0, v, sr=SR, rng=sound.luck("t"))[: SR // 2] for v in (0.3, 0.9)
        )
        assert level_db(hard, 0, 0.5) > level_db(soft, 0, 0.5) + 3

        def treble_share(y: np.ndarray) -> float:
            power = np.abs(np.fft.rfft(y)) ** 2
            return float(power[power.size // 6 :].sum() / power.sum())  # above 1.8 kHz

        assert treble_share(hard) > 1.2 * treble_share(soft), player.__name__


@pytest.mark.parametrize("midi", [40, 50, 57, 64, 69, 76, 79])
def test_a_plucked_string_is_in_tune_and_dies(midi: int) -> None:
    y = guitar.note(midi, 2.0, 0.7, sr=SR, rng=sound.luck("t", midi))
    for k in (1, 2, 3, 4):
        wanted = k * hertz(midi)
        # The two directions of swing are 0.7 cents apart; the fractional delay is exact to less.
        assert abs(cents(peak_hz(y[SR // 20 :], 0.97 * wanted, 1.03 * wanted), wanted)) < 1.5
    assert level_db(y, 0.05, 0.15) > level_db(y, 1.0, 1.1) + 10
    assert abs(y[int(1.5 * SR) :].mean()) < 1e-4  # no offset stays in the loop


def test_a_string_plucked_at_half_its_length_lacks_even_harmonics() -> None:
    middle, off = (
        guitar.note(45, 1.5, 0.8, sr=SR, rng=sound.luck("t"), pick=p) for p in (0.5, 0.21)
    )

    def second_db(y: np.ndarray) -> float:
        power = np.abs(np.fft.rfft(y * np.hanning(y.size))) ** 2
        hz = np.fft.rfftfreq(y.size, 1 / SR)
        first, second = (power[np.abs(hz - k * hertz(45)) < 8].sum() for k in (1, 2))
        return float(10 * np.log10(second / first))

    assert second_db(middle) < second_db(off) - 15


def test_a_bell_rings_at_the_founders_ratios() -> None:
    y = bells.note(69, 3.0, 0.8, sr=SR, rng=sound.luck("t"))
    for ratio in (0.5, 1.0, 1.2, 1.5, 2.0, 3.0):
        wanted = 440 * ratio
        # Each is a pair up to 0.9 Hz apart.
        assert peak_hz(y, 0.95 * wanted, 1.05 * wanted) == pytest.approx(wanted, abs=0.9)


def test_a_section_is_wide_and_never_quite_together() -> None:
    line = [Note(0.05, 2.0, 69, 0.7)]
    y = strings.perform(line, 2 * SR, sr=SR, rng=sound.luck("t"), players=5)
    assert y.shape == (2, 2 * SR)
    assert np.corrcoef(y)[0, 1] < 0.98
    single = strings.player(line[0], 2 * SR, sr=SR, rng=sound.luck("t"))

    def spread_hz(sound_: np.ndarray) -> float:
        held = sound_[SR // 2 : 3 * SR // 2]
        power = np.abs(np.fft.rfft(held * np.hanning(held.size), 1 << 17)) ** 2
        hz = np.fft.rfftfreq(1 << 17, 1 / SR)
        near = np.abs(hz - 880) < 40
        middle = np.average(hz[near], weights=power[near])
        return float(np.sqrt(np.average((hz[near] - middle) ** 2, weights=power[near])))

    assert spread_hz(y.mean(0)) > 1.0  # Hz around the second harmonic: chorus
    assert rise_s(single) > 0.1


def test_drums_fall_where_the_pattern_says() -> None:
    import librosa

    y, sr = sl.clips.load("drums")
    found = librosa.onset.onset_detect(
        y=y, sr=sr, hop_length=128, units="time", backtrack=False, delta=0.02
    )
    strong = [at for at, _, hard in pieces.hits(2, fill=True) if hard >= 0.55]
    for at in strong:
        # 2.5 ms of human lateness, and the detector's frames of 6 ms look ahead and behind
        assert np.abs(found - at).min() < 0.03, at


def test_a_kick_is_low_a_hat_is_high_and_louder_when_struck_harder() -> None:
    def centroid(y: np.ndarray) -> float:
        power = np.abs(np.fft.rfft(y)) ** 2
        return float(np.average(np.fft.rfftfreq(y.size, 1 / SR), weights=power))

    kick, snare, hat = (
        f(0.8, sr=SR, rng=sound.luck("t")) for f in (drums.kick, drums.snare, drums.hat)
    )
    assert centroid(kick) < 150 < 500 < centroid(snare) < 5000 < centroid(hat)
    assert np.abs(drums.kick(0.4, sr=SR, rng=sound.luck("t"))).max() < 0.7 * np.abs(kick).max()


def test_rain_is_drops_and_not_plain_noise() -> None:
    y = rain.perform(4 * SR, sr=SR, rng=sound.luck("t"))
    assert y.shape == (2, 4 * SR)
    assert abs(np.corrcoef(y)[0, 1]) < 0.5  # all around, not from one place
    kurtosis = np.mean(y**4) / np.mean(y**2) ** 2
    assert kurtosis > 4  # noise has 3; drops stand out


def test_the_siren_follows_its_pitch_and_aliases_only_on_its_second_wail() -> None:
    y, sr = sl.clips.load("siren")
    hz = siren.pitch(y.size, sr=sr)
    assert hz.max() == pytest.approx(siren.HIGH_HZ, rel=0.05)  # its corner is rounded

    def strongest(x: np.ndarray, rate: int, at_s: float) -> float:
        piece = x[int((at_s - 0.01) * rate) : int((at_s + 0.01) * rate)]
        return peak_hz(piece, 100, rate / 2, sr=rate)

    quarter = y[::4]  # every fourth sample, and no filter
    for at_s in (0.6, 1.15, 1.6, 2.6, 3.3, 3.6, 3.9, 4.6):
        true = hz[int(at_s * sr)]
        # the pitch moves by up to 10 % within the 20 ms that are looked at
        assert strongest(y, sr, at_s) == pytest.approx(true, rel=0.05)
        folded = abs(true - (sr / 4) * round(true / (sr / 4)))
        assert strongest(quarter, sr // 4, at_s) == pytest.approx(folded, rel=0.1)
    assert hz[: 2 * sr].max() < sr / 8 < hz.max()


@needs_espeak
def test_speech_says_something_of_the_right_length() -> None:
    y = speech.perform()
    words = len(speech.SENTENCE.split())
    assert y.size / SR == pytest.approx(60 * words / speech.WORDS_PER_MINUTE, rel=0.3)


def test_two_splits_draw_how_they_play_from_ranges_that_do_not_meet() -> None:
    for index in range(40):
        for split, other in (("train", "test"), ("test", "train")):
            touch = notes.draw(split, index, sound.luck("t", split, index))
            assert touch.midi in notes.PITCHES[split]
            assert any(low <= touch.timbre <= high for low, high in notes.TIMBRES[split])
            assert not any(low <= touch.timbre <= high for low, high in notes.TIMBRES[other])
