"""A detector's numbers in plain words."""

from __future__ import annotations

from typing import Any

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def odds(score: float) -> str:
    """Say a p-value, given as −log10, as odds.

    >>> odds(6.0)
    'one chance in 1 million'
    >>> odds(96.8)
    'one chance in 6 × 10⁹⁶'
    >>> odds(0.2)
    'a chance of 63 %'
    """
    if score < 2:
        return f"a chance of {100 * 10**-score:.0f} %"
    if score < 12:
        number = 10**score
        for name, size in (("billion", 1e9), ("million", 1e6), ("thousand", 1e3)):
            if number >= size * 0.9995:
                return f"one chance in {number / size:.3g} {name}"
        return f"one chance in {number:.0f}"
    exponent = int(score)
    power = str(exponent).translate(_SUPERSCRIPTS)
    return f"one chance in {10 ** (score - exponent):.0f} × 10{power}"


def verdict(hit: Any) -> str:
    """Say what a `Hit` proves, and what it does not.

    A mark that is found proves that somebody had the key. One that is not found proves nothing:
    there may be none, another key's, or one that an attack has worn away.
    """
    if hit.present:
        return (
            f"Marked with this key: there is {odds(hit.score)} that a key drawn at random would "
            f"find as much. The payload reads {hit.payload:#x}."
        )
    return (
        f"No mark of this key is found: {odds(max(hit.score, 0))} that a random key would find as "
        "much. That does not prove there is none: it may be another key's, or worn away."
    )
