"""What a listener might type to ask for a piece."""

from __future__ import annotations

from .scores import Piece


def captions(piece: Piece) -> tuple[str, ...]:
    """Describe a piece."""
    return (f"{piece.moods[0]} {' and '.join(piece.instruments)}",)
