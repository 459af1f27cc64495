"""The masked threshold does what the ear does, in outline."""

import numpy as np

from sonic_lab.watermark.masking import threshold
from sonic_lab.watermark.tiles import N_BANDS

QUIET = threshold(np.zeros((N_BANDS, 40), np.float32))


def tone(band, level=1.0):
    power = np.zeros((N_BANDS, 40), np.float32)
    power[band, 10:20] = level
    return power


def test_a_tone_masks_near_it_and_upwards_more_than_downwards():
    heard = threshold(tone(20))[:, 15]
    assert heard[20] < 1  # less than the tone itself
    assert heard[20] > heard[21] > heard[24]
    assert heard[21] > heard[19]


def test_masking_dies_away_after_the_sound_and_hardly_reaches_before_it():
    heard = threshold(tone(20))[20]
    assert heard[15] > heard[21] > heard[24] > heard[30]
    assert heard[9] == QUIET[20, 9]
    assert heard[10] < 0.1 * heard[15]  # a frame that holds the onset also holds what precedes it


def test_silence_has_the_threshold_in_quiet():
    best = np.argmin(QUIET[:, 0])
    assert np.all(QUIET > 0)
    assert 20 < best < 36  # the ear is keenest between 1.6 and 6.3 kHz


def test_louder_masks_more_in_proportion():
    loud, soft = threshold(tone(20, 1e6))[20, 15], threshold(tone(20, 1e4))[20, 15]
    assert np.isclose(loud / soft, 100, rtol=1e-2)  # but for the threshold in quiet
