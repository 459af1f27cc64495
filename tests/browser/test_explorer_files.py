"""SpectrogramExplorer: the learner's own file, and a page that is closed and opened again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect

from tests.browser.instruments import Explorer
from tests.browser.lab import Lab

pytestmark = pytest.mark.browser

SR = 8000
DROP = """async (root, { name, bytes }) => {
    const carried = new DataTransfer();
    carried.items.add(new File([new Uint8Array(bytes)], name));
    for (const type of ['dragenter', 'dragover', 'drop']) {
        const options = { dataTransfer: carried, bubbles: true, cancelable: true };
        root.dispatchEvent(new DragEvent(type, options));
        if (type === 'dragover') window.marked = root.classList.contains('sl-drop');
    }
}"""


@pytest.fixture(scope="module")
def explorer(lab: Lab) -> Explorer:
    return Explorer.open(lab, "explorer_files.ipynb")


@pytest.fixture(autouse=True)
def _calm(explorer: Explorer) -> Iterator[None]:
    yield
    assert explorer.lab.errors == []
    assert explorer.lab.outside == []


def write(path: Path, *, seconds: float, channels: int = 1) -> Path:
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, (int(seconds * SR), channels))
    soundfile.write(path, noise, SR)
    return path


@pytest.mark.parametrize(
    ("name", "seconds", "channels", "shape"),
    [
        ("my whistle.wav", 1.5, 1, "(12000,)"),
        ("both ears.flac", 1.0, 2, "(2, 8000)"),
        # 1.6 MB: more than one message carries, so it comes in pieces.
        ("two pieces.wav", 100.0, 1, "(800000,)"),
    ],
)
def test_chosen_file_is_shown(
    explorer: Explorer, tmp_path: Path, name: str, seconds: float, channels: int, shape: str
) -> None:
    before = explorer.pixels()
    path = write(tmp_path / name, seconds=seconds, channels=channels)
    shown = explorer.after(lambda: explorer.part("upload").set_input_files(path))
    assert shown != before
    expect(explorer.part("title")).to_contain_text(f"{name}: {seconds:.2f} s")
    expect(explorer.part("clip")).to_have_value("")
    assert explorer.python("sound[0].shape, explorer.sound[1]") == f"{shape} {SR}"
    assert explorer.part("error").is_hidden()


def test_dropped_file_is_shown_and_not_copied_into_the_folder(
    explorer: Explorer, tmp_path: Path
) -> None:
    path = write(tmp_path / "dropped.wav", seconds=0.5)
    files = sorted(explorer.lab.server.root.iterdir())
    given = {"name": path.name, "bytes": list(path.read_bytes())}
    explorer.after(lambda: explorer.root.evaluate(DROP, given))
    expect(explorer.part("title")).to_contain_text("dropped.wav: 0.50 s")
    assert explorer.python("sound[0].shape") == "(4000,)"
    assert explorer.lab.page.evaluate("window.marked")  # while it hovered, the place was marked
    assert "sl-drop" not in (explorer.root.get_attribute("class") or "")
    assert sorted(explorer.lab.server.root.iterdir()) == files


def test_file_that_is_no_sound_is_told_kindly_and_loses_nothing(
    explorer: Explorer, tmp_path: Path
) -> None:
    explorer.after(lambda: explorer.set(clip="trumpet"))
    before = explorer.pixels()
    letter = tmp_path / "letter.wav"
    letter.write_text("Dear Sir or Madam, " * 40)
    explorer.part("upload").set_input_files(letter)
    error = explorer.part("error")
    error.wait_for()
    expect(error).to_contain_text("letter.wav")
    expect(error).to_have_attribute("role", "alert")
    assert "Traceback" not in error.inner_text()
    assert explorer.pixels() == before
    assert explorer.python("clip") == "trumpet"
    explorer.lab.screenshot("explorer-error", of=explorer.root)
    explorer.part("n_fft").press("ArrowLeft")
    error.wait_for(state="hidden")  # the next thing that works takes the sentence away
    explorer.after(lambda: explorer.set(n_fft=2048))


def test_file_that_is_too_large_is_refused_with_the_limit(
    explorer: Explorer, tmp_path: Path
) -> None:
    huge = tmp_path / "huge.wav"
    huge.write_bytes(b"\0" * (21 * 2**20))
    explorer.part("upload").set_input_files(huge)
    expect(explorer.part("error")).to_contain_text("huge.wav has 21 MB, and 20 MB is the most")
    explorer.after(lambda: explorer.set(clip="flute"))
    explorer.part("n_fft").press("ArrowLeft")
    explorer.part("error").wait_for(state="hidden")
    explorer.after(lambda: explorer.set(n_fft=2048))


def test_clip_menu_shows_a_bundled_sound(explorer: Explorer) -> None:
    before = explorer.pixels()
    assert explorer.after(lambda: explorer.part("clip").select_option("piano")) != before
    expect(explorer.part("title")).to_contain_text("piano")
    assert explorer.python("clip") == "piano"


def test_page_reloads_and_finds_the_widget_alive_with_its_state(explorer: Explorer) -> None:
    explorer.after(lambda: explorer.set(clip="guitar", n_fft=512, cmap="viridis"))
    explorer.set(selection=[0.25, 0.75], loop=True)
    before = explorer.after(lambda: explorer.set(db_range=60.0))
    explorer.lab.reload()
    explorer.canvas.wait_for()
    explorer.lab.until(lambda: explorer.frames > 0, "the picture is painted")
    explorer.lab.until(lambda: explorer.pixels() == before, "it is the same picture")
    expect(explorer.part("clip")).to_have_value("guitar")
    expect(explorer.part("cmap")).to_have_value("viridis")
    expect(explorer.part("loop")).to_be_checked()
    explorer.part("region-a").wait_for()
    assert explorer.after(lambda: explorer.part("n_fft").press("ArrowLeft")) != before
    assert explorer.python("n_fft") == "256"
