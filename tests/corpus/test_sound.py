"""What is rendered: the same bits everywhere, in tune, in time, as loud as promised."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sonic_lab import corpus
from sonic_lab.corpus import mixing, waves
from sonic_lab.corpus.records import samples_hash

SEEDS = range(24)
PITCHED = [n for n in (*corpus.INSTRUMENTS, *corpus.HELD_OUT_TIMBRES) if n != "drums"]


@pytest.fixture(scope="module")
def sounds() -> dict[int, tuple[corpus.Piece, np.ndarray]]:
    pieces = {seed: corpus.compose(seed, duration_s=6) for seed in SEEDS}
    return {seed: (piece, corpus.samples(piece)) for seed, piece in pieces.items()}


# The same bits everywhere

# Weights are trained on these very samples: a change here asks for every training anew.
GOLDEN_FILE = Path(__file__).parent / "golden.json"
GOLDEN = json.loads(GOLDEN_FILE.read_text(encoding="utf-8"))


def golden_piece(row: dict) -> corpus.Piece:
    return corpus.compose(row["seed"], instruments=row["instruments"])


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: f"{row['seed']}-{row['instruments']}")
def test_the_samples_are_those_that_were_trained_on(row) -> None:
    assert samples_hash(corpus.samples(golden_piece(row))) == row["samples_sha256"]


_OTHER_BUILD = """
import json, pathlib, sys
from sonic_lab import corpus
from sonic_lab.corpus.records import samples_hash
for row in json.loads(pathlib.Path(sys.argv[1]).read_text())[::3]:
    piece = corpus.compose(row["seed"], instruments=row["instruments"])
    assert samples_hash(corpus.samples(piece)) == row["samples_sha256"], row
print("the same")
"""


def test_older_instructions_and_more_threads_change_no_bit() -> None:
    """NumPy's and BLAS's code for an older machine rounds otherwise; sixteen bits hide it."""
    home = "numpy._core" if hasattr(np, "_core") else "numpy.core"  # NumPy 2, and 1.26
    core = importlib.import_module(f"{home}._multiarray_umath")

    newer = [name for name in core.__cpu_dispatch__ if core.__cpu_features__[name]]
    other = {
        **os.environ,
        "NPY_DISABLE_CPU_FEATURES": " ".join(newer),
        "OPENBLAS_CORETYPE": "Nehalem",
        "OPENBLAS_NUM_THREADS": "2",
        "OMP_NUM_THREADS": "2",
    }
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _OTHER_BUILD, str(GOLDEN_FILE)],
        env=other, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.stdout.strip() == "the same", run.stderr


def test_no_value_lies_on_a_rounding_edge() -> None:
    """The argument for bit-exactness, measured: an error of 1e-9 steps would flip nothing.

    Machines differ by about 1e-13 of full scale, which is 1e-8.5 of a step of 16 bits at most.
    """
    for seed in range(6):
        piece = corpus.compose(seed, duration_s=4)
        heard = mixing._finished(np.sum(list(mixing.tracks(piece).values()), axis=0), piece)
        steps = heard * (mixing.gain(heard) * 32768)
        from_edge = np.abs(steps - np.floor(steps) - 0.5)
        assert from_edge.min() > 1e-8


def test_rendering_draws_nothing_and_leaves_the_global_luck_alone(sounds) -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002  what must not be touched
    for seed in (20, 2, 11):  # in another order than the fixture's
        piece, heard = sounds[seed]
        np.testing.assert_array_equal(corpus.samples(piece), heard)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_render_gives_the_samples_as_floats(sounds) -> None:
    piece, heard = sounds[1]
    y, sr = corpus.render(piece)
    assert (y.dtype, sr, y.shape) == (np.float32, 16_000, (96_000,))
    np.testing.assert_array_equal(y * 32768, heard)


# Stems


def test_stems_sum_to_the_mix(sounds) -> None:
    for seed in range(8):
        piece, heard = sounds[seed]
        parts = corpus.stems(piece)
        assert list(parts) == list(piece.instruments)
        assert ("drums" in parts) == piece.drums
        total = np.sum([part.astype(np.float64) for part in parts.values()], axis=0)
        # Half a step of rounding to 16 bits, and float32's error of each stem.
        assert np.abs(total - heard / 32768).max() < 0.5 / 32768 + 1e-6


def test_every_stem_can_be_heard(sounds) -> None:
    for piece, heard in sounds.values():
        whole = np.sqrt(np.mean((heard / 32768) ** 2))
        for name, part in corpus.stems(piece).items():
            # -26 dB: a part that far under the mix would make its label a lie.
            assert np.sqrt(np.mean(part**2.0)) > 0.05 * whole, (piece.seed, name)


# Levels


def test_clips_are_as_loud_as_promised(sounds) -> None:
    for piece, heard in sounds.values():
        y = heard / 32768
        lufs, peak_db = mixing.loudness(y), mixing.true_peak_db(y)
        # A hundredth of a decibel is the gain's own step; rounding adds next to nothing.
        assert peak_db <= mixing.CEILING_DB + 0.01
        quieter = mixing.LOUDNESS_LUFS - lufs
        assert quieter > -0.02
        assert quieter < 0.02 or peak_db > mixing.CEILING_DB - 0.03, piece.seed


@pytest.mark.parametrize("hz", [60.0, 440.0, 1000.0, 4000.0])
def test_loudness_agrees_with_pyloudnorm(hz) -> None:
    pyloudnorm = pytest.importorskip("pyloudnorm")
    y = 0.2 * np.sin(2 * np.pi * hz * np.arange(5 * 16_000) / 16_000)
    reference = pyloudnorm.Meter(16_000).integrated_loudness(y)
    # A steady tone passes every gate, so the ungated mean is the same. pyloudnorm's shelf is
    # another design, which differs by up to 0.4 dB around 4 kHz at this low rate.
    assert mixing.loudness(y) == pytest.approx(reference, abs=0.4)


def test_true_peak_finds_what_lies_between_the_samples() -> None:
    # A quarter of the sample rate, sampled 45 degrees off its tops: they lie 3 dB higher.
    y = np.sin(np.pi / 2 * np.arange(4000) + np.pi / 4)
    assert 20 * np.log10(np.abs(y).max()) == pytest.approx(-3.01, abs=0.01)
    assert mixing.true_peak_db(y) == pytest.approx(0.0, abs=0.1)  # 32 taps fall short of a sinc


def test_silence_stays_silent() -> None:
    assert mixing.gain(np.zeros(16_000)) == 1.0
    assert mixing.loudness(np.zeros(100)) == mixing.true_peak_db(np.zeros(100)) == -np.inf


def test_clips_begin_and_end_without_a_click(sounds) -> None:
    for _, heard in sounds.values():
        assert abs(int(heard[0])) <= 2
        assert abs(int(heard[-1])) <= 2


# In tune, in time


@pytest.mark.parametrize("cents", [0.0, -37.0])
@pytest.mark.parametrize("name", PITCHED)
def test_each_instrument_plays_in_tune(name, cents) -> None:
    piece = corpus.compose(7, instruments=[name], tempo_bpm=80, duration_s=6)
    midi = {"bass": 40, "bells": 76}.get(name, 64)
    note = corpus.Note(name, 0.2, 1.5, midi, 0.7)
    piece = replace(piece, notes=(note,), tuning_cents=cents, room=None, duration_s=2.0)
    y, sr = corpus.render(piece)
    hz = 440 * 2 ** ((midi - 69 + cents / 100) / 12)
    part = y[int(0.4 * sr) : int(1.6 * sr)] * np.hanning(int(1.6 * sr) - int(0.4 * sr))
    spectrum = np.abs(np.fft.rfft(part, 1 << 19))
    bins = np.fft.rfftfreq(1 << 19, 1 / sr)
    near = (bins > hz * 0.94) & (bins < hz * 1.06)
    found = bins[near][np.argmax(spectrum[near])]
    # Pairs of strings and of bell modes lie a few cents to each side of their pitch (at most
    # 1.6 Hz in a bell), and a section's players up to 9 cents from the middle of it.
    assert 1200 * np.log2(found / hz) == pytest.approx(0, abs=10)
    assert spectrum[near].max() > 0.05 * spectrum.max()  # it is there to be found


@pytest.mark.parametrize("seed", range(4))
def test_techno_keeps_its_tempo(seed) -> None:
    import librosa

    piece = corpus.compose(seed, style="techno", instruments=["synth", "bass", "drums"])
    y, sr = corpus.render(piece)
    strength = librosa.onset.onset_strength(y=y, sr=sr, hop_length=160)
    found = librosa.feature.tempo(onset_envelope=strength, sr=sr, hop_length=160)[0]
    # The estimator's lags are whole frames of 10 ms: 2.2 % at 130 BPM, half of it to a side.
    assert found == pytest.approx(piece.tempo_bpm, rel=0.03)


def test_sound_begins_with_its_notes() -> None:
    piece = corpus.compose(1, instruments=["piano"], tempo_bpm=90, duration_s=5)
    piece = replace(piece, room=None)
    y, sr = corpus.render(piece)
    first = min(note.start_s for note in piece.notes)
    assert not y[: int(first * sr) - 2].any()
    assert np.abs(y[int(first * sr) : int((first + 0.03) * sr)]).max() > 0.02


# What sounds are made of


def test_ringing_modes_are_damped_sines() -> None:
    n, hz, t60_s = 3000, np.array([310.0, 1250.0]), np.array([0.4, 0.1])
    t = np.arange(n) / 16_000
    wanted = sum(
        g * np.exp(-np.log(1000) * t / d) * np.sin(2 * np.pi * f * t + 0.3)
        for f, d, g in zip(hz, t60_s, (1.0, 0.5), strict=True)
    )
    found = waves.ring(n, hz=hz, t60_s=t60_s, gain=np.array([1.0, 0.5]), phase=0.3)
    np.testing.assert_allclose(found, wanted, atol=1e-11)  # float64, a thousand multiplications


def test_a_cycle_holds_the_harmonics_it_was_given() -> None:
    levels = np.array([1.0, 0.0, 0.25])
    spectrum = np.abs(np.fft.rfft(waves.cycle(levels)[:-1])) / 1024
    np.testing.assert_allclose(spectrum[1:4], levels, atol=1e-12)
    assert spectrum[4:].max() < 1e-12


def test_nothing_sounds_above_what_the_rate_can_carry() -> None:
    """A high note's harmonics stop below half the rate: folded ones would be out of tune."""
    piece = corpus.compose(2, instruments=["synth"], style="chiptune", duration_s=2)
    piece = replace(piece, notes=(corpus.Note("synth", 0.1, 1.6, 93, 0.8),), room=None)
    y, sr = corpus.render(piece)
    spectrum = np.abs(np.fft.rfft(y[8000:24_000] * np.blackman(16_000)))
    hz = np.fft.rfftfreq(16_000, 1 / sr)
    first = 440 * 2 ** ((93 - 69 + piece.tuning_cents / 100) / 12)
    between = np.abs(hz / first - np.round(hz / first)) > 0.1
    # -50 dB: straight lines between the 2048 points of a cycle, and the note's own envelope.
    assert spectrum[between & (hz > 200)].max() < 10 ** (-50 / 20) * spectrum.max()
