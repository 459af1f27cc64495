"""Mark a sound with a number of its own, save it, and sign what the number stands for."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..audio import SUFFIXES, decode, encode, save
from ..errors import AudioFileError, ParameterError
from ..provenance import Entry, Registry
from ..watermark import UnmarkableError


@dataclass(frozen=True)
class Published:
    """A sound that went out.

    Attributes
    ----------
    path : where it lies
    payload : the number in its mark
    entry : what the registry says of that number
    score : −log10 of the p-value at which the mark was read back from the file
    """

    path: Path
    payload: int
    entry: Entry
    score: float


def publish(
    y: np.ndarray,
    path: str | os.PathLike[str],
    *,
    sr: int,
    mark: Any,
    registry: Registry,
    model_card: str = "",
    run: str = "",
    manifest: str = "",
) -> Published:
    """Mark, check, save and record a sound, in this order, so that nothing goes out untraceable.

    The mark is read back from the encoded file before anything is written. A number that was
    reserved for a sound which then failed stays reserved: numbers are never used twice.

    Parameters
    ----------
    y : float, shape (n,) or (c, n), in [-1, 1]
    path : .wav, .flac, .ogg or .mp3
    sr : Hz
    mark : embeds and detects, such as `SpreadSpectrum`; its `bits` decide the size of the number
    registry : opened with its private key
    model_card, run, manifest : what made the sound, see `provenance.Entry`

    Raises
    ------
    UnmarkableError
        The sound cannot carry the mark, or the mark does not survive the file's format.
    AudioFileError, ManifestError, SignatureError
        The file or the registry cannot be written.
    """
    target = Path(path)
    trial = mark.embed(y, sr=sr, payload=0)
    encode(trial, sr=sr, suffix=target.suffix)  # refuse what cannot go out before a number is spent
    payload = registry.allocate(bits=mark.bits)
    marked = mark.embed(y, sr=sr, payload=payload)
    data = encode(marked, sr=sr, suffix=target.suffix)
    back, rate = decode(data, mono=False)
    hit = mark.detect(back, sr=rate)
    if hit.payload != payload:
        raise UnmarkableError(
            f"the mark could not be read back from {target.name} (score {hit.score:.1f}): use a "
            "longer sound, strength='robust', or a format that keeps more, such as .flac"
        )
    save(target, marked, sr=sr)
    entry = registry.record(
        payload,
        clip_sha256=hashlib.sha256(target.read_bytes()).hexdigest(),
        model_card=model_card,
        run=run,
        manifest=manifest,
    )
    return Published(target, payload, entry, float(hit.score))


def check_target(path: str | os.PathLike[str]) -> Path:
    """Return where a sound shall go, or say why it could not, before work goes into it.

    Raises
    ------
    ParameterError
        The suffix is not that of a sound.
    AudioFileError
        There is no such folder.
    """
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        raise ParameterError(f"{target} must end in one of {', '.join(SUFFIXES)}")
    if not target.parent.is_dir():
        raise AudioFileError(f"{target}: there is no folder {target.parent}")
    return target
