"""A small world to draw: clips, two runs, and what came of them."""

from __future__ import annotations

from pathlib import Path

from sonic_lab import tracking
from sonic_lab.provenance import Manifest, Row, Step
from sonic_lab.tracking import Lineage
from tests.provenance.papers import digest, row

A, B = row("a.wav", licence="CC-BY-3.0"), row("b.wav", licence="CC-BY-4.0")
C = row("c.wav", licence="CC-BY-2.0")


def train(folder: Path, name: str, m: Manifest, **metrics: float) -> tuple[str, str]:
    """Log a run that learned from a manifest; return its id and the hash of its weights."""
    with tracking.start("json", folder=folder, name=name) as run:
        run.params(lr=0.001)
        run.dataset(m, name=f"set of {name}")
        run.metrics(metrics or {"loss": 0.25}, step=1)
        (folder / f"{name}.bin").write_bytes(name.encode())
        made = run.artefact(folder / f"{name}.bin", kind="model")
    return run.id, made.sha256


def generated(path: str, run: str, weights: str) -> Row:
    return row(path, derivation=(Step("generate", run=run, model=weights, settings={"seed": 7}),))


def small(folder: Path) -> Lineage:
    """a, b -> one -> g -> two;  c -> three."""
    g = generated("g.wav", *train(folder, "one", Manifest([A, B])))
    train(folder, "two", Manifest([g]))
    train(folder, "three", Manifest([C]))
    return Lineage.of(folder)


def large(folder: Path, *, clips: int = 300) -> Lineage:
    """Many clips, each with one that was made from it, in one set; five seeds of one training."""
    plain = [row(f"p{i}.wav", sha256=digest(f"p{i}")) for i in range(clips)]
    shifted = [
        row(f"s{i}.wav", sha256=digest(f"s{i}"), derivation=(Step("pitch_shift", (p.sha256,)),))
        for i, p in enumerate(plain)
    ]
    m = Manifest([*plain, *shifted, row("other.wav", licence="CC-BY-4.0")])
    for seed in range(5):
        train(folder, f"seed {seed}", m)
    return Lineage.of(folder)
