"""How well marks last, how well they hide and how fast they are: marks × attacks × clips.

    python -m benchmarks.watermark                      # all of it, all marks: hours
    python -m benchmarks.watermark --size standard      # our marks, every attack: half an hour
    python -m benchmarks.watermark --size bars          # every clip, the bars of their own strength
    python -m benchmarks.watermark --quick              # a few clips, the quick attacks: minutes
    python -m benchmarks.watermark --part tuning --clips 6 --attacks none,crop_2s --details
    python -m benchmarks.watermark --folder ~/music --marks "gentle 16,Perth" --jobs 4

Ours count at p <= 1e-6. For a mark without a p-value, the limit is the highest score of unmarked
sound of the tuning part. What is reported is the held-out part: made from other seeds, voices and
sentences than the tuning part, on which our constants were chosen; the clips of the course and the
files of a folder belong to it too.

Each row of the record is one mark on one clip, kept as it is measured: a run that was stopped goes
on where it was. A change of the code that is measured begins a new record. Times are taken last, by
themselves; ``--pace`` takes them anew.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")

import numpy as np

from benchmarks.machine import RESULTS, describe, keep
from benchmarks.marking import report
from benchmarks.marking.contenders import CONTENDERS, SLOW, runnable
from benchmarks.marking.trials import EXTRA, Job, attack_names, measure
from benchmarks.sounds import watermark as sounds
from sonic_lab import audio, clips
from sonic_lab.errors import AudioFileError

TAKES = "hours on two cores"
ROOT = Path(__file__).parents[1]
OVER_A_SECOND = ("griffin_lim", "mel_vocoder")  # of processor time, for 10 s of sound


@dataclass(frozen=True)
class Size:
    """What a run of a size takes, where it is not told otherwise.

    Parameters
    ----------
    clips : how many, spread evenly over the part; 0 for all
    marks : which; none for all that run here
    attacks : "all", "quick" (without the slow ones), or "extra" (those of `trials.EXTRA` and none)
    unmarked_every : unmarked sound is read after every so many attacks
    wrong_keys, segments : a clip; of unmarked segments, each read with a key of its own
    """

    clips: int = 0
    marks: tuple[str, ...] = ()
    attacks: str = "all"
    unmarked_every: int = 1
    wrong_keys: int = 10
    segments: int = 0


SIZES = {
    "full": Size(),
    "standard": Size(12, ("gentle 16", "robust 32"), unmarked_every=8, segments=90),
    "bars": Size(0, ("gentle 16",), attacks="extra", unmarked_every=8, wrong_keys=4, segments=28),
    "quick": Size(4, ("gentle 16", "robust 32", "Hum", "Perth"), "quick", 8, wrong_keys=2),
}
OWN = "clip-"  # before the name of a clip of the course
SOUND_FILES = (".wav", ".flac", ".ogg", ".mp3")


def names(part: str, folder: str = "") -> list[str]:
    """Return the names of a part's clips; the course's own and a folder's are held out."""
    if part == "tuning":
        return sounds.names(part)
    own = [f"{OWN}{name}" for name in clips.names()]
    return [*sounds.names(part), *own, *(_files(Path(folder)) if folder else {})]


@cache
def sound(part: str, name: str, folder: str = "") -> tuple[np.ndarray, int]:
    """Return one clip, (y, sr), at most `sounds.SECONDS` of it."""
    if name in sounds.names(part):
        return sounds.clips(part, [name])[name]
    if name.startswith(OWN):
        return clips.load(name.removeprefix(OWN))
    y, sr = audio.load(_files(Path(folder))[name], sr=None, mono=False)
    middle = max(0, (y.shape[-1] - int(sounds.SECONDS * sr)) // 2)
    return y[..., middle:][..., : int(sounds.SECONDS * sr)], sr


def _files(folder: Path) -> dict[str, Path]:
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SOUND_FILES)
    if not found:
        raise AudioFileError(f"{folder} holds no file that ends with {', '.join(SOUND_FILES)}")
    return {path.relative_to(folder).as_posix(): path for path in found}


def spread(listed: list[str], count: int) -> list[str]:
    """Pick so many names, evenly over the list; all of them for 0."""
    if not 0 < count < len(listed):
        return listed
    return [listed[i] for i in np.linspace(0, len(listed) - 1, count).round().astype(int)]


def shuffled(listed: list[str]) -> list[str]:
    """Put names that stand together far apart, so that a run cut short has tried all kinds."""
    golden = (np.sqrt(5) - 1) / 2
    return [listed[i] for i in np.argsort(golden * np.arange(len(listed)) % 1)]


def jobs(chosen: argparse.Namespace) -> list[Job]:
    """List what there is to measure: the limits of the marks without a p-value first."""
    attacks = tuple(chosen.attacks.split(","))
    unmarked = attacks[:: SIZES[chosen.size].unmarked_every]
    tuning = spread(names("tuning"), chosen.clips)
    reported = shuffled(spread(names(chosen.part, chosen.folder), chosen.clips))
    marks = chosen.marks.split(",")
    ungraded = [mark for mark in marks if not CONTENDERS[mark].graded]
    limits = [
        Job("tuning", m, c, attacks, unmarked, 0, "unmarked") for m in ungraded for c in tuning
    ]
    full = [
        Job(
            chosen.part,
            mark,
            clip,
            attacks,
            unmarked,
            chosen.wrong_keys,
            segments=chosen.segments if CONTENDERS[mark].graded else 0,
        )
        for clip in reported
        for mark in marks
    ]
    paces = [Job(chosen.part, m, c, (), (), 0, "pace") for c in reported for m in marks]
    return limits + full + paces


def fingerprint(chosen: argparse.Namespace) -> str:
    """Change with the code that is measured and with what is asked of each clip."""
    parts = ("sonic_lab/watermark", "sonic_lab/effects", "sonic_lab/metrics", "sonic_lab/clips")
    files = [p for part in parts for p in (ROOT / part).rglob("*.py")]
    files += [
        ROOT / "benchmarks" / p
        for p in ("sounds/watermark.py", "marking/trials.py", "marking/contenders.py")
    ]
    text = b"".join(path.read_bytes() for path in sorted(files))
    asked = f"{chosen.attacks}|{chosen.size}|{chosen.wrong_keys}|{chosen.segments}|{chosen.folder}"
    return hashlib.sha256(text + asked.encode()).hexdigest()[:12]


def run(todo: list[Job], record: Path, folder: str, workers: int) -> dict[str, dict[str, Any]]:
    """Do the jobs that the record lacks, and return the rows of all of them by name."""
    record.parent.mkdir(parents=True, exist_ok=True)
    rows = read(record)
    left = [job for job in todo if job.name not in rows]
    alone = [job for job in left if job.kind == "pace"]  # others would slow it down
    together = [job for job in left if job.kind != "pace"]
    start = time.monotonic()
    with record.open("a", encoding="utf-8") as out:
        if not _ends_well(record):
            out.write("\n")  # or the next row would go down with the one cut short
        done = chain(_measured(together, folder, workers), _measured(alone, folder, 1))
        for k, row in enumerate(done, 1):
            rows[row["job"]] = row
            out.write(json.dumps(row) + "\n")
            out.flush()
            minutes = (time.monotonic() - start) / k * (len(left) - k) / 60
            print(
                f"{k}/{len(left)} {row['job']}, {minutes:.0f} min left", file=sys.stderr, flush=True
            )
    return {job.name: rows[job.name] for job in todo}


def read(record: Path) -> dict[str, dict[str, Any]]:
    """Return the rows of a record by the names of their jobs; a line cut short is left out."""
    rows = {}
    for line in record.read_text(encoding="utf-8").splitlines() if record.exists() else []:
        try:
            row = json.loads(line)
        except json.JSONDecodeError:  # stopped in the middle of writing
            continue
        rows[row["job"]] = row
    return rows


def without_pace(record: Path) -> None:
    """Take the times out of a record: they are measured anew, on a machine at rest, say."""
    rows = read(record).values()
    kept = [json.dumps(row) + "\n" for row in rows if not row["job"].endswith("/pace")]
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text("".join(kept), encoding="utf-8")


def _ends_well(record: Path) -> bool:
    text = record.read_bytes()
    return not text or text.endswith(b"\n")


def _measured(left: list[Job], folder: str, workers: int) -> Iterator[dict[str, Any]]:
    tasks = [(job, folder) for job in left]
    if workers == 1:
        yield from map(_one, tasks)
    else:
        with ProcessPoolExecutor(workers) as pool:
            yield from pool.map(_one, tasks)


def _one(task: tuple[Job, str]) -> dict[str, Any]:
    job, folder = task
    return measure(job, *sound(job.part, job.clip, folder))


def by_mark(rows: Iterable[dict[str, Any]], marks: Iterable[str]) -> report.Rows:
    """Sort rows by mark, in the order in which the marks were asked for."""
    listed = list(rows)
    return {mark: [row for row in listed if row["mark"] == mark] for mark in marks}


def complete(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the clips that some mark was not yet tried on, or marks would differ by clips.

    Rows of unmarked sound, which only set limits, stay; where no clip is complete, none does.
    """
    listed = list(rows)
    tried = [row for row in listed if row["job"].endswith("/marked")]
    marks = {row["mark"] for row in tried}
    clips_of = {mark: {row["clip"] for row in tried if row["mark"] == mark} for mark in marks}
    shared = set.intersection(*clips_of.values()) if clips_of else set()
    return [r for r in listed if shared and (r not in tried or r["clip"] in shared)]


def main(arguments: list[str]) -> int:
    """Measure what the record lacks, then print and keep the table and the pictures."""
    chosen = _asked(arguments)
    todo = jobs(chosen)
    record = chosen.record or ROOT / ".artefacts" / f"watermark-{fingerprint(chosen)}.jsonl"
    if chosen.so_far:
        held = read(record)
        done = complete(held[job.name] for job in todo if job.name in held)
        if not done:
            print(f"{record} holds no clip that every mark was tried on: nothing to report yet")
            return 2
    else:
        if chosen.pace:
            without_pace(record)
        done = list(run(todo, record, chosen.folder, chosen.jobs).values())
    marks = chosen.marks.split(",")
    limits = by_mark((r for r in done if r["job"].endswith("/unmarked")), marks)
    rows = by_mark((r for r in done if r["job"].endswith("/marked")), marks)
    paces = by_mark((r for r in done if r["job"].endswith("/pace")), marks)
    attacks = chosen.attacks.split(",")
    few = chosen.size == "quick" or chosen.so_far
    verdicts = [] if few else list(report.bars(rows, paces))
    size, tuning = chosen.size != "full", chosen.part != "held-out"
    name = "-".join(["watermark", *[chosen.size] * size, *["tuning"] * tuning])
    tables = report.lines(rows, limits, attacks, paces)
    body = [*_head(chosen, rows, attacks), "", *tables, "", *verdicts]
    if chosen.details:
        body += ["", *report.details(rows, limits, attacks)]
    keep(name, "\n".join(body))
    for kind, still in report.pictures(rows, limits, attacks).items():
        still.save(RESULTS / f"{name}-{kind}.png")
    return int(any(line.startswith("FAILS") for line in verdicts))


def _head(chosen: argparse.Namespace, rows: report.Rows, attacks: list[str]) -> list[str]:
    count = max(len(mine) for mine in rows.values())
    quick = "QUICK RUN, too few clips to prove a bar: " if chosen.size == "quick" else ""
    quick = f"STOPPED BEFORE ITS END. {quick}" if chosen.so_far else quick
    lacks = [f"  not run here: {m}, {why}" for m, why in runnable().items() if why]
    left_out = [m for m in CONTENDERS if m not in rows and not runnable()[m]]
    return [
        f"{quick}{count} {chosen.part} clips × {len(attacks)} attacks, those at a strength of "
        "their own and no attack among them",
        f"attacks left out: {', '.join(n for n in attack_names() if n not in attacks) or 'none'}",
        f"settings: size {chosen.size}; marks {chosen.marks}; wrong keys {chosen.wrong_keys} a "
        f"clip; unmarked sound after one attack in {SIZES[chosen.size].unmarked_every}, and "
        f"{chosen.segments} segments of 2 to 10 s a clip; folder {chosen.folder or '–'}",
        "held-out clips: other seeds, voices and sentences than the tuning part, and the clips of "
        "the course; limits of marks without a p-value are set on the tuning part",
        f"fingerprint of the code and the settings: {fingerprint(chosen)}",
        describe("numpy", "scipy"),
        *lacks,
        *([f"  not asked for: {', '.join(left_out)}"] if left_out else []),
    ]


def _asked(arguments: list[str]) -> argparse.Namespace:
    here = [mark for mark, why in runnable().items() if not why and mark not in SLOW]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--size", choices=tuple(SIZES), default="full", help="default: full")
    parser.add_argument("--quick", action="store_const", const="quick", dest="size")
    parser.add_argument("--part", choices=("tuning", "held-out"), default="held-out")
    parser.add_argument("--marks", help=f"out of: {', '.join(CONTENDERS)}; all but {SLOW}")
    parser.add_argument("--attacks", help="names, with commas between")
    parser.add_argument("--clips", type=int, help="only so many; 0 for all")
    parser.add_argument("--wrong-keys", type=int, help="a clip")
    parser.add_argument("--segments", type=int, help="unmarked ones, a clip")
    parser.add_argument("--folder", default="", help="sound files to add to the held-out part")
    parser.add_argument("--details", action="store_true", help="which clips were missed, too")
    parser.add_argument("--so-far", action="store_true", help="measure nothing: report the record")
    parser.add_argument("--pace", action="store_true", help="time the calls anew")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--record", type=Path, help="kept while it runs, and gone on from")
    chosen = parser.parse_args(arguments)
    size = SIZES[chosen.size]
    chosen.attacks = chosen.attacks or ",".join(_attacks_of(size.attacks))
    chosen.marks = chosen.marks or ",".join(m for m in here if m in (size.marks or here))
    for name in ("clips", "wrong_keys", "segments"):
        if getattr(chosen, name) is None:
            setattr(chosen, name, getattr(size, name))
    unknown = set(chosen.attacks.split(",")) - set(attack_names())
    strange = set(chosen.marks.split(",")) - set(CONTENDERS)
    if unknown or strange or chosen.jobs < 1:
        parser.error(
            f"unknown: {', '.join(unknown | strange)}" if unknown | strange else "--jobs < 1"
        )
    return chosen


def _attacks_of(which: str) -> list[str]:
    if which == "extra":
        return ["none", *EXTRA]
    return [n for n in attack_names() if which == "all" or n not in OVER_A_SECOND]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
