"""Hash, fingerprint and audit 10,000 five-second clips: one core, all cores, and local Ray.

Clips are made small and cheap: FLAC at 8 kHz of plucked notes, each another tune, with 1 % planted
copies through MP3. Ray is left out, and said so, where it is not installed.

Run it with ``python -m benchmarks.provenance_scale [clips] [engine ...]``; the result is kept in
``benchmarks/results/provenance_scale.txt``.
"""

from __future__ import annotations

import functools
import sys
import tempfile
import time
from importlib.util import find_spec

import numpy as np

from sonic_lab import audio
from sonic_lab.provenance import Manifest, each

from .machine import describe, keep

CLIPS, SECONDS, SR, COPIES = 10_000, 5, 8_000, 100


@functools.cache
def notes() -> np.ndarray:
    """Make half a second of each of 24 plucked notes by Karplus and Strong's loop, (24, n)."""
    rng = np.random.default_rng(0)
    made = np.zeros((24, SR // 2))
    for note in made:
        block = rng.uniform(-1, 1, int(SR / (220 * rng.uniform(1, 4))))
        for start in range(0, len(note), len(block)):
            part = note[start : start + len(block)]
            part[:] = block[: len(part)]
            block = 0.498 * (block + np.roll(block, 1))
    return made


def tune(seed: int) -> np.ndarray:
    """Make five seconds of notes, another tune for each seed."""
    rng = np.random.default_rng(seed)
    y = 0.003 * rng.standard_normal((SECONDS + 1) * SR)
    for start in np.cumsum(rng.integers(SR // 8, SR // 3, 8 * SECONDS)):
        if start < SECONDS * SR:
            y[start : start + SR // 2] += rng.uniform(0.3, 1) * notes()[rng.integers(24)]
    y = y[: SECONDS * SR]
    return (0.5 * y / np.abs(y).max()).astype(np.float32)


def write(job: tuple[str, int]) -> None:
    """Write one clip; a copy is quieter, and an MP3."""
    path, seed = job
    gain = 0.4 if path.endswith(".mp3") else 1.0
    audio.save(path, gain * tune(seed), sr=SR)


def main() -> None:
    """Make the clips, run each engine, and keep the table."""
    clips = int(sys.argv[1]) if len(sys.argv) > 1 else CLIPS
    engines = sys.argv[2:] or ["serial", "processes", *(["ray"] if find_spec("ray") else [])]
    with tempfile.TemporaryDirectory() as folder:
        jobs = [(f"{folder}/{i:05}.flac", i) for i in range(clips - clips * COPIES // CLIPS)]
        copies = [(f"{folder}/copy{i:05}.mp3", i) for i in range(clips - len(jobs))]
        each(write, [*jobs, *copies], engine="serial")
        rows, found = [], {}
        for engine in engines:
            if engine == "ray":
                each(len, ["start"], engine="ray")  # its start is not the work
            start = time.perf_counter()
            papers = {"licence": "CC0-1.0", "creator": "nobody", "voice": False}
            m = Manifest.from_folder(folder, engine=engine, **papers)
            scanned = time.perf_counter()
            audit = m.audit(use="research", engine=engine)
            rows.append((engine, scanned - start, time.perf_counter() - scanned))
            found[engine] = [(f.clip, f.code) for f in audit]
    keep("provenance_scale", table(rows, clips=clips, copies=len(copies), found=found))


def table(
    rows: list[tuple[str, float, float]],
    *,
    clips: int,
    copies: int,
    found: dict[str, list[tuple[str, str]]],
) -> str:
    """Lay the times out, with what the audits found."""
    one = next((scan + audit for engine, scan, audit in rows if engine == "serial"), None)
    first = next(iter(found.values()))
    right = sum(clip.startswith("copy") and code == "duplicate" for clip, code in first)
    lines = [
        f"{clips} clips of {SECONDS} s at {SR} Hz (FLAC), {copies} of them copies through MP3 at "
        "0.4 times the level",
        describe("numpy", "joblib", *(["ray"] if "ray" in found else [])),
        "",
        f"{'engine':12}{'scan, s':>10}{'audit, s':>10}{'ms a clip':>11}{'against one core':>18}",
    ]
    for engine, scan, audit in rows:
        ratio = f"{one / (scan + audit):.2f} x" if one else "-"
        each_ms = 1e3 * (scan + audit) / clips
        lines.append(f"{engine:12}{scan:>10.1f}{audit:>10.1f}{each_ms:>11.2f}{ratio:>18}")
    same = all(list_ == first for list_ in found.values())
    lines += [
        "",
        f"copies found: {right} of {copies}; others taken for copies: {len(first) - right}; "
        f"all engines found the same: {'yes' if same else 'NO'}",
    ]
    if "ray" not in found:
        lines.append("ray was not measured: it is not installed here")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
