"""One JupyterLab and one Chromium for all browser tests; a fresh page for each module."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.browser.lab import Lab
from tests.browser.server import Server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("SONIC_LAB_BROWSER") == "0":
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason="SONIC_LAB_BROWSER=0"))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium. It ends with this folder: its event loop would be in the way of later tests."""
    if chromium.find() is None:
        pytest.fail(chromium.MISSING, pytrace=False)
    with chromium.running() as browser:
        yield browser


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("root"), tmp_path_factory.mktemp("jupyter")) as server:
        yield server


@pytest.fixture(scope="module")
def lab(browser: Browser, server: Server) -> Iterator[Lab]:
    """A page for the tests of one module, which share the notebook that it opened."""
    lab = Lab(browser, server)
    yield lab
    lab.close()
