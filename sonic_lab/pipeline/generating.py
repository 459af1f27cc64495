"""Music from words, marked as it leaves: generate, mark, save, record."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..audio import limit
from ..errors import ParameterError, UnknownNameError
from ..watermark import UnmarkableError
from .publishing import Published, check_target, publish
from .seal import Seal

if TYPE_CHECKING:
    from ..generation import Take


@dataclass(frozen=True)
class Released:
    """A take that was written to disk.

    Attributes
    ----------
    take : what was made
    path : the sound
    record : the file beside it, which says how it was made and how it is marked
    published : the number in its mark, and what the registry says of it; None where unmarked
    unmarked_because : why it carries no mark; empty where it does
    """

    take: Take
    path: Path
    record: Path
    published: Published | None
    unmarked_because: str = ""

    @property
    def words(self) -> str:
        """What became of the mark, in one sentence."""
        if self.published is None:
            return f"It is not marked: {self.unmarked_because}."
        return f"It is marked as number {self.published.payload:#x}, signed in the registry."


def generate(
    prompt: str,
    path: str | os.PathLike[str],
    *,
    seal: Seal | None = None,
    marked: bool = True,
    **choices: Any,
) -> Released:
    """Make music from words, and write it to a file that can be traced back to its model.

    Parameters
    ----------
    prompt : what to make, in English
    path : .wav, .flac, .ogg or .mp3
    seal, marked : as in `release`
    choices : keywords of `generation.generate`: `duration_s`, `seed`, `model`, ...

    Raises
    ------
    SonicLabError
        As `generation.generate` and `release` do.

    Examples
    --------
    ::

        out = generate("slow sad piano melody", "piano.wav", seed=0)
        trace(out.path, mark=Seal().mark, registry=Seal().registry)
    """
    from ..generation import Job  # late: it brings torch

    target = check_target(path)
    if marked:
        seal = (Seal() if seal is None else seal).prepare()
    return release(Job(prompt, **choices).run(), target, seal=seal, marked=marked)


def release(
    take: Take,
    path: str | os.PathLike[str],
    *,
    seal: Seal | None = None,
    marked: bool = True,
) -> Released:
    """Mark a take, save it with its record beside it, and sign what made it.

    A take that cannot carry a mark, or cannot in the file's format, is saved all the same, since
    it may not come again; `unmarked_because` and the record say so.

    Parameters
    ----------
    take : what `generation` made
    path : .wav, .flac, .ogg or .mp3
    seal : whose mark and registry; None for your own
    marked : False saves it as it is

    Raises
    ------
    AudioFileError, ManifestError, SignatureError, MissingDependencyError
        The file or the registry cannot be written, or `cryptography` is missing.
    """
    target, published, why = Path(path), None, ""
    if not isinstance(marked, bool):
        raise ParameterError(f"marked={marked!r} must be True or False")
    if marked:
        signer = Seal() if seal is None else seal
        sources = made_from(take.record)
        try:
            published = publish(
                limit(take.y), target, sr=take.sr, mark=signer.mark, registry=signer.registry,
                **sources,
            )  # fmt: skip
        except UnmarkableError as error:
            why = str(error)
    else:
        why = "marking was switched off"
    if published is None:
        take.save(target)
    return Released(take, target, _write_record(take, target, published, why), published, why)


def made_from(record: dict[str, Any]) -> dict[str, str]:
    """Say which model, training run and data a take's record leads to.

    The weights name all three where a record of their training lies beside them, as it does for
    the bundled models and for what ``tools/train`` makes; the hub's name none.

    Returns
    -------
    ``model_card``, ``run`` and ``manifest``, as `publish` takes them; empty where unknown
    """
    name, weights = str(record.get("model", "")), str(record.get("weights_sha256", ""))
    card = f"{name}, weights {weights[:16]}" if weights else name
    training = _training_of(name)
    data, code = training.get("data"), training.get("code")
    return {
        "model_card": card,
        "run": str(code.get("commit", "")) if isinstance(code, dict) else "",
        "manifest": str(data.get("sha256", "")) if isinstance(data, dict) else "",
    }


def _training_of(name: str) -> dict[str, Any]:
    """Return the record of the training of a bundled model or a folder of weights; or nothing."""
    from ..generation.loading import folder_of

    try:
        folder = folder_of(name)
        if folder is None:
            return {}
        found = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, UnknownNameError):  # no record, or no such weights here
        return {}
    return found if isinstance(found, dict) else {}


def _write_record(take: Take, target: Path, published: Published | None, why: str) -> Path:
    from ..generation.takes import write_record

    if published is None:
        mark: dict[str, Any] = {"marked": False, "because": why}
    else:
        entry = published.entry
        mark = {
            "marked": True,
            "payload": published.payload,
            "bits": entry.bits,
            "score": round(published.score, 1),
            "file_sha256": entry.clip_sha256,
            "signature": entry.signature,
        }
    return write_record({**take.record, "watermark": mark}, target)
