"""SpectrogramExplorer: the playhead stands where the ear is, and goes where it is sent."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.browser.hearing import DURATION_S
from tests.browser.instruments import Explorer
from tests.browser.lab import Lab

pytestmark = pytest.mark.browser

IN_STEP_S = 0.030  # what the course promises
LOUDEST = 10 ** (-1 / 20)  # -1 dBFS, which no widget exceeds


@pytest.fixture(scope="module")
def shown(lab: Lab) -> Explorer:
    return Explorer.open(lab, "explorer_playing.ipynb")


@pytest.fixture
def explorer(shown: Explorer) -> Iterator[Explorer]:
    """The explorer at rest, at the beginning, with nothing selected."""
    shown.pause()
    shown.set(selection=[], loop=False, volume=0.7)
    expect(shown.part("loop")).not_to_be_checked()
    shown.plot.press("Home")
    shown.expect_at(0)
    yield shown
    assert shown.lab.errors == []
    assert shown.lab.outside == []
    assert shown.part("error").is_hidden()


def test_playhead_keeps_in_step_with_what_is_heard(explorer: Explorer) -> None:
    begin, end = explorer.ends()
    explorer.play()
    apart, positions = [], []
    for _ in range(15):
        explorer.lab.page.wait_for_timeout(100)
        now = explorer.moment()
        seen_s = DURATION_S * (now.head_px - begin) / (end - begin)
        positions.append(seen_s)
        apart.append(abs(seen_s - now.heard_s()))
    assert positions == sorted(set(positions))  # it moves, and forward
    # The median, since on a busy machine the sound itself stutters now and then.
    assert statistics.median(apart) < IN_STEP_S, apart


def test_button_pauses_and_goes_on_from_there(explorer: Explorer) -> None:
    explorer.play()
    expect(explorer.part("play")).to_have_text("Pause")
    explorer.lab.until(lambda: explorer.position > 0.5, "half a second is heard")
    explorer.part("play").click()
    expect(explorer.part("play")).to_have_text("Play")
    rested = explorer.position
    explorer.lab.page.wait_for_timeout(400)
    assert explorer.position == rested
    assert explorer.moment().peak < 1e-3  # and it is silent
    explorer.play()
    assert rested <= explorer.position < rested + 1


def test_sound_ends_and_returns_to_its_beginning(explorer: Explorer) -> None:
    explorer.seek(3.5)
    explorer.play()
    explorer.lab.until(lambda: not explorer.playing, "the sound ends")
    explorer.expect_at(0)
    expect(explorer.part("clock")).to_have_text("0.00 / 4.00 s")


def test_loop_begins_again(explorer: Explorer) -> None:
    explorer.part("loop").check()
    explorer.seek(3.5)
    explorer.play()
    explorer.lab.until(lambda: explorer.position < 1, "it begins again")
    assert explorer.playing
    assert explorer.python("loop") == "True"


def test_click_seeks(explorer: Explorer) -> None:
    explorer.lab.page.mouse.click(*explorer.point(2.5))
    # A pixel is 4 ms wide, and a click lands within half of one.
    explorer.expect_at(2.5, within=0.008)
    assert explorer.python("selection") == "[]"


def test_click_seeks_while_it_plays_and_the_ear_follows(explorer: Explorer) -> None:
    point = explorer.point(2.0)
    explorer.play()
    explorer.lab.page.mouse.click(*point)
    explorer.lab.page.wait_for_timeout(400)
    now = explorer.moment()
    assert 2.2 < now.position_s < 3.5
    assert now.heard_s() == pytest.approx(now.position_s, abs=2 * IN_STEP_S)  # one look, no median


def test_drag_selects_and_loops_within(explorer: Explorer) -> None:
    mouse = explorer.lab.page.mouse
    end, start = explorer.point(2.0), explorer.point(1.0)
    mouse.move(*end)
    mouse.down()
    mouse.move(*start, steps=6)  # backwards, as people do
    mouse.up()
    explorer.lab.until(lambda: explorer.python("selection") != "[]", "Python hears of it")
    low, high = map(float, explorer.python("selection").strip("[]").split(","))
    assert low == pytest.approx(1.0, abs=0.008)
    assert high == pytest.approx(2.0, abs=0.008)
    region = explorer.part("region-a").bounding_box()
    assert region is not None
    assert region["width"] == pytest.approx(end[0] - start[0], abs=3)
    explorer.part("loop").check()
    explorer.play()
    heard = []
    for _ in range(16):
        explorer.lab.page.wait_for_timeout(100)
        heard.append(explorer.position)
    assert all(low - 0.01 <= at <= high + 0.01 for at in heard)
    assert any(after < before for before, after in pairwise(heard))


def test_keys_do_all_of_it(explorer: Explorer) -> None:
    plot = explorer.plot
    plot.press("Shift+ArrowRight")
    explorer.expect_at(0.5)
    plot.press("ArrowRight")
    explorer.expect_at(0.55)
    plot.press("ArrowLeft")
    plot.press("[")
    plot.press("Shift+ArrowRight")
    plot.press("]")
    explorer.lab.until(lambda: explorer.python("selection") == "[0.5, 1.0]", "keys select")
    plot.press("l")
    expect(explorer.part("loop")).to_be_checked()
    plot.press("Escape")
    explorer.lab.until(lambda: explorer.python("selection") == "[]", "Escape clears")
    plot.press("End")
    explorer.expect_at(DURATION_S)
    plot.press("Home")
    plot.press(" ")
    explorer.lab.until(lambda: explorer.playing and explorer.position > 0.1, "space plays")
    plot.press(" ")
    explorer.lab.until(lambda: not explorer.playing, "space pauses")


def test_arrows_read_the_spectrogram(explorer: Explorer) -> None:
    readout = explorer.part("readout")
    explorer.plot.press("ArrowUp")
    before = readout.inner_text()
    explorer.plot.press("Shift+ArrowUp")
    expect(readout).not_to_have_text(before)
    assert "Hz" in readout.inner_text()
    explorer.plot.press("Shift+ArrowDown")
    expect(readout).to_have_text(before)


def test_keys_do_nothing_to_the_notebook(explorer: Explorer) -> None:
    cells = explorer.lab.page.locator(".jp-Cell")
    count = cells.count()
    for key in ("d", "d", "a", "b", "x", "m", "Enter", "ArrowDown", " "):
        explorer.plot.press(key)
    assert cells.count() == count
    assert explorer.root.is_visible()
    explorer.pause()


def test_sound_starts_gently_and_is_never_too_loud(explorer: Explorer) -> None:
    explorer.lab.python("explorer.load(rising(amplitude=1.0), sr=sr)")
    expect(explorer.part("title")).to_contain_text("4.00 s")
    explorer.part("volume").press("End")
    explorer.lab.until(lambda: explorer.python("volume") == "1.0", "the volume is full")
    explorer.play()
    peaks = []
    for _ in range(10):
        explorer.lab.page.wait_for_timeout(60)
        peaks.append(explorer.moment().peak)
    assert 0.1 < max(peaks) <= LOUDEST
    explorer.set(volume=0.0)
    explorer.lab.until(lambda: explorer.moment().peak < 1e-3, "it is silent at no volume")
    explorer.lab.python("explorer.load(rising(), sr=sr)")
