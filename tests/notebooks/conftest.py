"""Say in every report how the network was taken away, since one way proves more than the other."""

from __future__ import annotations

import pytest

from tests.notebooks import offline

collect_ignore = ["blocked"]  # to look for doctests is to import, and this one guards sockets


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"notebooks ran with the network off by a {offline.method()}")
