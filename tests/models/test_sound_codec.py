"""The friendly door: any sound in, numbers out, and the same call for the hub's codecs."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch

from sonic_lab.errors import AudioError, ParameterError, UnknownNameError
from sonic_lab.models import SonicCodecConfig, SonicCodecModel, SoundCodec, bundled, load


@pytest.fixture(scope="module")
def codec() -> SoundCodec:
    config = SonicCodecConfig(
        hidden_size=32, intermediate_size=32, encoder_layers=1, decoder_layers=1, codebook_size=64
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = SonicCodecModel(config)
        model.quantizer.codebooks.normal_()
    return SoundCodec(model, name="random")


def noise(*shape: int) -> np.ndarray:
    return (np.random.default_rng(0).standard_normal(shape) * 0.1).astype(np.float32)


def test_sound_of_any_rate_and_channels_becomes_codes(codec):
    for y, sr in ((noise(16000), 16000), (noise(2, 44100), 44100), (noise(8000), 8000)):
        codes = codec.encode(y, sr=sr)
        assert codes.shape == (1, 8, 50)
        assert codes.dtype == np.int64
        out, rate = codec.decode(codes)
        assert rate == codec.sr == 16000
        assert out.shape == (16000,)
        assert out.dtype == np.float32


def test_the_first_codebooks_can_be_listened_to_alone(codec):
    codes = codec.encode(noise(8000), sr=16000)
    for k in (1, 3, 8):
        assert np.array_equal(codec.encode(noise(8000), sr=16000, n_codebooks=k), codes[:, :k])
        assert np.array_equal(codec.decode(codes, n_codebooks=k)[0], codec.decode(codes[:, :k])[0])
    assert not np.array_equal(codec.decode(codes, n_codebooks=1)[0], codec.decode(codes)[0])


def test_several_sounds_are_decoded_together(codec):
    codes = codec.encode(noise(8000), sr=16000)
    both, _ = codec.decode(np.concatenate([codes, codes]))
    assert both.shape == (2, 8000)
    assert np.array_equal(codec.decode(codes[0])[0], codec.decode(codes)[0])  # (K, T) will do


@pytest.mark.parametrize(
    ("y", "sr", "error", "match"),
    [
        (np.full(16000, np.nan), 16000, AudioError, "NaN"),
        (noise(100), 16000, AudioError, "too short: 100 samples at 16000 Hz"),
        (np.zeros(0), 16000, AudioError, "empty"),
        (noise(16000), 0, ParameterError, "sr=0"),
        (np.zeros(16000, dtype=np.int16), 16000, AudioError, "Divide it by 32768"),
    ],
)
def test_what_is_no_sound_is_refused(codec, y, sr, error, match):
    with pytest.raises(error, match=match):
        codec.encode(y, sr=sr)


@pytest.mark.parametrize(
    ("codes", "match"),
    [
        (np.zeros((1, 8, 5)), "whole numbers, but have dtype float64"),
        (np.zeros((1, 9, 5), dtype=int), "K from 1 to 8"),
        (np.zeros((8, 0), dtype=int), r"shape \(8, 0\)"),
        (np.full((1, 8, 5), 64), "from 0 to 63"),
    ],
)
def test_what_are_no_codes_is_refused(codec, codes, match):
    with pytest.raises(ParameterError, match=match):
        codec.decode(codes)


@pytest.mark.parametrize("k", [0, 9, True, 2.0])
def test_a_number_of_codebooks_that_is_not_there_is_refused(codec, k):
    with pytest.raises(ParameterError, match="from 1 to 8"):
        codec.decode(np.zeros((1, 8, 5), dtype=int), n_codebooks=k)


@pytest.mark.parametrize("name", ["codexx", "", 3, "../weights"])
def test_a_model_that_is_not_bundled_is_refused(name):
    with pytest.raises(UnknownNameError, match="no bundled model named"):
        bundled.path(name)
    with pytest.raises(UnknownNameError, match="no bundled model named"):
        load(name)


def fresh(code: str, **environment: str) -> str:
    """Run code in a fresh process that may not reach the hub; return what it prints."""
    import os

    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", textwrap.dedent(code)],
        env={**os.environ, "HF_HUB_OFFLINE": "1", **environment},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_codec_of_the_hub_loads_by_the_same_call(tmp_path):
    """A random EnCodec of the 24 kHz kind, laid out as the hub's client keeps what it fetched."""
    from transformers import EncodecConfig, EncodecModel

    small = EncodecConfig(target_bandwidths=[1.5, 3.0], num_filters=2, hidden_size=8)
    home = tmp_path / "hub" / "models--facebook--encodec_24khz"
    EncodecModel(small).save_pretrained(home / "snapshots" / ("0" * 40))
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("0" * 40)
    said = fresh(
        """
        import numpy as np
        from sonic_lab.models import load
        codec = load("facebook/encodec_24khz", device="cpu")
        codes = codec.encode(np.zeros(16000, dtype=np.float32), sr=16000)
        y, sr = codec.decode(codes, n_codebooks=2)
        print(codec, codes.shape, y.shape, sr)
        """,
        HF_HOME=str(tmp_path),
    )
    # 3 kbit/s at 75 frames a second of 10 bits are 4 codebooks.
    assert "facebook/encodec_24khz: 24000 Hz, 4 codebooks of 1024, 75 frames" in said
    assert said.strip().endswith("(1, 4, 75) (24000,) 24000")


@pytest.mark.slow
def test_without_the_hub_the_error_names_the_cure(tmp_path):
    said = fresh(
        """
        from sonic_lab.errors import HubError
        from sonic_lab.models import load
        try:
            load("facebook/encodec_32khz", device="cpu")
        except HubError as error:
            print(error)
        """,
        HF_HOME=str(tmp_path),
    )
    assert "facebook/encodec_32khz could not be loaded from the hub (HF_HUB_OFFLINE is set)" in said
    assert "load('codec')" in said
