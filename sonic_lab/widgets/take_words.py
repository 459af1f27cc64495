"""What a studio says: how far it is, what is on its stage, and the Python that does the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..plots import describe
from .take_files import file_stem
from .take_shelf import HeldTake

_CODE = """\
import sonic_lab as sl

take = sl.generation.Job(
    {prompt!r},
    model={model!r},
    device={device!r},
{settings}).run()
y, sr = take.y, take.sr  # and take.tokens, take.record
{save}
"""

_SAVE = {
    True: 'sl.pipeline.release(take, "{stem}.wav")  # marked, signed, its record beside it',
    False: 'take.save("{stem}.wav")  # not marked; the record goes beside it',
}


def generation_code(
    prompt: str,
    *,
    model: str,
    device: str,
    settings: Mapping[str, Any],
    stem: str,
    marked: bool = True,
) -> str:
    """Return the Python that makes the same take; it leaves `take`, `y` and `sr`."""
    lines = "".join(f"    {name}={value!r},\n" for name, value in settings.items())
    save = _SAVE[marked].format(stem=stem)
    return _CODE.format(prompt=prompt, model=model, device=device, settings=lines, save=save)


def code_of(take: Any, *, marked: bool = True) -> str:
    """Return the Python that makes a take again."""
    return generation_code(
        take.prompt,
        model=str(take.record["model"]),
        device=str(take.record["device"]),
        settings=take.settings.to_dict(),
        stem=file_stem(take.prompt, seed=take.settings.seed),
        marked=marked,
    )


def describe_held(held: HeldTake) -> str:
    """Say what a take is and what its spectrogram shows."""
    take = held.take
    return (
        f"Take {held.number}, “{short(take.prompt)}”, {settings_in_words(take.settings)}: "
        f"{take.tokens.shape[1]} codebooks of {take.tokens.shape[2]} tokens. "
        f"{describe(held.image)}"
    )


def progress_in_words(progress: Any) -> str:
    """Say how far a job is.

    >>> from types import SimpleNamespace as P
    >>> progress_in_words(P(stage="loading", seconds=0.4))
    'Reading the weights.'
    >>> progress_in_words(P(stage="composing", step=50, steps=303, sound_s=0.9, seconds_left=4.2))
    'Step 50 of 303. 0.9 s of sound are ready, 4 s of work are left.'
    """
    if progress.stage in ("waiting", "loading"):
        return "Reading the weights."
    if progress.stage == "composing":
        done = (
            f"Step {progress.step} of {progress.steps}. {progress.sound_s:.1f} s of sound are ready"
        )
        left = progress.seconds_left
        return f"{done}." if left is None else f"{done}, {max(left, 0):.0f} s of work are left."
    return {"done": "Done.", "cancelled": "Stopped.", "failed": "It failed."}[progress.stage]


def short(prompt: str, *, letters: int = 60) -> str:
    """Cut a prompt to a length that a sentence can hold.

    >>> short("slow   sad piano"), short("la " * 99, letters=8)
    ('slow sad piano', 'la la l…')
    """
    text = " ".join(prompt.split())
    return text if len(text) <= letters else text[: letters - 1] + "…"


def settings_in_words(settings: Any) -> str:
    """Name the choices behind a take.

    >>> from sonic_lab.generation import Settings
    >>> settings_in_words(Settings(seed=7, guidance=3.0))
    'seed 7, guidance 3, temperature 1, top-k 250'
    """
    told = [f"seed {settings.seed}"]
    if settings.guidance is not None:
        told.append(f"guidance {settings.guidance:g}")
    told.append(f"temperature {settings.temperature:g}")
    told.append(f"top-k {settings.top_k}" if settings.top_k else "all tokens")
    if settings.top_p is not None and settings.top_p < 1:
        told.append(f"top-p {settings.top_p:g}")
    return ", ".join(told)
