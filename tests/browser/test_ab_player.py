"""ABPlayer: versions in step, one of them heard."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.hearing import DURATION_S
from tests.browser.instruments import Player
from tests.browser.lab import Lab
from tests.browser.test_explorer_playing import IN_STEP_S, LOUDEST

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def shown(lab: Lab) -> Player:
    return Player.open(lab, "ab_player.ipynb")


@pytest.fixture
def player(shown: Player) -> Iterator[Player]:
    """The player at rest, at the beginning, with the first version chosen."""
    shown.pause()
    shown.set(chosen=0, loop=True, volume=0.7, level_matched=False)
    shown.part("version-0").focus()
    shown.lab.page.keyboard.press("Home")
    shown.expect_at(0)
    yield shown
    assert shown.lab.errors == []
    assert shown.lab.outside == []
    assert shown.part("error").is_hidden()


def follow(player: Player, *, lift: float) -> list[float]:
    """Look ten times at how far the playhead is from what is heard, s."""
    strip = player.part("strip-0").bounding_box()
    assert strip is not None
    apart = []
    for _ in range(10):
        player.lab.page.wait_for_timeout(60)
        now = player.moment()
        seen_s = DURATION_S * (now.head_px - strip["x"]) / strip["width"]
        apart.append(abs(seen_s - now.heard_s(lift)))
    return apart


def test_switching_while_it_plays_changes_what_is_heard_and_nothing_else(player: Player) -> None:
    player.play()
    low = follow(player, lift=0.0)
    before = player.position
    player.part("version-1").click()
    expect(player.part("version-1")).to_have_attribute("aria-checked", "true")
    expect(player.part("version-0")).to_have_attribute("aria-checked", "false")
    player.lab.page.wait_for_timeout(100)  # one fades out as the other fades in
    high = follow(player, lift=player.LIFT_HZ)
    # Medians, since on a busy machine the sound itself stutters now and then.
    assert statistics.median(low) < IN_STEP_S, low
    assert statistics.median(high) < IN_STEP_S, high
    assert player.playing
    assert player.position > before  # it went on, and did not begin again
    assert player.python("chosen") == "1"


def test_louder_version_is_louder_until_levels_are_matched(player: Player) -> None:
    def peak_of(version: int) -> float:
        player.part(f"version-{version}").click()
        player.lab.page.wait_for_timeout(250)
        return statistics.median(player.moment().peak for _ in range(5))

    player.play()
    player.lab.page.wait_for_timeout(400)  # past the gentle start
    assert peak_of(1) / peak_of(0) == pytest.approx(2.0, rel=0.05)  # as they were made
    before = player.part("description").inner_text()
    player.part("level_matched").check()
    # The description names the peaks, and comes with the sound.
    expect(player.part("description")).not_to_have_text(before)
    player.lab.page.wait_for_timeout(400)
    # Loudness weighs pitches a little differently (ITU-R BS.1770): near one, and not exactly.
    assert peak_of(1) / peak_of(0) == pytest.approx(1.0, abs=0.25)


def test_nothing_is_louder_than_the_limit(player: Player) -> None:
    player.set(volume=1.0, chosen=1)
    player.play()
    peaks = []
    for _ in range(8):
        player.lab.page.wait_for_timeout(80)
        peaks.append(player.moment().peak)
    assert 0.1 < max(peaks) <= LOUDEST


def test_click_on_a_waveform_seeks_there_and_chooses_it(player: Player) -> None:
    strip = player.part("strip-1")
    box = strip.bounding_box()
    assert box is not None
    strip.click(position={"x": box["width"] / 2, "y": 20})
    player.expect_at(DURATION_S / 2, within=0.01)
    player.lab.until(lambda: player.python("chosen") == "1", "Python hears of it")


def test_keys_do_all_of_it(player: Player) -> None:
    keyboard = player.lab.page.keyboard
    keyboard.press("2")
    player.lab.until(lambda: player.python("chosen") == "1", "2 chooses the second")
    keyboard.press("1")
    player.lab.until(lambda: player.python("chosen") == "0", "1 chooses the first")
    keyboard.press("ArrowRight")
    player.expect_at(0.1)
    keyboard.press("ArrowLeft")
    player.expect_at(0.0)
    keyboard.press(" ")
    player.lab.until(lambda: player.playing and player.position > 0.1, "space plays")
    keyboard.press(" ")
    player.lab.until(lambda: not player.playing, "space pauses")


def test_both_themes_are_kept_as_pictures(player: Player) -> None:
    player.keep_pictures("ab-player")
