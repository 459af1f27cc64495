"""The part of ``sonic-lab generate`` that makes music; the pipeline marks and saves it."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .jobs import Progress
    from .takes import Take


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what to make, and with what."""
    parser.add_argument("prompt", help="what to make, such as 'slow sad piano melody'")
    parser.add_argument("--seconds", type=float, default=6.0, help="default: 6")
    parser.add_argument("--seed", type=int, help="the same seed, the same sound; default: any")
    parser.add_argument(
        "--model", default="tiny", help="'tiny', a hub's such as facebook/musicgen-small, a folder"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--precision", default="auto", help="auto, float32, float16, int8, ...")
    parser.add_argument("--guidance", type=float, help="1 to 20; default: the model's own")
    parser.add_argument("--temperature", type=float, default=1.0, help="0 takes the likeliest")
    parser.add_argument("--top-k", type=int, default=250, help="0 for all tokens; default: 250")
    parser.add_argument("--top-p", type=float, help="share of the likeliest to choose among")


def make(arguments: argparse.Namespace) -> Take:
    """Make a take, with what there is to say about it on stderr."""
    from .jobs import Job
    from .loading import announce, load

    job = Job(
        arguments.prompt,
        model=arguments.model,
        device=arguments.device,
        precision=arguments.precision,
        duration_s=arguments.seconds,
        seed=arguments.seed,
        guidance=arguments.guidance,
        temperature=arguments.temperature,
        top_k=arguments.top_k or None,
        top_p=arguments.top_p,
        on_progress=_draw if sys.stderr.isatty() else None,
    )
    model = load(arguments.model, device=arguments.device, precision=arguments.precision)
    announce(model.info)
    take = job.run()
    for remark in job.remarks:
        print(remark, file=sys.stderr)
    print(
        f"{take.y.shape[-1] / take.sr:g} s, seed {take.settings.seed}, by {model.info.name} in "
        f"{job.progress.seconds:.1f} s"
    )
    return take


def _draw(progress: Progress) -> None:
    if progress.stage == "composing":
        left = "" if progress.seconds_left is None else f", {progress.seconds_left:.0f} s left"
        text = f"{progress.step}/{progress.steps} steps, {progress.sound_s:.1f} s of sound{left}"
    else:
        text = "loading the model" if progress.stage == "loading" else ""
    print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)
