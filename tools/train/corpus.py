"""Make the corpus that the course trains on: ``python -m tools.train.corpus``.

Run it again and it goes on where it stopped: a shard of a hundred clips is there as a whole or
not at all. Ten thousand clips are 28 hours of sound and 3.2 GB.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # one process a core does better
    os.environ.setdefault(threads, "1")

from sonic_lab import corpus  # noqa: E402  after the threads are set
from sonic_lab.errors import SonicLabError  # noqa: E402

FIRST_SEED = {
    "train": corpus.TRAIN_SEED,
    "test": corpus.TEST_SEED,
    "held-out-timbres": corpus.HELD_OUT_TIMBRE_SEED,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the clips, or say in one line why not."""
    options = _parser().parse_args(arguments)
    first = FIRST_SEED[options.split]
    try:
        corpus.write(
            options.out,
            range(first, first + options.clips),
            duration_s=options.duration,
            workers=options.workers,
            lone=corpus.HELD_OUT_TIMBRES if options.split == "held-out-timbres" else None,
            records_only=options.records_only,
            progress=_say(time.monotonic()),
        )
    except SonicLabError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.train.corpus", description=__doc__)
    parser.add_argument("--clips", type=int, default=10_000)
    parser.add_argument("--out", type=Path, default=Path(".artefacts/corpus"))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--split", choices=FIRST_SEED, default="train")
    parser.add_argument("--duration", type=float, default=10.0, help="seconds a clip")
    parser.add_argument(
        "--records-only", action="store_true", help="write labels and captions anew, no sound"
    )
    return parser


def _say(start: float) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        spent = time.monotonic() - start
        left = spent / done * (total - done)
        print(f"{done:6d} of {total} clips, {spent:5.0f} s, {left:5.0f} s left", flush=True)

    return progress


if __name__ == "__main__":
    sys.exit(main())
