"""The codec: laws of its lengths, codes and parts, its oscillators by hand, and its interface."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import (
    AutoConfig,
    AutoModel,
    EncodecConfig,
    EncodecModel,
    MusicgenConfig,
    MusicgenDecoderConfig,
    MusicgenForConditionalGeneration,
    T5Config,
)

from sonic_lab.errors import AudioError, ParameterError, UnknownNameError
from sonic_lab.models.codec import SonicCodecConfig, SonicCodecModel, level, tone_frequencies

SMALL = {
    "hidden_size": 32, "intermediate_size": 48, "encoder_layers": 1, "decoder_layers": 2,
    "codebook_size": 64, "codebook_dim": 16, "num_quantizers": 4,
}  # fmt: skip
HOP = 320


def make(**changes) -> SonicCodecModel:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = SonicCodecModel(SonicCodecConfig(**{**SMALL, **changes})).eval()
        model.quantizer.codebooks.normal_()
    return model


@pytest.fixture(scope="module")
def model() -> SonicCodecModel:
    return make()


@pytest.fixture(scope="module")
def codes() -> torch.Tensor:
    return torch.randint(64, (1, 2, 4, 60), generator=torch.Generator().manual_seed(1))


@settings(max_examples=15, deadline=None)
@given(n=st.integers(1, 3000))
def test_frames_cover_the_sound(n):
    model = make()
    out = model.encode(torch.zeros(1, 1, n))
    frames = -(-n // HOP)
    assert out.audio_codes.shape == (1, 1, 4, frames)
    assert model.decode(out.audio_codes, out.audio_scales).audio_values.shape == (
        1, 1, frames * HOP,
    )  # fmt: skip


def test_a_lower_bandwidth_gives_the_first_codebooks(model):
    y = torch.randn(2, 1, 5000, generator=torch.Generator().manual_seed(0)) * 0.1
    whole = model.encode(y).audio_codes
    for k, kbps in enumerate(model.config.target_bandwidths, start=1):
        assert torch.equal(model.encode(y, bandwidth=kbps).audio_codes, whole[:, :, :k])


def test_a_part_sounds_as_it_does_within_the_whole(model, codes):
    whole = model.decode(codes).audio_values
    # Only the order of float32 sums differs between a part and the whole.
    for start, stop in ((0, 7), (5, 6), (23, 40), (52, 60), (0, 60)):
        part = model.decode_part(codes, start, stop)
        assert torch.allclose(part, whole[..., start * HOP : stop * HOP], atol=1e-5)


def test_its_context_is_as_wide_as_it_says_and_no_wider(model, codes):
    whole, context = model.decode(codes).audio_values, model.config.context_frames
    changed = codes.clone()
    changed[..., 30] = (changed[..., 30] + 1) % 64
    moved = (model.decode(changed).audio_values != whole).any(1).any(0).view(-1, HOP).any(1)
    touched = torch.nonzero(moved).flatten()
    assert touched.min() >= 30 - context
    assert touched.max() <= 30 + context
    assert len(touched) > context  # the change is heard, and beyond its own frame


def test_a_batch_is_each_of_its_sounds(model, codes):
    both = model.decode(codes).audio_values
    for i in range(2):
        alone = model.decode(codes[:, i : i + 1]).audio_values
        assert torch.allclose(alone[0], both[i], atol=1e-5)  # batches may be summed otherwise


def only_tone(model: SonicCodecModel, j: int, frames: int) -> torch.Tensor:
    faders = torch.full((1, frames, sum(model.decoder.sizes)), -100.0)
    faders[..., j] = 5.0  # full scale
    return faders


@pytest.mark.parametrize("first_frame", [0, 12_345_678])
def test_a_fader_that_stands_still_sings_a_pure_tone_of_any_pitch(model, first_frame):
    f = tone_frequencies(model.config)
    for j in (3, 150, 300, len(f) - 1):
        assert f[j] % 50 or j == 3  # no multiple of the frame rate, else it proves nothing
        y = model.decoder.play(only_tone(model, j, 20), first_frame=first_frame)[0].double()
        at = first_frame * HOP - HOP // 2 + np.arange(20 * HOP, dtype=np.int64)
        turns = (int(f[j]) * at % 16000) / 16000
        basis = np.stack([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)], axis=1)
        inside = slice(HOP, -HOP)  # the first and last grain have no neighbour to fade into
        fit, *_ = np.linalg.lstsq(basis[inside], y.numpy()[inside])
        assert np.hypot(*fit) == pytest.approx(1.0, abs=1e-4)  # float32 sums of 640 products
        assert np.abs(basis @ fit - y.numpy())[inside].max() < 1e-4


def test_equal_faders_make_a_noise_that_does_not_repeat_with_the_frames(model):
    tones, bins = model.config.tone_count, HOP + 1
    faders = torch.full((1, 40, sum(model.decoder.sizes)), -100.0)
    faders[..., tones : tones + bins] = 2.0
    frames = model.decoder.play(faders).view(40, HOP)[1:-1]
    likeness = torch.corrcoef(frames) - torch.eye(38)
    # 320 random samples are alike by chance to 1/√320 = 0.06; five times that never happens.
    assert likeness.abs().max() < 0.3


def test_a_held_tone_looks_the_same_in_every_frame(model):
    y = 0.5 * torch.sin(2 * torch.pi * 443 * torch.arange(32000) / 16000)[None]
    sight = model.encoder.sight(y)[0, 5:-5]  # (T, F), away from where it begins and ends
    loud = sight.mean(0) > 0  # the side lobes' floor wavers with the phase; it is not heard
    assert loud.sum() > 10
    assert sight[:, loud].std(0).max() < 0.05  # of a range of about 4


def test_the_noise_leaves_the_bass_to_the_tones():
    model = make(noise_low_hz=400)
    tones, bins = model.config.tone_count, HOP + 1
    faders = torch.full((1, 50, sum(model.decoder.sizes)), -100.0)
    faders[..., tones : tones + bins] = 2.0
    power = torch.fft.rfft(model.decoder.play(faders)[0]).abs().square()  # bins of 1 Hz
    # A grain's window smears each bin of 25 Hz over two more: 350 Hz and below stay clear of it.
    assert power[:350].mean() < 1e-3 * power[450:8000].mean()


def test_its_three_parts_add_up_to_the_whole(model, codes):
    parts = [model.decode_solo(codes, part) for part in ("tones", "noise", "attacks")]
    assert all(part.abs().max() > 1e-6 for part in parts)
    # Three sums of float32 in place of one.
    assert torch.allclose(sum(parts), model.decode(codes).audio_values, atol=1e-6)
    with pytest.raises(UnknownNameError, match="no part of the sound named 'tone'"):
        model.decode_solo(codes, "tone")


def test_the_bank_is_fine_enough_for_pitch():
    f = tone_frequencies(SonicCodecConfig())
    steps = np.diff(f)
    assert f.dtype == np.int64
    assert (steps >= 1).all()
    assert f[0] == 28
    assert 7900 < f[-1] < 8000
    # Half a step is the worst error: a quarter tone is 50 cents, bars are set at that.
    worst = 1200 * np.log2((f[:-1] + steps / 2) / f[:-1])
    assert worst[f[:-1] > 41].max() < 21
    assert np.median(worst) < 10


def test_faders_are_levels_in_nats():
    assert level(torch.tensor([5.0 - 1, -95.0])).tolist() == pytest.approx([np.exp(-1), 0.0])


def test_configuration_and_weights_make_a_round_trip(model, codes, tmp_path):
    model.save_pretrained(tmp_path)
    again = AutoModel.from_pretrained(tmp_path).eval()
    assert isinstance(again, SonicCodecModel)
    assert torch.equal(again.decode(codes).audio_values, model.decode(codes).audio_values)
    config = AutoConfig.from_pretrained(tmp_path)
    assert config.to_diff_dict() == model.config.to_diff_dict()
    assert config.num_quantizers == 4
    assert config.frame_rate == 50


def test_it_answers_as_encodec_does():
    ours = make()
    settings = {"target_bandwidths": [2.0], "num_filters": 2, "hidden_size": 8}
    theirs = EncodecModel(EncodecConfig(sampling_rate=16000, **settings)).eval()
    y = torch.zeros(2, 1, 16000)
    for field in ("sampling_rate", "frame_rate", "num_quantizers", "audio_channels"):
        assert getattr(ours.config, field) == getattr(theirs.config, field)
    with torch.inference_mode():
        for a, b in ((ours.encode(y), theirs.encode(y)), (ours(y), theirs(y))):
            assert a.keys() == b.keys()
            assert a.audio_codes.shape == b.audio_codes.shape
            assert a.audio_codes.dtype == b.audio_codes.dtype
        a, b = (m.encode(y, return_dict=False) for m in (ours, theirs))
        assert len(a) == len(b)
        assert a[1] == b[1]
        sounds = [m.decode(m.encode(y).audio_codes, [None]).audio_values for m in (ours, theirs)]
        assert sounds[0].shape == sounds[1].shape


def test_musicgen_takes_it_as_it_is(tmp_path):
    codec = make(default_bandwidth=0.6)  # of 0.3, 0.6, 0.9, 1.2 kbit/s: two codebooks
    config = MusicgenConfig(
        text_encoder=T5Config(
            vocab_size=20, d_model=16, d_ff=16, d_kv=8, num_layers=1, num_heads=2
        ).to_dict(),
        audio_encoder=codec.config.to_dict(),
        decoder=MusicgenDecoderConfig(
            vocab_size=64, hidden_size=16, ffn_dim=16, num_hidden_layers=1,
            num_attention_heads=2, num_codebooks=2, pad_token_id=64, bos_token_id=64,
        ).to_dict(),
    )  # fmt: skip
    whole = MusicgenForConditionalGeneration(config).eval()
    whole.audio_encoder.load_state_dict(codec.state_dict())
    whole.generation_config.decoder_start_token_id = 64
    whole.generation_config.pad_token_id = 64
    whole.save_pretrained(tmp_path)
    again = MusicgenForConditionalGeneration.from_pretrained(tmp_path).eval()
    assert isinstance(again.audio_encoder, SonicCodecModel)
    assert again.config.audio_encoder.sampling_rate == 16000
    text = torch.ones(1, 3, dtype=torch.long)
    sound = again.generate(text, do_sample=False, max_new_tokens=12)
    assert sound.shape[:2] == (1, 1)
    assert sound.shape[2] % HOP == 0
    # A beginning to go on from passes through `encode`, with two codebooks by default.
    begun = torch.zeros(1, 1, 10 * HOP)
    longer = again.generate(text, input_values=begun, do_sample=False, max_new_tokens=12)
    assert longer.shape[2] > begun.shape[2]


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        (torch.zeros(1, 2, 1000), r"must be \(B, 1, n\)"),
        (torch.zeros(1, 1, 0), "not empty"),
        (torch.zeros(1000), r"shape \(1000,\)"),
        (torch.full((1, 1, 1000), float("nan")), "NaN or infinite"),
    ],
)
def test_what_is_no_sound_is_refused(model, bad, match):
    with pytest.raises(AudioError, match=match):
        model.encode(bad)


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        (torch.zeros(1, 4, 5, dtype=torch.long), r"\(1, 4, 5\)"),
        (torch.zeros(1, 1, 5, 9, dtype=torch.long), "K from 1 to 4"),
        (torch.full((1, 1, 4, 9), 64), "from 0 to 63"),
        (torch.full((1, 1, 4, 9), -1), "reach from -1"),
    ],
)
def test_what_are_no_codes_is_refused(model, bad, match):
    with pytest.raises(ParameterError, match=match):
        model.decode(bad)


def test_a_bandwidth_or_part_that_is_not_there_is_refused(model, codes):
    with pytest.raises(ParameterError, match=r"bandwidth=2\.2 must be one of"):
        model.encode(torch.zeros(1, 1, 1000), bandwidth=2.2)
    with pytest.raises(ParameterError, match="frames 10 to 61 do not lie in the 60"):
        model.decode_part(codes, 10, 61)


def test_a_padding_mask_silences_and_cuts(model):
    y = torch.randn(1, 1, 3200, generator=torch.Generator().manual_seed(2)) * 0.1
    mask = torch.ones(1, 3200)
    mask[:, 1600:] = 0
    silent = torch.cat([y[..., :1600], torch.zeros(1, 1, 1600)], dim=-1)
    assert torch.equal(model.encode(y, mask).audio_codes, model.encode(silent).audio_codes)
    assert model.decode(model.encode(y).audio_codes, [None], mask[:, :1000]).audio_values.shape == (
        1, 1, 1000,
    )  # fmt: skip
