"""Laws of the small vocabulary: nothing is refused, and what was learned holds together."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonic_lab.errors import ParameterError
from sonic_lab.models import pieces

CAPTIONS = [
    "slow sad piano melody", "fast happy flute at 120 bpm", "a calm waltz for strings",
    "funky bassline with drums", "bright bells, dreamy and slow",
] * 8  # fmt: skip
KNOWN = pieces.train_pieces(CAPTIONS, size=160)


def test_common_words_are_one_piece() -> None:
    assert KNOWN.tokenize("slow piano") == ["▁slow", "▁piano"]


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_becomes_numbers_within_the_vocabulary_and_ends(text: str) -> None:
    ids = KNOWN(text).input_ids
    assert ids[-1] == 1
    assert all(0 <= number < len(KNOWN) for number in ids)


@settings(max_examples=30, deadline=None)
@given(word=st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=20))
def test_a_word_never_seen_keeps_all_its_letters(word: str) -> None:
    ids = KNOWN(word).input_ids[:-1]
    assert pieces.UNKNOWN not in KNOWN.convert_ids_to_tokens(ids)
    assert KNOWN.decode(ids) == word


def test_case_and_accents_make_no_difference() -> None:
    assert KNOWN("Mélody, SLOW").input_ids == KNOWN("melody, slow").input_ids


def test_an_emoji_is_one_unknown_and_spoils_no_neighbour() -> None:
    assert KNOWN.tokenize("slow 🎵 piano") == ["▁slow", "▁", pieces.UNKNOWN, "▁piano"]


def test_what_is_saved_is_what_the_auto_classes_load(tmp_path: Path) -> None:
    from transformers import AutoProcessor, AutoTokenizer

    pieces.save_processor(pieces.make_processor(KNOWN), tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "musicgen"}')
    processor = AutoProcessor.from_pretrained(tmp_path)
    text = "Slow sad zebra 🎵, 120 bpm"
    assert processor.tokenizer(text).input_ids == KNOWN(text).input_ids
    assert AutoTokenizer.from_pretrained(tmp_path)(text).input_ids == KNOWN(text).input_ids
    assert processor.feature_extractor.sampling_rate == 16_000
    batch = processor(text=["slow", "slow sad piano"], padding=True, return_tensors="pt")
    assert batch["input_ids"].shape == (2, 4)
    assert batch["attention_mask"].tolist() == [[1, 1, 0, 0], [1, 1, 1, 1]]


@pytest.mark.parametrize(
    ("texts", "size", "message"),
    [([" "], 200, "texts is empty"), (["slow piano"], 20, "size=20 must be at least")],
)
def test_too_little_to_learn_from_is_refused(texts: list[str], size: int, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        pieces.train_pieces(texts, size=size)
