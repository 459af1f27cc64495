"""One JupyterLab and one Chromium for all browser tests; a fresh page for each that asks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.lab import Lab
from tests.browser.server import Server

SWITCH = "SONIC_LAB_BROWSER"
NO_CHROMIUM = (
    "Chromium is not installed, and the browser tests need it: apt-get install chromium (Debian, "
    "Ubuntu), brew install --cask chromium (macOS), or set CHROMIUM to the path of a Chrome. "
    f"{SWITCH}=0 leaves these tests out."
)
FLAGS = [
    "--no-sandbox",  # Chromium refuses to run as root with it, and containers are root
    "--disable-gpu",
    "--autoplay-policy=no-user-gesture-required",
    # Nobody outside can be reached by name, so a request to the outside fails here as offline.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    off = os.environ.get(SWITCH) == "0"
    for item in items:
        if item.get_closest_marker("browser") and off:
            item.add_marker(pytest.mark.skip(reason=f"{SWITCH}=0"))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium. It ends with this folder: its event loop would be in the way of later tests."""
    chromium = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if chromium is None:
        pytest.fail(NO_CHROMIUM, pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


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
