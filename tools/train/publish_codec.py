"""Put the trained codec into the package: ``python -m tools.train.publish_codec``.

Weights in half precision, configuration, and, once ``python -m benchmarks.codec`` has measured
them, the record and the card with its figures (``--record``).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from benchmarks.codec import FIGURES
from sonic_lab.models.bundled import WEIGHTS
from sonic_lab.models.codec import SonicCodecConfig, SonicCodecModel
from tools.train import checkpoints, records
from tools.train.codec import Plan, Training

SUMMARY = (
    "A codec that turns music at 16 kHz into 50 frames of up to 8 numbers a second (0.5 to "
    "4 kbit/s) and back, trained on a corpus of music that this repository composes and plays. "
    "Load it with `sonic_lab.models.load('codec')`, or, after `import sonic_lab.models`, with "
    "`transformers.AutoModel.from_pretrained`."
)
LIMITS = (
    "Phases are not kept: the sound is like the original, its waveform is not.",
    "It has heard this corpus's instruments and no voice: speech comes back badly.",
    "A glide or a vibrato moves in steps of up to 15 cents.",
)


def weights(model: SonicCodecModel, folder: Path) -> None:
    """Write the weights, each tensor under the name that it has within MusicGen too."""
    folder.mkdir(parents=True, exist_ok=True)
    prefix = model.base_model_prefix
    state = {f"{prefix}.{name}": t.half().contiguous() for name, t in model.state_dict().items()}
    file = folder / "model.safetensors"
    save_file(state, file, metadata={"format": "pt"})
    file.chmod(0o644)  # it is written as a private file
    model.config.architectures = [type(model).__name__]
    model.config.dtype = torch.float32  # to compute in, whatever the file holds
    model.config.save_pretrained(folder)


def record(
    folder: Path,
    data: Path,
    plans: list[dict[str, Any]],
    *,
    shards_seen: int | None = None,
    notes: str | None = None,
) -> records.Record:
    """Gather what is known of the weights in a folder; `notes` are what a person wrote of it."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    measured = json.loads(FIGURES.read_text(encoding="utf-8"))
    shards = sorted(data.glob("shard-*.npy"))[:shards_seen]
    rows = [line for path in shards for line in path.with_suffix(".jsonl").open(encoding="utf-8")]
    first = json.loads(rows[0])
    figures: dict[str, Any] = {
        f"{name}: {what}": value
        for name, row in measured["rows"].items()
        for what, value in row.items()
    }
    figures |= {
        "share of each codebook in use": measured["used"],
        "encodes, times real time on one core": measured["encodes"],
        "decodes, times real time on one core": measured["decodes"],
    }
    return records.Record(
        name="Sonic Lab codec",
        summary=SUMMARY,
        data={
            "name": "sonic_lab.corpus",
            "clips": len(rows),
            "seeds": f"{first['seed']} to {json.loads(rows[-1])['seed']}",
            "sha256": records.sha256_of_all(shards),
            "licence": first["licence"],
            "corpus code": first["code"],
        },
        settings={
            "model": config,
            **{plan["stage"]: plan for plan in plans},
            **({"notes": notes} if notes else {}),
        },
        figures=figures,
        limits=LIMITS,
    )


def main() -> int:
    """Write the weights, or the record of those that are there."""
    parser = argparse.ArgumentParser(prog="python -m tools.train.publish_codec")
    parser.add_argument("--folder", type=Path, default=Path(".artefacts/train/codec"))
    parser.add_argument("--data", type=Path, default=Path(".artefacts/corpus"))
    parser.add_argument("--out", type=Path, default=WEIGHTS / "codec")
    parser.add_argument("--shards", type=int, help="how many were there while it was trained")
    parser.add_argument("--record", action="store_true", help="only the record and the card")
    options = parser.parse_args()
    stages = [
        (stage, state)
        for stage in ("joint", "decoder")
        if (state := checkpoints.load(options.folder / f"{stage}.pt")) is not None
    ]
    if not stages:
        print(f"{options.folder} holds no checkpoint: train the codec first")
        return 1
    if options.record:
        plans = [{**state["plan"], "steps taken": state["step"]} for _, state in stages]
        written = options.folder / "notes.txt"
        notes = written.read_text("utf-8").strip() if written.exists() else None
        told = record(options.out, options.data, plans, shards_seen=options.shards, notes=notes)
        records.write(options.out, told)
        return 0
    _, last = stages[-1]
    training = Training(Plan(stage="decoder"), SonicCodecConfig.from_dict(last["config"]))
    training.begin_from(last)
    weights(training.model, options.out)
    print(f"{options.out}: {sum(p.stat().st_size for p in options.out.iterdir()) / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
