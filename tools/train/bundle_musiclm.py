"""Put a trained MusicLM into the package: ``python -m tools.train.bundle_musiclm --run RUN``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sonic_lab.models import bundled, pieces
from sonic_lab.models.musiclm import MusicLM
from tools.train import checkpoints, records

SUMMARY = (
    "A small MusicLM: two towers that put sound and words into one place, a transformer that "
    "writes what happens from a place, and one that writes the tokens of Sonic Lab's codec from "
    'both. Play it with `sonic_lab.generation.generate(..., model="musiclm")`.'
)
LIMITS = (
    "It knows eight instruments and eight styles, all of them composed and played by code: no "
    "voices, no recordings, no other genres.",
    "It has learned ten seconds; what it makes beyond them drifts.",
    "Half of the places that its transformers learned from are those of words, not of sounds "
    "alone as in the paper.",
    "It follows drums and instruments in part, and key and mode no more than by chance.",
    "It makes one channel at 16 kHz.",
)


def write_model(kept: Mapping[str, Any], words: Path, out: Path) -> MusicLM:
    """Write configuration, 16-bit weights, and the tokenizer's files from `words`."""
    from transformers import AutoTokenizer

    model = MusicLM()
    model.load_state_dict(kept["model"])
    model.save(out)
    (out / "model.safetensors").chmod(0o644)  # it is written as a private file
    tokenizer = AutoTokenizer.from_pretrained(words)
    pieces.save_processor(pieces.make_processor(tokenizer), out)
    return model


def describe(
    kept: Mapping[str, Any], model: MusicLM, data: Mapping[str, Any], figures: Mapping[str, Any]
) -> records.Record:
    """Gather what is known of a run."""
    minutes = {
        f"{stage}, minutes on the clock": round(seconds / 60, 1)
        for stage, seconds in kept["seconds"].items()
    }
    steps = {f"{stage}, steps taken": done for stage, done in kept["done"].items()}
    return records.Record(
        name="Sonic Lab MusicLM",
        summary=SUMMARY,
        data=data,
        settings={
            **asdict(model.config), **kept["plan"], **steps, **minutes,
            "dtype of the file": "float16",
        },
        figures={**kept["figures"], **figures},
        limits=LIMITS,
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path(".artefacts/train/musiclm"))
    parser.add_argument("--tokens", type=Path, default=Path(".artefacts/tokens"))
    parser.add_argument("--figures", type=Path, help="JSON of what was measured on it")
    parser.add_argument("--out", type=Path, default=bundled.WEIGHTS / "musiclm")
    chosen = parser.parse_args(arguments)
    kept = checkpoints.load(chosen.run / "checkpoint.pt")
    if kept is None:
        raise SystemExit(f"{chosen.run} holds no checkpoint: train the MusicLM first")
    model = write_model(kept, chosen.run / "words", chosen.out)
    figures = json.loads(chosen.figures.read_text("utf-8")) if chosen.figures else {}
    told = describe(kept, model, records.of_tokens(chosen.tokens), figures)
    records.write(chosen.out, told)
    print(f"{chosen.out} holds {kept['done']}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
