"""From a sound to one that can be traced, and back: mark, save, record; read, look up, say.

The one place where rooms are joined: `watermark` writes a number into the sound, and the
`provenance` registry says, signed, which model, run and data that number stands for.
"""

from .publishing import Published, publish
from .tracing import Trace, trace

__all__ = ["Published", "Trace", "publish", "trace"]
