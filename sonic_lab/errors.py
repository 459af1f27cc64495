"""The errors that Sonic Lab raises. Each names what it received and how to mend it.

Every one is a `SonicLabError`, and also the built-in that Python programmers would expect
(`ValueError`, `OSError`, ...), so both ``except sl.errors.SonicLabError`` and ordinary
handlers work.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SonicLabError(Exception):
    """Base of everything that Sonic Lab raises on purpose."""


class ParameterError(SonicLabError, ValueError):
    """A setting that cannot work: a hop of zero, a window longer than its FFT."""


class AudioError(SonicLabError, ValueError):
    """Sound that cannot be used: empty, not finite, too short, of the wrong shape or type."""


class AudioFileError(SonicLabError, OSError):
    """A file that is missing, not sound, damaged, or cannot be written."""


class RecordError(SonicLabError, OSError):
    """A progress record that is not there or cannot be written."""


class ManifestError(SonicLabError, ValueError):
    """A manifest, a row of it or a registry that cannot be used as it is."""


class SignatureError(SonicLabError, ValueError):
    """An entry whose signature does not hold, or a key that cannot have made it."""


class TrackingError(SonicLabError, RuntimeError):
    """A training run that a tracker would not take."""


class PathError(SonicLabError, ValueError):
    """A path that leaves the folder it must stay in."""


class UnknownNameError(SonicLabError, LookupError):
    """A clip, model, effect or exercise that does not exist."""


class MissingDependencyError(SonicLabError, ImportError):
    """An optional library that is not installed."""


class EngineError(SonicLabError, RuntimeError):
    """Processes or a cluster that were to share the work and did not start."""


class DeviceError(SonicLabError, RuntimeError):
    """A device that was asked for and is not there."""


class HubError(SonicLabError, ConnectionError):
    """Weights or data that a hub would not give."""


def unknown_name(kind: str, name: object, known: Iterable[str]) -> UnknownNameError:
    """Build the error for a `name` that is not among the `known` ones of its `kind`.

    >>> unknown_name("clip", "trumpt", ["trumpet", "piano"])
    UnknownNameError("no clip named 'trumpt': did you mean 'trumpet'? (known: piano, trumpet)")
    """
    options = sorted(known)
    close = difflib.get_close_matches(str(name), options, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return UnknownNameError(f"no {kind} named {name!r}: {hint}(known: {', '.join(options)})")
