"""Measures of change: their definitions, their limits, and what they call better."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonic_lab import clips, effects, metrics
from sonic_lab.errors import AudioError, MissingDependencyError, ParameterError

SR = 16000
MEASURES = {
    "snr_db": lambda a, b: metrics.snr_db(a, b),
    "si_sdr_db": lambda a, b: metrics.si_sdr_db(a, b),
    "log_spectral_distance_db": lambda a, b: metrics.log_spectral_distance_db(a, b, sr=SR),
    "nmr_db": lambda a, b: metrics.nmr_db(a, b, sr=SR),
    "visqol": lambda a, b: metrics.visqol(a, b, sr=SR),
    "pesq": lambda a, b: metrics.pesq(a, b, sr=SR),
}
WITHOUT_LIBRARY = sorted(set(MEASURES) - {"visqol", "pesq"})


def noise(n: int = SR, *, seed: int = 0) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(n)).astype(np.float32)


@given(snr_db=st.floats(-30, 80), channels=st.sampled_from([1, 2]))
@settings(max_examples=20, deadline=None)
def test_snr_measures_what_noise_was_added(snr_db: float, channels: int) -> None:
    y = np.stack([noise(4000, seed=k) for k in range(channels)])
    changed = effects.add_noise(y, sr=SR, snr_db=snr_db, rng=9)
    assert metrics.snr_db(y, changed) == pytest.approx(snr_db, abs=0.02)  # rounding, at 80 dB


def test_si_sdr_does_not_see_a_gain_and_snr_does() -> None:
    y = noise()
    changed = effects.add_noise(y, sr=SR, snr_db=20, rng=9)
    for gain_db in (-20, 6):
        louder = effects.gain(changed, gain_db=gain_db)
        assert metrics.si_sdr_db(y, louder) == pytest.approx(
            metrics.si_sdr_db(y, changed), abs=1e-3
        )
        assert metrics.snr_db(y, louder) < 10


def test_si_sdr_of_added_orthogonal_sound_is_the_ratio_of_powers() -> None:
    time = np.arange(SR) / SR
    y, other = np.sin(2 * np.pi * 100 * time), 0.1 * np.sin(2 * np.pi * 300 * time)
    assert metrics.si_sdr_db(y, y + other) == pytest.approx(20, abs=1e-3)  # float32
    assert metrics.si_sdr_db(y, other) < -100  # nothing in common


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("snr_db", np.inf),
        ("si_sdr_db", np.inf),
        ("log_spectral_distance_db", 0),
        ("nmr_db", -np.inf),
    ],
)
def test_equal_sounds(name: str, value: float) -> None:
    assert MEASURES[name](noise(), noise()) == value


@pytest.mark.parametrize("gain_db", [-12, 3])
def test_log_spectral_distance_of_a_gain_is_its_decibels(gain_db: float) -> None:
    y = noise()
    distance = metrics.log_spectral_distance_db(y, effects.gain(y, gain_db=gain_db), sr=SR)
    # Bins of noise below the floor of -80 dB, which a gain cannot move, are one in 10^8.
    assert distance == pytest.approx(abs(gain_db), abs=0.01)


def test_log_spectral_distance_is_a_mean_over_frames() -> None:
    y = noise(8 * SR)
    half = y.copy()
    half[4 * SR :] *= 10 ** (-12 / 20)
    # Half of the frames 12 dB off: 6 on average, where a mean square over time would say 8.5.
    assert metrics.log_spectral_distance_db(y, half, sr=SR) == pytest.approx(6, abs=0.1)


def test_log_spectral_distance_is_blind_to_polarity() -> None:
    y = noise()
    assert metrics.log_spectral_distance_db(y, effects.invert(y), sr=SR) == 0


class TestNoiseToMask:
    def test_grows_with_the_noise_decibel_by_decibel(self) -> None:
        y, sr = clips.load("strings")
        weak, strong = (
            metrics.nmr_db(y, effects.add_noise(y, sr=sr, snr_db=snr_db, rng=0), sr=sr)
            for snr_db in (40, 30)
        )
        # Not exactly: the noise is taken from the difference of magnitudes.
        assert strong - weak == pytest.approx(10, abs=1)

    def test_hides_noise_under_a_tone_and_not_far_from_it(self) -> None:
        time = np.arange(2 * SR) / SR
        y = (0.3 * np.sin(2 * np.pi * 1000 * time)).astype(np.float32)
        wide = effects.colored_noise(2 * SR, sr=SR, rng=0)

        def ratio(low_hz: float, high_hz: float) -> float:
            band = effects.band_pass(wide, sr=SR, low_hz=low_hz, high_hz=high_hz)
            return metrics.nmr_db(y, effects.mix(y, band, snr_db=30), sr=SR)

        beside, far = ratio(1050, 1250), ratio(4000, 4200)
        assert beside < far - 20

    def test_spreads_further_upwards_than_downwards(self) -> None:
        time = np.arange(2 * SR) / SR
        y = (0.3 * np.sin(2 * np.pi * 1000 * time)).astype(np.float32)

        def ratio(hertz: float) -> float:
            other = 0.003 * np.sin(2 * np.pi * hertz * time)
            return metrics.nmr_db(y, (y + other).astype(np.float32), sr=SR)

        # Two Bark each way: at this level the slope is 27 dB a Bark downwards, some 12 upwards.
        assert ratio(1300) < ratio(770) - 10

    def test_ranks_mp3_by_its_rate(self) -> None:
        y, sr = clips.load("band")
        ratios = [
            metrics.nmr_db(y, effects.mp3(y, sr=sr, bitrate_kbps=kbps), sr=sr)
            for kbps in (32, 64, 128, 160)
        ]
        assert ratios == sorted(ratios, reverse=True)
        assert ratios[0] > -8 > ratios[2]  # at 32 kbit/s it is heard, at 128 hardly

    def test_does_not_depend_on_the_rate_it_is_given_at(self) -> None:
        y, sr = clips.load("piano")
        changed = effects.add_noise(
            effects.low_pass(y, sr=sr, cutoff_hz=5000, order=8), sr=sr, snr_db=30, rng=0
        )
        # Loud enough below 10 kHz to decide; above, there is neither sound nor noise.
        low = metrics.nmr_db(y, changed, sr=sr)
        high = metrics.nmr_db(
            *(effects.speed(one, factor=sr / 48000) for one in (y, changed)), sr=48000
        )
        assert high == pytest.approx(low, abs=0.1)

    def test_has_the_bands_of_the_standard(self) -> None:
        """Table 7 of BS.1387: 109 bands, from 80 to 18000 Hz; the first is centred at 91.708 Hz."""
        from sonic_lab.metrics.masking import _bands

        shares, centres = _bands()
        assert len(centres) == 109
        assert centres[0] == pytest.approx(91.708, abs=0.01)
        assert centres[-1] == pytest.approx(17690.045, abs=1)
        # Every bin between the outermost edges is shared out whole.
        assert np.allclose(shares.sum(axis=0)[5:760], 1)


@pytest.fixture
def voice() -> tuple[np.ndarray, int]:
    y, sr = clips.load("speech")
    return y[: 4 * sr], sr


class TestOpinion:
    def test_visqol_of_equal_sounds_is_the_top(self, voice: tuple[np.ndarray, int]) -> None:
        pytest.importorskip("visqol")
        y, sr = voice
        assert metrics.visqol(y, y, sr=sr) == pytest.approx(4.732, abs=0.01)

    def test_visqol_falls_with_the_bit_rate(self, voice: tuple[np.ndarray, int]) -> None:
        pytest.importorskip("visqol")
        y, sr = voice
        marks = [metrics.visqol(y, effects.mp3(y, sr=sr, bitrate_kbps=k), sr=sr) for k in (160, 24)]
        assert 4.73 > marks[0] > marks[1] + 0.3

    def test_pesq_of_equal_sounds_is_the_top(self, voice: tuple[np.ndarray, int]) -> None:
        pytest.importorskip("pesq")
        y, sr = voice
        assert metrics.pesq(y, y, sr=sr) == pytest.approx(4.644, abs=0.001)

    def test_pesq_falls_with_noise(self, voice: tuple[np.ndarray, int]) -> None:
        pytest.importorskip("pesq")
        y, sr = voice
        marks = [
            metrics.pesq(y, effects.add_noise(y, sr=sr, snr_db=snr_db, rng=0), sr=sr)
            for snr_db in (40, 20, 5)
        ]
        assert marks == sorted(marks, reverse=True)
        assert marks[0] > marks[2] + 1

    def test_pesq_wants_speech(self) -> None:
        pytest.importorskip("pesq")
        hum = np.sin(2 * np.pi * 20 * np.arange(SR) / SR)
        with pytest.raises(AudioError, match="for it wants speech: No utterances detected"):
            metrics.pesq(hum, hum, sr=SR)

    @pytest.mark.parametrize(("name", "library"), [("visqol", "visqol"), ("pesq", "pesq")])
    def test_without_the_library_says_which_extra(
        self, name: str, library: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from sonic_lab.metrics import opinion

        opinion._visqol_model.cache_clear()
        monkeypatch.setitem(sys.modules, library, None)
        with pytest.raises(MissingDependencyError, match=r"pip install 'sonic-lab\[quality\]'"):
            MEASURES[name](noise(2 * SR), noise(2 * SR))

    def test_rate_too_low_is_refused(self) -> None:
        with pytest.raises(ParameterError, match="sr=4000 is too low to judge a sound by"):
            metrics.visqol(noise(), noise(), sr=4000)


@pytest.mark.parametrize("name", WITHOUT_LIBRARY)
def test_bad_pairs_are_refused(name: str) -> None:
    measure = MEASURES[name]
    with pytest.raises(AudioError, match=r"reference has shape \(16000,\) and changed \(15999,\)"):
        measure(noise(), noise(15999))
    with pytest.raises(AudioError, match="reference is silent"):
        measure(np.zeros(SR), noise())
    with pytest.raises(AudioError, match="changed has 1 NaN or infinite samples"):
        measure(noise(), np.append(noise(SR - 1), np.nan))
    with pytest.raises(AudioError, match="reference is empty"):
        measure(np.zeros(0), np.zeros(0))


@pytest.mark.parametrize("name", ["log_spectral_distance_db", "nmr_db", "visqol", "pesq"])
def test_too_short_is_refused(name: str) -> None:
    with pytest.raises(AudioError, match="reference is too short: 100 samples"):
        MEASURES[name](noise(100), noise(100))


@pytest.mark.parametrize("name", WITHOUT_LIBRARY)
@settings(max_examples=10, deadline=None)
@given(n=st.integers(1, 6000), channels=st.sampled_from([None, 1, 3]), seed=st.integers(0, 99))
def test_any_pair_gets_a_number_or_a_reason(
    name: str, n: int, channels: int | None, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    shape = (n,) if channels is None else (channels, n)
    a, b = (rng.uniform(-1, 1, shape).astype(np.float32) for _ in range(2))
    try:
        value = MEASURES[name](a, b)
    except AudioError:
        assert n < 2048
        return
    assert isinstance(value, float)
    assert not np.isnan(value)
