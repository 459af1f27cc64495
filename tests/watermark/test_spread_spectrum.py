"""Laws of the keyed mark: what must hold for every sound, key and payload."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonic_lab.errors import AudioError, ParameterError, UnknownNameError
from sonic_lab.watermark import SpreadSpectrum, Strength, UnmarkableError

SR = 22_050
MARK = SpreadSpectrum(key="a secret")


def music(seconds=6.0, sr=SR, seed=0, channels=None):
    """Return plucked chords over a little noise: tones, onsets, decays and a noise floor."""
    rng = np.random.default_rng(seed)
    n = int(seconds * sr)
    ring_s = np.arange(int(0.8 * sr)) / sr
    notes = {f0: _pluck(f0, ring_s) for f0 in (220, 262, 330, 392, 523)}
    out = 0.003 * rng.standard_normal((channels or 1, n + len(ring_s)))
    for onset in np.arange(0, n, 0.4 * sr).astype(int):
        for f0 in rng.choice(list(notes), 3, replace=False):
            out[:, onset : onset + len(ring_s)] += notes[f0]
    out = out[:, :n]
    out = (0.9 * out / np.abs(out).max()).astype(np.float32)
    return out if channels else out[0]


def _pluck(f0, t):
    return np.exp(-5 * t) * sum(np.sin(2 * np.pi * k * f0 * t) / k for k in range(1, 8))


def snr_db(y, z):
    y, z = y.astype(np.float64), z.astype(np.float64)
    return 10 * np.log10(np.sum(y**2) / np.sum((z - y) ** 2))


def test_what_is_written_is_read():
    y = music()
    hit = MARK.detect(MARK.embed(y, sr=SR, payload=0xBEEF), sr=SR)
    assert hit.present
    assert hit.payload == hit.guess == 0xBEEF
    assert hit.p_value < 1e-10
    assert hit.score > 10
    assert (hit.stretch, hit.pitch) == (1.0, 1.0)


@settings(max_examples=8, deadline=None)
@given(
    key=st.one_of(st.text(min_size=1), st.binary(min_size=1)),
    bits=st.sampled_from([16, 32]),
    data=st.data(),
)
def test_every_payload_comes_back_under_every_key(key, bits, data):
    payload = data.draw(st.integers(0, 2**bits - 1))
    mark = SpreadSpectrum(key, bits=bits)
    assert mark.detect(mark.embed(music(), sr=SR, payload=payload), sr=SR).payload == payload


@settings(max_examples=10, deadline=None)
@given(
    sr=st.sampled_from([16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 17_137]),
    seconds=st.floats(2.0, 30.0),
    channels=st.sampled_from([None, 1, 2, 3]),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_shape_dtype_and_mark_for_every_rate_length_and_number_of_channels(
    sr, seconds, channels, dtype
):
    y = music(seconds + 1e-3, sr, channels=channels).astype(dtype)
    z = MARK.embed(y, sr=sr, payload=7)
    assert z.shape == y.shape
    assert z.dtype == dtype
    assert np.abs(z).max() <= 1
    assert MARK.detect(z, sr=sr).payload == 7


def test_the_same_key_and_payload_give_the_same_samples():
    y = music()
    first = MARK.embed(y, sr=SR, payload=3)
    again = SpreadSpectrum(key=b"a secret").embed(y.copy(), sr=SR, payload=3)
    np.testing.assert_array_equal(first, again)
    assert np.any(first != MARK.embed(y, sr=SR, payload=4))


def test_the_input_is_left_alone():
    y = music()
    before = y.copy()
    z = MARK.embed(y, sr=SR, payload=3)
    MARK.detect(z, sr=SR)
    np.testing.assert_array_equal(y, before)


@pytest.mark.parametrize("asked", [24.0, 30.0, 36.0])
def test_the_snr_asked_for_is_the_snr_measured(asked):
    y = music()
    z = SpreadSpectrum("k", strength=Strength(snr_db=asked)).embed(y, sr=SR, payload=1)
    assert snr_db(y, z) == pytest.approx(asked, abs=0.02)  # float32, and the few samples clipped


def test_gentle_stays_30_db_below_the_sound():
    y = music(sr=44_100)
    assert snr_db(y, MARK.embed(y, sr=44_100, payload=1)) >= 29.98


def test_the_difference_grows_in_proportion_to_the_strength():
    y = 0.5 * music()  # far from full scale, where nothing is clipped
    changes = [
        SpreadSpectrum("k", strength=Strength(snr_db=snr)).embed(y, sr=SR, payload=1) - y
        for snr in (40.0, 34.0)
    ]
    ratio = 10 ** (6 / 20)
    # 1e-6: float32 rounding of y + change, whose samples are near 0.5
    np.testing.assert_allclose(ratio * changes[0], changes[1], atol=1e-6)


def test_equal_channels_get_the_mark_of_a_mono_sound():
    y = music()
    mono = MARK.embed(y, sr=SR, payload=9)
    stereo = MARK.embed(np.stack([y, y]), sr=SR, payload=9)
    for channel in stereo:
        np.testing.assert_allclose(channel, mono, atol=1e-6)  # float32, summed in another order


def test_a_stereo_mark_outlives_a_mix_to_mono_and_the_loss_of_a_channel():
    y = music(8, channels=2)
    z = MARK.embed(y, sr=SR, payload=9)
    for rest in (z.mean(axis=0), z[0], z[1], np.stack([z[0], -z[1]])):
        assert MARK.detect(rest, sr=SR).payload == 9


def test_neither_gain_nor_polarity_matters():
    z = MARK.embed(music(), sr=SR, payload=5)
    for gain in (0.01, -1.0):
        assert MARK.detect(gain * z, sr=SR).payload == 5


def test_a_silent_channel_stays_silent_beside_one_that_is_marked():
    y = np.stack([music(), np.zeros(6 * SR, np.float32)])
    z = MARK.embed(y, sr=SR, payload=7)  # warnings are errors here
    assert MARK.detect(z, sr=SR).payload == 7
    assert not z[1].any()


def test_digital_silence_stays_silent():
    y = music(8)
    y[SR : 2 * SR] = 0
    y[5 * SR : 5 * SR + 400] = 0
    z = MARK.embed(y, sr=SR, payload=1)
    assert not z[SR : 2 * SR].any()
    assert not z[5 * SR : 5 * SR + 400].any()
    assert MARK.detect(z, sr=SR).payload == 1


def test_full_scale_is_never_passed():
    y = np.clip(3 * music(), -1, 1)
    z = MARK.embed(y, sr=SR, payload=1)
    assert np.abs(z).max() <= 1
    assert MARK.detect(z, sr=SR).payload == 1


def test_a_piece_from_the_middle_is_enough():
    z = MARK.embed(music(12), sr=SR, payload=77)
    assert MARK.detect(z[5 * SR : 8 * SR], sr=SR).payload == 77


def test_a_sound_of_minutes_is_read_window_by_window():
    y = music(70)
    z = MARK.embed(y, sr=SR, payload=77)
    assert MARK.detect(z, sr=SR).payload == 77
    joined = np.concatenate([music(60, seed=1), z[: 30 * SR]])
    assert MARK.detect(joined, sr=SR).payload == 77


@pytest.mark.parametrize("factor", [0.9, 0.963, 1.04, 1.1])
def test_a_change_of_speed_is_found_and_named(factor):
    z = MARK.embed(music(10), sr=SR, payload=31)
    spots = np.arange(0, len(z) - 1, 1 / factor)
    hit = MARK.detect(np.interp(spots, np.arange(len(z)), z), sr=SR)
    assert hit.payload == 31
    assert hit.stretch == pytest.approx(factor, abs=0.005)  # the search's own step
    assert hit.pitch == pytest.approx(1 / factor, rel=0.01)


def test_the_wrong_key_finds_nothing():
    z = MARK.embed(music(), sr=SR, payload=5)
    hits = [SpreadSpectrum(f"key {k}").detect(z, sr=SR) for k in range(20)]
    assert not any(hit.present for hit in hits)
    assert all(hit.payload is None for hit in hits)


def test_p_values_of_unmarked_sound_are_no_smaller_than_uniform():
    y = music(3)
    p = np.array([SpreadSpectrum(f"key {k}").detect(y, sr=SR).p_value for k in range(60)])
    # A bound, so the share at or below any level is at most the level: with 60 draws, at most
    # 12 at 0.1 but for one chance in 100,000 (binomial).
    assert np.sum(p <= 0.1) <= 12 + 4
    assert p.min() > 1e-6


def test_averaging_one_long_sound_over_the_cycle_does_not_show_the_pattern():
    # A thief of a periodic mark folds a long sound over the period, and the pattern adds up.
    # Here every passage of some 18 s begins elsewhere, so a fold adds what does not belong
    # together. Where a passage begins, the detector says.
    cycle_s = 512 * 5 * 256 / 22050
    y = np.random.default_rng(0).normal(0, 0.1, 240 * SR).astype(np.float32)  # 8 cycles
    z = MARK.embed(y, sr=SR, payload=1)
    middles = (np.arange(13) + 0.5) * 240 / 13
    phases = []
    for middle in middles:
        piece = z[int((middle - 6) * SR) : int((middle + 6) * SR)]
        phases.append((MARK.detect(piece, sr=SR).offset_s - (middle - 6)) % cycle_s)
    apart = np.abs(np.diff(np.sort(phases)))
    # 13 of 512 places: at most two pairs share one, but for one chance in 2,000
    assert np.sum(apart < 0.05) <= 2


def test_averaging_many_sounds_does_not_show_the_pattern():
    from sonic_lab.watermark import key
    from sonic_lab.watermark.spread_spectrum import pattern

    starts = {
        round(MARK.detect(MARK.embed(music(seed=s), sr=SR, payload=1), sr=SR).offset_s, 3)
        for s in range(6)
    }
    assert len(starts) == 6  # every sound begins elsewhere in the pattern
    chips = pattern(b"a secret", 32).chips.astype(float)
    same = [np.mean(chips * np.roll(chips, k, axis=1)) for k in range(1, key.CYCLE)]
    assert np.abs(same).max() < 5 / np.sqrt(chips.size)  # no period: 5 deviations of fair signs


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros(SR), "lasts 1.00 s.*nor be called free"),
        (np.zeros(4 * SR), "too silent"),
        (1e-6 * np.ones(4 * SR), "too silent"),
    ],
)
def test_what_cannot_carry_a_mark_is_never_called_clean(y, message):
    with pytest.raises(UnmarkableError, match=message):
        MARK.embed(y, sr=SR, payload=1)
    with pytest.raises(UnmarkableError, match=message):
        MARK.detect(y, sr=SR)


def test_sound_that_is_none_is_refused():
    bad = music()
    bad[100] = np.nan
    with pytest.raises(AudioError, match="1 NaN"):
        MARK.embed(bad, sr=SR, payload=1)
    with pytest.raises(AudioError, match="empty"):
        MARK.detect(np.zeros(0), sr=SR)
    with pytest.raises(ParameterError, match="sr=8000 is outside 16000 to 48000"):
        MARK.detect(music(), sr=8000)
    with pytest.raises(ParameterError, match="sr=0"):
        MARK.detect(music(), sr=0)


@pytest.mark.parametrize(
    ("payload", "message"),
    [(1 << 16, "does not fit into 16 bits.*bits=32"), (-1, "does not fit"), (1.5, "whole number")],
)
def test_a_payload_that_cannot_be_written_is_refused(payload, message):
    with pytest.raises(ParameterError, match=message):
        SpreadSpectrum("k", bits=16).embed(music(), sr=SR, payload=payload)


def test_settings_that_cannot_work_are_refused():
    with pytest.raises(ParameterError, match="key is empty"):
        SpreadSpectrum("")
    with pytest.raises(ParameterError, match="text or bytes, not int"):
        SpreadSpectrum(5)
    with pytest.raises(ParameterError, match="bits=8"):
        SpreadSpectrum("k", bits=8)
    with pytest.raises(UnknownNameError, match="did you mean 'gentle'"):
        SpreadSpectrum("k", strength="gentl")
    with pytest.raises(ParameterError, match="snr_db=5 must lie"):
        Strength(snr_db=5)
    with pytest.raises(ParameterError, match="cap_db=0 must lie"):
        Strength(cap_db=0)
    with pytest.raises(ParameterError, match="threshold=0"):
        MARK.detect(music(), sr=SR, threshold=0)


def test_32_bits_hold_what_16_do_not():
    z = MARK.embed(music(), sr=SR, payload=0xC0FFEE)
    assert MARK.detect(z, sr=SR).payload == 0xC0FFEE
    assert not SpreadSpectrum("a secret", bits=16).detect(z, sr=SR).present


def test_a_stricter_threshold_is_searched_for_until_it_is_met():
    z = MARK.embed(music(), sr=SR, payload=5)
    assert MARK.detect(z, sr=SR, threshold=1e-30).present


def test_a_mark_does_not_show_its_key():
    assert "a secret" not in repr(MARK)


def test_a_hit_says_what_it_was_asked():
    z = MARK.embed(music(), sr=SR, payload=5)
    hit = MARK.detect(z, sr=SR, threshold=1e-3)
    assert hit.threshold == 1e-3
    assert dataclasses.is_dataclass(hit)
