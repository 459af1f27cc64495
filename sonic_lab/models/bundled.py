"""The weights that come with the package: folders that transformers' ``from_pretrained`` takes.

Each holds the weights in half precision, their configuration, the record of the training that
made them and the model card written from it.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from ..errors import unknown_name

WEIGHTS = Path(str(files(__package__))) / "weights"


def names() -> tuple[str, ...]:
    """List the bundled models."""
    return tuple(sorted(folder.name for folder in WEIGHTS.glob("*") if folder.is_dir()))


def path(name: str) -> Path:
    """Return the folder of a bundled model.

    Raises
    ------
    UnknownNameError
        No model of that name is bundled.

    Examples
    --------
    >>> path("codex")
    Traceback (most recent call last):
    sonic_lab.errors.UnknownNameError: no bundled model named 'codex': ...
    """
    if not isinstance(name, str) or name not in names():
        raise unknown_name("bundled model", name, names())
    return WEIGHTS / name


def load(name: str = "codec", *, device: str = "auto") -> Any:
    """Load a bundled model by its name, or a codec of the hub by its own.

    Parameters
    ----------
    name : ``"codec"``, ``"musiclm"``, ``"wavenet"``, or a codec on the hub such as
        ``"facebook/encodec_24khz"``
    device : ``"auto"``, ``"cpu"``, ``"cuda"``

    Raises
    ------
    UnknownNameError
        No model of that name is bundled, and it is no hub's ``owner/name``.
    HubError
        The hub would not give it.
    """
    if name == "musiclm":
        from ..devices import choose
        from .musiclm import MusicLM

        return MusicLM.from_folder(path(name)).to(choose(device))
    if name == "wavenet":
        from ..devices import choose
        from . import wavenet

        return wavenet.load(path(name)).to(choose(device))
    from .sound_codec import SoundCodec

    return SoundCodec.load(name, device=device)
