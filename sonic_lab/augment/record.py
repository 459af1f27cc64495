"""What was done to a sound, in plain values: to be read, to be kept, and to be done again."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import Any

import numpy as np

from ..audio import check_rate, check_sound
from ..errors import ParameterError


@functools.cache  # reading them takes as long as augmenting a clip
def _versions() -> Mapping[str, str]:
    """Return the versions of the packages that change the sound."""
    found = {}
    for package in ("sonic-lab", "audiomentations", "numpy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # run from a folder that nobody installed
            found[package] = "not installed"
    return MappingProxyType(found)


@dataclass(frozen=True)
class Draw:
    """What one transform drew.

    Attributes
    ----------
    name : the transform
    ran : whether it was applied
    settings : with what, in plain JSON values; empty where it was not applied
    """

    name: str
    ran: bool
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        if not self.ran:
            return f"{self.name}: not applied"
        inside = ", ".join(f"{name}={_short(value)}" for name, value in self.settings.items())
        return f"{self.name}: {inside}" if inside else self.name


@dataclass(frozen=True)
class Record:
    """All that a pipeline did to one sound.

    It is what the manifest row of an augmented clip should hold as the settings of its step:
    ``Step(how="augment", parents=(sha256,), settings=record.to_dict())``.

    Attributes
    ----------
    sr : sample rate of the sound, Hz
    draws : one for each transform, in order, those that were not applied too
    versions : of the packages that did it
    """

    sr: int
    draws: tuple[Draw, ...]
    versions: Mapping[str, str] = field(default_factory=lambda: dict(_versions()), hash=False)

    def __iter__(self) -> Iterator[Draw]:
        return (draw for draw in self.draws if draw.ran)

    def __str__(self) -> str:
        return "\n".join(map(str, self.draws)) or "nothing"

    def get(self, name: str, setting: str, default: Any = None) -> Any:
        """Return what was drawn for a setting of the transform that ran last under a name.

        >>> Record(8000, (Draw("Gain", True, {"gain_db": -3.0}),)).get("Gain", "gain_db")
        -3.0
        """
        found = [draw.settings.get(setting, default) for draw in self if draw.name == name]
        return found[-1] if found else default

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain JSON values."""
        return {
            "sr": self.sr,
            "draws": [
                {"name": draw.name, "ran": draw.ran, "settings": dict(draw.settings)}
                for draw in self.draws
            ],
            "versions": dict(self.versions),
        }

    @classmethod
    def from_dict(cls, plain: Any) -> Record:
        """Read a record from plain values, such as the settings of a manifest's step.

        Raises
        ------
        ParameterError
            They are no record; the message says what is missing.
        """
        try:
            draws = tuple(
                Draw(str(one["name"]), bool(one["ran"]), dict(one["settings"]))
                for one in plain["draws"]
            )
            return cls(check_rate(plain["sr"]), draws, dict(plain.get("versions", {})))
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            if isinstance(error, ParameterError):
                raise
            raise ParameterError(
                f"this is no record of an augmentation ({error!r}): it must have 'sr' and 'draws', "
                "each draw with 'name', 'ran' and 'settings', as Record.to_dict writes them"
            ) from None

    def replay(self, y: np.ndarray, *, sr: int) -> np.ndarray:
        """Do the same again, from the record alone.

        Parameters
        ----------
        y : float array, shape (n,) or (c, n): the parent, for the same samples as before
        sr : Hz, the record's own

        Raises
        ------
        ParameterError
            The rate is another, or the record names a transform that is not known here.
        """
        from .foreign import redo

        sound = check_sound(y)
        if check_rate(sr) != self.sr:
            raise ParameterError(
                f"sr={sr} is not the record's {self.sr} Hz: resample the sound first"
            )
        for draw in self:
            sound = redo(draw, sound, sr=self.sr)
        return sound.copy() if sound is y else sound


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
