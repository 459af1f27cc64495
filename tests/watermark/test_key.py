"""The pattern of a key, and its code, against a decoder that tries every word."""

import numpy as np
import pytest

from sonic_lab.watermark.key import CYCLE, pattern
from sonic_lab.watermark.tiles import N_BANDS

GOLDEN = "+----++-+++-+++-+-----++---++-+-"


def test_a_key_is_its_bytes():
    same, other = pattern(b"key", 16), pattern(b"kez", 16)
    np.testing.assert_array_equal(pattern(b"key", 16).chips, same.chips)
    assert abs(np.mean(same.chips == other.chips) - 0.5) < 5 * 0.5 / np.sqrt(N_BANDS * CYCLE)


def test_the_pattern_never_changes():
    # Marks that were written must be read for ever: this stands for the stream of bytes.
    chips = pattern(b"golden", 16).chips
    assert "".join("+" if c > 0 else "-" for c in chips[0, :32]) == GOLDEN


@pytest.mark.parametrize("bits", [16, 32])
def test_signs_are_fair_and_pilots_ignore_the_payload(bits):
    p = pattern(b"key", bits)
    signs = p.signs(12345)
    assert set(np.unique(signs)) == {-1.0, 1.0}
    assert abs(signs.mean()) < 5 / np.sqrt(signs.size)
    np.testing.assert_array_equal(signs[p.blocks < 0], p.chips[p.blocks < 0])
    assert np.mean(p.blocks < 0) == pytest.approx(87 / 256, abs=0.02)


@pytest.mark.parametrize(("bits", "payload"), [(16, 0xA5C3), (32, 0xDEADBEEF)])
def test_decoding_is_maximum_likelihood(bits, payload):
    rng = np.random.default_rng(0)
    p = pattern(b"key", bits)
    positions = (400 + np.arange(150)) % CYCLE  # over the seam of the cycle
    tiles = 0.2 * p.signs(payload)[:, positions] + rng.standard_normal((N_BANDS, 150))
    z, found = p.decode(tiles, positions)
    assert found == payload
    agreement = np.sum(tiles * p.signs(payload)[:, positions])
    assert z == pytest.approx(agreement / np.linalg.norm(tiles), rel=1e-5)  # float32 transform
    for other in rng.integers(0, 2**bits, 50):
        assert np.sum(tiles * p.signs(int(other))[:, positions]) <= agreement


def test_nothing_decodes_to_no_evidence():
    assert pattern(b"key", 16).decode(np.zeros((N_BANDS, 9)), np.arange(9))[0] == 0
