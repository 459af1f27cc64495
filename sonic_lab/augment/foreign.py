"""Transforms of audiomentations: taken as they are, and made to keep what was drawn.

They draw from Python's global generator and from NumPy's, some when their parameters are drawn,
some when the sound is changed, so that not even frozen parameters give the same sound twice. Here
both generators are seeded from one number that our own luck draws, used, and put back as they
were, also after an error. Only one thread at a time may do this; a thread outside of this module
that draws from a global generator at that very moment would still take part, which is why what
can be ours is ours: `adopt` turns three transforms into those of this room.

- `AddGaussianNoise` and `AddGaussianSNR` draw their noise when they are applied.
- `TimeStretch` at less than half the speed draws inside its C++ library, from the machine's own
  entropy, which no seed reaches.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import json
import os
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..errors import ParameterError, SonicLabError
from .noise import GaussianNoise, NoiseAtSnr
from .record import Draw
from .tells import breaks_of
from .timing import TimeStretch
from .transform import Transform, named

_LIBRARY = "audiomentations"
_LOCK = threading.RLock()

_OURS: dict[str, Callable[[Any], Transform]] = {
    "AddGaussianNoise": lambda t: GaussianNoise(
        amplitude=(t.min_amplitude, t.max_amplitude), p=t.p
    ),
    "AddGaussianSNR": lambda t: NoiseAtSnr(snr_db=(t.min_snr_db, t.max_snr_db), p=t.p),
    "TimeStretch": lambda t: TimeStretch(
        rate=(t.min_rate, t.max_rate), keep_length=t.leave_length_unchanged, p=t.p
    ),
}


class Foreign:
    """A transform of audiomentations, or one that behaves as they do.

    Parameters
    ----------
    transform : has `randomize_parameters`, `freeze_parameters`, `parameters` and `p`, and is
        called with (samples, sample_rate). It is copied, and never changed
    """

    def __init__(self, transform: Any) -> None:
        self._transform = _copied(transform)
        self.name = type(transform).__name__
        self.p = float(transform.p)
        self._arguments = _arguments(transform)

    def step(self, y: np.ndarray, *, sr: int, rng: np.random.Generator) -> tuple[np.ndarray, Draw]:
        """Decide, draw, apply, and say what was done."""
        ran, seed = bool(rng.random() < self.p), int(rng.integers(2**32))
        if not ran:
            return y, Draw(self._full_name, False)
        out, parameters = self._run(y, sr=sr, seed=seed)
        return out, Draw(self._full_name, True, self._settings(seed, parameters))

    def redo(self, y: np.ndarray, *, sr: int, settings: Mapping[str, Any]) -> np.ndarray:
        """Do again what a record says, and make sure that it is that."""
        out, parameters = self._run(y, sr=sr, seed=int(settings["seed"]))
        if parameters != settings["parameters"]:
            raise ParameterError(
                f"{self.name} drew {parameters} and the record says {settings['parameters']}: "
                "the sound is another one, or the record is of another version"
            )
        return out

    def breaks(self) -> Mapping[str, str] | None:
        """Return the labels that may not stay true; None where nobody has said."""
        return breaks_of(self._transform) if self._ours_to_judge else None

    def check_at(self, sr: int) -> None:
        """Leave it to the transform: it says so when it is applied."""

    @property
    def _ours_to_judge(self) -> bool:
        return type(self._transform).__module__.split(".")[0] == _LIBRARY

    @property
    def _full_name(self) -> str:
        return (
            f"{_LIBRARY if self._ours_to_judge else type(self._transform).__module__}.{self.name}"
        )

    def _run(self, y: np.ndarray, *, sr: int, seed: int) -> tuple[np.ndarray, dict[str, Any]]:
        one = _copied(self._transform)  # or two threads would share its parameters
        one.p = 1.0
        try:
            with _global_luck(seed):
                one.randomize_parameters(y, sr)
                parameters = _plain(one.parameters)
                one.freeze_parameters()
                out = one(y, sr)
        except SonicLabError:
            raise
        except Exception as error:
            raise ParameterError(f"{self!r} cannot take this sound: {error}") from error
        return np.ascontiguousarray(out, dtype=np.float32), parameters

    def _settings(self, seed: int, parameters: dict[str, Any]) -> dict[str, Any]:
        return {"arguments": self._arguments, "parameters": parameters, "seed": seed}

    def __repr__(self) -> str:
        inside = ", ".join(f"{k}={v!r}" for k, v in (self._arguments or {}).items() if k != "p")
        return f"{self._full_name}({inside}{', ' if inside else ''}p={self.p:g})"


def adopt(transform: Any) -> Transform | Foreign:
    """Return a transform of ours, or one of audiomentations made repeatable.

    Raises
    ------
    ParameterError
        It is neither, or one that chooses among others, whose choice could not be recorded.
    """
    if isinstance(transform, (Transform, Foreign)):
        return transform
    if isinstance(transform, type):
        raise ParameterError(f"{transform.__name__} is a class: write {transform.__name__}()")
    kind = type(transform)
    if kind.__module__.split(".")[0] == _LIBRARY and kind.__name__ in _OURS:
        return _OURS[kind.__name__](transform)
    if hasattr(transform, "transforms"):
        raise ParameterError(
            f"{kind.__name__} holds other transforms: give the pipeline those, one by one"
        )
    wanted = ("randomize_parameters", "freeze_parameters", "parameters", "p")
    missing = [name for name in wanted if not hasattr(transform, name)]
    if missing or not callable(transform):
        raise ParameterError(
            f"{transform!r:.80} is no transform: it must come from sonic_lab.augment or "
            f"audiomentations (it has no {', '.join(missing) or '__call__'})"
        )
    return Foreign(transform)


def redo(draw: Draw, y: np.ndarray, *, sr: int) -> np.ndarray:
    """Apply what a record says, from its names and numbers alone."""
    cls = named(draw.name)
    if cls is not None:
        return cls.apply(y, sr=sr, settings=draw.settings)
    home, _, name = draw.name.rpartition(".")
    arguments = draw.settings.get("arguments")
    if home != _LIBRARY or arguments is None:  # a record is data: it may not import what it likes
        raise ParameterError(
            f"the record names {draw.name}, which is not known here: import what defines it, "
            "or use the pipeline's own replay"
        )
    kind = getattr(importlib.import_module(_LIBRARY), name, None)
    if kind is None:
        raise ParameterError(f"this version of {_LIBRARY} has no {name}")
    try:
        transform = kind(**arguments)
    except Exception as error:  # what it keeps of its arguments is not what it takes
        raise ParameterError(
            f"{name} cannot be built from {arguments!r} ({error}): use the pipeline's own replay"
        ) from error
    return Foreign(transform).redo(y, sr=sr, settings=draw.settings)


@contextmanager
def _global_luck(seed: int) -> Iterator[None]:
    """Seed both global generators inside a ``with``, and put them back after it."""
    with _LOCK:
        python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
        try:
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002 - it is what audiomentations draws from
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)  # noqa: NPY002


def _copied(transform: Any) -> Any:
    """Copy a transform, but not what it has in its cache; `copy.copy` would warn of that."""
    one = object.__new__(type(transform))
    one.__dict__.update(transform.__dict__)
    one.parameters = copy.deepcopy(transform.parameters)
    return one


def _arguments(transform: Any) -> dict[str, Any] | None:
    """Return what would build it again, or None where that is not plain data."""
    found = {}
    for name, argument in inspect.signature(type(transform)).parameters.items():
        value = getattr(transform, name, argument.default)
        if value is not argument.default and value != argument.default:
            found[name] = os.fspath(value) if isinstance(value, os.PathLike) else value
    try:
        plain: dict[str, Any] = json.loads(json.dumps(found))
    except (TypeError, ValueError):
        return None
    return plain


def _plain(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Bring parameters to what JSON gives back; an array too long to read becomes its length."""

    def simple(value: Any) -> Any:
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, np.ndarray):
            return value.tolist() if value.size <= 64 else f"array of {value.size}"
        return str(value)

    kept = {name: value for name, value in parameters.items() if name != "should_apply"}
    plain: dict[str, Any] = json.loads(json.dumps(kept, default=simple))
    return plain
