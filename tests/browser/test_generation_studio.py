"""GenerationStudio: ask, watch, listen before it is done, keep, compare, as a person does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.instruments import Studio
from tests.browser.lab import Lab
from tests.browser.test_explorer_playing import LOUDEST

pytestmark = pytest.mark.browser

TONE_HZ, OTHER_HZ = 225.0, 520.0  # of takes with the seeds 5 and 300
# The last two thirds of a second that were played, and at what rate.
RECENT = """() => {
    const ear = window.taps.at(-1);
    ear.fftSize = 32768;
    const samples = new Float32Array(32768);
    ear.getFloatTimeDomainData(samples);
    return [[...samples], ear.context.sampleRate];
}"""


@pytest.fixture(scope="module")
def shown(lab: Lab) -> Studio:
    return Studio.open(lab, "generation_studio.ipynb")


@pytest.fixture
def studio(shown: Studio) -> Iterator[Studio]:
    """The studio as it begins: no take, nothing being made, silent."""
    shown.rest()
    yield shown
    shown.pause()
    assert shown.lab.errors == []
    assert shown.lab.outside == []


# Asking


def test_words_are_chosen_typed_and_taken_back(studio: Studio) -> None:
    box = studio.part("prompt")
    expect(studio.part("chip-sad")).to_have_attribute("aria-pressed", "true")
    studio.part("chip-happy").click()  # a prompt has one mood
    expect(box).to_have_value("slow happy piano melody")
    studio.part("chip-flute").click()
    expect(box).to_have_value("slow happy piano melody and flute")
    studio.part("chip-piano").click()
    expect(box).to_have_value("slow happy melody and flute")
    box.fill("drums")
    studio.part("chip-techno").click()
    expect(box).to_have_value("drums techno")
    studio.lab.until(lambda: studio.python("prompt") == "drums techno", "Python hears of it")
    studio.part("surprise").click()
    expect(box).not_to_have_value("drums techno")


def test_enter_generates_and_shift_enter_begins_a_line(studio: Studio) -> None:
    box = studio.part("prompt")
    box.fill("one")
    box.press("Shift+Enter")
    box.press_sequentially("two")
    expect(box).to_have_value("one\ntwo")
    box.press("Enter")
    expect(studio.part("stop")).to_be_visible()
    assert studio.lab.python("print(repr(ScriptedJob.made[-1].prompt))") == repr("one\ntwo")


def test_nothing_to_make_is_said_and_nothing_begins(studio: Studio) -> None:
    studio.part("prompt").fill("  ")
    studio.part("generate").click()
    expect(studio.part("error")).to_contain_text("write what you want to hear")
    expect(studio.part("stop")).to_be_hidden()
    studio.part("prompt").fill("🎹 " + "la " * 3333)
    # The error goes when Python hears of the words, and what lies below it moves up.
    expect(studio.part("error")).to_be_hidden()
    studio.part("generate").click()
    expect(studio.part("stop")).to_be_visible()
    studio.lead("finish()")
    card = studio.root.locator(".sl-take").first
    expect(card).to_contain_text("🎹 la la")
    box = card.bounding_box()
    assert box is not None
    assert box["height"] < 120  # ten thousand letters do not fill the page


def test_the_licence_is_shown_before_anything_is_made(studio: Studio) -> None:
    expect(studio.part("licence")).to_have_text("BSD-3-Clause")
    studio.part("model").select_option("facebook/musicgen-small")
    expect(studio.part("licence")).to_have_text("CC-BY-NC-4.0")
    expect(studio.part("terms")).to_contain_text("no commercial use")
    expect(studio.part("terms")).to_contain_text("hub")
    studio.part("model").select_option("tiny")


def test_dials_reach_python(studio: Studio) -> None:
    studio.part("top_k").press("End")
    studio.part("temperature").press("Home")
    studio.lab.until(lambda: studio.python("top_k") == "0", "top-k takes all")
    studio.lab.until(lambda: studio.python("temperature") == "0.0", "greedy")
    seed = studio.part("seed").input_value()
    studio.part("dice").click()
    expect(studio.part("seed")).not_to_have_value(seed)
    studio.set(top_k=250, temperature=1.0)


# While it is made


def test_what_is_made_can_be_watched(studio: Studio) -> None:
    studio.set(autoplay=False)
    studio.begin()
    studio.lead("compose(100)")
    expect(studio.part("progress-words")).to_contain_text("Step 100 of 303. 1.9 s of sound")
    expect(studio.part("generate")).to_be_disabled()
    canvas = studio.part("canvas-stage")
    canvas.wait_for()
    before, tokens = studio.lab.pixels(canvas), studio.lab.pixels(studio.part("tokens"))
    lens = studio.lab.pixels(studio.part("lens"))
    studio.lab.page.wait_for_timeout(500)  # a picture comes at most every 0.4 s
    studio.lead("compose(100)")
    studio.lab.until(lambda: studio.lab.pixels(canvas) != before, "the spectrogram grows")
    assert studio.lab.pixels(studio.part("tokens")) != tokens
    assert studio.lab.pixels(studio.part("lens")) != lens
    studio.keep_pictures("generation-studio-making")
    studio.lead("finish()")
    expect(studio.part("status")).to_contain_text("is done: 6.0 s")
    expect(studio.part("generate")).to_be_enabled()
    expect(studio.part("clock")).to_have_text("0.00 / 6.00 s")
    assert not studio.playing  # nobody asked for it


def test_two_presses_make_one_take(studio: Studio) -> None:
    made = int(studio.lab.python("print(len(ScriptedJob.made))"))
    studio.part("generate").dblclick()
    expect(studio.part("stop")).to_be_visible()
    studio.lab.page.wait_for_timeout(300)
    assert int(studio.lab.python("print(len(ScriptedJob.made))")) == made + 1
    expect(studio.part("stop")).to_be_visible()  # and the second press did not stop it


def test_stop_in_the_middle(studio: Studio) -> None:
    studio.begin()
    studio.lead("compose(100)")
    studio.lab.until(lambda: studio.playing, "it plays")
    studio.part("stop").click()
    expect(studio.part("status")).to_contain_text("Stopped")
    expect(studio.part("empty")).to_be_visible()
    studio.lab.until(lambda: not studio.playing, "it is silent")
    expect(studio.part("generate")).to_be_enabled()


def test_sound_starts_before_the_end_and_goes_on_into_the_whole(studio: Studio) -> None:
    studio.set(duration_s=30.0)  # long enough for a slow machine to listen
    studio.begin()
    studio.lead("compose(1200)")
    studio.lab.until(lambda: studio.playing and studio.position > 0.1, "it plays")
    assert studio.root.get_attribute("data-live") == "true"
    studio.expect_pitch(TONE_HZ)
    at = studio.position
    studio.lead("finish()")
    expect(studio.part("status")).to_contain_text("is done")
    studio.lab.until(lambda: studio.position > at + 0.3, "it plays on")
    assert studio.root.get_attribute("data-live") == "true"  # not begun again
    studio.part("play").click()
    rested = studio.position
    expect(studio.part("clock")).to_contain_text("/ 30.00 s")
    studio.play()
    assert studio.position >= rested  # the whole goes on where the live one stopped
    assert studio.root.get_attribute("data-live") == "false"


def test_chunks_join_without_a_gap_or_a_click(studio: Studio) -> None:
    studio.begin()
    studio.lead("compose(153)")
    studio.lab.until(lambda: studio.playing, "it plays")
    studio.lead(*["compose(7)"] * 18)  # 0.14 s each, all well ahead of the ear
    studio.lab.until(lambda: studio.position > 4.0, "some are heard")
    samples, rate = studio.lab.page.evaluate(RECENT)
    assert studio.waits == 0
    x = np.array(samples)
    # A sine obeys x[n+1] = 2 cos(w) x[n] - x[n-1]. What the browser's rate conversion adds stays
    # below 0.001; the smallest click, a jump of a hundredth of full scale, does not.
    off = x[2:] - 2 * np.cos(2 * np.pi * TONE_HZ / rate) * x[1:-1] + x[:-2]
    assert np.abs(off).max() < 2e-3
    turns = int(rate / TONE_HZ)
    peaks = [np.abs(x[i : i + turns]).max() for i in range(0, len(x) - turns, turns)]
    assert min(peaks) > 0.97 * max(peaks)  # no dip where one chunk fades into the next
    assert max(peaks) <= LOUDEST


def test_a_slow_maker_is_waited_for(studio: Studio) -> None:
    studio.begin()
    studio.lead("compose(50)")
    studio.lab.until(lambda: studio.position > 0.9, "the ear has nearly caught up")
    studio.lab.until(lambda: studio.moment().peak < 1e-3, "all is heard")
    at = studio.position
    studio.lab.page.wait_for_timeout(400)
    assert studio.position == at
    assert studio.moment().peak < 1e-3  # silence, not a stutter
    studio.lead("compose(250)")
    studio.lab.until(lambda: studio.position > at, "it goes on")
    assert studio.waits == 1
    studio.expect_pitch(TONE_HZ)


def test_a_failure_is_said_and_what_was_there_stays(studio: Studio) -> None:
    number = studio.make()
    studio.begin()
    studio.lead("fail(sl.errors.HubError('the hub cannot be reached: choose the model tiny'))")
    expect(studio.part("error")).to_have_text("the hub cannot be reached: choose the model tiny")
    expect(studio.part(f"take-{number}")).to_be_visible()
    studio.lab.screenshot("generation-studio-error", of=studio.root)


# Looking into it


def test_keys_go_from_token_to_token(studio: Studio) -> None:
    studio.set(autoplay=False)
    studio.make()
    words = studio.part("place-words")
    expect(words).to_contain_text("Click a token")
    studio.matrix.press("ArrowRight")  # the first key steps in
    expect(words).to_contain_text("Codebook 1 of 4 at 0.00 s")
    studio.matrix.press("ArrowDown")
    studio.matrix.press("ArrowRight")
    studio.matrix.press("Shift+ArrowRight")
    expect(words).to_contain_text("Codebook 2 of 4 at 0.22 s")
    rows = studio.part("candidates").locator("li")
    expect(rows).to_have_count(20)
    expect(studio.part("candidates").locator(".sl-drawn")).to_have_count(1)
    assert studio.python("place") == "[1, 11]"
    studio.matrix.press("Escape")
    expect(studio.part("candidates")).to_be_hidden()


def test_a_click_chooses_a_token(studio: Studio) -> None:
    studio.set(autoplay=False)
    studio.make()
    box = studio.part("tokens").bounding_box()
    assert box is not None
    studio.part("tokens").click(position={"x": box["width"] / 2, "y": box["height"] * 0.9})
    expect(studio.part("place-words")).to_contain_text("Codebook 4 of 4")
    _, frame = map(int, studio.python("place").strip("[]").split(","))
    assert 135 < frame < 165  # half of 300 frames, but for the margins
    before = studio.lab.pixels(studio.part("lens"))
    studio.part("straight").check()
    assert studio.lab.pixels(studio.part("lens")) != before
    studio.part("straight").uncheck()


# Keeping


def test_takes_are_played_from_the_list_and_deleted_while_they_play(studio: Studio) -> None:
    studio.set(autoplay=False)
    first = studio.make()
    studio.set(seed=300)
    second = studio.make()
    studio.part(f"play-take-{first}").click()
    studio.expect_pitch(TONE_HZ)
    studio.part(f"play-take-{second}").click()
    studio.expect_pitch(OTHER_HZ)
    studio.part(f"delete-{second}").click()
    expect(studio.part(f"take-{second}")).to_have_count(0)
    studio.lab.until(lambda: not studio.playing, "it is silent")
    assert studio.python("selected") == str(first)
    studio.part("undo").click()
    expect(studio.part(f"take-{second}")).to_be_visible()
    studio.part(f"reuse-{second}").click()
    expect(studio.part("seed")).to_have_value("300")


def test_a_take_is_saved_and_its_place_is_said(studio: Studio) -> None:
    studio.set(autoplay=False)
    number = studio.make()
    studio.part(f"save-{number}").click()
    expect(studio.part("status")).to_contain_text("takes/slow-sad-piano-melody-seed-5")
    saved = studio.lab.server.root / studio.python("_cards[-1]['saved']")
    assert saved.exists()
    assert Path(f"{saved}.json").exists()
    folder = studio.part("folder")
    folder.fill("../elsewhere")
    folder.press("Enter")
    studio.part(f"save-{number}").click()
    expect(studio.part("error")).to_contain_text("lies outside")
    folder.fill("takes")
    folder.press("Enter")


def test_two_takes_are_compared_and_told_apart_blind(studio: Studio) -> None:
    studio.set(autoplay=False)
    first = studio.make()
    studio.set(seed=300, prompt="fast flute")
    second = studio.make()
    panel = studio.part("compare")
    expect(panel).to_be_visible()
    studio.part("play-pair").click()
    studio.lab.until(lambda: panel.get_attribute("data-playing") == "true", "both play")
    studio.expect_pitch(TONE_HZ)
    studio.part("version-1").click()
    studio.expect_pitch(OTHER_HZ)
    assert panel.get_attribute("data-playing") == "true"
    studio.part(f"as-A-{second}").click()  # they change places
    studio.lab.until(lambda: studio.python("pair") == f"[{second}, {first}]", "Python hears of it")

    studio.part("test-abx").click()
    studio.part("hear-X").click()
    studio.lab.page.wait_for_timeout(800)  # one fades out as the other fades in
    heard = "A" if studio.moment().pitch_hz() > 400 else "B"  # by ear alone
    studio.part(f"say-{heard}").click()
    expect(studio.part("test-words")).to_contain_text(f"Right: X was {heard}. 1 of 1 right")
    studio.part("test-end").click()

    studio.part("test-prompt").click()
    expect(studio.part("version-0")).to_be_hidden()  # heard alone
    expect(studio.part("say-A")).to_have_text("“fast flute”")
    studio.part("say-A").click()
    expect(studio.part("test-words")).to_contain_text("of 1 right")
    expect(studio.part("version-0")).to_be_visible()
    studio.keep_pictures("generation-studio-compare")
    studio.part("test-end").click()
    studio.part("play-pair").click()


def test_one_sound_at_a_time(studio: Studio) -> None:
    studio.set(autoplay=False)
    studio.make()
    studio.set(seed=300)
    studio.make()
    studio.play()
    studio.part("play-pair").click()
    studio.lab.until(lambda: not studio.playing, "the stage is silent")
    studio.play()
    expect(studio.part("compare")).to_have_attribute("data-playing", "false")


# A page that goes away


def test_a_page_that_is_reloaded_in_the_middle_goes_on(studio: Studio) -> None:
    first = studio.make()
    studio.set(duration_s=30.0)  # long enough for a slow machine to listen
    studio.begin()
    studio.lead("compose(100)")
    studio.lab.reload()
    studio.root.wait_for()
    expect(studio.part("stop")).to_be_visible()
    expect(studio.part(f"take-{first}")).to_be_visible()
    studio.part("tokens").wait_for()
    studio.lead("compose(1100)")
    expect(studio.part("clock")).to_contain_text("/ 23.92 s")  # 1197 frames, less what is held back
    studio.play()
    studio.expect_pitch(TONE_HZ)
    at = studio.position
    studio.lead("finish()")
    expect(studio.part("status")).to_contain_text("is done")
    studio.lab.until(lambda: studio.position > at + 0.3, "it plays on")
    studio.pause()
    studio.lab.reload()
    studio.root.wait_for()
    expect(studio.part(f"take-{first + 1}")).to_be_visible()
    expect(studio.part("clock")).to_contain_text("/ 30.00 s")
    studio.keep_pictures("generation-studio")


def test_where_no_kernel_runs_a_still_is_shown(studio: Studio) -> None:
    studio.lab.save()
    saved = (studio.lab.server.root / studio.lab.notebook).read_text()
    assert "image/png" in saved
    assert "Nothing has been made yet" in saved
