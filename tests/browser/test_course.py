"""The notebooks of the course in a real JupyterLab: all of it runs, shows, and stays at home."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.lab import THEMES, Lab
from tests.browser.painting import all_painted
from tests.browser.server import Server
from tools.notebook_checks import read
from tools.notebook_format import course_notebooks

pytestmark = pytest.mark.browser

# What JupyterLab writes in place of a widget that it cannot show.
BROKEN = r"/Error displaying widget|Loading widget|Error creating widget|model not found/i"
VIEWS = ".jp-OutputArea-output .jupyter-widgets, .jp-OutputArea-output .sl-instrument"


@pytest.fixture(scope="module", params=course_notebooks(), ids=lambda path: path.stem)
def opened(
    request: pytest.FixtureRequest, browser: Browser, server: Server
) -> Iterator[tuple[Lab, Path]]:
    lab = Lab(browser, server)
    lab.open(request.param)
    lab.run_all()
    yield lab, request.param
    lab.close()


def test_notebook_runs_to_its_end_without_a_complaint(opened: tuple[Lab, Path]) -> None:
    lab, path = opened
    planned = [c for c in read(path).cells if "raises-exception" in c.metadata.get("tags", [])]
    assert len(lab.cell_errors()) == len(planned), lab.cell_errors()
    assert lab.errors == []


def test_notebook_asks_nothing_of_the_outside(opened: tuple[Lab, Path]) -> None:
    assert opened[0].outside == []


def test_every_widget_is_visible_and_painted(opened: tuple[Lab, Path]) -> None:
    lab, _ = opened
    assert lab.page.locator(f"text={BROKEN}").count() == 0
    for view in lab.page.locator(VIEWS).all():
        view.scroll_into_view_if_needed()
        hidden = view.evaluate("view => !view.getClientRects().length && !view.closest('[hidden]')")
        assert not hidden, view.inner_html()
    for instrument in lab.page.locator(".sl-instrument").all():
        assert instrument.get_by_test_id("error").is_hidden()
        assert all_painted(instrument), instrument.inner_html()


def test_pictures_are_kept(opened: tuple[Lab, Path]) -> None:
    lab, path = opened
    tall = lab.page.locator(".jp-WindowedPanel-outer").first.evaluate("panel => panel.scrollHeight")
    lab.page.set_viewport_size({"width": 1280, "height": tall + 200})
    instruments = lab.page.locator(".sl-instrument").all()
    for theme in THEMES:
        lab.theme(theme)
        lab.until(lambda: all(map(all_painted, instruments)), f"all is painted in {theme}")
        lab.screenshot(f"notebook-{path.stem}", theme=theme)
