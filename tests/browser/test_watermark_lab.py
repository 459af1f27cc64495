"""WatermarkLab: mark, listen, attack, detect, as a person does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

import sonic_lab as sl
from tests.browser.instruments import Watermark
from tests.browser.lab import Lab

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def shown(lab: Lab) -> Watermark:
    return Watermark.open(lab, "watermark_lab.ipynb")


@pytest.fixture
def marker(shown: Watermark) -> Iterator[Watermark]:
    """The lab as it begins: marked, not attacked, at rest."""
    shown.pause()
    shown.set(chain=[], detect_key="", payload=0xCAFE, second="", version=0, key="a secret")
    expect(shown.part("result")).to_contain_text("Marked with this key")
    yield shown
    assert shown.lab.errors == []
    assert shown.lab.outside == []


def test_an_attack_is_added_moved_and_taken_away(marker: Watermark) -> None:
    before = marker.frames("attacked")
    marker.part("attack").select_option("noise_white")
    marker.part("add").click()
    marker.lab.until(lambda: marker.frames("attacked") > before, "the attacked sound is drawn")
    strength = marker.part("strength-0")
    strength.focus()
    for _ in range(20):
        strength.press("ArrowRight")
    expect(marker.part("result")).to_contain_text("No mark of this key is found")
    assert marker.python("chain[0]['strength']") == "0.0"  # noise as loud as the sound
    marker.part("on-0").uncheck()
    expect(marker.part("result")).to_contain_text("Marked with this key")
    marker.part("card-0").get_by_label("remove noise_white").click()
    expect(marker.part("card-0")).to_have_count(0)
    assert marker.python("chain") == "[]"


def test_a_sound_in_another_order_is_read_from_its_pieces(marker: Watermark) -> None:
    marker.part("attack").select_option("shuffle")
    marker.part("add").click()
    expect(marker.part("result")).to_contain_text("pieces, the first")
    expect(marker.part("result")).to_contain_text("The payload reads 0xcafe")
    marker.lab.screenshot("watermark-lab-pieces", of=marker.root)


def test_attacks_change_places(marker: Watermark) -> None:
    for name in ("low_pass", "gain_down"):
        marker.part("attack").select_option(name)
        marker.part("add").click()
    marker.part("card-1").get_by_label("move up gain_down").click()
    expect(marker.part("card-0")).to_contain_text("gain_down")
    names = marker.python("chain[0]['name'], marker.chain[1]['name']")
    assert names == "gain_down low_pass"


def test_another_key_and_another_payload(marker: Watermark) -> None:
    field = marker.part("detect_key")
    field.fill("wrong")
    field.press("Enter")
    expect(marker.part("result")).to_contain_text("No mark of this key is found")
    field.fill("")
    field.press("Enter")
    expect(marker.part("result")).to_contain_text("0xcafe")
    payload = marker.part("payload")
    payload.fill("0x1234")
    payload.press("Enter")
    expect(marker.part("result-bits")).to_have_text("0001001000110100")
    payload.fill("a tune")
    payload.press("Enter")
    expect(payload).to_have_value("0x1234")  # not a number: what holds is shown


def test_what_cannot_be_is_said_on_the_screen_and_changes_nothing(marker: Watermark) -> None:
    key = marker.part("key")
    key.fill("")
    key.press("Enter")
    expect(marker.part("error")).to_have_text("key is empty: anybody could guess it")
    expect(key).to_have_value("a secret")
    marker.part("payload").fill("70000")
    marker.part("payload").press("Enter")
    expect(marker.part("error")).to_contain_text("does not fit into 16 bits")
    expect(marker.part("payload")).to_have_value("0xCAFE")
    marker.part("loop").click()
    expect(marker.part("error")).to_be_hidden()
    marker.part("loop").click()


def test_all_four_versions_play_in_step(marker: Watermark) -> None:
    marker.play()
    for key, name in ("2", "marked"), ("3", "difference"), ("4", "attacked"), ("1", "original"):
        marker.root.get_by_test_id("hear-original").focus()
        at = marker.position
        marker.lab.page.keyboard.press(key)
        expect(marker.part(f"hear-{name}")).to_have_attribute("aria-checked", "true")
        assert marker.playing
        marker.lab.until(lambda at=at: marker.position != at, "it plays on")
    marker.pause()


def test_a_second_mark_stands_beside_the_first(marker: Watermark) -> None:
    expect(marker.part("result_b")).to_be_hidden()
    marker.part("second").select_option("robust")
    expect(marker.part("result_b")).to_contain_text("The other mark: Marked with this key")


def test_files_are_checked(marker: Watermark, tmp_path: Path) -> None:
    y, sr = sl.clips.load("piano")
    mark = sl.watermark.SpreadSpectrum(key="a secret", bits=16)
    marked = sl.audio.save(tmp_path / "marked.mp3", mark.embed(y, sr=sr, payload=9), sr=sr)
    plain = sl.audio.save(tmp_path / "plain.wav", y, sr=sr)
    marker.part("check").set_input_files(marked)
    expect(marker.part("checked")).to_contain_text("marked.mp3: Marked with this key")
    marker.part("check").set_input_files(plain)
    expect(marker.part("checked")).to_contain_text("plain.wav: No mark of this key is found")
    (tmp_path / "bad.wav").write_bytes(b"not a sound")
    marker.part("check").set_input_files(tmp_path / "bad.wav")
    expect(marker.part("error")).to_contain_text("not sound that can be read")


def test_the_listening_test_counts(marker: Watermark) -> None:
    marker.root.get_by_text("Can you hear it?").click()
    marker.part("abx").click()
    for name in ("A", "B", "X"):
        marker.part(f"hear-{name}").click()
        marker.lab.until(lambda: marker.playing, "it plays")
    for trial in (1, 2):
        marker.part("say-A").click()
        expect(marker.part("abx-words")).to_contain_text(f"of {trial} right")
    marker.root.get_by_text("Can you hear it?").click()


def test_the_map_fills_and_stops(marker: Watermark) -> None:
    marker.root.get_by_text("Robustness map").click()
    cells = marker.part("map-table").locator("td")
    marker.part("map").click()
    marker.lab.until(lambda: cells.count() >= 3, "three cells are filled", timeout_s=60)
    expect(marker.part("map")).to_have_text("Stop")
    marker.part("map").click()
    expect(marker.part("map")).to_have_text("Fill the map")
    filled = cells.count()
    marker.lab.page.wait_for_timeout(1500)
    assert cells.count() <= filled + 1  # the one that was under way
    assert filled < 65
    marker.root.get_by_text("Robustness map").click()


def test_it_lives_on_when_the_page_is_reloaded(marker: Watermark) -> None:
    marker.set(payload=0xBEEF, chain=[{"name": "low_pass"}])
    expect(marker.part("result")).to_contain_text("0xbeef")
    marker.lab.reload()
    marker.root.wait_for()
    expect(marker.part("result")).to_contain_text("0xbeef")
    expect(marker.part("card-0")).to_contain_text("low_pass")
    marker.keep_pictures("watermark-lab")
