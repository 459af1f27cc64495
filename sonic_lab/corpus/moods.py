"""Words for how a piece feels, from what can be measured: tempo, mode, energy, drums."""

from __future__ import annotations

SLOW_BPM, FAST_BPM = 84, 116  # at most slow, at least fast


def pace(tempo_bpm: int) -> str:
    """Call a tempo slow, medium or fast.

    >>> pace(70), pace(100), pace(140)
    ('slow', 'medium', 'fast')
    """
    if tempo_bpm <= SLOW_BPM:
        return "slow"
    return "fast" if tempo_bpm >= FAST_BPM else "medium"


def moods(tempo_bpm: int, mode: str, energy: float, drums: bool) -> tuple[str, ...]:
    """Return the moods that are true of a piece, the plainest first.

    >>> moods(66, "minor", 0.2, False), moods(140, "major", 0.8, True)
    (('sad', 'calm'), ('happy', 'energetic'))
    """
    first = {
        ("slow", "major"): "peaceful", ("slow", "minor"): "sad",
        ("medium", "major"): "warm", ("medium", "minor"): "wistful",
        ("fast", "major"): "happy", ("fast", "minor"): "tense",
    }[pace(tempo_bpm), mode]  # fmt: skip
    found = [first]
    if energy >= 0.62 and (drums or pace(tempo_bpm) == "fast"):
        found.append("energetic")
    if energy <= 0.45 and not drums and pace(tempo_bpm) != "fast":
        found.append("calm")
    return tuple(found)
