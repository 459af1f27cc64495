"""Put a trained MusicGen into the package: ``python -m tools.train.bundle_musicgen --run RUN``.

The folder is one that `from_pretrained` takes. The codec's tensors are not stored again: the index
sends ``audio_encoder.*`` to the codec's own file in the folder beside it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from sonic_lab.models import bundled, musicgen
from tools.train import records
from tools.train.musicgen import SIZE, Plan, parts_of

FILE = "language_model.safetensors"
CODEC = "../codec/model.safetensors"
SUMMARY = (
    "A small MusicGen: a language model over the tokens of Sonic Lab's codec that reads a line of "
    "English. It loads offline with transformers' own classes, after `import sonic_lab.models`."
)
LIMITS = (
    "It knows eight instruments and eight styles, all of them composed and played by code: no "
    "voices, no recordings, no other genres.",
    "It has learned ten seconds; what it makes beyond them drifts.",
    "Words it never saw are read letter by letter and mostly ignored.",
    "It keeps to the tempo, key and drums that it is asked for nearly always, and to major or "
    "minor mostly; of the instruments asked for, a judge knows three in four again. Half of the "
    "flutes sound like a synthesizer, and bells are hardly ever heard.",
    'A word of mood alone sets the mode less surely than "minor key" does.',
    "It makes one channel at 16 kHz.",
)


def trained(run: Path) -> tuple[Any, dict[str, Any]]:
    """Load the averaged weights of a run into a model, and what the run says of itself."""
    kept = torch.load(run / "checkpoint.pt", weights_only=True)
    model = musicgen.random_model(musicgen.tiny_config(SIZE))
    parts = parts_of(model)
    parts.load_state_dict(kept["parts"])
    weights = [weight for weight in parts.parameters() if weight.requires_grad]
    with torch.no_grad():
        for weight, mean in zip(weights, kept["average"], strict=True):
            weight.copy_(mean)
    return model, {name: kept[name] for name in ("step", "seconds", "history", "plan")}


def write_model(model: Any, words: Path, out: Path) -> None:
    """Write configuration, 16-bit weights, index, and the processor's files from `words`."""
    from safetensors import safe_open
    from safetensors.torch import save_file
    from transformers import AutoTokenizer

    from sonic_lab.models import pieces

    out.mkdir(parents=True, exist_ok=True)
    tied = "text_encoder.encoder.embed_tokens.weight"  # the same tensor as text_encoder.shared
    weights = {
        name: value.half().contiguous()
        for name, value in model.state_dict().items()
        if not name.startswith("audio_encoder.") and name != tied
    }
    save_file(weights, out / FILE, metadata={"format": "pt"})
    (out / FILE).chmod(0o644)  # it is written as a private file
    places = dict.fromkeys(weights, FILE)
    with safe_open(out / CODEC, framework="pt") as codec:
        places |= dict.fromkeys(codec.keys(), CODEC)
    index = {"metadata": {}, "weight_map": places}
    text = json.dumps(index, indent=2, sort_keys=True)
    (out / "model.safetensors.index.json").write_text(text + "\n", encoding="utf-8")
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(out)
    model.generation_config.save_pretrained(out)
    tokenizer = AutoTokenizer.from_pretrained(words)
    pieces.save_processor(pieces.make_processor(tokenizer), out)


def describe(run: Path, data: dict[str, Any], out: Path, figures: dict[str, Any]) -> None:
    """Write the record, and the model card from it."""
    _, said = trained(run)
    names = [f"codebook {k + 1}" for k in range(SIZE.n_codebooks)]
    unseen = dict(zip(names, said["history"][-1]["unseen"], strict=True))
    cost = {f"cost on unseen clips, {name}, nats a token": x for name, x in unseen.items()}
    notes = run / "notes.txt"  # what a person wrote of the run: faults, changes on the way
    settings = {
        **vars(SIZE), **said["plan"], "steps taken": said["step"],
        "CPU minutes on one core": round(said["seconds"] / 60, 1), "dtype of the file": "float16",
        **({"notes": notes.read_text("utf-8").strip()} if notes.exists() else {}),
    }  # fmt: skip
    records.write(
        out,
        records.Record(
            name="Sonic Lab MusicGen", summary=SUMMARY, data=data, settings=settings,
            figures={**cost, **figures}, limits=LIMITS,
        ),
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--tokens", type=Path, default=Path(".artefacts/tokens"))
    parser.add_argument("--figures", type=Path, help="JSON of what was measured on it")
    parser.add_argument("--out", type=Path, default=bundled.WEIGHTS / "musicgen")
    chosen = parser.parse_args(arguments)
    model, said = trained(chosen.run)
    write_model(model, chosen.run / "words", chosen.out)
    figures = json.loads(chosen.figures.read_text("utf-8")) if chosen.figures else {}
    describe(chosen.run, records.of_tokens(chosen.tokens), chosen.out, figures)
    print(f"{chosen.out} holds step {said['step']} of {Plan(**said['plan']).steps}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
