"""What can be told of weights by looking at their files: size, precision, hash, licence."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path

from ..errors import ParameterError


@dataclass(frozen=True)
class Stored:
    """The weights in a folder.

    Attributes
    ----------
    files : the ``.safetensors`` there
    numbers : how many numbers they hold
    halved : whether every one is stored in 16 bits, so that float16 loses nothing
    """

    files: tuple[Path, ...]
    numbers: int
    halved: bool

    def sha256(self) -> str:
        """Return the file's hash, or of several files the hash of their hashes, in name order."""
        return _digest(tuple((str(p), p.stat().st_size, p.stat().st_mtime_ns) for p in self.files))


def look(folder: Path) -> Stored:
    """Read what the weights in `folder` are, from their headers alone.

    Raises
    ------
    ParameterError
        There are none, or they are damaged.
    """
    files = _files(folder)
    if not files:
        raise ParameterError(
            f"{folder} has no .safetensors: weights in other formats can run code when they are "
            "loaded, and are not taken"
        )
    numbers, kinds = 0, set()
    for file in files:
        for tensor in _header(file).values():
            numbers += prod(tensor["shape"])
            kinds |= {tensor["dtype"]}
    return Stored(files, numbers, halved=kinds == {"F16"})


def _files(folder: Path) -> tuple[Path, ...]:
    """List the files of weights: those that the index names, which may lie in a folder beside."""
    index = folder / "model.safetensors.index.json"
    if not index.exists():
        return tuple(sorted(folder.glob("*.safetensors")))
    try:
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise ParameterError(
            f"{index} is damaged ({error}): delete it and fetch it again"
        ) from error
    return tuple(folder / name for name in sorted(names))


def licence_in(folder: Path) -> str:
    """Return the licence that the model card in a folder names, or "unknown"."""
    card = folder / "README.md"
    lines = card.read_text(encoding="utf-8", errors="replace").splitlines() if card.exists() else []
    if lines and lines[0].strip() == "---":
        for line in lines[1:]:
            if line.strip() == "---":
                break
            key, _, value = line.partition(":")
            if key.strip() == "license" and value.strip():
                return value.strip().strip("'\"")
    return "unknown"


def _header(file: Path) -> dict[str, dict]:
    """Return the table of contents of a safetensors file: eight bytes of length, then JSON."""
    try:
        with file.open("rb") as handle:
            (length,) = struct.unpack("<Q", handle.read(8))
            if not 0 < length < 100_000_000:  # the format's own limit
                raise ValueError(f"a header of {length} bytes")
            table = json.loads(handle.read(length))
        ends = [entry["data_offsets"][1] for name, entry in table.items() if name[:2] != "__"]
        missing = 8 + length + max(ends, default=0) - file.stat().st_size
        if missing > 0:
            raise ValueError(f"its last {missing} bytes are missing")
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise ParameterError(
            f"{file} is damaged ({error}): delete it and fetch it again"
        ) from error
    return {name: entry for name, entry in table.items() if name != "__metadata__"}


@lru_cache(maxsize=8)
def _digest(files: tuple[tuple[str, int, int], ...]) -> str:
    digests = []
    for name, _, _ in files:
        with open(name, "rb") as handle:
            digests.append(hashlib.file_digest(handle, "sha256").hexdigest())
    return (
        digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    )
