"""What a watermark must live through: over fifty attacks by name, each with a strength.

A strength is a number with a unit (a bit rate, an SNR, a factor), so that robustness is a curve:
`info(name).at(0.0)` is the mild end and `info(name).at(1.0)` the brutal one, where the sound is
usually spoilt. The rows stand in `table`; what they do is mostly `sonic_lab.effects`.
"""

from .attack import Attack, Situation
from .run import apply, curve, info, names

__all__ = ["Attack", "Situation", "apply", "curve", "info", "names"]
