"""The record that goes with a sound: enough to say where it came from, and to make it again."""

from __future__ import annotations

import hashlib
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np

from .. import __version__
from .player import Player
from .settings import Settings


def make_record(
    model: Player, prompt: str, settings: Settings, *, tokens: np.ndarray, y: np.ndarray
) -> dict[str, Any]:
    """Return what is to be known of a sound, as plain values.

    The same prompt, settings and weights on the same kind of device, precision and versions give
    the same tokens; their hash says whether they did.
    """
    chosen = {**settings.to_dict(), "guidance": model.choice(settings).guidance}
    return {
        "prompt": prompt,
        "seed": chosen.pop("seed"),
        "settings": chosen,
        "model": model.info.name,
        "weights_sha256": model.weights_sha256,
        "licence": model.info.licence,
        "terms": model.info.terms,
        "precision": model.precision,
        "device": str(model.device),
        "threads": model.threads,
        "sr": model.sr,
        "samples": int(y.shape[-1]),
        "sound_sha256": hashlib.sha256(np.ascontiguousarray(y).tobytes()).hexdigest(),
        "tokens_sha256": hashlib.sha256(np.ascontiguousarray(tokens).tobytes()).hexdigest(),
        "versions": {
            "sonic_lab": __version__,
            "torch": version("torch"),
            "transformers": version("transformers"),
            "python": platform.python_version(),
        },
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
