"""Which models there are, what their weights may be used for, and what they ask of a machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import unknown_name


@dataclass(frozen=True)
class ModelInfo:
    """What is known of a model before it is loaded.

    Attributes
    ----------
    name : what `model=` takes
    title : a few words for a person
    source : where its weights come from
    licence : SPDX identifier of the weights' licence, or "unknown"
    terms : one sentence on what that licence asks; shown before use, kept with every take
    parameters : how many numbers it holds, text encoder and codec included; 0 if unknown
    """

    name: str
    title: str
    source: Literal["bundled", "hub", "folder"]
    licence: str
    terms: str
    parameters: int = 0


_META_TERMS = (
    "Weights by Meta under CC BY-NC 4.0: name them, and make no commercial use of the weights."
)
_META = (
    ("facebook/musicgen-small", "MusicGen small", 587_000_000),
    ("facebook/musicgen-medium", "MusicGen medium", 2_000_000_000),
    ("facebook/musicgen-large", "MusicGen large", 3_400_000_000),
    ("facebook/musicgen-stereo-small", "MusicGen stereo small", 587_000_000),
    ("facebook/musicgen-stereo-medium", "MusicGen stereo medium", 2_000_000_000),
    ("facebook/musicgen-stereo-large", "MusicGen stereo large", 3_400_000_000),
)
_OUR_TERMS = (
    "Weights by Sonic Lab, trained on music that it composed itself (CC0): use them as you "
    "like, and keep the notice when you pass them on."
)
_OURS = (
    ("tiny", "the course's own MusicGen, bundled", 12_000_000),
    ("musiclm", "the course's own MusicLM, bundled", 12_000_000),
)
_KNOWN = {
    **{
        name: ModelInfo(name, title, "bundled", "BSD-3-Clause", _OUR_TERMS, parameters)
        for name, title, parameters in _OURS
    },
    **{
        name: ModelInfo(name, title, "hub", "CC-BY-NC-4.0", _META_TERMS, parameters)
        for name, title, parameters in _META
    },
}


def models() -> tuple[ModelInfo, ...]:
    """Return the models that are known by name, the bundled ones first.

    >>> [model.name for model in models()][:2]
    ['tiny', 'musiclm']
    """
    return tuple(_KNOWN.values())


def known(name: object) -> ModelInfo | None:
    """Return what is known of a model, or None."""
    return _KNOWN.get(name) if isinstance(name, str) else None


def info(name: str) -> ModelInfo:
    """Return what is known of a model.

    >>> info("facebook/musicgen-small").licence
    'CC-BY-NC-4.0'
    """
    if name not in _KNOWN:
        raise unknown_name("model", name, _KNOWN)
    return _KNOWN[name]
