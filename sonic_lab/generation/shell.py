"""``sonic-lab generate``: music from words in a shell."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import AudioFileError, ParameterError

if TYPE_CHECKING:
    from .jobs import Progress


def register(subparsers: Any) -> None:
    """Add ``generate`` to the parsers of `sonic-lab`. It sets ``run``: arguments -> exit code."""
    parser = subparsers.add_parser(
        "generate",
        help="make music from words",
        description="Makes music from words and saves it, with a record beside it that says which "
        "model, weights, licence, settings and seed it came from.",
        epilog="Mark it next, so that the sound itself can be traced: `sonic-lab mark`.",
    )
    parser.add_argument("prompt", help="what to make, such as 'slow sad piano melody'")
    parser.add_argument("--out", default="take.wav", help=".wav, .flac, .ogg or .mp3")
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
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    _check_target(Path(arguments.out))
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
    sound, record = take.save(arguments.out)
    print(
        f"{sound}: {take.y.shape[-1] / take.sr:g} s, seed {take.settings.seed}, by "
        f"{model.info.name} in {job.progress.seconds:.1f} s; its record is {record}"
    )
    return 0


def _check_target(out: Path) -> None:
    """Refuse a file that could not be written before minutes go into what should be in it."""
    from ..audio import SUFFIXES

    if out.suffix.lower() not in SUFFIXES:
        raise ParameterError(f"--out {out} must end in one of {', '.join(SUFFIXES)}")
    if not out.parent.is_dir():
        raise AudioFileError(f"--out {out}: there is no folder {out.parent}")


def _draw(progress: Progress) -> None:
    if progress.stage == "composing":
        left = "" if progress.seconds_left is None else f", {progress.seconds_left:.0f} s left"
        text = f"{progress.step}/{progress.steps} steps, {progress.sound_s:.1f} s of sound{left}"
    else:
        text = "loading the model" if progress.stage == "loading" else ""
    print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)
