"""audiowmark, Stefan Westerfeld's program: 128 bits, a key, and no weights at all."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import scipy.stats

from ...audio import load, save
from ...errors import MissingDependencyError, ParameterError, SonicLabError
from .hit import ScoredHit, check, check_payload, marked

PROGRAM = "audiowmark"
CURE = "it is a program of its own (GPL): build it from its sources, and put it on the PATH"
_MESSAGE_BITS = 128
_LONGEST_S = 600  # a guard against a program that hangs, not a limit on sounds


class Audiowmark:
    """The patchwork mark of the program ``audiowmark``, if it is on the PATH.

    Its message has 128 bits and no check of its own: its author advises a hash, and to look up
    what is read. Here the message is a payload of 16 or 32 bits and a tag: so many bits of a hash
    of the key as are left. A message that is read counts by how many bits of the tag it has
    right, and since a key drawn at random makes a tag drawn at random, that gives a p-value: the
    binomial tail, times the number of messages that the program offers. The score is −log10 of
    it, and the threshold 1e-6, as for our own mark. One block of its mark lasts about 52 s: from
    shorter sounds it reads what it can.

    Parameters
    ----------
    key : a secret; text or bytes, not empty
    bits : length of the payload: 16 or 32
    strength : the program's own, 10 by default
    speed : let the program look for a changed speed, which takes it long

    Raises
    ------
    MissingDependencyError
        The program is not on the PATH.
    ParameterError
        The key is empty, or a setting out of range.

    References
    ----------
    S. Westerfeld, "audiowmark", software (2018–), GPL.
    """

    def __init__(
        self, key: str | bytes, *, bits: int = 16, strength: float = 10.0, speed: bool = True
    ) -> None:
        if not isinstance(key, (str, bytes)) or not key:
            raise ParameterError("key must be text or bytes, and not empty")
        if bits not in (16, 32):
            raise ParameterError(f"bits={bits!r} must be 16 or 32")
        if not 1 <= strength <= 100:
            raise ParameterError(f"strength={strength} must be a number from 1 to 100")
        self._program = find()
        secret = key.encode() if isinstance(key, str) else bytes(key)
        self._key = hashlib.sha256(b"audiowmark key " + secret).hexdigest()[:32]
        self.bits, self._strength, self._speed = int(bits), float(strength), bool(speed)
        tag = int.from_bytes(hashlib.sha256(b"audiowmark tag " + secret).digest(), "big")
        self._tag = tag >> (256 - self._tag_bits)

    def __repr__(self) -> str:
        """Show the settings, and never the key."""
        return f"Audiowmark(key=..., bits={self.bits}, strength={self._strength:g})"

    @property
    def _tag_bits(self) -> int:
        return _MESSAGE_BITS - self.bits

    def embed(self, y: np.ndarray, *, sr: int, payload: int = 0) -> np.ndarray:
        """Mark a sound, all channels at once.

        Parameters
        ----------
        y : float, shape (n,) or (c, n), within full scale, at least 2 s
        sr : Hz
        payload : what the mark shall say, from 0 to 2**bits − 1

        Returns
        -------
        The marked sound, of the same shape and dtype

        Raises
        ------
        ParameterError
            The payload does not fit.
        UnmarkableError
            The sound is too short or silent.
        """
        number = check_payload(payload, self.bits)
        sound, rate = check(y, sr, shortest_s=2.0)
        message = f"{number << self._tag_bits | self._tag:032x}"
        with tempfile.TemporaryDirectory() as folder:
            plain, out = Path(folder, "in.wav"), Path(folder, "out.wav")
            save(plain, sound, sr=rate)
            settings = ["--strength", f"{self._strength:g}"]
            self._run("add", folder, *settings, str(plain), str(out), message)
            new, _ = load(out, sr=None, mono=False)
        rows = iter(np.atleast_2d(new))
        return marked(sound, lambda _: next(rows), y)

    def detect(self, y: np.ndarray, *, sr: int, threshold: float = 1e-6) -> ScoredHit:
        """Look for the mark in a sound.

        Parameters
        ----------
        y : float, shape (n,) or (c, n), at least 2 s
        sr : Hz
        threshold : the largest p-value at which a mark counts as present

        Raises
        ------
        UnmarkableError
            The sound is too short or too silent to show anything either way.
        """
        sound, rate = check(y, sr, shortest_s=2.0)
        if not 0 < threshold < 1:
            raise ParameterError(f"threshold={threshold} must lie between 0 and 1")
        with tempfile.TemporaryDirectory() as folder:
            path = save(Path(folder, "in.wav"), sound, sr=rate)
            settings = ["--detect-speed"] if self._speed else []
            printed = self._run("get", folder, *settings, str(path))
        return judge(messages(printed), tag=self._tag, bits=self.bits, threshold=threshold)

    def _run(self, command: str, folder: str, *arguments: str) -> str:
        key = Path(folder, "key")
        key.write_text(f"key {self._key}\n", encoding="ascii")
        call = [self._program, command, "--key", str(key), *arguments]
        done = subprocess.run(call, capture_output=True, text=True, timeout=_LONGEST_S, check=False)
        if done.returncode != 0:
            raise SonicLabError(f"{PROGRAM} {command} failed: {done.stderr.strip() or 'no reason'}")
        return done.stdout


def find() -> str:
    """Find the program.

    Raises
    ------
    MissingDependencyError
        It is not on the PATH.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise MissingDependencyError(f"{PROGRAM} is not on the PATH: {CURE}", name=PROGRAM)
    return program


def messages(printed: str) -> list[int]:
    """Read the messages that ``audiowmark get`` prints, each of 128 bits.

    >>> messages("pattern  0:05 0123456789abcdef0011223344556677 1.324 0.059 A") == [
    ...     0x0123456789ABCDEF0011223344556677
    ... ]
    True
    """
    rows = [line.split() for line in printed.splitlines()]
    return [int(row[2], 16) for row in rows if len(row) >= 3 and row[0] == "pattern"]


def judge(found: list[int], *, tag: int, bits: int, threshold: float) -> ScoredHit:
    """Weigh the messages by how much of the key's tag each has right."""
    tag_bits = _MESSAGE_BITS - bits
    best: tuple[float, int | None] = (1.0, None)
    for message in found:
        wrong = ((message ^ tag) & ((1 << tag_bits) - 1)).bit_count()
        p_value = float(scipy.stats.binom.cdf(wrong, tag_bits, 0.5)) * len(found)
        best = min(best, (min(1.0, p_value), message >> tag_bits), key=_first)
    p_value, guess = best
    present = p_value <= threshold
    score = float(-np.log10(p_value)) + 0.0
    return ScoredHit(present, score, threshold, guess if present else None, guess, p_value)


def _first(pair: tuple[float, Any]) -> float:
    return pair[0]
