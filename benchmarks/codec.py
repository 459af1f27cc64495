"""What the bundled codec keeps of music that it never saw, beside Opus and MP3.

Run it with ``python -m benchmarks.codec``; ``--codec FOLDER`` measures another one, ``--quick`` a
few clips. Tunes and bands come from the corpus's test seeds, and tunes of three instruments that
were kept out of training altogether.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import torch

from benchmarks.judging.tunes import chroma_cosine, onset_f, raw_pitch_accuracy
from benchmarks.machine import RESULTS, describe, keep, verdict
from sonic_lab import corpus, effects, metrics
from sonic_lab.models import SoundCodec

DURATION_S = 10.0
FIGURES = RESULTS / "codec.json"  # the table's figures, for the model card
KS = tuple(range(1, 9))
Sound = np.ndarray
Way = Callable[[Sound], Sound]


@dataclass(frozen=True)
class Clips:
    """What is measured on: pieces and their sounds."""

    seen: list[tuple[corpus.Piece, Sound]]
    held_out: list[tuple[corpus.Piece, Sound]]
    bands: list[tuple[corpus.Piece, Sound]]


def make_clips(n: int) -> Clips:
    """Compose n tunes of known instruments, n of held-out ones, and n bands."""
    known = [name for name in corpus.INSTRUMENTS if name != "drums"]
    kept_out = corpus.HELD_OUT_TIMBRES

    def alone(first_seed: int, names: Sequence[str]) -> list[tuple[corpus.Piece, Sound]]:
        return [_played(first_seed + i, [names[i % len(names)]]) for i in range(n)]

    bands = [_played(corpus.TEST_SEED + 10_000 + i, None) for i in range(2 * n)]
    bands = [(piece, y) for piece, y in bands if len(piece.instruments) > 1][:n]
    return Clips(
        alone(corpus.TEST_SEED, known), alone(corpus.HELD_OUT_TIMBRE_SEED, kept_out), bands
    )


def _played(seed: int, instruments: Sequence[str] | None) -> tuple[corpus.Piece, Sound]:
    piece = corpus.compose(seed, instruments=instruments, duration_s=DURATION_S)
    return piece, corpus.render(piece)[0]


def ways(codec: SoundCodec) -> dict[str, Way]:
    """List what a sound is sent through, by name."""

    def ours(k: int) -> Way:
        def way(y: Sound) -> Sound:
            return codec.decode(codec.encode(y, sr=corpus.SR), n_codebooks=k)[0][: len(y)]

        return way

    kbps = codec.model.config.target_bandwidths
    return {
        "original": lambda y: y,
        **{f"ours, {k} ({kbps[k - 1]:g} kbit/s)": ours(k) for k in KS if k <= codec.n_codebooks},
        "Opus, 6 kbit/s": lambda y: effects.opus(y, sr=corpus.SR, bitrate_kbps=6),
        "Opus, 12 kbit/s": lambda y: effects.opus(y, sr=corpus.SR, bitrate_kbps=12),
        "MP3, 8 kbit/s": lambda y: effects.mp3(y, sr=corpus.SR, bitrate_kbps=8),
        "MP3, 16 kbit/s": lambda y: effects.mp3(y, sr=corpus.SR, bitrate_kbps=16),
    }


def measure(way: Way, clips: Clips, *, opinions: bool) -> dict[str, float]:
    """Send all clips through, and measure what arrives."""
    sr = corpus.SR
    bands = [(piece, y, way(y)) for piece, y in clips.bands]
    row = {
        "pitch": _mean(raw_pitch_accuracy(way(y), sr, piece) for piece, y in clips.seen),
        "pitch, kept out": _mean(raw_pitch_accuracy(way(y), sr, p) for p, y in clips.held_out),
        "chroma": _mean(chroma_cosine(y, z, sr) for _, y, z in bands),
        "onsets": _mean(onset_f(z, sr, piece) for piece, _, z in bands),
    }
    if opinions:
        row["ViSQOL"] = _mean(metrics.visqol(y, z, sr=sr) for _, y, z in bands)
    return row


def _mean(values: object) -> float:
    return statistics.fmean(values)  # type: ignore[arg-type]


def use(codec: SoundCodec, sounds: Sequence[Sound]) -> list[float]:
    """Return the share of each codebook that some frame names; a few clips cannot name them all."""
    codes = np.concatenate([codec.encode(y, sr=corpus.SR)[0] for y in sounds], axis=1)  # (K, T)
    return [len(np.unique(row)) / codec.codebook_size for row in codes]


def speed(codec: SoundCodec, y: Sound, rounds: int = 7) -> tuple[float, float]:
    """Return how many times faster than real time it encodes and decodes, median.

    Counted in the seconds that its one thread was computing, so that a busy machine says the same.
    """
    codes, times = codec.encode(y, sr=corpus.SR), ([], [])
    for _ in range(rounds):
        for kept, act in zip(
            times,
            (lambda: codec.encode(y, sr=corpus.SR), lambda: codec.decode(codes)),
            strict=True,
        ):
            start = time.process_time()
            act()
            kept.append(time.process_time() - start)
    seconds = len(y) / corpus.SR
    return seconds / statistics.median(times[0]), seconds / statistics.median(times[1])


@dataclass(frozen=True)
class Figures:
    """All that is measured: a row for each way, shares of use, and speeds."""

    rows: dict[str, dict[str, float]]
    used: list[float]
    encodes: float
    decodes: float


def measure_all(codec: SoundCodec, n: int, *, opinions: bool) -> Figures:
    """Measure a codec on n clips of each kind, and other codecs beside it."""
    clips = make_clips(n)
    rows = {name: measure(way, clips, opinions=opinions) for name, way in ways(codec).items()}
    used = use(codec, [_played(corpus.TEST_SEED + 20_000 + i, None)[1] for i in range(20 * n)])
    return Figures(rows, used, *speed(codec, clips.bands[0][1]))


def report(found: Figures, n: int) -> str:
    """Write the table."""
    lines = [
        f"{n} tunes of known instruments, {n} of instruments kept out of training, {n} bands, "
        f"{DURATION_S:g} s each",
        describe("torch", "librosa"),
        "",
        " " * 22 + "".join(f"{name:>17}" for name in found.rows["original"]),
    ]
    for name, row in found.rows.items():
        lines.append(f"{name:22}" + "".join(f"{value:17.3f}" for value in row.values()))
    shares = " ".join(f"{share:.0%}" for share in found.used)
    lines += ["", f"used of each codebook, by {20 * n} other clips: {shares}"]
    lines += [f"encodes {found.encodes:.0f} and decodes {found.decodes:.0f} times real time", ""]
    return "\n".join([*lines, *verdicts(found)])


def verdicts(found: Figures) -> list[str]:
    """Hold the figures of all codebooks against the bars."""
    rows = found.rows
    before = rows["original"]
    ours = rows[next(name for name in reversed(rows) if name.startswith("ours"))]
    said = [
        verdict(f"{what} at least {bar:.0%} of the original's ({ours[what] / before[what]:.1%})",
                ours[what] >= bar * before[what])
        for what, bar in (("pitch", 0.9), ("pitch, kept out", 0.85), ("onsets", 0.9))
    ]  # fmt: skip
    said.append(verdict(f"chroma at least 0.95 ({ours['chroma']:.3f})", ours["chroma"] >= 0.95))
    if "ViSQOL" in ours:
        said.append(verdict(f"ViSQOL at least 3.5 ({ours['ViSQOL']:.2f})", ours["ViSQOL"] >= 3.5))
    said.append(
        verdict(f"each codebook 90 % in use ({min(found.used):.0%})", min(found.used) >= 0.9)
    )
    said.append(
        verdict(
            "each way 100 times faster than real time", min(found.encodes, found.decodes) >= 100
        )
    )
    return said


def main() -> int:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.codec", description=__doc__)
    parser.add_argument("--codec", type=Path, help="a folder of from_pretrained; the bundled one")
    parser.add_argument("--clips", type=int, default=10)
    parser.add_argument("--quick", action="store_true", help="6 clips, no ViSQOL, nothing kept")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.codec is None:
        codec = SoundCodec.load(device="cpu")
    else:
        from transformers import AutoModel

        codec = SoundCodec(AutoModel.from_pretrained(options.codec), name=str(options.codec))
    if options.quick:
        print(report(measure_all(codec, 6, opinions=False), 6))
    else:
        found = measure_all(codec, options.clips, opinions=True)
        keep("codec", report(found, options.clips))
        FIGURES.write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
