"""One place of the token matrix: what was drawn there, from what, and how open the choice was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def look(job: Any, place: Sequence[int], *, tokens: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a token was drawn from, as plain values.

    Parameters
    ----------
    job : the `sonic_lab.generation.Job` that drew it
    place : codebook and frame
    tokens : the packed tokens among which it stands

    Raises
    ------
    ParameterError
        There is no such place, or no token has been drawn there yet.
    """
    codebook, frame = place
    drawn = job.distribution(codebook, frame)
    where = np.flatnonzero(drawn.tokens == drawn.chosen)
    found = {
        "tokens": drawn.tokens.tolist(),
        "probabilities": drawn.probabilities.tolist(),
        "chosen": int(drawn.chosen),
        "chosen_probability": float(drawn.chosen_probability),
        "entropy_bits": float(drawn.entropy_bits),
        "rank": int(where[0]) + 1 if len(where) else None,
        "codebook": codebook,
        "frame": frame,
        "codebooks": tokens["codebooks"],
        "seconds": frame / tokens["frame_rate"],
    }
    return {**found, "words": place_in_words(found)}


def place_in_words(place: Mapping[str, Any]) -> str:
    """Say what was drawn at one place of the token matrix, and from what.

    >>> place_in_words({"codebook": 1, "codebooks": 4, "seconds": 2.34, "chosen": 17, "rank": 3,
    ...                 "chosen_probability": 0.12, "entropy_bits": 4.2})
    'Codebook 2 of 4 at 2.34 s: token 17, the 3rd likeliest, had a chance of 12.0 %. \
The choice was as open as one among 18 tokens.'
    """
    rank = place["rank"]
    which = "one of the unlikely" if rank is None else f"the {_nth(rank)}likeliest"
    return (
        f"Codebook {place['codebook'] + 1} of {place['codebooks']} at {place['seconds']:.2f} s: "
        f"token {place['chosen']}, {which}, had a chance of "
        f"{100 * place['chosen_probability']:.1f} %. "
        f"The choice was as open as one among {2 ** place['entropy_bits']:.0f} tokens."
    )


def _nth(rank: int) -> str:
    if rank == 1:
        return ""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(
        rank % 10 if rank % 100 not in (11, 12, 13) else 0, "th"
    )
    return f"{rank}{ending} "
