"""Laws of the staircase and of the tiny MusicGen; transformers' own code is the oracle."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sonic_lab.errors import ParameterError
from sonic_lab.models import musicgen

SMALL = musicgen.MusicgenSize(
    width=32, layers=2, heads=2, hidden=64, text_width=16, text_layers=1, text_heads=2,
    text_hidden=32, vocabulary=80, codebook_size=64,
)  # fmt: skip


@pytest.fixture(scope="module")
def model():  # type: ignore[no-untyped-def]
    return musicgen.random_model(musicgen.tiny_config(SMALL), seed=3)


@settings(max_examples=30, deadline=None)
@given(B=st.integers(1, 3), K=st.integers(1, 6), T=st.integers(1, 20))
def test_a_staircase_straightens_to_what_it_was(B: int, K: int, T: int) -> None:
    codes = torch.randint(64, (B, K, T), generator=torch.Generator().manual_seed(B * K * T))
    stairs = musicgen.delay(codes, pad=64)
    assert stairs.shape == (B, K, T + K - 1)
    assert torch.equal(musicgen.undelay(stairs), codes)
    assert int((stairs == 64).sum()) == B * K * (K - 1)  # K - 1 holes in every codebook


def test_the_staircase_is_the_one_that_transformers_builds(model) -> None:  # type: ignore[no-untyped-def]
    """A prompt laid out by `build_delay_pattern_mask`, whose first column is the start token."""
    T, K, pad = 7, SMALL.n_codebooks, SMALL.codebook_size
    codes = torch.randint(pad, (2, K, T), generator=torch.Generator().manual_seed(0))
    started = torch.cat([torch.full((2, K, 1), pad), codes], dim=2)  # (B, K, 1 + T)
    _, mask = model.decoder.build_delay_pattern_mask(
        started.reshape(2 * K, -1), pad_token_id=pad, max_length=T + K
    )
    assert torch.equal(mask.reshape(2, K, -1)[..., 1:], musicgen.delay(codes, pad=pad))


@pytest.mark.parametrize(
    "codes", [torch.zeros(2, 3), torch.zeros(1, 2, 3), [[[1]]]], ids=["flat", "floats", "a list"]
)
def test_what_is_no_code_is_refused(codes: object) -> None:
    with pytest.raises(ParameterError, match="codes must be a tensor of integers"):
        musicgen.delay(codes, pad=0)  # type: ignore[arg-type]


def test_a_staircase_too_short_for_one_frame_is_refused() -> None:
    with pytest.raises(ParameterError, match="no whole frame of 4 codebooks"):
        musicgen.undelay(torch.zeros(1, 4, 3, dtype=torch.long))


def test_one_seed_gives_one_model_and_leaves_the_global_luck_alone(model) -> None:  # type: ignore[no-untyped-def]
    before = torch.get_rng_state()
    same, other = (musicgen.random_model(musicgen.tiny_config(SMALL), seed=s) for s in (3, 4))
    assert torch.equal(before, torch.get_rng_state())
    weights, again, others = (m.decoder.state_dict() for m in (model, same, other))
    assert all(torch.equal(weights[name], again[name]) for name in weights)
    assert not torch.equal(weights["lm_heads.0.weight"], others["lm_heads.0.weight"])


def test_the_bundled_size_is_what_the_cards_say() -> None:
    decoder = musicgen.random_model().decoder
    millions = sum(weight.numel() for weight in decoder.parameters()) / 1e6
    assert 7 < millions < 7.7  # 5 layers of width 256, 4 codebooks of 1,024


def test_it_generates_sound_of_the_length_that_was_asked_for(model) -> None:  # type: ignore[no-untyped-def]
    steps, words = 12, torch.tensor([[5, 6, 1], [7, 1, 0]])
    y = model.generate(
        input_ids=words, attention_mask=(words > 0).long(), max_new_tokens=steps, do_sample=False
    )
    frames = steps + 1 - SMALL.n_codebooks  # the start token counts, and the staircase ends late
    hop = model.config.audio_encoder.hop_length
    assert y.shape == (2, 1, frames * hop)
    assert torch.isfinite(y).all()


def test_guidance_without_words_changes_nothing(model) -> None:  # type: ignore[no-untyped-def]
    """The null prompt is states of 0 under a mask of 0: its cross-attention must add nothing."""
    ids = torch.randint(64, (4, 5), generator=torch.Generator().manual_seed(0))
    words = torch.zeros(1, 3, SMALL.text_width)
    nothing = model(
        encoder_outputs=(words,),
        attention_mask=torch.zeros(1, 3, dtype=torch.long),
        decoder_input_ids=ids,
    ).logits
    alone = model.decoder(ids).logits
    torch.testing.assert_close(nothing, alone, rtol=1e-5, atol=1e-5)  # float32, other order of sums


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"layers": 0}, "layers=0 must be"), ({"width": 250}, "4 heads do not divide a width of 250")],
)
def test_a_size_that_cannot_work_is_refused(wrong: dict[str, int], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        musicgen.MusicgenSize(**wrong)


def test_loading_spares_what_the_codec_was_taught(tmp_path: Path) -> None:
    """A beginning that is set through a slice would pass by transformers' own guard."""
    from transformers import MusicgenForConditionalGeneration

    model = musicgen.random_model(musicgen.tiny_config(SMALL), seed=3)
    faders = model.audio_encoder.decoder.faders
    torch.nn.init.constant_(faders.bias, 0.5)  # what no beginning would give
    model.save_pretrained(tmp_path)
    again = MusicgenForConditionalGeneration.from_pretrained(tmp_path)
    assert torch.equal(again.audio_encoder.decoder.faders.bias, faders.bias)
