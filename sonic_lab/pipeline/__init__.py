"""From words to a sound that can be traced, and back: generate, mark, record; read, look up, say.

The one place where rooms are joined: `generation` makes a take, `watermark` writes a number into
it, and the `provenance` registry says, signed, which model, run and data that number stands for.
"""

from .generating import Released, generate, made_from, release
from .publishing import Published, publish
from .seal import Seal
from .tracing import Trace, trace

__all__ = [
    "Published",
    "Released",
    "Seal",
    "Trace",
    "generate",
    "made_from",
    "publish",
    "release",
    "trace",
]
