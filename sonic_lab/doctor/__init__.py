"""Is this machine ready for the course? Each thing it needs is tried out, not just looked up.

``sl.doctor.examine()`` in a notebook shows a panel; ``sonic-lab doctor`` prints the same.
"""

from .examining import examine
from .findings import Finding, Status
from .report import Check, Report

__all__ = ["Check", "Finding", "Report", "Status", "examine"]
