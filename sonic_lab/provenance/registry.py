"""The registry behind a watermark: which number in a sound stands for which model, run and data.

A mark holds 16 or 32 bits, too few for any of that; the registry holds it, under that number.
Each entry is signed, and names the signature of the entry before it.

Signed with Ed25519 rather than HMAC: who checks an HMAC holds the key, and who holds the key can
forge. A registry is there to be checked by strangers, so they get a public key that signs nothing.
It shows entries that were forged, altered, reordered, or taken out of the middle. That the last
ones were cut off shows only to those who noted the `head` elsewhere.

References
----------
S. Josefsson and I. Liusvaara, "Edwards-curve digital signature algorithm (EdDSA)", RFC 8032, 2017.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import ManifestError, SignatureError, UnknownNameError
from ..optional import need
from . import storage
from .rows import canonical, check_hash

# Numbers never mean two things: those of 32 bits begin where those of 16 end. 0 is left out,
# since it is what a detector reads from too many kinds of nothing.
_RANGES = {16: (1, 2**16), 32: (2**16, 2**32)}
_DRAWS = 64  # tries at a free number before the free ones are listed


@dataclass(frozen=True)
class Entry:
    """One line of a registry.

    Attributes
    ----------
    payload : the number in the watermark
    bits : 16 or 32, how many the mark carries
    state : ``"reserved"``, then ``"recorded"`` once the sound is known
    model_card : name, address or sha256 of the card of the model
    run : id of the training run
    manifest : digest of the data set it learned from
    clip_sha256 : of the marked file; empty while reserved
    at : when, UTC
    previous : signature of the entry before; empty for the first
    signature : of all the above, base64
    """

    payload: int
    bits: int
    state: str
    model_card: str = ""
    run: str = ""
    manifest: str = ""
    clip_sha256: str = ""
    at: str = ""
    previous: str = ""
    signature: str = ""

    @property
    def body(self) -> bytes:
        """The bytes that are signed."""
        plain = {name: value for name, value in asdict(self).items() if name != "signature"}
        return b"sonic-lab registry 1\n" + canonical(plain).encode()


class Registry:
    """Numbers for watermarks, and what each stands for.

    Parameters
    ----------
    path : a ``.jsonl`` file, made with the first entry
    key : the private key, to add entries: 32 bytes, or the path of a file made by `new_key`
    public_key : 32 bytes as hexadecimal digits, to check entries; not needed beside `key`

    Raises
    ------
    SignatureError
        The key is none.
    MissingDependencyError
        `cryptography` is not installed.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> registry = Registry(folder / "registry.jsonl", key=Registry.new_key(folder / "key"))
    >>> number = registry.allocate(bits=16)  # to embed in the sound, whose hash comes after that
    >>> entry = registry.record(number, clip_sha256="ab" * 32, model_card="tiny", run="r1")
    >>> registry.lookup(number).model_card
    'tiny'
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        key: bytes | str | os.PathLike[str] | None = None,
        public_key: str | None = None,
    ) -> None:
        self.path = Path(path)
        self._private = None if key is None else _private_key(key)
        if self._private is not None:
            own = self._private.public_key().public_bytes_raw().hex()
            if public_key not in (None, own):
                raise SignatureError("key and public_key do not belong together: pass one of them")
            public_key = own
        if public_key is None:
            raise SignatureError("a registry needs key, to sign, or public_key, to check")
        self.public_key = public_key
        self._public = _public_key(public_key)

    @staticmethod
    def new_key(path: str | os.PathLike[str]) -> Path:
        """Make a private key in a file that only its owner can read; never over an older one."""
        target = Path(path)
        ed25519 = _ed25519()
        raw = ed25519.Ed25519PrivateKey.generate().private_bytes_raw()
        try:
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise SignatureError(f"{target} holds a key already: it is never replaced") from None
        except OSError as error:
            raise SignatureError(f"{target} cannot be written: {error.strerror}") from error
        with os.fdopen(descriptor, "w") as file:
            file.write(raw.hex() + "\n")
        return target

    # -- adding ------------------------------------------------------------------------------

    def allocate(self, payload: int | None = None, *, bits: int = 32) -> int:
        """Reserve a number that nobody has: a random one, or the one asked for.

        Two programs at once never get the same. Reserve first, embed the number, then `record` the
        finished file, whose hash is not known before.

        Parameters
        ----------
        payload : the number to have; None draws one
        bits : 16 or 32

        Raises
        ------
        ManifestError
            The number is taken or does not fit, or none is free.
        """
        if bits not in _RANGES:
            raise ManifestError(f"bits={bits!r} must be 16 or 32")
        if payload is not None:
            _check_payload(payload, bits)
        with storage.locked(self.path):
            entries = self._entries()
            taken = {entry.payload for entry in entries}
            number = _draw(taken, bits) if payload is None else payload
            if number in taken:
                raise ManifestError(f"payload={number} is taken: leave it out to draw a free one")
            self._add(Entry(number, bits, "reserved"), entries)
        return number

    def record(
        self,
        payload: int,
        *,
        clip_sha256: str,
        model_card: str = "",
        run: str = "",
        manifest: str = "",
    ) -> Entry:
        """State once and for all what a reserved number stands for.

        Parameters
        ----------
        payload : from `allocate`
        clip_sha256 : of the marked file
        model_card, run, manifest : see `Entry`

        Raises
        ------
        ManifestError
            The number was never reserved, or has been recorded already.
        """
        check_hash(clip_sha256, "clip_sha256")
        for name, text in (("model_card", model_card), ("run", run), ("manifest", manifest)):
            if not isinstance(text, str):
                raise ManifestError(f"{name}={text!r} must be a text")
        with storage.locked(self.path):
            entries = self._entries()
            before = self._signed_for(payload, entries)
            if before is None:
                raise ManifestError(f"payload={payload!r} was never reserved: call allocate first")
            if before.state == "recorded":
                raise ManifestError(f"payload={payload} is recorded already: allocate another")
            stated = Entry(payload, before.bits, "recorded", model_card, run, manifest, clip_sha256)
            return self._add(stated, entries)

    def _add(self, entry: Entry, entries: list[Entry]) -> Entry:
        if self._private is None:
            raise SignatureError("adding an entry needs the private key: pass key=")
        last = next((entry for entry in reversed(entries) if self.signed(entry)), None)
        values = asdict(entry) | {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "previous": "" if last is None else last.signature,  # a forged line has no successor
        }
        unsigned = Entry(**values)
        signature = base64.b64encode(self._private.sign(unsigned.body)).decode()
        signed = Entry(**values | {"signature": signature})
        storage.append_bytes(self.path, (canonical(asdict(signed)) + "\n").encode())
        return signed

    # -- checking ----------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries())

    @property
    def head(self) -> str:
        """Signature of the last entry. Note it elsewhere, to see later whether any were cut off."""
        entries = self._entries()
        return entries[-1].signature if entries else ""

    def lookup(self, payload: int) -> Entry:
        """Say what a number stands for, by the entries that this registry's key signed.

        Raises
        ------
        UnknownNameError
            Nobody has reserved the number.
        SignatureError
            What there is for it was not signed with this registry's key, or was altered.
        """
        entries = self._entries()
        found = self._signed_for(payload, entries)
        if found is not None:
            return found
        if any(entry.payload == payload for entry in entries):
            raise SignatureError(
                f"the entry for payload {payload} in {self.path} is forged or altered: it was "
                f"not signed with the key {self.public_key[:12]}..."
            )
        raise UnknownNameError(f"no entry for payload {payload!r} in {self.path}")

    def _signed_for(self, payload: int, entries: list[Entry]) -> Entry | None:
        """Return the entry that counts. A line that was forged or copied again outranks none."""
        own = [entry for entry in entries if entry.payload == payload and self.signed(entry)]
        return min(own, key=lambda entry: entry.state != "recorded", default=None)

    def signed(self, entry: Entry) -> bool:
        """Say whether this registry's key signed an entry, just as it is."""
        invalid = need("cryptography.exceptions", extra="provenance").InvalidSignature
        try:
            self._public.verify(base64.b64decode(entry.signature, validate=True), entry.body)
        except (invalid, binascii.Error, ValueError):
            return False
        return True

    def verify(self) -> list[str]:
        """Check every entry and the chain they form. Returns what is wrong, in words; else nothing.

        Never raises on what the file holds.
        """
        problems: list[str] = []
        previous = ""
        seen: dict[int, str] = {}
        for number, entry, reason in self._lines():
            if entry is None:
                problems.append(f"line {number} {reason}")
                continue
            if not self.signed(entry):
                problems.append(f"line {number} was not signed with this key, or was altered")
                continue
            if entry.previous != previous:
                problems.append(f"line {number} does not follow the line before it")
            allowed = {None: "reserved", "reserved": "recorded"}.get(seen.get(entry.payload))
            if entry.state != allowed:
                problems.append(f"line {number} says {entry.state!r} of a payload out of turn")
            seen[entry.payload] = entry.state
            previous = entry.signature
        return problems

    def _entries(self) -> list[Entry]:
        return [entry for _, entry, _ in self._lines() if entry is not None]

    def _lines(self) -> Iterator[tuple[int, Entry | None, str]]:
        if not self.path.exists():
            return
        for number, line in enumerate(storage.read_bytes(self.path).split(b"\n"), start=1):
            if line.strip():
                try:
                    yield number, _parse(line), ""
                except (ValueError, TypeError, RecursionError) as error:
                    yield number, None, f"is no entry ({error})"


_TYPES = {field.name: int if field.type == "int" else str for field in fields(Entry)}


def _parse(line: bytes) -> Entry:
    plain: Any = json.loads(line)
    if not isinstance(plain, dict) or plain.keys() != _TYPES.keys():
        raise ValueError("its fields are not those of an entry")
    for name, value in plain.items():
        if type(value) is not _TYPES[name]:
            raise ValueError(f"{name} is {value!r}")
    return Entry(**plain)


def _check_payload(payload: Any, bits: int) -> None:
    low, high = _RANGES[bits]
    whole = isinstance(payload, int) and not isinstance(payload, bool)
    if not whole or not low <= payload < high:
        raise ManifestError(
            f"payload={payload!r} must be a whole number from {low} to {high - 1} for bits={bits}"
        )


def _draw(taken: set[int], bits: int) -> int:
    low, high = _RANGES[bits]
    for _ in range(_DRAWS):
        number = low + secrets.randbelow(high - low)
        if number not in taken:
            return number
    free = [number for number in range(low, high) if number not in taken] if bits == 16 else []
    if not free:
        raise ManifestError(f"no payload of {bits} bits is free: use a mark of more bits")
    return secrets.choice(free)


def _ed25519() -> Any:
    return need("cryptography.hazmat.primitives.asymmetric.ed25519", extra="provenance")


def _private_key(key: bytes | str | os.PathLike[str]) -> Any:
    raw = key if isinstance(key, bytes) else _read_key(Path(key))
    if len(raw) != 32:
        raise SignatureError(f"a private key has 32 bytes, not {len(raw)}")
    return _ed25519().Ed25519PrivateKey.from_private_bytes(raw)


def _read_key(path: Path) -> bytes:
    try:
        return bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise SignatureError(
            f"the key file {path} cannot be read ({error.strerror}): make one with "
            "Registry.new_key(path)"
        ) from error
    except ValueError:
        raise SignatureError(f"{path} holds no key: make one with Registry.new_key") from None


def _public_key(text: str) -> Any:
    try:
        return _ed25519().Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    except (ValueError, TypeError):
        raise SignatureError(
            f"public_key={text!r} must be 64 hexadecimal digits, as Registry.public_key gives"
        ) from None
