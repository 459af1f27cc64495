"""One clip's papers: where it came from, what may be done with it, and what was done to it."""

from __future__ import annotations

import difflib
import functools
import json
import math
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date
from typing import Any

from ..errors import ManifestError, PathError

USES = ("commercial", "research", "teaching", "redistribute")
_SHA256 = re.compile("[0-9a-f]{64}").fullmatch


@dataclass(frozen=True)
class Step:
    """One change in a clip's life: who made it from what, and how.

    Parameters
    ----------
    how : what was done, such as ``"pitch_shift"`` or ``"generate"``
    parents : sha256 of the files it was made from; a clip made from nothing has none
    by : person or program
    at : ISO date or time
    run, model : the training run, and the sha256 of the weights, where a model made it
    settings : the parameters as drawn, in plain JSON values
    """

    how: str
    parents: tuple[str, ...] = ()
    by: str = ""
    at: str = ""
    run: str = ""
    model: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        _texts(self, ("how", "by", "at", "run", "model"))
        if not self.how:
            raise ManifestError("a step's how is empty: it must say what was done")
        object.__setattr__(self, "parents", _tuple(self.parents, "parents"))
        for parent in self.parents:
            check_hash(parent, "a parent")
        if self.model:
            check_hash(self.model, "model")
        if self.settings:
            object.__setattr__(self, "settings", _plain(self.settings))


@dataclass(frozen=True)
class Consent:
    """What a person whose voice is heard agreed to.

    Parameters
    ----------
    by : whose consent it is, or a number that stands for the person
    on : ISO date
    covers : the uses agreed to, of `USES`
    reference : where the signed paper is kept
    """

    by: str
    on: str
    covers: tuple[str, ...]
    reference: str = ""

    def __post_init__(self) -> None:
        _texts(self, ("by", "on", "reference"))
        object.__setattr__(self, "covers", _tuple(self.covers, "covers"))
        for use in self.covers:
            if use not in USES:
                raise ManifestError(f"consent covers {use!r}, which is none of {', '.join(USES)}")
        if not self.by or not self.on:
            raise ManifestError("consent must say by whom it was given and on what date")
        check_date(self.on, "the date of consent")


@dataclass(frozen=True)
class Row:
    """The papers of one clip. What nobody has stated stays empty: the audit names it.

    Parameters
    ----------
    path : where the file is, from the manifest's folder, with forward slashes
    sha256 : of the file
    samples_sha256 : of the decoded samples as 16-bit integers, little-endian, interleaved; it
        stays the same when a WAV becomes a FLAC or its tags change
    duration_s : seconds
    sr : Hz
    channels : 1 for mono
    source : address or words: where it was got
    creator : who made it
    licence : SPDX expression, such as ``"CC-BY-4.0"`` or ``"CC0-1.0 OR MIT"``
    attribution : the credit line that the creator asks for
    consent : what a person who is heard agreed to
    voice : whether a person's voice is heard; None where nobody has listened
    obtained : ISO date
    derivation : what was done to it, oldest first
    split : ``"train"``, ``"test"`` or another part of a data set
    labels : what it is
    revision : raised by one with every correction; a merge keeps the highest

    Raises
    ------
    ManifestError
        A field cannot be what it should be; the message names it.
    PathError
        The path leaves the manifest's folder.
    """

    path: str
    sha256: str
    samples_sha256: str
    duration_s: float
    sr: int
    channels: int
    source: str = ""
    creator: str = ""
    licence: str = ""
    attribution: str = ""
    consent: Consent | None = None
    voice: bool | None = None
    obtained: str = ""
    derivation: tuple[Step, ...] = ()
    split: str = ""
    labels: tuple[str, ...] = ()
    revision: int = 0

    def __post_init__(self) -> None:
        check_path(self.path)
        _texts(self, ("source", "creator", "licence", "attribution", "obtained", "split"))
        check_hash(self.sha256, "sha256")
        check_hash(self.samples_sha256, "samples_sha256")
        self._check_numbers()
        if self.obtained:
            check_date(self.obtained, "obtained")
        if self.voice is not None and not isinstance(self.voice, bool):
            raise ManifestError(f"voice={self.voice!r} must be true, false or null")
        if self.consent is not None and not isinstance(self.consent, Consent):
            raise ManifestError(f"consent={self.consent!r} must be a Consent or None")
        if self.labels != ():
            object.__setattr__(self, "labels", _tuple(self.labels, "labels"))
        if self.derivation == ():
            return
        object.__setattr__(self, "derivation", tuple(self.derivation))
        if not all(isinstance(step, Step) for step in self.derivation):
            raise ManifestError("derivation must hold Steps alone")

    def _check_numbers(self) -> None:
        """Hold counts to whole numbers; NumPy's become Python's, so that rows compare and save."""
        for name, low in (("sr", 1), ("channels", 1), ("revision", 0)):
            value = getattr(self, name)
            if type(value) is not int or value < low:
                object.__setattr__(self, name, _whole(value, name, low=low))
        if type(self.duration_s) is float and 0 < self.duration_s < math.inf:
            return
        try:
            seconds = float(self.duration_s)
        except (TypeError, ValueError):
            seconds = math.nan
        if isinstance(self.duration_s, (bool, str)) or not (0 < seconds < math.inf):
            raise ManifestError(f"duration_s={self.duration_s!r} must be a number of seconds")
        object.__setattr__(self, "duration_s", seconds)

    @property
    def parents(self) -> tuple[str, ...]:
        """Hashes of the files that this clip was made from."""
        return tuple(dict.fromkeys(p for step in self.derivation for p in step.parents))

    @functools.cached_property
    def line(self) -> str:
        """The row as one line of JSON, the same for equal rows; what is empty is left out."""
        plain = _stated(self)
        if self.consent is not None:
            plain["consent"] = _stated(self.consent)
        if self.derivation:
            plain["derivation"] = [_stated(step) for step in self.derivation]
        if self.revision == 0:
            del plain["revision"]
        return canonical(plain)

    @classmethod
    def from_dict(cls, plain: Any) -> Row:
        """Build a row from plain values, as a line of a manifest holds them.

        >>> Row.from_dict({"path": "a.wav", "licens": "CC0-1.0"})
        Traceback (most recent call last):
        sonic_lab.errors.ManifestError: a row has no field 'licens': did you mean 'licence'?
        """
        _check_fields(cls, plain, "a row")
        if not ("derivation" in plain or "consent" in plain):
            return cls(**plain)
        values = dict(plain)
        if values.get("consent") is not None:
            _check_fields(Consent, values["consent"], "consent")
            values["consent"] = Consent(**values["consent"])
        steps = values.get("derivation", ())
        if not isinstance(steps, (list, tuple)):
            raise ManifestError(f"derivation={steps!r} must be a list of steps")
        for step in steps:
            _check_fields(Step, step, "a step")
        values["derivation"] = tuple(Step(**step) for step in steps)
        return cls(**values)


_Kind = type["Row"] | type["Step"] | type["Consent"]
_KINDS: tuple[_Kind, ...] = (Row, Step, Consent)
_EMPTY: tuple[Any, ...] = ("", None, (), {})
_KNOWN = {kind: frozenset(f.name for f in fields(kind)) for kind in _KINDS}
_ORDER = {kind: tuple(f.name for f in fields(kind)) for kind in _KINDS}
_NEEDED = {
    kind: tuple(
        f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING
    )
    for kind in _KINDS
}


def _stated(thing: Row | Step | Consent) -> dict[str, Any]:
    """Return the fields that say something; `dataclasses.asdict` would copy all, and slowly."""
    needed = _NEEDED[type(thing)]
    pairs = ((name, getattr(thing, name)) for name in _ORDER[type(thing)])
    return {name: value for name, value in pairs if name in needed or value not in _EMPTY}


def canonical(plain: Any) -> str:
    """Return JSON with one way to write each value: sorted keys, no spaces, no NaN."""
    return json.dumps(
        plain, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False
    )


def check_path(path: Any) -> str:
    """Return a path that stays in its folder, or say why it does not."""
    if not isinstance(path, str) or not path:
        raise ManifestError(f"path={path!r} must be a text that names a file")
    if "\\" in path or path[0] == "/" or path[1:2] == ":" or ".." in path.split("/"):
        raise PathError(
            f"path={path!r} must lead from the manifest's folder to a file in it, "
            "with forward slashes and without '..'"
        )
    if not path.isprintable():  # no line feeds, no halves of characters
        raise PathError(f"path={path!r} has characters that cannot be shown: rename the file")
    return path


def check_hash(value: Any, name: str) -> str:
    """Return a sha256, or say that it is none."""
    if isinstance(value, str) and _SHA256(value):
        return value
    raise ManifestError(f"{name}={value!r} must be a sha256: 64 hexadecimal digits, small letters")


def check_date(value: str, name: str) -> str:
    """Return an ISO date, or say that it is none."""
    try:
        date.fromisoformat(value)
    except ValueError:
        raise ManifestError(f"{name}={value!r} must be a date such as 2026-03-31") from None
    return value


def _check_fields(kind: _Kind, plain: Any, name: str) -> None:
    if not isinstance(plain, Mapping):
        raise ManifestError(f"{name} must be a JSON object, not {type(plain).__name__}")
    for key in plain.keys() - _KNOWN[kind]:
        close = difflib.get_close_matches(str(key), _KNOWN[kind], n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(_KNOWN[kind])}"
        raise ManifestError(f"{name} has no field {key!r}: {hint}")
    missing = [key for key in _NEEDED[kind] if key not in plain]
    if missing:
        raise ManifestError(f"{name} lacks {', '.join(missing)}")


def _texts(thing: object, names: tuple[str, ...]) -> None:
    for name in names:
        value = getattr(thing, name)
        if not isinstance(value, str):
            raise ManifestError(f"{name}={value!r} must be a text")
        if not value.isascii():
            _check_text(value, name)


def _check_text(value: str, name: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ManifestError(f"{name}={value!r} holds half a character") from None


def _tuple(values: Any, name: str) -> tuple[str, ...]:
    if isinstance(values, str) or not isinstance(values, (list, tuple)):
        raise ManifestError(f"{name}={values!r} must be a list of texts")
    for value in values:
        if not isinstance(value, str):
            raise ManifestError(f"{name} holds {value!r}, which is not a text")
        _check_text(value, name)
    return tuple(values)


def _whole(value: Any, name: str, *, low: int) -> int:
    if not isinstance(value, bool) and hasattr(value, "__index__") and int(value) >= low:
        return int(value)
    raise ManifestError(f"{name}={value!r} must be a whole number, at least {low}")


def _plain(settings: Any) -> dict[str, Any]:
    """Bring settings to what JSON gives back, so that a row equals itself after a round trip."""
    if not isinstance(settings, Mapping):
        raise ManifestError(f"settings={settings!r} must map names to values")
    try:
        text = canonical(dict(settings))
        text.encode()
        plain: dict[str, Any] = json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise ManifestError(f"settings={settings!r} cannot be kept as JSON: {error}") from None
    return plain
