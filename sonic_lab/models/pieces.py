"""The words a small MusicGen reads: a subword vocabulary, and the processor around it.

Text is put into lower case without accents, and its letters are joined to pieces, the commonest
pairs first (byte-pair encoding). Common words of the captions become one piece each. A word that
was never seen stays in shorter pieces, at worst in letters, and whatever is no letter of ours (an
emoji) becomes one ``<unk>``: a prompt is never refused and its other words still count.

References
----------
Sennrich, Haddow and Birch, Neural Machine Translation of Rare Words with Subword Units (2016).
"""

from __future__ import annotations

import json
import string
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ParameterError

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import MusicgenProcessor, PreTrainedTokenizerFast

PAD, END, UNKNOWN = "<pad>", "</s>", "<unk>"
LETTERS = string.ascii_lowercase + string.digits + ".,;:!?'\"&-+/()#%"


def train_pieces(texts: Iterable[str], *, size: int = 2048) -> PreTrainedTokenizerFast:
    """Learn a vocabulary from texts.

    Parameters
    ----------
    texts : captions, and any English whose words should hold together
    size : most pieces to keep, special ones included; few texts give fewer

    Returns
    -------
    A tokenizer with T5's special pieces: ``<pad>`` 0, ``</s>`` 1 (it ends every text), ``<unk>`` 2.

    Raises
    ------
    ParameterError
        There are no texts, or `size` has no room for the letters.

    Examples
    --------
    >>> pieces = train_pieces(["slow sad piano melody", "fast piano"] * 9, size=80)
    >>> pieces("SLOW piano").input_ids == pieces("slow piano").input_ids
    True
    >>> pieces.tokenize("piano zebra")
    ['▁piano', '▁', 'z', 'e', 'b', 'r', 'a']
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
    from tokenizers.trainers import BpeTrainer
    from transformers import PreTrainedTokenizerFast

    texts = [text for text in texts if text.strip()]
    if not texts:
        raise ParameterError("texts is empty: give the captions to learn the pieces from")
    if size < len(LETTERS) + 8:
        raise ParameterError(f"size={size} must be at least {len(LETTERS) + 8}, for the letters")
    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Punctuation("isolated"),
            pre_tokenizers.Metaspace(),
        ]
    )
    tokenizer.decoder = decoders.Metaspace()
    trainer = BpeTrainer(
        vocab_size=size,
        special_tokens=[PAD, END, UNKNOWN],
        limit_alphabet=len(LETTERS) + 1,
        initial_alphabet=["▁", *LETTERS],
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    _end_every_text(tokenizer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=PAD, eos_token=END, unk_token=UNKNOWN
    )


def _end_every_text(tokenizer: Tokenizer) -> None:
    from tokenizers import processors

    end = tokenizer.token_to_id(END)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {END}", special_tokens=[(END, end)]
    )


def make_processor(
    tokenizer: PreTrainedTokenizerFast, *, sampling_rate: int = 16_000
) -> MusicgenProcessor:
    """Join a tokenizer and EnCodec's feature extractor to what MusicGen's code calls a processor.

    >>> ours = make_processor(train_pieces(["slow sad piano melody"], size=80))
    >>> sorted(ours(text=["slow piano"], padding=True, return_tensors="pt"))
    ['attention_mask', 'input_ids']
    """
    from transformers import EncodecFeatureExtractor, MusicgenProcessor

    return MusicgenProcessor(EncodecFeatureExtractor(sampling_rate=sampling_rate), tokenizer)


def save_processor(processor: MusicgenProcessor, folder: str | Path) -> None:
    """Write the files that `AutoProcessor.from_pretrained` reads, for transformers 4 and 5 alike.

    Version 5 keeps the feature extractor in ``processor_config.json`` and calls the tokenizer's
    class by a new name; version 4 looks for ``preprocessor_config.json`` and the old name.
    """
    folder = Path(folder)
    processor.save_pretrained(folder)
    processor.feature_extractor.save_pretrained(folder)
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings["tokenizer_class"] = "PreTrainedTokenizerFast"
    path.write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n", encoding="utf-8")
