"""Strength against robustness: what each decibel of the mark buys, and what it costs.

The same clips of the tuning part marked from 24 to 36 dB below the sound: how many pieces of 2 s
show the mark, how many clips show it under white noise at 10 dB, and how well it hides (ViSQOL,
and noise against the masked threshold). `gentle` is the row of 30 dB, `robust` that of 27 dB.

Run it with ``python -m benchmarks.watermark_strength``.
"""

from __future__ import annotations

import os
import sys
import zlib

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from benchmarks.machine import RESULTS, describe, keep
from benchmarks.sounds import watermark as sounds
from benchmarks.watermark import spread
from sonic_lab import metrics, plots
from sonic_lab.watermark import SpreadSpectrum, Strength, attacks

TAKES = "some minutes of one idle core"
LEVELS_DB = (24.0, 27.0, 30.0, 33.0, 36.0)
CLIPS, PIECES, PIECE_S, NEEDED = 4, 4, 2.0, 6.0


def measure(name: str, snr_db: float) -> dict[str, float]:
    """Mark one clip at one strength; return shares found, and how well the mark hides."""
    y, sr = sounds.clips("tuning", [name])[name]
    luck = np.random.default_rng(zlib.crc32(name.encode()))
    mark = SpreadSpectrum(luck.bytes(16), strength=Strength(snr_db=snr_db), bits=16)
    z = mark.embed(y, sr=sr, payload=int(luck.integers(1 << 16)))
    pieces = [attacks.apply("crop", z, sr=sr, strength=PIECE_S, rng=luck) for _ in range(PIECES)]
    noisy = attacks.apply("noise_white", z, sr=sr, strength=10.0, rng=luck)
    scores = [mark.detect(piece, sr=sr).score for piece in pieces]
    return {
        "pieces": float(np.mean(np.array(scores) >= NEEDED)),
        "piece_score": float(np.median(scores)),
        "noise": float(mark.detect(noisy, sr=sr).score >= NEEDED),
        "nmr": metrics.nmr_db(y, z, sr=sr),
        "visqol": metrics.visqol(y, z, sr=sr),
    }


def main() -> int:
    """Measure, print the table and keep it and its picture."""
    names = spread(sounds.names("tuning"), CLIPS)
    means = {}
    for level in LEVELS_DB:
        rows = [measure(name, level) for name in names]
        means[level] = {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
        means[level]["worst"] = min(row["visqol"] for row in rows)
        print(f"{level:g} dB measured", file=sys.stderr, flush=True)
    report = [
        f"{len(names)} tuning clips of 10 s: {', '.join(names)}; {PIECES} pieces of {PIECE_S:g} s "
        "each, 16 bits, p <= 1e-6",
        describe("numpy", "scipy"),
        "",
        f"{'mark below sound, dB':22}{'2 s found':>10}{'score':>8}{'noise 10 dB':>13}"
        f"{'ViSQOL':>9}{'worst':>8}{'NMR dB':>9}",
    ]
    for level, m in means.items():
        report.append(
            f"{level:<22g}{m['pieces']:>10.2f}{m['piece_score']:>8.1f}{m['noise']:>13.2f}"
            f"{m['visqol']:>9.3f}{m['worst']:>8.3f}{m['nmr']:>9.2f}"
        )
    keep("watermark_strength", "\n".join(report))
    curves = {
        "pieces of 2 s found": (list(means), [m["pieces"] for m in means.values()]),
        "found under noise at 10 dB": (list(means), [m["noise"] for m in means.values()]),
        "ViSQOL - 4": (list(means), [m["visqol"] - 4 for m in means.values()]),
    }
    told = "; ".join(
        f"{level:g} dB: {m['pieces']:.2f} of pieces, ViSQOL {m['visqol']:.2f}"
        for level, m in means.items()
    )
    still = plots.curves(
        curves, marker="o", xlabel="mark below the sound, dB", ylabel="share, or ViSQOL - 4",
        ylim=(0, 1.05), alt=f"Strength against robustness. {told}.",
    )  # fmt: skip
    still.save(RESULTS / "watermark_strength.png")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
