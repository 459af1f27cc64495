"""A manifest of 100,000 rows: load, save, append, merge, diff, digest, audit by its papers.

Run it with ``python -m benchmarks.manifest``; the result is kept in
``benchmarks/results/manifest.txt``.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from sonic_lab.provenance import Manifest, Row, Step, append

from .machine import describe, keep, verdict

ROWS, ROUNDS, ALLOWED_S = 100_000, 3, 5.0
LICENCES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-SA-3.0 OR MIT", "")


def rows() -> list[Row]:
    """Make rows as a corpus has them: most as found, every fifth made of another."""
    rng = np.random.default_rng(0)
    hashes = [hashlib.sha256(str(i).encode()).hexdigest() for i in range(ROWS)]
    return [
        Row(
            path=f"part{i // 1000:03}/clip{i:06}.flac",
            sha256=hashes[i],
            samples_sha256=hashes[-i - 1],
            duration_s=float(rng.uniform(1, 30)),
            sr=44_100,
            channels=2,
            source=f"https://example.org/sounds/{i}",
            creator=f"creator {i % 997}",
            licence=LICENCES[i % len(LICENCES)],
            voice=False,
            obtained="2026-03-31",
            split="test" if i % 10 == 0 else "train",
            labels=("piano", "soft"),
            derivation=(Step("pitch_shift", (hashes[i - 1],), settings={"cents": 120.5}),)
            if i % 5 == 4
            else (),
        )
        for i in range(ROWS)
    ]


def median_s(run: Callable[[], object]) -> tuple[float, float]:
    """Return the median seconds of a few runs: by the clock, and of this process alone."""
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter(), time.process_time()
        run()
        taken.append((time.perf_counter() - start[0], time.process_time() - start[1]))
    clock, own = np.median(taken, axis=0)
    return float(clock), float(own)


def main() -> int:
    """Measure, keep the table, and return 1 where loading is slower than promised."""
    everything = rows()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "manifest.jsonl"
        m = Manifest(everything)
        other = m.with_rows(everything[::2])
        times = {
            "save": median_s(lambda: m.save(path, overwrite=True)),
            "load": median_s(lambda: Manifest.load(path)),
        }
        size = path.stat().st_size / 1e6
        fresh = Manifest.load(path)
        times["append one row"] = median_s(lambda: append(path, everything[:1]))
        times["digest"] = median_s(lambda: fresh.digest)
        times["merge with half of itself"] = median_s(lambda: m.merge(other))
        times["diff to half of itself"] = median_s(lambda: m.diff(other))
        times["audit of the papers"] = median_s(lambda: m.audit(files=False))
    held = times["load"][1] < ALLOWED_S  # the clock of a busy machine tells of the others on it
    lines = [
        f"A manifest of {ROWS} rows, {size:.0f} MB of JSON lines, one core",
        f"median of {ROUNDS}",
        describe("numpy"),
        "",
        f"{'':28}{'clock, s':>10}{'of it own work':>16}",
        *(f"{name:28}{clock:>10.3f}{own:>16.3f}" for name, (clock, own) in times.items()),
        "",
        verdict(f"{ROWS} rows load in under {ALLOWED_S:g} s of its own work", held),
    ]
    keep("manifest", "\n".join(lines))
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
