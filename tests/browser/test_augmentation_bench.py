"""AugmentationBench: cards are added, moved and muted, draws are heard, as a person does it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

import sonic_lab as sl
from tests.browser.hearing import RISING, TAP
from tests.browser.instruments import Instrument
from tests.browser.lab import Lab

pytestmark = pytest.mark.browser

START = (
    "[{'name': 'Gain', 'settings': {'gain_db': [-9, -3]}, 'p': 1}, "
    "{'name': 'Invert', 'settings': {}, 'p': 1}]"
)


class Bench(Instrument):
    """AugmentationBench on a rising tone of four seconds."""

    def __init__(self, lab: Lab) -> None:
        head = '[data-testid="playhead-after"]'
        super().__init__(lab, "augmentation-bench", variable="bench", head=head)

    @classmethod
    def open(cls, lab: Lab, name: str) -> Bench:
        lab.page.add_init_script(TAP)
        lab.page.set_viewport_size({"width": 1280, "height": 1500})
        shown = (
            "import sonic_lab as sl\n"
            f"bench = sl.widgets.AugmentationBench(rising(), sr=sr, cards={START})\n"
            "bench"
        )
        lab.write(name, RISING, shown)
        lab.run_all()
        bench = cls(lab)
        bench.root.wait_for()
        lab.until(lambda: bench.frames("after") > 0, "the pictures are painted")
        return bench

    def frames(self, name: str) -> int:
        """How often a spectrogram has been painted."""
        return int(self.part(f"canvas-{name}").get_attribute("data-frame") or 0)

    def settled(self) -> None:
        """Wait until all five draws are there."""
        self.lab.until(lambda: self.python("pending") == "[]", "all draws are made")
        expect(self.part("pending")).to_be_empty()


@pytest.fixture(scope="module")
def shown(lab: Lab) -> Bench:
    return Bench.open(lab, "augmentation_bench.ipynb")


@pytest.fixture
def bench(shown: Bench) -> Iterator[Bench]:
    """The bench as it begins: two cards, at rest."""
    shown.pause()
    shown.lab.python(f"bench.cards = {START}")
    shown.set(seed=0, draw=0, heard="after", keeps="", dialect="audiomentations")
    expect(shown.part("card-1")).to_contain_text("Invert")
    expect(shown.part("card-2")).to_have_count(0)
    yield shown
    assert shown.lab.errors == []
    assert shown.lab.outside == []


def test_a_card_is_added_set_muted_and_removed(bench: Bench) -> None:
    before = bench.frames("after")
    bench.part("transform").select_option("LowPass")
    expect(bench.part("about")).to_have_text("Keep what lies below a drawn cutoff.")
    bench.part("add").click()
    card = bench.part("card-2")
    expect(card).to_contain_text("LowPass")
    bench.lab.until(lambda: bench.frames("after") > before, "the picture is painted anew")
    highest = bench.part("cutoff_hz-1-2")
    highest.focus()
    highest.press("Home")  # it pushes the lowest along
    bench.lab.until(
        lambda: bench.python("cards[2]['settings']['cutoff_hz']").startswith("[375.0, 375.0"),
        "both ends lie at the lowest",
    )
    expect(bench.part("drew-2")).to_contain_text("cutoff_hz=375")
    bench.part("order-2").select_option("8")
    bench.lab.until(lambda: bench.python("cards[2]['settings']['order']") == "8", "it is taken")
    bench.part("on-2").uncheck()
    expect(bench.part("drew-2")).to_have_text("this draw: not applied")
    bench.part("on-2").check()
    expect(bench.part("drew-2")).to_contain_text("order=8")
    card.get_by_label("remove LowPass").click()
    expect(bench.part("card-2")).to_have_count(0)
    assert bench.python("error") == ""


def test_cards_change_places_and_keep_the_keyboard_s_place(bench: Bench) -> None:
    bench.part("card-0").get_by_label("move down Gain").click()
    expect(bench.part("card-0")).to_contain_text("Invert")
    expect(bench.part("card-1")).to_contain_text("Gain")
    bench.part("card-1").get_by_label("move up Gain").press("Enter")
    expect(bench.part("card-0")).to_contain_text("Gain")
    expect(bench.part("card-0").get_by_label("move up Gain")).to_be_disabled()
    assert bench.python("cards[0]['name']") == "Gain"


def test_p_decides_whether_a_draw_applies_it(bench: Bench) -> None:
    slider = bench.part("p-0")
    slider.focus()
    slider.press("Home")
    expect(bench.part("drew-0")).to_have_text("this draw: not applied")
    assert bench.python("cards[0]['p']") == "0.0"
    slider.press("End")
    expect(bench.part("drew-0")).to_contain_text("gain_db=")


def test_five_draws_differ_and_each_shows_what_it_drew(bench: Bench) -> None:
    bench.settled()
    told = []
    for i in range(5):
        bench.part(f"version-{i + 1}").click()
        expect(bench.part(f"version-{i + 1}")).to_have_attribute("aria-checked", "true")
        bench.lab.until(lambda i=i: bench.python("draw") == str(i), "it is the one that is shown")
        drew = bench.python("drawn[bench.draw][0]")
        expect(bench.part("drew-0")).to_have_text(f"this draw: {drew}")
        told.append(drew)
        expect(bench.part("records").locator("li").nth(i)).to_contain_text(f"Gain {drew}")
    assert len(set(told)) == 5
    bench.part("again").click()
    bench.lab.until(lambda: bench.python("seed") == "5", "luck goes on")
    bench.settled()
    expect(bench.part("seed")).to_have_value("5")
    assert bench.python("drawn[0][0]") not in told


def test_before_and_after_play_in_step_and_switch_while_playing(bench: Bench) -> None:
    bench.set(cards=[{"name": "PitchShift", "settings": {"semitones": 12}, "p": 1}])
    bench.settled()
    bench.play()
    for key, name, octave in (("1", "before", 1), ("b", "after", 2), ("b", "before", 1)):
        bench.part("hear-before").focus()
        bench.lab.page.keyboard.press(key)
        expect(bench.part(f"hear-{name}")).to_have_attribute("aria-pressed", "true")
        assert bench.playing
        bench.lab.page.wait_for_timeout(400)  # the other version fades out
        moment = bench.moment()
        expected = octave * (300 + 750 * moment.position_s)
        # The tone rises by a fifth of an octave within the latency and the window that is heard.
        assert moment.pitch_hz() == pytest.approx(expected, rel=0.2), (name, moment.position_s)
    bench.pause()


def test_a_label_that_would_break_is_said_with_the_reason(bench: Bench) -> None:
    bench.part("keeps").select_option("key")
    expect(bench.part("verdict")).to_contain_text("stays true")
    bench.part("transform").select_option("PitchShift")
    bench.part("add").click()
    expect(bench.part("verdict")).to_contain_text("every note moves by up to 4 semitones")
    bench.part("on-2").uncheck()
    expect(bench.part("verdict")).to_contain_text("stays true")


def test_what_cannot_be_is_said_on_the_screen_and_changes_nothing(bench: Bench) -> None:
    for _ in range(6):
        bench.part("add").click()
    expect(bench.part("card-7")).to_have_count(1)
    bench.part("add").click()
    expect(bench.part("error")).to_contain_text("8 are the most")
    expect(bench.part("card-8")).to_have_count(0)
    bench.part("seed").fill("a tune")
    bench.part("seed").press("Enter")
    expect(bench.part("seed")).to_have_value("0")


def test_the_code_is_in_either_library_s_words(bench: Bench) -> None:
    code = bench.part("code")
    code.locator("summary").click()
    expect(code).to_contain_text("from audiomentations import Compose, Gain, PolarityInversion")
    bench.part("dialect").select_option("sonic_lab")
    expect(code).to_contain_text("sl.augment.Gain(gain_db=(-9, -3), p=1.0)")
    expect(code).to_contain_text("rng=0")
    bench.lab.python("space = {'y': bench.sounds()['before'], 'sr': sr}; exec(bench.code, space)")
    same = bench.lab.python("print((space['z'] == bench.sounds()['after']).all())")
    assert same == "True"
    code.locator("summary").click()


def test_a_file_is_dropped_in(bench: Bench, tmp_path: Path) -> None:
    y, sr = sl.clips.load("piano")
    path = sl.audio.save(tmp_path / "tune.wav", y[:sr], sr=sr)
    before = bench.frames("before")
    bench.part("upload").set_input_files(path)
    bench.lab.until(lambda: bench.frames("before") > before, "the new sound is drawn")
    assert bench.python("sounds()['before'].shape") == str((sr,))
    (tmp_path / "bad.wav").write_bytes(b"not a sound")
    bench.part("upload").set_input_files(tmp_path / "bad.wav")
    expect(bench.part("error")).to_contain_text("not sound that can be read")
    bench.lab.python("bench.load(rising(), sr=sr)")


def test_it_can_be_worked_by_keyboard_and_is_named_for_those_who_cannot_see(bench: Bench) -> None:
    unnamed = bench.root.evaluate(
        """root => [...root.querySelectorAll('input, select, button')]
            .filter(e => e.offsetParent)
            .filter(e => !(e.ariaLabel || e.labels?.[0]?.textContent.trim()))
            .filter(e => !e.textContent.trim())
            .map(e => e.outerHTML)"""
    )
    assert unnamed == []
    bench.part("hear-after").focus()
    bench.lab.page.keyboard.press("n")
    bench.lab.until(lambda: bench.python("seed") == "5", "N draws anew")
    bench.lab.page.keyboard.press("4")
    expect(bench.part("version-3")).to_have_attribute("aria-checked", "true")
    expect(bench.part("description")).to_contain_text("Draw 3 of 5, rng 7")


def test_it_lives_on_when_the_page_is_reloaded(bench: Bench) -> None:
    bench.lab.python("from sonic_lab.augment import article")
    bench.lab.python("from sonic_lab.widgets.policy_cards import card_of")
    bench.lab.python("bench.cards = [card_of(t) for t in article()]")
    bench.set(keeps="tempo", draw=2)
    bench.lab.reload()
    bench.root.wait_for()
    expect(bench.part("card-2")).to_contain_text("PitchShift")
    expect(bench.part("verdict")).to_contain_text("multiplies the tempo")
    expect(bench.part("version-3")).to_have_attribute("aria-checked", "true")
    bench.settled()
    bench.keep_pictures("augmentation-bench")
