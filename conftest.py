"""What every test and doctest gets: a record of its own, no window, few threads."""

from __future__ import annotations

import os
import tempfile

from hypothesis import settings

# A shared or busy machine is slow now and then: a deadline would fail tests for that. In CI the
# examples are the same in every run; at home they are fresh, and a new failure is a find.
settings.register_profile("course", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("course")

_HOME = tempfile.TemporaryDirectory(prefix="sonic-lab-home-")

os.environ["SONIC_LAB_HOME"] = _HOME.name  # no test writes into a real learner's progress
os.environ["MPLBACKEND"] = "Agg"
os.environ.setdefault("OMP_NUM_THREADS", "1")  # two tests' threads on two cores wait on each other


def pytest_unconfigure() -> None:
    _HOME.cleanup()
