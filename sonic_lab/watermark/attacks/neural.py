"""Sound taken apart and made anew by a network: what any neural codec does to a mark."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ...audio import check_sound, resample
from ...errors import MissingDependencyError
from .attack import Situation

CODEC = "codec"  # the name of the bundled model


def through_codec(y: np.ndarray, situation: Situation) -> np.ndarray:
    """Encode by the course's own codec with so many codebooks, and decode, channel by channel."""
    codec = _codec()
    codebooks = round(situation.strength)

    def attack(one: np.ndarray) -> np.ndarray:
        codes = codec.encode(one, sr=situation.sr, n_codebooks=codebooks)
        back, rate = codec.decode(codes)
        out = resample(back, orig_sr=rate, target_sr=situation.sr)[: len(one)]
        return np.pad(out, (0, len(one) - len(out)))

    sound = check_sound(y)
    return attack(sound) if sound.ndim == 1 else np.stack([attack(one) for one in sound])


def has_codec() -> bool:
    """Tell whether the codec's weights came with this copy of the package.

    The folder is looked at, since to ask `models` takes the seconds that torch needs to load.
    """
    return (Path(__file__).parents[2] / "models" / "weights" / CODEC).is_dir()


@lru_cache(1)
def _codec() -> Any:
    if not has_codec():
        raise MissingDependencyError(
            "this attack needs the weights of the bundled codec, which are not in this copy of the "
            "course: python -m tools.train.codec makes them"
        )
    from ...models import load  # late: it brings torch

    return load(CODEC, device="cpu")
