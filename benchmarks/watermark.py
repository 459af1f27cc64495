"""How well marks last, how well they hide and how fast they are: marks × attacks × clips.

    python -m benchmarks.watermark                      # held-out clips, the table in results/
    python -m benchmarks.watermark --part tuning --clips 6 --attacks none,crop_2s

Every line of the record is one clip: it is kept as it is measured, so a run that was stopped goes
on where it was. A detection counts at p <= 1e-6.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import zlib
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")

import numpy as np

from benchmarks.machine import describe, keep, verdict
from benchmarks.sounds import watermark as sounds
from sonic_lab import metrics
from sonic_lab.watermark import SpreadSpectrum, UnmarkableError, attacks

MARKS = {
    "gentle 16": {"strength": "gentle", "bits": 16},
    "robust 32": {"strength": "robust", "bits": 32},
}
# Beside every attack at its default strength: the bars that are set at a strength of their own.
EXTRA = {
    "stretch_+10%": ("stretch_longer", 1.1),
    "stretch_-10%": ("stretch_shorter", 0.9),
    "speed_+10%": ("speed_up", 1.1),
    "speed_-10%": ("speed_down", 0.9),
    "crop_2s": ("crop", 2.0),
    "noise_white_10dB": ("noise_white", 10.0),
    "noise_pink_10dB": ("noise_pink", 10.0),
}
SURE = 6.0  # −log10 of the p-value that counts
WRONG_KEYS = 10  # a clip


def attack_names() -> list[str]:
    """Return the attacks in the order of the table."""
    return ["none", *attacks.names(here=True), *EXTRA]


def measure(part: str, mark: str, clip: str, chosen: list[str]) -> dict[str, Any]:
    """Mark one clip and measure all that the table holds of it."""
    y, sr = _sounds(part)[clip]
    luck = np.random.default_rng(zlib.crc32(f"{part}/{clip}".encode()))
    settings = MARKS[mark]
    marker = SpreadSpectrum(luck.bytes(16), **settings)  # type: ignore[arg-type]
    payload = int(luck.integers(1 << marker.bits))
    z = marker.embed(y, sr=sr, payload=payload)
    row: dict[str, Any] = {"part": part, "mark": mark, "clip": clip}
    row["quality"] = _quality(y, z, sr, speech=clip.startswith("speech"))
    row["attacks"] = {}
    for name in chosen:
        hit = _read(marker, _attacked(name, z, sr), sr)
        row["attacks"][name] = (0.0, False) if hit is None else (hit.score, hit.guess == payload)
    wrong = [SpreadSpectrum(luck.bytes(16), **settings) for _ in range(WRONG_KEYS)]  # type: ignore[arg-type]
    row["wrong_key"] = [hit.p_value for w in wrong if (hit := _read(w, z, sr))]
    row["unmarked"] = [hit.p_value for w in wrong if (hit := _read(w, y, sr))]
    row["times_real_time"] = _speeds(marker, y, z, sr)
    return row


def _attacked(name: str, z: np.ndarray, sr: int) -> np.ndarray:
    if name == "none":
        return z
    attack, strength = EXTRA.get(name, (name, None))
    return attacks.apply(attack, z, sr=sr, rng=zlib.crc32(name.encode()), strength=strength)


def _read(marker: SpreadSpectrum, y: np.ndarray, sr: int) -> Any:
    try:
        return marker.detect(y, sr=sr)
    except UnmarkableError:
        return None


def _quality(y: np.ndarray, z: np.ndarray, sr: int, *, speech: bool) -> dict[str, float]:
    quality = {"snr": metrics.snr_db(y, z), "nmr": metrics.nmr_db(y, z, sr=sr)}
    quality["visqol"] = metrics.visqol(y, z, sr=sr)
    if speech:
        quality["pesq"] = metrics.pesq(y, z, sr=sr)
    return quality


def _speeds(marker: SpreadSpectrum, y: np.ndarray, z: np.ndarray, sr: int) -> dict[str, float]:
    """Time each call three times in this process's own time, and keep the quickest."""
    calls = {
        "embed": lambda: marker.embed(y, sr=sr, payload=1),
        "detect marked": lambda: marker.detect(z, sr=sr),
        "detect unmarked": lambda: marker.detect(y, sr=sr),
    }
    best = {}
    for name, call in calls.items():
        spent = []
        for _ in range(3):
            start = time.process_time()
            call()
            spent.append(time.process_time() - start)
        best[name] = y.shape[-1] / sr / min(spent)
    return best


_KEPT: dict[str, dict[str, tuple[np.ndarray, int]]] = {}


def _sounds(part: str) -> dict[str, tuple[np.ndarray, int]]:
    if part not in _KEPT:
        _KEPT[part] = sounds.clips(part)
    return _KEPT[part]


def _measure(job: tuple[str, str, str, list[str]]) -> dict[str, Any]:
    return measure(*job)


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Return the lines of the report: attacks, then quality, false alarms and speed."""
    lines, marks = [], sorted({row["mark"] for row in rows})
    for mark in marks:
        mine = [row for row in rows if row["mark"] == mark]
        results = defaultdict(list)
        for row in mine:
            for name, result in row["attacks"].items():
                results[name].append((row["clip"], *result))
        lines += [f"{mark}, {len(mine)} clips", ""]
        lines.append(f"{'attack':22}{'found':>8}{'payload':>9}{'median score':>14}  missed")
        for name, found in results.items():
            hit = [score >= SURE for _, score, _ in found]
            exact = [score >= SURE and right for _, score, right in found]
            missed = ", ".join(clip for clip, score, _ in found if score < SURE)
            middle = np.median([score for _, score, _ in found])
            lines.append(
                f"{name:22}{np.mean(hit):8.3f}{np.mean(exact):9.3f}{middle:14.1f}  {missed}"
            )
        listed = [found for name, found in results.items() if name not in EXTRA]
        hits = np.mean([np.mean([score >= SURE for _, score, _ in found]) for found in listed])
        exact = np.mean(
            [np.mean([s >= SURE and right for _, s, right in found]) for found in listed]
        )
        lines += [f"{'mean, defaults only':22}{hits:8.3f}{exact:9.3f}", "", *_summary(mine), ""]
    return lines


def _summary(rows: list[dict[str, Any]]) -> Iterable[str]:
    for name, worst in (("snr", min), ("nmr", max), ("visqol", min), ("pesq", min)):
        values = [row["quality"][name] for row in rows if name in row["quality"]]
        if values:
            yield f"{name:16} mean {np.mean(values):7.2f}  worst {worst(values):7.2f}"
    for name in ("unmarked", "wrong_key"):
        p = np.concatenate([row[name] for row in rows])
        yield (
            f"{name:16} {len(p)} keys: {np.sum(p <= 1e-6)} at p <= 1e-6, "
            f"{np.mean(p <= 0.01):.4f} at p <= 0.01, smallest {p.min():.2g}"
        )
    for name in ("embed", "detect marked", "detect unmarked"):
        values = [row["times_real_time"][name] for row in rows]
        yield f"{name:16} median {np.median(values):.0f} × real time, slowest {min(values):.0f}"


def bars(rows: list[dict[str, Any]]) -> Iterable[str]:
    """Say of each bar whether the gentle mark reaches it."""
    rows = [row for row in rows if row["mark"] == "gentle 16"]
    if not rows:
        return
    every = set(attacks.names()) | {"none"}
    fast = {"stretch_+10%", "stretch_-10%", "speed_+10%", "speed_-10%"}
    speech = [row for row in rows if row["clip"].startswith("speech")]
    yield from _reaches("found after an attack", _found(rows, every), 0.98)
    yield from _reaches("payload exact after an attack", _found(rows, every, exact=True), 0.99)
    yield from _reaches("found at ±10 % of stretch or speed", _found(rows, fast), 0.90)
    yield from _reaches("found in 2 s", _found(rows, {"crop_2s"}), 0.95)
    yield from _reaches(
        "found in speech with white noise at 10 dB", _found(speech, {"noise_white_10dB"}), 0.60
    )
    quality = {
        name: [row["quality"][name] for row in rows if name in row["quality"]]
        for name in ("snr", "nmr", "visqol", "pesq")
    }
    yield from _reaches("SNR in dB, worst", [min(quality["snr"]) + 0.01], 30)  # float32
    yield from _reaches("mask over noise in dB", [-value for value in quality["nmr"]], 14)
    yield from _reaches("ViSQOL", quality["visqol"], 4.70)
    yield from _reaches("ViSQOL, worst", [min(quality["visqol"])], 4.65)
    yield from _reaches("PESQ of speech", quality["pesq"], 4.4)


def _reaches(what: str, values: list[float], bar: float) -> Iterable[str]:
    if values:
        yield verdict(f"{what}: {np.mean(values):.3f}, at least {bar}", np.mean(values) >= bar)


def _found(rows: list[dict[str, Any]], chosen: set[str], *, exact: bool = False) -> list[float]:
    return [
        float(score >= SURE and (right or not exact))
        for row in rows
        for name, (score, right) in row["attacks"].items()
        if name in chosen
    ]


def main(arguments: list[str]) -> int:
    """Measure what the record lacks, then print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--part", choices=("tuning", "held-out"), default="held-out")
    parser.add_argument("--marks", default=",".join(MARKS))
    parser.add_argument("--attacks", default=",".join(attack_names()))
    parser.add_argument("--clips", type=int, default=0, help="only so many; 0 for all")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--record", type=Path, help="kept while it runs, and gone on from")
    chosen = parser.parse_args(arguments)
    record = chosen.record or Path(f"watermark-{chosen.part}.jsonl")
    lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    rows = [json.loads(line) for line in lines]
    done = {(row["mark"], row["clip"]) for row in rows}
    names = sorted(_sounds(chosen.part), key=lambda clip: zlib.crc32(clip.encode()))  # mixed
    names = names[: chosen.clips or None]
    jobs = [
        (chosen.part, mark, clip, chosen.attacks.split(","))
        for clip in names
        for mark in chosen.marks.split(",")
        if (mark, clip) not in done
    ]
    with ProcessPoolExecutor(chosen.jobs) as pool, record.open("a", encoding="utf-8") as out:
        for k, row in enumerate(pool.map(_measure, jobs), 1):
            rows.append(row)
            out.write(json.dumps(row) + "\n")
            out.flush()
            print(f"{k}/{len(jobs)} {row['mark']}, {row['clip']}", file=sys.stderr, flush=True)
    head = [f"{chosen.part} clips of {sounds.SECONDS:g} s, p <= 1e-6", describe("numpy", "scipy")]
    verdicts = list(bars(rows))
    report = "\n".join([*head, "", *table(rows), *verdicts])
    keep(f"watermark-{chosen.part}", report)
    return int(any(line.startswith("FAILS") for line in verdicts))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
