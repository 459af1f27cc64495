"""Cards of an augmentation policy: plain values on the page, transforms in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..augment import TRANSFORMS, Transform
from ..errors import ParameterError, unknown_name

MAX_CARDS = 8
Card = dict[str, Any]
_KINDS = {kind.__name__: kind for kind in TRANSFORMS}
_FIELDS = {"name", "settings", "p", "on"}


def check_cards(cards: Sequence[Any], *, name: str) -> list[Card]:
    """Return cards with every setting filled in, or say what is wrong with one."""
    if len(cards) > MAX_CARDS:
        raise ParameterError(f"{name} has {len(cards)} cards, and {MAX_CARDS} are the most")
    return [_checked(card) for card in cards]


def card_of(transform: Transform) -> Card:
    """Return the card of a transform."""
    settings = {
        key: list(value) if isinstance(value, tuple) else value for key, value in _stated(transform)
    }
    return {
        "name": type(transform).__name__,
        "settings": settings,
        "p": transform.p,
        "on": True,
    }


def transform_of(card: Card, *, muted: bool = True) -> Transform:
    """Return the transform of a card; one that is off never runs, but keeps its place and luck."""
    kind = _KINDS[card["name"]]
    settings = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in card["settings"].items()
    }
    return kind(**settings, p=card["p"] if card["on"] or not muted else 0.0)


def choices(sr: int) -> list[dict[str, Any]]:
    """Say what can be added, with what each slider may reach at a sample rate."""
    return [_choice(kind, sr) for kind in TRANSFORMS]


def _choice(kind: type[Transform], sr: int) -> dict[str, Any]:
    fresh = kind()
    settings = []
    for key, bounds in kind.ranges().items():
        most = min(bounds.most, 0.49 * sr) if bounds.unit == "Hz" else bounds.most
        # Sliders reach three times as far as the default span, where that makes sense at all.
        low, high = fresh.span(key)
        reach = (high - low) or 1.0
        least = max(bounds.least, low / 4 if bounds.scale == "log" else low - reach)
        most = max(least, min(most, high * 4 if bounds.scale == "log" else high + reach))
        settings.append(
            {"name": key, "least": least, "most": most, "unit": bounds.unit, "scale": bounds.scale}
        )
    about = (kind.__doc__ or "").strip().splitlines()[0]
    options = [{"name": key, "values": list(values)} for key, values in kind.options().items()]
    return {
        "name": kind.__name__,
        "about": about,
        "settings": settings,
        "options": options,
        "card": card_of(fresh),
    }


def _stated(transform: Transform) -> list[tuple[str, Any]]:
    names = [*transform.ranges(), *transform.options()]
    return [(key, getattr(transform, key)) for key in names]


def _checked(card: Any) -> Card:
    if not isinstance(card, Mapping) or set(card) - _FIELDS or "name" not in card:
        raise ParameterError(
            f"a card is {{'name': ..., 'settings': {{...}}, 'p': ..., 'on': ...}}, not {card!r:.80}"
        )
    name, settings = card["name"], card.get("settings") or {}
    if name not in _KINDS:
        raise unknown_name("transform", name, _KINDS)
    if not isinstance(settings, Mapping):
        raise ParameterError(f"settings={settings!r:.80} of {name} must be a dict")
    kind = _KINDS[name]
    known = {**kind.ranges(), **kind.options()}
    for key in settings:
        if key not in known:
            raise unknown_name(f"setting of {name}", key, known)
    if not isinstance(card.get("on", True), bool):
        raise ParameterError(f"on={card['on']!r} of {name} must be true or false")
    full = {"name": name, "settings": dict(settings), "p": card.get("p", 0.5), "on": True}
    return {**card_of(transform_of(full)), "on": card.get("on", True)}
