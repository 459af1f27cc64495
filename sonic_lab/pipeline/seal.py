"""What a maker signs with: the secret of the mark, and the registry with its key, in one folder."""

from __future__ import annotations

import os
import secrets
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SignatureError
from ..home import home
from ..provenance import Registry

if TYPE_CHECKING:
    from ..watermark import SpreadSpectrum

_SECRET_BYTES = 16  # 128 bits: nobody guesses it


class Seal:
    """A maker's mark and registry. The first use makes their keys, and later ones find them.

    Parameters
    ----------
    folder : where they lie; None for the person's own, beside the record of their progress
    strength, bits : of the mark, see `SpreadSpectrum`

    Notes
    -----
    Who reads ``mark.key`` can write and wash off this mark, and who reads ``registry.key`` can
    sign entries: only their owner can read the files. ``registry.jsonl`` may be shown to anyone.

    Examples
    --------
    >>> import tempfile
    >>> seal = Seal(tempfile.mkdtemp())
    >>> seal.exists
    False
    >>> len(seal.registry.public_key), seal.exists
    (64, True)
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        strength: str = "gentle",
        bits: int = 32,
    ) -> None:
        self.folder = home() / "seal" if folder is None else Path(folder)
        self.strength, self.bits = strength, bits

    def __repr__(self) -> str:
        """Show where it lies, and none of its secrets."""
        return f"Seal({str(self.folder)!r}, strength={self.strength!r}, bits={self.bits})"

    @property
    def exists(self) -> bool:
        """Whether anything was ever signed with it."""
        return (self.folder / "mark.key").exists() or (self.folder / "registry.key").exists()

    def prepare(self) -> Seal:
        """Find the keys, or make them, so that what is wrong is said before work is lost to it.

        Raises
        ------
        SignatureError, ManifestError, MissingDependencyError
            They cannot be made or read, or `cryptography` is missing.
        """
        _ = self.mark, self.registry
        return self

    @cached_property
    def mark(self) -> SpreadSpectrum:
        """The mark, which writes and reads with this seal's secret."""
        from ..watermark import SpreadSpectrum

        path = self._there() / "mark.key"
        if not path.exists():
            _write_secret(path)
        return SpreadSpectrum(_read_secret(path), strength=self.strength, bits=self.bits)

    @cached_property
    def registry(self) -> Registry:
        """The registry, opened with its private key."""
        key = self._there() / "registry.key"
        if not key.exists():
            Registry.new_key(key)
        return Registry(self.folder / "registry.jsonl", key=key)

    def _there(self) -> Path:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise SignatureError(
                f"{self.folder} cannot be made ({error.strerror}), and the keys belong there: name "
                "another folder, or set SONIC_LAB_HOME"
            ) from error
        return self.folder


def _write_secret(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another program made it just now
    except OSError as error:
        raise SignatureError(f"{path} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_SECRET_BYTES) + "\n")


def _read_secret(path: Path) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SignatureError(f"{path} cannot be read: {error}") from error
    if not secret:
        raise SignatureError(
            f"{path} is empty, so the secret of this mark is lost: remove the file, and a new one "
            "is made; what was marked with the old one cannot be read again"
        )
    return secret
