"""Music from words in one call: all at once, as a stream, or several prompts together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ..errors import ParameterError
from ..models.training import threads
from .jobs import Job, to_numpy
from .loading import load
from .records import make_record
from .settings import Settings, check_prompt
from .takes import Take


def generate(
    prompt: str,
    *,
    duration_s: float = 6.0,
    seed: int | None = None,
    model: Any = "tiny",
    device: str = "auto",
    precision: Any = "auto",
    guidance: float | None = None,
    temperature: float = 1.0,
    top_k: int | None = 250,
    top_p: float | None = None,
) -> tuple[np.ndarray, int]:
    """Make music from words.

    Parameters
    ----------
    prompt : what to make, in English
    duration_s : seconds of sound, rounded to whole frames of the model's codec
    seed : the same seed gives the same sound on the same device; None is fresh luck
    model : ``"tiny"``, which came with the course; a MusicGen on the hub, such as
        ``"facebook/musicgen-small"``; a folder of weights; or what `load` returned
    device : ``"auto"`` (CUDA where there is one), ``"cpu"``, ``"cuda"``
    precision : of the weights, see `load`
    guidance, temperature, top_k, top_p : see `Settings`

    Returns
    -------
    y : float32, shape (n,), or (2, n) from a stereo model, in [-1, 1]
    sr : Hz

    Raises
    ------
    ParameterError, UnknownNameError, HubError, DeviceError
        A setting, the model or the device cannot be used.
    """
    take = stream(
        prompt,
        duration_s=duration_s,
        seed=seed,
        model=model,
        device=device,
        precision=precision,
        guidance=guidance,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
    ).run()
    return take.y, take.sr


def stream(prompt: str, **choices: Any) -> Job:
    """Make music from words, and hand it out while it is being made.

    The keywords are those of `generate`, and the chunks joined are what it returns.

    Returns
    -------
    A `Job`: iterate it for ``(chunk, sr)``; ``cancel()`` or ``close()`` ends it.

    Examples
    --------
    ::

        for chunk, sr in stream("fast happy flute", duration_s=10, seed=1): ...
    """
    return Job(prompt, **choices)


def generate_many(
    prompts: Sequence[str],
    *,
    seed: int = 0,
    model: Any = "tiny",
    device: str = "auto",
    precision: Any = "auto",
    **settings: Any,
) -> list[Take]:
    """Make a take from each of several prompts, all in one batch.

    Item i draws its luck from seed + i alone, so it is the take that a `Job` with that prompt
    and seed makes, unless rounding, which differs with the number of rows, tips a near-tie.

    Parameters
    ----------
    prompts : as many as memory allows; 8 take little longer than one
    seed : of the first item
    others : as in `generate`
    """
    if isinstance(prompts, str) or not prompts:
        raise ParameterError(f"prompts={prompts!r:.60} must be a list of one or more prompts")
    asked = [check_prompt(prompt) for prompt in prompts]
    own = [Settings.of({**settings, "seed": seed + item}) for item in range(len(asked))]
    ready = load(model, device=device, precision=precision)
    with threads(ready.threads):
        decoding = ready.begin(asked, own[0], seeds=[each.seed or 0 for each in own])
        while decoding.done < decoding.steps:
            decoding.step()
        codes = decoding.staircase.straighten(decoding.columns)
        with torch.inference_mode():
            sounds = ready.voice().push(codes, final=True)
    takes = []
    for prompt, each, y, tokens in zip(asked, own, sounds, codes, strict=True):
        sound, names = to_numpy(y), tokens[None].cpu().numpy()
        record = make_record(ready, prompt, each, tokens=names, y=sound)
        takes.append(Take(prompt, each, names, sound, ready.sr, record))
    return takes
