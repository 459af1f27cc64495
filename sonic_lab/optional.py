"""Reach for a library that the core does not depend on."""

from __future__ import annotations

import importlib
from types import ModuleType

from .errors import MissingDependencyError


def need(module: str, *, extra: str) -> ModuleType:
    """Import an optional library, or say which extra brings it.

    Parameters
    ----------
    module : name to import, such as ``"pyloudnorm"``
    extra : the extra of this package that installs it, such as ``"loudness"``

    Raises
    ------
    MissingDependencyError
        The library is not installed.

    Examples
    --------
    >>> need("json", extra="loudness").__name__
    'json'
    >>> need("no_such_library", extra="loudness")
    Traceback (most recent call last):
    sonic_lab.errors.MissingDependencyError: no_such_library is not installed: ...
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or module.split(".")[0] != error.name.split(".")[0]:
            raise  # the library is there, but something that it needs is not: not ours to hide
        message = f"{module} is not installed: pip install 'sonic-lab[{extra}]'"
        raise MissingDependencyError(message, name=module) from error
