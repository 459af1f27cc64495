"""The Python that makes the bench's sound, and the same policy in audiomentations' words."""

from __future__ import annotations

from ..augment import Transform, in_audiomentations
from .policy_cards import Card, transform_of
from .sound_input import Sound

_SOURCES = {
    "clip": "y, sr = sl.clips.load({name!r}, mono=False)",
    "file": "y, sr = sl.audio.load({name!r}, mono=False)",
    "array": "# y, sr: the sound that you gave the bench",
}


def ours(sound: Sound, cards: list[Card], *, seed: int, why: str = "") -> str:
    """Return the code that makes the very samples that are heard; it leaves `z` and `record`."""
    lines = "".join(f"    sl.augment.{_line(transform_of(card))},\n" for card in cards)
    return (
        f"{why}import sonic_lab as sl\n\n"
        f"{_SOURCES[sound.source].format(name=sound.name)}\n"
        f"policy = sl.augment.Pipeline([\n{lines}])\n"
        f"z, record = policy.traced(y, sr=sr, rng={seed})\n"
        "print(record)\n"
    )


def theirs(sound: Sound, cards: list[Card], *, seed: int) -> str:
    """Return the policy for audiomentations; where it lacks a card, ours, and say which it lacks.

    It leaves `augment`, and in `z` a sound of its own luck.
    """
    heard = [transform_of(card) for card in cards if card["on"]]
    calls = [in_audiomentations(transform) for transform in heard]
    lacking = [type(t).__name__ for t, call in zip(heard, calls, strict=True) if call is None]
    if lacking:
        names = ", ".join(dict.fromkeys(lacking))
        return ours(sound, cards, seed=seed, why=f"# audiomentations has no such {names}.\n")
    known = [call for call in calls if call]
    names = ", ".join(sorted({"Compose", *(call.split("(")[0] for call in known)}))
    lines = "".join(f"    {call},\n" for call in known)
    return (
        f"from audiomentations import {names}\n\n"
        f"import sonic_lab as sl\n\n"
        f"{_SOURCES[sound.source].format(name=sound.name)}\n"
        f"augment = Compose([\n{lines}])\n"
        "z = augment(samples=y, sample_rate=sr)  # its luck is its own: another sound each time\n"
    )


def _line(transform: Transform) -> str:
    return repr(transform)
