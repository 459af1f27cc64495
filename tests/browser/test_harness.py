"""The harness on a notebook of its own: it sees what moves, and it sees what goes wrong."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab

pytestmark = pytest.mark.browser

SLIDER = """
from ipywidgets import IntSlider, Label, VBox, link
slider, label = IntSlider(3, 0, 9), Label("3")
slider.observe(lambda change: setattr(label, "value", str(change.new)), "value")
VBox([slider, label])
"""
CANVAS = '''
import anywidget, traitlets
class Square(anywidget.AnyWidget):
    """A canvas filled with the grey that `level` says, and a button that raises it."""
    level = traitlets.Int(0).tag(sync=True)
    _esm = """
    export default { render({ model, el }) {
        const canvas = el.appendChild(document.createElement("canvas"));
        canvas.dataset.testid = "square";
        const draw = () => {
            const pen = canvas.getContext("2d"), level = model.get("level");
            pen.fillStyle = `rgb(${level}, ${level}, ${level})`;
            pen.fillRect(0, 0, canvas.width, canvas.height);
        };
        canvas.onclick = () => {
            model.set("level", model.get("level") + 100);
            model.save_changes();
        };
        model.on("change:level", draw);
        draw();
    } };
    """
square = Square()
square
'''


@pytest.fixture(scope="module")
def opened(lab: Lab) -> Lab:
    lab.write("harness.ipynb", SLIDER, CANVAS, "")
    lab.run_all()
    return lab


def test_calm_notebook_shows_no_error(opened: Lab) -> None:
    assert opened.cell_errors() == []
    assert opened.errors == []
    assert opened.outside == []


def test_slider_moves_by_keyboard_and_python_hears_it(opened: Lab) -> None:
    opened.page.locator(".noUi-handle").press("ArrowRight")
    expect(opened.page.locator(".widget-label").last).to_have_text("4")
    assert opened.python("print(slider.value)") == "4"


def test_canvas_changes_when_python_says_so_and_python_hears_a_click(opened: Lab) -> None:
    canvas = opened.by_test_id("square")
    before = opened.pixels(canvas)
    assert opened.pixels(canvas) == before
    opened.python("square.level = 50")
    opened.until(lambda: opened.pixels(canvas) != before, "the canvas changes")
    canvas.click()
    opened.until(lambda: opened.python("print(square.level)") == "150", "Python hears the click")


def test_page_reloads_and_finds_the_widget_alive(opened: Lab) -> None:
    opened.python("square.level = 10")
    opened.reload()
    opened.by_test_id("square").click()
    opened.until(lambda: opened.python("print(square.level)") == "110", "Python hears the click")


def test_both_themes_are_kept_as_pictures(opened: Lab) -> None:
    light = opened.screenshot("harness", theme="light")
    dark = opened.screenshot("harness", theme="dark")
    assert light.read_bytes() != dark.read_bytes()


def test_python_error_beside_the_page_fails_the_test(opened: Lab) -> None:
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        opened.python("1 / 0")
    with pytest.raises(AssertionError, match="in vain until pigs fly"):
        opened.until(lambda: False, "pigs fly", timeout_s=0.1)


def test_restarted_kernel_forgets(opened: Lab) -> None:
    assert opened.python("print('square' in globals())") == "True"
    opened.restart_kernel()
    assert opened.python("print('square' in globals())") == "False"


def test_harness_sees_what_goes_wrong(opened: Lab) -> None:
    """Last, since the page is not clean after it."""
    opened.write(
        "faults.ipynb",
        "from IPython.display import HTML, Javascript",
        "import warnings; warnings.warn('is old')",
        "Javascript('console.error(\"oh no\")')",
        'HTML(\'<img src="http://example.com/a.png" alt="">\')',
        "1 / 0",
    )
    opened.run_all()
    [warning, error] = opened.cell_errors()
    assert "is old" in warning
    assert "ZeroDivisionError" in error
    opened.until(lambda: "http://example.com/a.png" in opened.outside, "the request is seen")
    assert "oh no" in "\n".join(opened.errors)
