"""Do the bundled MusicGen and MusicLM do what they are told? 200 prompts, and networks that judge.

Each prompt asks for what the corpus could have composed, in sentences the corpus does not write.
The judges (``benchmarks.judging``) were first measured themselves, on clips they never saw; their
marks are printed below the table. Chance is what the same clips reach when each is held against
the prompt of another. In the column "pieces" stand the very pieces that the prompts tell of, played
by the corpus and heard through the codec: what a model that never errs would reach. The Fréchet
distance and the nearest clips need clips of the corpus: those on disk where it is there, else they
are composed anew. What was made and looked at is kept in ``.artefacts/judged``, so that a second
run takes minutes.

Run it with ``python -m benchmarks.tiny_musicgen``; ``--quick`` takes 24 prompts. It keeps its
table under another name then. The bars are those of the first model named.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.judging import activity, ears, scores
from benchmarks.judging.prompts import Prompt, prompts
from benchmarks.machine import RESULTS, describe, keep, verdict
from sonic_lab import corpus

TAKES = "about half an hour on two cores"
SR, DURATION_S = 16_000, 10.0
TOGETHER = 8  # prompts in a batch
HELD_OUT_SEED = corpus.TEST_SEED + 500_000  # clips that neither model nor judges learned from
CLOSE_PERCENT = 1  # an output is close when it is nearer than this percentile of held-out clips
MAX_CLOSE = 0.05
KEPT, CORPUS = Path(".artefacts/judged"), Path(".artefacts/corpus")
FIGURES = RESULTS / "tiny_musicgen.json"  # the first model's shares, for its card

Clips = list[np.ndarray]


def composed(first_seed: int, n: int) -> Clips:
    """Return n clips of the corpus: float32 at 16 kHz."""
    pieces = (corpus.compose(first_seed + i, duration_s=DURATION_S) for i in range(n))
    return [corpus.render(piece)[0] for piece in pieces]


def through(codec: object, clips: Clips) -> Clips:
    """Return clips as the codec brings them back: what a model that never errs would sound like."""
    books = {"n_codebooks": 4}
    codes = (codec.encode(y, sr=SR, **books) for y in clips)  # type: ignore[attr-defined]
    return [codec.decode(one)[0][: round(SR * DURATION_S)] for one in codes]  # type: ignore[attr-defined]


def generated(asked: Sequence[Prompt], model: str, **settings: float) -> Clips:
    """Return what the model makes of each prompt, kept once it was made by these weights."""
    from sonic_lab import generation

    ready = generation.load(model, device="cpu")
    chosen = "".join(f"-{name}-{value:.3g}" for name, value in settings.items())
    folder = KEPT / f"{Path(model).name}-{ready.weights_sha256[:12]}{chosen}"
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{prompt.seed}.npy" for prompt in asked]
    for at in range(0, len(asked), TOGETHER):
        some = slice(at, at + TOGETHER)
        if all(path.exists() for path in paths[some]):
            continue
        takes = generation.generate_many(
            [prompt.text for prompt in asked[some]],
            seed=asked[at].seed,  # seeds follow one another, as the items' do
            duration_s=DURATION_S,
            model=ready,
            **settings,
        )
        for take, path in zip(takes, paths[some], strict=True):
            if take.sr != SR:
                raise SystemExit(f"{model} makes sound at {take.sr} Hz, the judges hear {SR} Hz")
            np.save(path, _of_length(take.y))
        print(f"{at + len(takes)} of {len(asked)} made", flush=True)
    return [np.load(path) for path in paths]


def _of_length(y: np.ndarray) -> np.ndarray:
    n = round(SR * DURATION_S)
    return np.pad(y[:n], (0, max(0, n - len(y)))).astype(np.float32)


def pieces(asked: Sequence[Prompt]) -> Clips:
    """Return the pieces that the prompts tell of, through the codec."""
    from sonic_lab import models

    return through(models.load("codec", device="cpu"), composed(asked[0].seed, len(asked)))


def fingerprints(clips: Clips) -> np.ndarray:
    """Return what happens when in each clip: (N, D)."""
    return np.stack([scores.fingerprint(y, sr=SR) for y in clips])


def learned(first: int, n: int) -> Clips:
    """Return clips that the models learned from, composed anew where the corpus is not there."""
    if not any(CORPUS.glob("shard-*.jsonl")):
        return composed(corpus.TRAIN_SEED + first, n)
    clips = corpus.read(CORPUS)
    return [clips[i][0] for i in range(first, min(first + n, len(clips)))]


def learned_fingerprints(n: int) -> np.ndarray:
    """Return those of the clips that the models learned from, kept once they were looked at."""
    path = KEPT / f"learned-{n}.npy"
    if not path.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        parts = []
        for at in range(0, n, 500):
            some = learned(at, min(500, n - at))
            parts.append(fingerprints(some).astype(np.float16))
            print(f"{at + len(some)} of {n} learned clips looked at", flush=True)
        np.save(path, np.concatenate(parts))
    return np.load(path).astype(np.float32)


def adherence(
    asked: Sequence[Prompt], heard: Mapping[str, Sequence[ears.Heard]]
) -> tuple[list[str], list[tuple[str, bool]]]:
    """Return the lines of the table, and each claim on the first model with whether it held.

    Beside each model's share stands chance: what its clips reach when each is held against the
    prompt of another.
    """
    heads = "".join(f"{Path(name).name:>12}{'chance':>9}" for name in heard)
    lines = [f"{'':40}{heads}{'bar':>7}{'answers':>9}"]
    claims = []
    for what, (question, bar) in scores.QUESTIONS.items():
        shares = [scores.share(question, asked, some) for some in heard.values()]
        chances = [scores.chance(question, asked, some) for some in heard.values()]
        cells = "".join(
            f"{share:>12.1%}{by_chance:>9.1%}"
            for (share, _), by_chance in zip(shares, chances, strict=True)
        )
        bar_said = "" if bar is None else f"{bar:.0%}"
        share, n = shares[0]
        lines.append(f"{what:40}{cells}{bar_said:>7}{n:>9}")
        if bar is not None:
            claims.append((f"{what}: at least {bar:.0%} ({share:.1%})", share >= bar))
    return lines, claims


def by_name(asked: Sequence[Prompt], heard: Mapping[str, Sequence[ears.Heard]]) -> list[str]:
    """Return a table of how often each instrument is heard where it is asked for."""
    found = {name: scores.by_instrument(asked, some) for name, some in heard.items()}
    heads = "".join(f"{Path(name).name:>12}" for name in found)
    lines = [f"{'Heard, of how often it is asked for':40}{heads}"]
    for what in next(iter(found.values())):
        cells = (f"{right} of {n}" for right, n in (each[what] for each in found.values()))
        lines.append(f"    {what:36}" + "".join(f"{cell:>12}" for cell in cells))
    return lines


def liveliness(clips: Mapping[str, Clips], heard: Mapping[str, Sequence[ears.Heard]]) -> list[str]:
    """Return a table of how much happens in each model's clips, and in the pieces."""
    found = {name: activity.measure(clips[name], heard[name], sr=SR) for name in heard}
    heads = "".join(f"{Path(name).name:>12}" for name in found)
    lines = [f"{'How much happens, mean of a clip':40}{heads}"]
    for what in next(iter(found.values())):
        lines.append(f"    {what:36}" + "".join(f"{each[what]:>12.2f}" for each in found.values()))
    return lines


def figures(asked: Sequence[Prompt], heard: Sequence[ears.Heard]) -> dict[str, float]:
    """Return each question's share, and what it is by chance."""
    found = {}
    for what, (question, _) in scores.QUESTIONS.items():
        found[f"{what}, of {len(asked)} prompts"] = round(
            scores.share(question, asked, heard)[0], 3
        )
        found[f"{what}, by chance"] = round(scores.chance(question, asked, heard), 3)
    return found


def distances(judges: ears.Judges, clouds: dict[str, Clips], reference: Clips) -> list[str]:
    """Return the Fréchet distance of each cloud of clips to clips the model learned from."""
    home = np.stack([h.embedding for h in judges.hear(reference)])
    lines = [f"Fréchet distance to {len(reference)} learned clips, in the timbre judge's embedding"]
    for name, clips in clouds.items():
        there = np.stack([h.embedding for h in judges.hear(clips)])
        lines.append(f"    {name:36}{scores.frechet(home, there):>10.2f}")
    return lines


def memory(made: Clips, unseen: Clips, n_learned: int) -> tuple[list[str], tuple[str, bool]]:
    """Return how near the outputs come to learned clips, beside clips that were never learned."""
    learned = learned_fingerprints(n_learned)
    ours, theirs = (scores.nearest(fingerprints(c), learned) for c in (made, unseen))
    limit = float(np.percentile(theirs, CLOSE_PERCENT))
    close = float((ours < limit).mean())
    lines = [
        f"Distance to the nearest of {n_learned} learned clips (0 the same, 1.41 unlike)",
        *(
            f"    {name:16} median {np.median(d):.3f}, nearest {d.min():.3f}"
            for name, d in (("generated", ours), ("held out", theirs))
        ),
        f"    {close:.1%} nearer than {limit:.3f}, percentile {CLOSE_PERCENT} of held-out clips",
    ]
    claim = f"at most {MAX_CLOSE:.0%} nearer than percentile {CLOSE_PERCENT} ({close:.1%})"
    return lines, (claim, close <= MAX_CLOSE)


def judges_marks() -> list[str]:
    """Return how often the judges are right, as they were measured when they were trained."""
    record = json.loads((ears.WEIGHTS / "judges.json").read_text("utf-8"))
    lines = ["The judges on held-out clips of the corpus"]
    for name, marks in record["right"].items():
        lines += [f"  {name}", *(f"    {what:36}{share:>8.1%}" for what, share in _flat(marks))]
    return lines


def _flat(marks: dict[str, object]) -> list[tuple[str, float]]:
    return [(k, v) for k, v in marks.items() if isinstance(v, float)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Generate, judge, print and keep the table; 1 when a claim failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="24 prompts, no learned clips")
    parser.add_argument("--model", nargs="+", default=["tiny"], help="names, or folders")
    parser.add_argument("--learned", type=int, default=10_000, help="clips to look for copies in")
    chosen = parser.parse_args(arguments)
    machine, start = describe("torch", "transformers"), time.perf_counter()
    asked = prompts(24 if chosen.quick else 200)
    judges = ears.Judges.load()
    made = {model: generated(asked, model) for model in chosen.model}
    made_and_pieces = {**made, "pieces": pieces(asked)}
    heard = {name: judges.hear(clips) for name, clips in made_and_pieces.items()}
    lines, claims = adherence(asked, heard)
    lines += ["", *by_name(asked, heard), "", *liveliness(made_and_pieces, heard)]
    if not chosen.quick:
        told = figures(asked, heard[chosen.model[0]])
        FIGURES.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        more, claim = _against_the_corpus(judges, made, chosen.learned)
        lines, claims = [*lines, "", *more], [*claims, claim]
    lines += ["", *judges_marks(), "", *(verdict(*claim) for claim in claims)]
    who = " and ".join(Path(model).name for model in chosen.model)
    title = f"{who}, {len(asked)} prompts, {DURATION_S:g} s each, the default settings"
    took = f"{time.perf_counter() - start:.0f} s in all"
    name = "tiny_musicgen" + ("-quick" if chosen.quick else "")
    keep(name, "\n".join([title, machine, took, "", *lines]))
    return 0 if all(held for _, held in claims) else 1


def _against_the_corpus(
    judges: ears.Judges, made: Mapping[str, Clips], n_learned: int
) -> tuple[list[str], tuple[str, bool]]:
    from sonic_lab import models

    first = next(iter(made.values()))
    n = len(first)
    unseen, reference = composed(HELD_OUT_SEED, n), learned(0, n)
    noise = np.random.default_rng(0).standard_normal((n, len(first[0]))).astype(np.float32)
    coded = through(models.load("codec", device="cpu"), unseen)
    clouds = {
        **{f"made by {Path(model).name}": clips for model, clips in made.items()},
        "held-out clips through the codec": coded,
        "held-out clips": unseen,
        "white noise": list(0.1 * noise),
    }
    far = distances(judges, clouds, reference)
    near, claim = memory(first, coded, n_learned)
    return [*far, "", *near], claim


if __name__ == "__main__":
    raise SystemExit(main())
