"""Temperature and guidance of the bundled MusicGen: what they do to what is played, and how much.

Ninety-six prompts like those of `tiny_musicgen`, from pieces of other seeds, so that a setting can
be chosen without having seen the two hundred that the model is measured by.

Run it with ``python -m benchmarks.sampling``; ``--quick`` takes 16 prompts.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from benchmarks.judging import activity, ears, scores
from benchmarks.judging.prompts import DEVELOPMENT_SEED, prompts
from benchmarks.machine import describe, keep
from benchmarks.tiny_musicgen import SR, generated, pieces

TAKES = "about a quarter of an hour on two cores"
SETTINGS: tuple[dict[str, float], ...] = (
    {},
    {"temperature": 1.1},
    {"temperature": 0.92},
    {"temperature": 0.8},
    {"guidance": 1.0},
    {"guidance": 2.0},
    {"guidance": 4.0},
    {"top_k": 50},
)


def said(settings: dict[str, float]) -> str:
    """Return what a row is called."""
    if not settings:
        return "as bundled"
    [(name, value)] = settings.items()
    return f"{name} {value:.3g}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Generate with each setting, judge, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="16 prompts")
    chosen = parser.parse_args(arguments)
    machine, start = describe("torch", "transformers"), time.perf_counter()
    asked = prompts(16 if chosen.quick else 96, first_seed=DEVELOPMENT_SEED)
    judges = ears.Judges.load()
    questions = {
        what.split()[0]: question for what, (question, bar) in scores.QUESTIONS.items() if bar
    }
    rows = []
    for settings in (*SETTINGS, None):
        clips = pieces(asked) if settings is None else generated(asked, "tiny", **settings)
        heard = judges.hear(clips)
        right = [scores.share(question, asked, heard)[0] for question in questions.values()]
        much = list(activity.measure(clips, heard, sr=SR).values())
        name = "the pieces" if settings is None else said(settings)
        cells = [*(f"{x:>12.1%}" for x in right), *(f"{x:>12.2f}" for x in much)]
        rows.append(f"{name:24}{''.join(cells)}")
    heads = [*questions, "onsets/s", "wait s", "quiet %", "classes"]
    keep(
        "sampling-quick" if chosen.quick else "sampling",
        "\n".join(
            [
                f"{len(asked)} development prompts of 10 s: right as asked, how much happens",
                machine,
                f"{time.perf_counter() - start:.0f} s in all",
                "",
                f"{'':24}{''.join(f'{head:>12}' for head in heads)}",
                *rows,
            ]
        ),
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
