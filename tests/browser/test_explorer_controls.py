"""SpectrogramExplorer: every control changes the picture, and only as Python computed it."""

from __future__ import annotations

import re
import statistics
import time

import pytest
from playwright.sync_api import expect

from tests.browser.hearing import LOW_HZ, SWEEP
from tests.browser.instruments import Explorer
from tests.browser.lab import Lab
from tests.browser.painting import all_painted

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def explorer(lab: Lab) -> Explorer:
    return Explorer.open(lab, "explorer_controls.ipynb")


@pytest.fixture(autouse=True)
def _calm(explorer: Explorer) -> object:
    yield
    assert explorer.lab.errors == []
    assert explorer.lab.outside == []
    assert explorer.part("error").is_hidden()


# A control, what a person does to it, and what Python must then hold.
SLIDERS = [
    ("n_fft", "ArrowLeft", "1024"),
    ("hop_length", "ArrowRight", "1024"),
    ("n_mels", "ArrowLeft", "120"),
    ("db_range", "ArrowRight", "85.0"),
]
MENUS = [("window", "boxcar"), ("axis", "linear"), ("axis", "log"), ("cmap", "viridis")]


@pytest.mark.parametrize(("name", "key", "value"), SLIDERS)
def test_slider_changes_the_picture_and_back(
    explorer: Explorer, name: str, key: str, value: str
) -> None:
    before, was = explorer.pixels(), explorer.python(name)
    assert explorer.after(lambda: explorer.part(name).press(key)) != before
    assert explorer.python(name) == value
    back = explorer.after(lambda: explorer.set(**{name: float(was) if "." in was else int(was)}))
    assert back == before


@pytest.mark.parametrize(("name", "value"), MENUS)
def test_menu_changes_the_picture_and_back(explorer: Explorer, name: str, value: str) -> None:
    before, was = explorer.pixels(), explorer.python(name)
    assert explorer.after(lambda: explorer.part(name).select_option(value)) != before
    assert explorer.python(name) == value
    assert explorer.after(lambda: explorer.set(**{name: was})) == before


def test_facts_follow_the_settings(explorer: Explorer) -> None:
    facts = explorer.part("facts")
    expect(facts).to_contain_text("looks at 92.9 ms every 23.2 ms")  # 2048 and 512 of 22050 Hz
    expect(facts).to_contain_text("tensor (128, 173) float32, 86.5 KiB")  # 4 bytes each
    explorer.set(hop_length=256)
    expect(facts).to_contain_text("every 11.6 ms")
    expect(facts).to_contain_text("tensor (128, 345)")
    explorer.after(lambda: explorer.set(hop_length=512))


def test_second_pane_shows_its_own_setting(explorer: Explorer) -> None:
    other = explorer.part("canvas-b")
    assert other.is_hidden()
    wide = explorer.canvas.bounding_box()
    explorer.part("compare").check()
    other.wait_for()
    explorer.lab.until(lambda: all_painted(explorer.root), "both fit side by side")
    narrow = explorer.canvas.bounding_box()
    assert wide is not None
    assert narrow is not None
    assert narrow["width"] < 0.6 * wide["width"]
    first, second = explorer.pixels(), explorer.lab.pixels(other)
    explorer.part("n_fft_b").press("ArrowRight")
    explorer.lab.until(lambda: explorer.lab.pixels(other) != second, "the second pane changes")
    assert explorer.python("n_fft_b") == "512"
    assert explorer.pixels() == first
    explorer.keep_pictures("explorer-two-panes")
    explorer.part("compare").uncheck()
    other.wait_for(state="hidden")


def test_pointer_reads_time_pitch_note_and_level_off_the_ridge(explorer: Explorer) -> None:
    seconds = 2.0
    x, _ = explorer.point(seconds)
    box = explorer.canvas.bounding_box()
    assert box is not None
    brightest = explorer.canvas.evaluate(
        """(canvas, x) => {
            const ratio = canvas.width / canvas.clientWidth;
            const column = canvas.getContext('2d').getImageData(
                Math.round(x * ratio), 0, 1, canvas.height - 24 * ratio).data;
            let row = 0, most = -1;
            for (let i = 0; i < column.length; i += 4) {
                const light = column[i] + column[i + 1] + column[i + 2];
                if (light > most) [row, most] = [i / 4, light];
            }
            return row / ratio;
        }""",
        x - box["x"],
    )
    explorer.lab.page.mouse.move(x, box["y"] + brightest + 0.5)
    text = explorer.part("readout").inner_text()
    found = re.match(r"([\d.]+) s · ([\d.]+) (k?)Hz · ([A-G]♯?\d.*?) · (.*) dB", text)
    assert found, text
    hz = float(found[2]) * (1000 if found[3] else 1)
    # One pixel of the plot is 4 ms; one mel band at 1.8 kHz is 50 Hz wide.
    assert float(found[1]) == pytest.approx(seconds, abs=0.01)
    assert hz == pytest.approx(LOW_HZ + SWEEP * seconds, abs=50)
    assert found[4].startswith("A6")  # 1760 Hz, within half a tone of 1800
    assert float(found[5].replace("−", "-")) > -6  # the tone is the loudest there is


def test_dragging_a_slider_queues_up_no_stale_pictures(explorer: Explorer) -> None:
    first = explorer.pixels()
    times = []
    for n_fft in (4096, 2048, 4096, 2048, 8192):
        start = time.perf_counter()
        last = explorer.after(lambda n=n_fft: explorer.set(n_fft=n))
        times.append(time.perf_counter() - start)
    assert explorer.after(lambda: explorer.set(n_fft=2048)) == first
    moves = 40
    frames = explorer.frames
    explorer.part("n_fft").evaluate(
        """async (input, moves) => {
            for (let i = 0; i < moves; i++) {
                input.value = i === moves - 1 ? 13 : 8 + i % 5;
                input.dispatchEvent(new Event('input', { bubbles: true }));
                await new Promise(done => setTimeout(done, 5));
            }
        }""",
        moves,
    )
    start = time.perf_counter()
    explorer.lab.until(lambda: explorer.pixels() == last, "the last setting is shown")
    # Were each move drawn in turn, 40 pictures would be waited for. What one picture takes is
    # measured on this machine, at this moment, so that a busy one is not mistaken for a queue.
    assert time.perf_counter() - start < moves / 4 * statistics.median(times)
    explorer.lab.page.wait_for_timeout(500)
    assert explorer.pixels() == last  # and nothing older comes after it
    assert explorer.frames - frames <= moves
    assert explorer.after(lambda: explorer.set(n_fft=2048)) == first


def test_picture_fits_its_place_when_the_window_is_resized(explorer: Explorer) -> None:
    def width() -> float:
        box = explorer.canvas.bounding_box()
        assert box is not None
        return box["width"]

    before = width()
    explorer.lab.page.set_viewport_size({"width": 700, "height": 1000})
    explorer.lab.until(
        lambda: width() < before - 100 and all_painted(explorer.root),
        "the canvas is narrower and sharp",
    )
    explorer.lab.screenshot("explorer-narrow", of=explorer.root)
    assert explorer.root.evaluate("root => root.scrollWidth <= root.clientWidth")
    explorer.lab.page.set_viewport_size({"width": 1280, "height": 1000})
    explorer.lab.until(
        lambda: width() == before and all_painted(explorer.root),
        "it is as wide as before",
    )


def test_picture_and_controls_have_names_for_those_who_do_not_see_them(explorer: Explorer) -> None:
    expect(explorer.canvas).to_have_attribute("aria-label", explorer.python("description"))
    nameless = explorer.root.evaluate(
        """root => [...root.querySelectorAll('input, select, button, [tabindex]')].filter(
            e => !(e.labels?.length || e.ariaLabel || e.textContent.trim())
        ).map(e => e.outerHTML)"""
    )
    assert nameless == []


def test_tab_reaches_every_control(explorer: Explorer) -> None:
    explorer.part("play").focus()
    reached = []
    for _ in range(20):
        reached.append(
            explorer.lab.page.evaluate(
                "document.activeElement.closest('[data-testid]')?.dataset.testid"
            )
        )
        explorer.lab.page.keyboard.press("Tab")
    for name in (
        *("play", "loop", "volume", "clip", "upload", "plot-a", "n_fft", "hop_length", "window"),
        *("axis", "n_mels", "db_range", "cmap", "compare", "code"),
    ):
        assert name in reached


def test_shown_code_is_the_code_of_the_picture(explorer: Explorer) -> None:
    explorer.part("code").locator("summary").click()
    shown = explorer.part("code").locator("pre")
    expect(shown).to_contain_text("n_fft=2048")
    explorer.set(n_fft=512)
    expect(shown).to_contain_text("n_fft=512")
    assert shown.inner_text().strip() == explorer.python("code")
    explorer.after(lambda: explorer.set(n_fft=2048))
    explorer.part("code").locator("summary").click()


def test_picture_changes_its_ink_with_the_theme(explorer: Explorer) -> None:
    explorer.after(lambda: explorer.set(clip="band"))
    light = explorer.pixels()
    explorer.lab.theme("dark")
    explorer.lab.until(lambda: explorer.pixels() != light, "the axes are drawn for the dark")
    explorer.lab.theme("light")
    explorer.lab.until(lambda: explorer.pixels() == light, "the axes are as before")
    explorer.keep_pictures("explorer")
