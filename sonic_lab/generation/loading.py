"""One door for every model: the bundled one, the hub's, and any folder of weights."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any, Literal

import torch

from ..devices import choose
from ..errors import DeviceError, ParameterError, SonicLabError, unknown_name
from ..memory import free_bytes
from ..models import bundled
from ..models.quiet import quietly
from . import hub
from .catalogue import ModelInfo, known, models
from .model import Model
from .musiclm import MusicLMPlayer
from .player import Player
from .products import ON_CPU, ON_CUDA, Precision, half_packs_here
from .stored import Stored, licence_in, look

_GB = 1e9
MUSICLM = "sonic_lab_musiclm"
_BESIDES = 0.5 * _GB  # text, keys and values, sound, and what loading needs for a moment
_LARGE = 50e6  # numbers: below, unpacking float16 takes longer than reading twice the bytes
_lock = threading.Lock()
_last: dict[tuple[str, str, str], Player] = {}
_announced: set[str] = set()


def load(
    model: str | os.PathLike[str] | Player = "tiny",
    *,
    device: str = "auto",
    precision: Precision | Literal["auto"] = "auto",
) -> Player:
    """Load a model, or return the one that was loaded last if it is the same.

    What the licence of a hub's or a folder's weights asks is printed before they are loaded.

    Parameters
    ----------
    model : ``"tiny"``, a MusicGen on the hub such as ``"facebook/musicgen-small"``, or a folder
        that transformers' ``save_pretrained`` wrote, or `models.musiclm.MusicLM.save` and the
        tokenizer's
    device : ``"auto"``, ``"cpu"`` or ``"cuda"``
    precision : of the decoder's weights. "auto" takes "bfloat16" on CUDA, and on a CPU never
        rounds a weight: "float16" for a large model that is stored so, else "float32". "float16"
        makes a large model three times as fast there, and "int8" a quarter as large; a small one,
        most of which stays in the processor's caches, is faster in "float32".

    Raises
    ------
    UnknownNameError
        There is no such model.
    HubError
        The hub would not give it.
    DeviceError
        The device is not there, or memory would not suffice.
    ParameterError
        The folder holds no MusicGen, or the device cannot compute in that precision.
    """
    if isinstance(model, Player):
        return model
    name, place = check_name(model), choose(device)
    if precision not in ("auto", *ON_CPU, *ON_CUDA):
        raise ParameterError(
            f"precision={precision!r} must be 'auto', {', '.join(map(repr, ON_CPU))} or 'bfloat16'"
        )
    key = (name, str(place), precision)
    with _lock:  # two takes that begin together load once
        if key not in _last:
            _last.clear()  # the one before makes room first
            _last[key] = _load(name, place, precision)
        return _last[key]


def check_name(model: Any) -> str:
    """Return the name of a model that could be there, without looking further than this disk."""
    if isinstance(model, Player):
        return model.info.name
    if not isinstance(model, (str, os.PathLike)):
        raise ParameterError(f"model={model!r:.60} must be a name, a folder or a loaded model")
    name = os.fspath(model)
    if isinstance(name, str) and (known(name) or _is_folder(name) or hub.NAME.fullmatch(name)):
        return name
    raise unknown_name("model", name, (each.name for each in models()))


def _load(name: str, place: torch.device, precision: Precision | Literal["auto"]) -> Player:
    about = known(name)
    if about is not None and about.source == "hub":
        announce(about)
        _check_memory(about.parameters, about.name, place, precision, halved=False)
    folder = _folder(name, about)
    if about is None:
        about = ModelInfo(
            name,
            Path(name).name,
            "folder" if _is_folder(name) else "hub",
            licence_in(folder),
            f"Weights from {name}: ask whoever made them what they may be used for, "
            f"their card says '{licence_in(folder)}'.",
        )
        announce(about)
    stored = look(folder)
    if _kind(folder) == MUSICLM:
        return _read_musiclm(folder, about, place, precision, stored)
    settled = _settle(precision, place, stored)
    _check_memory(stored.numbers, name, place, settled, halved=stored.halved)
    network, tokenizer = _read(folder, settled)
    return Model(
        network.to(place),
        tokenizer,
        info=about,
        precision=settled,
        weights_sha256=stored.sha256(),
        consume=True,
    )


def folder_of(name: str) -> Path | None:
    """Return the folder of weights that are on this disk, bundled or anyone's; None for others."""
    about = known(name)
    if about is None:
        return Path(name) if _is_folder(name) else None
    return _bundled(name) if about.source == "bundled" else None


def _bundled(name: str) -> Path:
    return bundled.path({"tiny": "musicgen"}.get(name, name))


def _is_folder(name: str) -> bool:
    return name != "" and Path(name).is_dir()  # an empty path would mean the working folder


def _folder(name: str, about: ModelInfo | None) -> Path:
    if about is not None and about.source == "bundled":
        return _bundled(name)
    return Path(name) if _is_folder(name) else hub.fetch(name)


def _kind(folder: Path) -> str:
    """Return the type of model that a folder's configuration names, "" where it names none."""
    try:
        settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return str(settings["model_type"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""  # what is wrong with it, transformers will say


def _read_musiclm(
    folder: Path,
    about: ModelInfo,
    place: torch.device,
    precision: Precision | Literal["auto"],
    stored: Stored,
) -> MusicLMPlayer:
    from transformers import AutoTokenizer

    from ..models.musiclm import MusicLM

    if precision not in ("auto", "float32"):
        raise ParameterError(
            f"precision={precision!r} cannot be had with {about.name}, which computes in "
            "'float32': it is small"
        )
    model = MusicLM.from_folder(folder)
    with quietly():
        tokenizer = AutoTokenizer.from_pretrained(folder)
        codec = bundled.load("codec", device=str(place)).model
    return MusicLMPlayer(
        model.to(place), codec, tokenizer, info=about, weights_sha256=stored.sha256()
    )


def _read(folder: Path, precision: Precision) -> tuple[Any, Any]:
    """Load the network in float32, or where that is asked for with its decoder in 16 bits."""
    from transformers import AutoConfig, AutoTokenizer, MusicgenForConditionalGeneration

    try:
        with quietly():
            kind = AutoConfig.from_pretrained(folder).model_type
        if kind != "musicgen":
            raise ParameterError(
                f"{folder} holds a model of type {kind!r}, and this engine plays 'musicgen' "
                "(the melody models are another type)"
            )
        brief = precision in ("float16", "int8")
        with quietly():
            network = MusicgenForConditionalGeneration.from_pretrained(
                folder, dtype=torch.float16 if brief else torch.float32
            )
            tokenizer = AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        if isinstance(error, SonicLabError):
            raise
        first = str(error).strip().splitlines()[0]
        raise ParameterError(f"{folder} cannot be loaded as a MusicGen: {first}") from error
    if brief:  # all but the decoder computes in its weights' precision
        for part in (network.text_encoder, network.audio_encoder, network.enc_to_dec_proj):
            part.float()
    return network.eval(), tokenizer


def _settle(
    precision: Precision | Literal["auto"], place: torch.device, stored: Stored
) -> Precision:
    if place.type == "cuda":
        allowed, usual = ON_CUDA, "bfloat16"
    else:
        allowed = ON_CPU if half_packs_here() else ("float32", "int8")
        large = stored.halved and stored.numbers > _LARGE
        usual = "float16" if large and "float16" in allowed else "float32"
    settled: Any = usual if precision == "auto" else precision
    if settled not in allowed:
        raise ParameterError(
            f"precision={settled!r} cannot be had on this {place.type}: "
            f"take one of {', '.join(map(repr, allowed))}"
        )
    return settled


def _check_memory(
    numbers: int, name: str, place: torch.device, precision: str, *, halved: bool
) -> None:
    """Refuse what would not fit, before it brings the machine down."""
    brief = precision in ("float16", "int8") or (precision == "auto" and halved)
    needed = 1.1 * numbers * (2 if brief else 4) + _BESIDES
    free = free_bytes()
    if place.type == "cuda":
        on_card = torch.cuda.mem_get_info(place)[0]
        free = on_card if free is None else min(free, on_card)
    if free is not None and needed > free:
        smaller = "" if brief else "precision='float16' halves that; "
        raise DeviceError(
            f"{name} needs about {needed / _GB:.1f} GB of memory, and {free / _GB:.1f} GB are "
            f"free: close other notebooks and programs; {smaller}model='tiny' needs 0.6 GB"
        )


def announce(about: ModelInfo) -> None:
    """Say once what the weights may be used for, before they are used."""
    if about.name not in _announced:
        _announced.add(about.name)
        print(f"{about.title} ({about.licence}). {about.terms}", file=sys.stderr, flush=True)
