"""Turn the corpus into the codec's tokens: ``python -m tools.train.tokens``.

``shard-00000.npy`` holds the codes of the corpus's shard of that name, int16 (clips, K, T). When
all shards are done they are joined: ``codes.npy``, int16 (N, K, T), and ``index.jsonl``, a line a
clip with its seed, shard and row, in the same order; ``READY`` says which codec wrote them, and
is written last. Run it again when the corpus has grown: shards that are done are left alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch

from sonic_lab import corpus
from sonic_lab.models.codec import SonicCodecConfig, SonicCodecModel
from tools.train import checkpoints
from tools.train.codec import Plan, Training

BATCH = 2  # what a core keeps near it: ten at once take longer


def frozen(source: Path) -> SonicCodecModel:
    """Load the codec whose codes stand still: as it is bundled, in half precision.

    `source` is a checkpoint of ``tools.train.codec``, or the folder of a published codec.
    """
    if source.is_dir():
        return SonicCodecModel.from_pretrained(source).eval()
    state = checkpoints.load(source)
    if state is None:
        raise SystemExit(f"{source} is not there: train the codec first")
    training = Training(Plan(stage="decoder"), SonicCodecConfig.from_dict(state["config"]))
    training.begin_from(state)
    return training.model.eval()


def encode(model: SonicCodecModel, sounds: np.ndarray) -> np.ndarray:
    """Encode 16-bit clips (N, n) to int16 codes (N, K, T)."""
    found = []
    with torch.inference_mode():
        for start in range(0, len(sounds), BATCH):
            some = sounds[start : start + BATCH].astype(np.float32) / 32768
            found.append(model.encode(torch.from_numpy(some)[:, None]).audio_codes[0])
    return torch.cat(found).numpy().astype(np.int16)


def encode_shards(model: SonicCodecModel, data: Path, out: Path) -> list[Path]:
    """Encode the shards that are not encoded yet; return all that are."""
    out.mkdir(parents=True, exist_ok=True)
    done = []
    for whole in sorted(data.glob("shard-*.jsonl")):  # written after the samples
        path = out / whole.with_suffix(".npy").name
        if not path.exists():
            codes = encode(model, np.load(data / path.name, mmap_mode="r"))
            with path.with_suffix(".part").open("wb") as file:
                np.save(file, codes)
            path.with_suffix(".part").replace(path)
            print(f"{path.name}: {codes.shape}", flush=True)
        done.append(path)
    return done


def join(shards: list[Path], data: Path, out: Path) -> int:
    """Write all codes as one array, and the index beside it; return how many clips."""
    codes = np.concatenate([np.load(path) for path in shards])
    lines = []
    for path in shards:
        rows = (data / path.name).with_suffix(".jsonl").read_text("utf-8").splitlines()
        for row, line in enumerate(rows):
            entry = {"seed": json.loads(line)["seed"], "shard": path.stem, "row": row}
            lines.append(json.dumps(entry) + "\n")
    if len(lines) != len(codes):
        raise SystemExit(f"{len(codes)} clips of codes and {len(lines)} records do not match")
    np.save(out / "codes.npy", codes)
    (out / "index.jsonl").write_text("".join(lines), encoding="utf-8")
    return len(codes)


def main() -> int:
    """Encode what is new, join all, and say so."""
    parser = argparse.ArgumentParser(prog="python -m tools.train.tokens", description=__doc__)
    parser.add_argument(
        "--codec",
        type=Path,
        default=Path(".artefacts/train/codec/joint.pt"),
        help="checkpoint, or the folder of a published codec",
    )
    parser.add_argument("--data", type=Path, default=Path(".artefacts/corpus"))
    parser.add_argument("--out", type=Path, default=Path(".artefacts/tokens"))
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    model = frozen(options.codec)
    shards = encode_shards(model, options.data, options.out)
    corpus.read(options.data)  # refuses a corpus whose files do not belong together
    count = join(shards, options.data, options.out)
    (options.out / "READY").write_text(f"{count} clips, {options.codec}\n", encoding="utf-8")
    print(f"{count} clips are ready in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
