"""Sound that comes with the course: eleven clips and a set of notes, all free to use (CC0).

Every file is checked against the catalogue's sha256 when it is loaded. How each was made is in
``info(name).recipe``; ``python -m tools.make_clips`` makes them again.
"""

from .listing import Catalogue, ClipInfo, catalogue, info, names
from .loading import load, path
from .note_set import Notes, notes

__all__ = ["Catalogue", "ClipInfo", "Notes", "catalogue", "info", "load", "names", "notes", "path"]
