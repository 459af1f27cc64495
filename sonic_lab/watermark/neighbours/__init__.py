"""Marks that others have made, behind the same two calls as ours: ``embed`` and ``detect``.

None of them is needed for the course, and each comes with an extra, a program or weights of its
own. `available` says which of them run on this machine, and what is missing for the others.
"""

from .audioseal import AudioSeal
from .audiowmark import Audiowmark
from .aware import Aware
from .here import Neighbour, available
from .hit import ScoredHit
from .perth import Perth

__all__ = ["AudioSeal", "Audiowmark", "Aware", "Neighbour", "Perth", "ScoredHit", "available"]
