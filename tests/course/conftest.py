"""Every test of the course gets a progress folder of its own, and never the user's."""

from __future__ import annotations

import pytest

from sonic_lab.course import checking


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("SONIC_LAB_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(checking, "_records", {})
    return tmp_path / "home"
