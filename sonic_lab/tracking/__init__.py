"""What a training run learned from, with which settings, and what came of it.

`start` opens a run in one of four trackers behind one protocol. Beside the tracker's own record
every run keeps ours, plain JSON lines, so that `Lineage` answers the same questions whichever
tracker is used: where does this come from, and what must be retrained without this clip?
"""

from .backends import BACKENDS, Backend
from .drawing import Box, Drawing, Line, draw
from .ledger import Artefact, Dataset, RunRecord, read, runs
from .lineage import Lineage, Link, Node
from .run import Run, start
from .weights import trained

__all__ = [
    "BACKENDS",
    "Artefact",
    "Backend",
    "Box",
    "Dataset",
    "Drawing",
    "Line",
    "Lineage",
    "Link",
    "Node",
    "Run",
    "RunRecord",
    "draw",
    "read",
    "runs",
    "start",
    "trained",
]
