"""The grid of tiles: how far each band is believed, and what the neighbours take away."""

import numpy as np

from sonic_lab.watermark import tiles


def test_low_bands_are_believed_less_and_none_more_than_wholly():
    steps = tiles.FINE * np.arange(tiles.N_BANDS)
    trust = tiles.trust(steps)
    assert trust.shape == (tiles.N_BANDS, 1)
    assert np.all(np.diff(trust[:, 0]) >= 0)
    assert trust[0] < 0.6  # 280 Hz
    assert np.all(trust[tiles.edges_hz(steps) >= 2000] == 1)


def test_the_fine_grid_is_believed_as_the_bands_are():
    fine = tiles.trust(np.arange(tiles.FINE * tiles.N_BANDS))
    np.testing.assert_array_equal(
        fine[:: tiles.FINE], tiles.trust(tiles.FINE * np.arange(tiles.N_BANDS))
    )


def test_what_the_neighbours_predict_is_taken_away():
    rng = np.random.default_rng(0)
    swell = tiles.smooth(rng.normal(0, 5, (1, 600)), 20)  # all bands together, by several dB
    hiss = rng.normal(0, 0.02, (tiles.N_BANDS, 600))
    power = np.exp(swell + hiss).astype(np.float32)
    power[20, 300:305] *= 1.3  # one tile, 1.1 dB up
    x, weights = tiles.features(power)
    assert weights.shape == (20,)
    assert np.abs(x).max() <= 3
    assert x[20, 300:305].mean() > 1  # stands out, though the swell is larger
    others = np.abs(np.delete(x, slice(290, 315), axis=1)).mean()
    assert others < 1


def test_no_tile_depends_on_the_level_of_the_whole():
    power = np.random.default_rng(1).exponential(1, (tiles.N_BANDS, 400)).astype(np.float32)
    quiet, _ = tiles.features(1e-4 * power)
    loud, _ = tiles.features(1e4 * power)
    # 2e-3: the floors are relative, but for the 1e-8 under the spread, and all is float32
    np.testing.assert_allclose(quiet, loud, atol=2e-3)


def test_the_power_of_every_band_is_what_lies_between_its_edges():
    y = np.random.default_rng(0).normal(0, 0.1, 2 * tiles.RATE).astype(np.float32)
    spectra = tiles.frames(y)
    below = tiles.cumulative_power(spectra)
    np.testing.assert_allclose(tiles.power_in_bands(spectra), tiles.bands(below), rtol=0.02)
