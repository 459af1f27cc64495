"""How fast the corpus is made, and whether its labels can be heard by tools that know no labels.

Run it with ``python -m benchmarks.corpus``. Test seeds only; 160 clips of ten seconds.
"""

from __future__ import annotations

import collections
import os
import time
from dataclasses import replace

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")

import librosa
import numpy as np

from benchmarks.machine import describe, keep, verdict
from sonic_lab import corpus
from sonic_lab.corpus import mixing

CLIPS, LONE_CLIPS, DURATION_S, WANTED = 160, 4, 10.0, 40.0
HOP = 160
Sound = tuple[corpus.Piece, np.ndarray]


def speed() -> tuple[list[str], float, list[Sound]]:
    """Compose and render; times are of this process alone, since other work may be going on."""
    spent: dict[str, list[float]] = collections.defaultdict(list)
    sounds = []
    corpus.samples(corpus.compose(corpus.TEST_SEED + CLIPS))  # what is made once for all
    for seed in range(corpus.TEST_SEED, corpus.TEST_SEED + CLIPS):
        start = time.process_time()
        piece = corpus.compose(seed)
        y, _ = corpus.render(piece)
        spent[piece.arrangement].append(time.process_time() - start)
        sounds.append((piece, y))
    total = DURATION_S * CLIPS / sum(map(sum, spent.values()))
    rows = [f"{'arrangement':14}{'clips':>8}{'mean ms':>10}{'x real time':>14}"]
    for name, times in sorted(spent.items()):
        mean = sum(times) / len(times)
        rows.append(f"{name:14}{len(times):>8}{1e3 * mean:>10.1f}{DURATION_S / mean:>14.0f}")
    rows.append(f"{'all':14}{CLIPS:>8}{1e3 * DURATION_S / total:>10.1f}{total:>14.0f}")
    return rows, total, sounds


def pitches() -> tuple[list[str], float]:
    """Track lone tunes by YIN: cents from the note, in the steady middle of each note."""
    rows = [f"{'instrument':14}{'notes':>8}{'median':>10}{'90 %':>8}{'within 50':>12}"]
    right = []
    for name in (*corpus.INSTRUMENTS, *corpus.HELD_OUT_TIMBRES):
        if name == "drums":
            continue
        cents = np.concatenate([_cents(name, corpus.TEST_SEED + i) for i in range(LONE_CLIPS)])
        near = np.abs(cents) < 50
        right.append(float(near.mean()))
        rows.append(
            f"{name:14}{cents.size:>8}{np.median(cents):>8.1f} c"
            f"{np.percentile(np.abs(cents), 90):>6.0f} c{100 * near.mean():>10.0f} %"
        )
    return rows, float(np.mean(right))


def _cents(name: str, seed: int) -> np.ndarray:
    piece = corpus.compose(seed, instruments=[name], style="funk")  # no pads among the synths
    tune = [note for note in piece.notes if note.instrument == name]
    while piece.arrangement != "line":
        seed += 1000
        piece = corpus.compose(seed, instruments=[name], style="funk")
        tune = list(piece.notes)
    y, sr = corpus.render(replace(piece, room=None))
    hz = librosa.yin(y, fmin=40, fmax=2600, sr=sr, hop_length=HOP)
    found = []
    for note, following in zip(tune, [*tune[1:], None], strict=True):
        until_s = min(note.end_s, following.start_s if following else note.end_s)
        inside = hz[int((note.start_s + 0.06) * sr / HOP) : int((until_s - 0.02) * sr / HOP)]
        if inside.size >= 5:
            wanted = 440 * 2 ** ((note.midi - 69 + piece.tuning_cents / 100) / 12)
            found.append(1200 * np.log2(np.median(inside) / wanted))
    return np.array(found)


def labels(sounds: list[Sound]) -> tuple[list[str], float]:
    """Hear mode, tempo, attacks and loudness by librosa, which is told nothing but the tonic."""
    modes, tempos, attacks, levels = [], [], [], []
    for piece, y in sounds:
        if piece.arrangement != "drums":
            tuning = piece.tuning_cents / 100
            chroma = librosa.feature.chroma_cqt(y=y, sr=corpus.SR, tuning=tuning).mean(axis=1)
            tonic = corpus.TONICS.index(piece.tonic)
            major = chroma[(tonic + 4) % 12] > chroma[(tonic + 3) % 12]
            modes.append(major == (piece.mode == "major"))
        strength = librosa.onset.onset_strength(y=y, sr=corpus.SR, hop_length=HOP)
        bpm = librosa.feature.tempo(onset_envelope=strength, sr=corpus.SR, hop_length=HOP)[0]
        ratio = bpm / piece.tempo_bpm
        tempos.append(any(abs(ratio / octave - 1) < 0.08 for octave in (0.5, 1, 2)))
        attacks.append(_f_measure(piece, strength))
        levels.append(mixing.loudness(y.astype(np.float64)))
    heard = float(np.mean(modes))
    return [
        f"major or minor, by which third is stronger: {100 * heard:.0f} %",
        f"tempo within 8 %, octaves forgiven: {100 * np.mean(tempos):.0f} %",
        f"attacks against note starts (50 ms), mean F: {np.mean(attacks):.2f}",
        f"loudness: {np.median(levels):.2f} LUFS, quietest {min(levels):.2f} (peaks in the way)",
    ], heard


def _f_measure(piece: corpus.Piece, strength: np.ndarray) -> float:
    found = librosa.onset.onset_detect(
        onset_envelope=strength, sr=corpus.SR, hop_length=HOP, units="time"
    )
    starts = np.unique(np.round([note.start_s for note in piece.notes], 2))
    starts = starts[np.insert(np.diff(starts) > 0.03, 0, True)]
    if not found.size:
        return 0.0
    apart = np.abs(found[:, None] - starts) < 0.05
    return (
        2
        * float(apart.any(1).mean() * apart.any(0).mean())
        / float(apart.any(1).mean() + apart.any(0).mean() + 1e-9)
    )


def main() -> int:
    """Measure all, print the table and keep it; 1 when a claim fails."""
    head = [
        f"{CLIPS} clips of {DURATION_S:g} s at {corpus.SR} Hz, one core, time of the process",
        describe("numpy", "scipy", "librosa"),
        "",
    ]
    rows, rate, sounds = speed()
    tracked, in_tune = pitches()
    heard, modes = labels(sounds)
    claims = {
        f"at least {WANTED:g} times real time on one core: {rate:.0f}": rate >= WANTED,
        f"a pitch tracker agrees on 0.85 of the notes: {in_tune:.2f}": in_tune >= 0.85,
        f"the mode is heard in 0.95 of the clips: {modes:.2f}": modes >= 0.95,
    }
    told = [verdict(claim, held) for claim, held in claims.items()]
    keep("corpus", "\n".join([*head, *rows, "", *tracked, "", *heard, "", *told]))
    return 0 if all(claims.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
