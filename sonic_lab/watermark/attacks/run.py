"""Find an attack by its name, and run it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...audio import check_number, check_rate, check_sound, check_whole
from ...effects.aac import ffmpeg
from ...errors import MissingDependencyError, unknown_name
from ...randomness import generator
from .attack import Attack, Mark, Situation
from .neural import has_codec
from .table import ATTACKS, KINDS


def names(*, kind: str | None = None, here: bool = False) -> list[str]:
    """List the attacks, in the table's order: from codecs to chains.

    Parameters
    ----------
    kind : only those of one group: ``"codec"``, ``"level"``, ``"frequency"``, ``"time"``,
        ``"space"``, ``"spectrum"`` or ``"chain"``
    here : leave out those that need a program or weights which this machine has not

    Examples
    --------
    >>> "mp3_64" in names()
    True
    """
    if kind is not None and kind not in KINDS:
        raise unknown_name("kind of attack", kind, KINDS)
    absent = _absent() if here else set()
    return [
        name
        for name, attack in ATTACKS.items()
        if attack.needs not in absent and kind in (None, attack.kind)
    ]


def info(name: str) -> Attack:
    """Describe an attack: its parameter, unit, default and range.

    >>> row = info("noise_white")
    >>> row.parameter, row.unit, row.default, row.mild, row.brutal
    ('snr_db', 'dB', 20, 40, 0)
    """
    if name not in ATTACKS:
        raise unknown_name("attack", name, ATTACKS)
    return ATTACKS[name]


def curve(name: str, *, steps: int = 5) -> list[float]:
    """List strengths from mild to brutal, for a curve of robustness.

    >>> curve("noise_white", steps=3)
    [40.0, 20.0, 0.0]
    """
    attack = info(name)
    n = check_whole(steps, name="steps", low=2, high=1000)
    return [attack.at(i / (n - 1)) for i in range(n)]


def apply(
    name: str,
    y: np.ndarray,
    *,
    sr: int,
    rng: np.random.Generator | int | None = 0,
    strength: float | None = None,
    marker: Callable[[str], Mark] | None = None,
    music: np.ndarray | None = None,
) -> np.ndarray:
    """Attack a sound.

    Parameters
    ----------
    name : one of `names`
    y : float array, shape (n,) or (c, n)
    sr : Hz
    rng : a seed, a NumPy generator, or None for fresh luck; the same seed, the same damage
    strength : in the attack's own unit, within its range; None for its default
    marker : for the attacks that re-mark: makes a mark (with ``embed(y, sr=, payload=)``) from a
        key; None for `SpreadSpectrum`
    music : for the attacks that bring other music: sound at `sr`, not silent; None for some that
        is made up on the spot

    Returns
    -------
    float32 array of the same channels at the same rate; of the same length where
    ``info(name).keeps_time``

    Raises
    ------
    UnknownNameError
        There is no such attack.
    ParameterError
        The strength lies outside the attack's range.
    AudioError
        `y` is no sound, or too short, or silent where that cannot be.
    MissingDependencyError
        The attack needs what is not here (``aac_*``: FFmpeg; ``neural_codec``: its weights).

    Examples
    --------
    >>> y = np.sin(np.arange(16000) / 10).astype(np.float32)
    >>> len(np.unique(apply("quantize", y, sr=16000, strength=4)))
    16
    >>> apply("quantize", y, sr=16000, strength=1)
    Traceback (most recent call last):
    sonic_lab.errors.ParameterError: strength=1 must be a number from 3 to 12 bits
    """
    attack, rate, sound = info(name), check_rate(sr), check_sound(y)
    wanted = attack.default if strength is None else strength
    low, high = attack.bounds
    value = check_number(wanted, name="strength", low=low, high=high, unit=attack.unit)
    if attack.whole:
        value = float(check_whole(round(value), name="strength", low=round(low), high=round(high)))
    situation = Situation(rate, value, generator(rng), marker, music)
    return attack.run(sound, situation)


def _absent() -> set[str]:
    there = {"ffmpeg": _has_ffmpeg(), "codec": has_codec()}
    return {need for need, met in there.items() if not met}


def _has_ffmpeg() -> bool:
    try:
        ffmpeg()
    except MissingDependencyError:
        return False
    return True
