"""SpectrogramExplorer, driven from Python: what it shows is what features computed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sonic_lab as sl
from sonic_lab.features.picture import FLOOR_DB
from sonic_lab.widgets.explorer import COLOUR_MAPS
from sonic_lab.widgets.sound_input import MAX_UPLOAD_BYTES

SR = 22050
TEMPLATES = Path(__file__).parents[2] / "tools" / "nbconvert"


@pytest.fixture
def tone() -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(2 * SR) / SR)).astype(np.float32)


@pytest.fixture
def explorer(tone: np.ndarray) -> sl.widgets.SpectrogramExplorer:
    return sl.widgets.SpectrogramExplorer(tone, sr=SR)


def pixels(explorer: sl.widgets.SpectrogramExplorer, pane: str = "a") -> np.ndarray:
    sent = getattr(explorer, f"_picture_{pane}")
    return np.frombuffer(sent["pixels"], np.uint8).reshape(sent["rows"], sent["columns"])


def upload(explorer: sl.widgets.SpectrogramExplorer, data: bytes, *, name: str, size: int) -> None:
    """Send a file as the page does, in pieces."""
    pieces = [data[i : i + size] for i in range(0, len(data), size)] or [b""]
    for index, piece in enumerate(pieces):
        message = {"type": "upload", "name": name, "index": index, "count": len(pieces)}
        explorer._receive(explorer, message, [memoryview(piece)])


def test_the_pixels_are_the_picture_of_features(explorer, tone):
    image = sl.features.picture(tone, sr=SR)
    # One byte a pixel over 120 dB: half a step of rounding is 0.24 dB.
    shown = FLOOR_DB * (1 - pixels(explorer) / 255)
    assert np.abs(shown - image.db).max() <= 0.24
    hz = np.frombuffer(explorer._picture_a["hz"], "<f4")
    loudest = hz[pixels(explorer).astype(float).sum(axis=1).argmax()]
    assert abs(loudest - 440) < 25  # a mel band is about 27 Hz wide there


@pytest.mark.parametrize("axis", ["mel", "linear", "log"])
@pytest.mark.parametrize("window", sl.features.WINDOWS)
def test_every_axis_and_window_draws(explorer, axis, window):
    explorer.axis, explorer.window = axis, window
    assert pixels(explorer).max() == 255  # the loudest pixel is 0 dB by definition
    assert explorer.facts["window_s"] == 2048 / SR
    assert window in explorer.description
    assert explorer.error == ""


@given(
    n_fft=st.integers(16, 32768),
    hop_length=st.integers(1, 65536),
    n_mels=st.integers(4, 512),
    axis=st.sampled_from(["mel", "linear", "log"]),
    db_range=st.floats(20, 120),
)
def test_any_setting_within_range_draws_something(n_fft, hop_length, n_mels, axis, db_range):
    y = np.sin(np.arange(3000) / 5).astype(np.float32)
    explorer = sl.widgets.SpectrogramExplorer(
        y, sr=8000, n_fft=n_fft, hop_length=hop_length, n_mels=n_mels, axis=axis, db_range=db_range
    )
    shown = pixels(explorer)
    assert shown.size > 0
    assert shown.shape[0] <= max(384, n_mels)
    assert shown.shape[1] == min(1024, explorer.facts["shape"][1])
    assert explorer.facts["n_fft"] <= min(n_fft, len(y))


@pytest.mark.parametrize(
    ("name", "value", "match"),
    [
        ("n_fft", 15, "n_fft=15 must be from 16 to 32768"),
        ("n_fft_b", 40000, "n_fft_b=40000"),
        ("n_fft", "many", "n_fft='many' is refused"),
        ("hop_length", 0, "hop_length=0 must be from 1"),
        ("window", "triangle", "window='triangle' must be one of hann"),
        ("axis", "bark", "axis='bark' must be one of mel, linear, log"),
        ("n_mels", 513, "n_mels=513"),
        ("db_range", 5.0, r"db_range=5\.0 must be from 20"),
        ("db_range", float("nan"), "db_range=nan"),
        ("cmap", "mauve", "'mauve' is no colour map"),
        ("clip", "kazoo", "clip='kazoo' must be one of"),
        ("volume", 1.5, r"volume=1\.5 must be from 0 to 1"),
        ("selection", [2.0, 1.0], "start first"),
        ("selection", [1.0], "start first"),
    ],
)
def test_a_bad_setting_is_refused_and_the_old_one_stays(explorer, name, value, match):
    before, shown = getattr(explorer, name), pixels(explorer).copy()
    with pytest.raises(sl.errors.ParameterError, match=match):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before
    explorer.set_state({name: value})  # as it arrives from the page
    assert explorer.error
    assert getattr(explorer, name) == before
    np.testing.assert_array_equal(pixels(explorer), shown)
    explorer.set_state({"volume": 0.5})
    assert explorer.error == ""  # what works wipes the sentence


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"y": np.zeros(0), "sr": SR}, sl.errors.AudioError, "empty"),
        ({"y": np.zeros(10), "sr": SR}, sl.errors.AudioError, "too short"),
        ({"y": np.full(100, np.nan), "sr": SR}, sl.errors.AudioError, "NaN"),
        ({"y": np.zeros(SR * 121), "sr": SR}, sl.errors.AudioError, "at most 120 s"),
        ({"y": np.zeros(SR), "sr": 0}, sl.errors.ParameterError, "sr=0"),
        ({"y": np.zeros(SR)}, sl.errors.ParameterError, "sr is missing"),
        ({"y": np.zeros(SR), "sr": SR, "clip": "piano"}, sl.errors.ParameterError, "not both"),
        ({"clip": "kazoo"}, sl.errors.SonicLabError, "kazoo"),
        ({"n_ftt": 512}, sl.errors.UnknownNameError, "did you mean 'n_fft'"),
    ],
)
def test_bad_arguments_are_named(arguments, error, match):
    with pytest.raises(error, match=match):
        sl.widgets.SpectrogramExplorer(**arguments)


def test_the_second_pane_has_settings_of_its_own(explorer):
    assert explorer._picture_b == {}
    explorer.compare = True
    assert explorer.facts_b["n_fft"] == 256
    first = pixels(explorer).copy()
    explorer.n_fft_b = 4096
    assert explorer.facts_b["n_fft"] == 4096
    np.testing.assert_array_equal(pixels(explorer), first)
    assert "n_fft 4096" in explorer.description
    explorer.compare = False
    assert explorer._picture_b == {}


def test_range_and_volume_cost_no_new_picture(explorer):
    sent = explorer._picture_a
    explorer.db_range, explorer.volume, explorer.loop = 40.0, 0.1, True
    assert explorer._picture_a is sent


def test_a_short_sound_lowers_n_fft_and_says_so():
    explorer = sl.widgets.SpectrogramExplorer(np.ones(100) * 0.1, sr=SR)
    assert explorer.facts["n_fft"] == 64
    assert "n_fft 64" in explorer.description


@pytest.mark.parametrize("name", sl.clips.names())
def test_every_clip_can_be_chosen(explorer, name):
    explorer.clip = name
    y, sr = explorer.sound
    held, rate = sl.clips.load(name, mono=False)
    np.testing.assert_array_equal(y, held)
    assert (sr, explorer.clip) == (rate, name)
    assert name in explorer.description


def test_what_plays_is_the_sound_and_never_too_loud(tone):
    loud = sl.widgets.SpectrogramExplorer(np.stack([tone, -tone]) * 40, sr=SR)
    sent = loud._sound
    pcm = np.frombuffer(sent["pcm"], "<i2").reshape(-1, sent["channels"]) / 32767
    assert sent["channels"] == 2
    assert np.abs(pcm).max() <= 10 ** (-1 / 20)  # the limiter's ceiling, -1 dBFS
    gain = 10 ** (sent["gain_db"] / 20)
    # int16 keeps a sample to one step of 1/32767
    np.testing.assert_allclose(pcm[:, 0], 40 * tone * gain, atol=1 / 32767)


def test_the_selection_is_cut_to_the_sample(explorer, tone):
    explorer.selection = [0.5, 0.75]
    y, _ = explorer.selected()
    np.testing.assert_array_equal(y, tone[round(0.5 * SR) : round(0.75 * SR)])
    explorer.clip = "piano"
    assert explorer.selection == []  # another sound, another selection


@pytest.mark.parametrize("suffix", sl.audio.SUFFIXES)
@pytest.mark.parametrize("size", [1000, 10**7])
def test_a_file_from_the_page_is_shown(explorer, tone, suffix, size):
    data = sl.audio.encode(tone, sr=SR, suffix=suffix)
    upload(explorer, data, name=f"mine{suffix}", size=size)
    assert explorer.error == ""
    assert explorer.clip == ""
    y, sr = explorer.sound
    expected, _ = sl.audio.decode(data, mono=False)
    np.testing.assert_array_equal(y, expected)
    assert sr == SR
    assert f"mine{suffix}" in explorer.code


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "empty"),
        (b"not sound at all" * 99, "not sound that can be read"),
        (bytes(MAX_UPLOAD_BYTES + 1), "larger than 20 MB"),
    ],
)
def test_a_bad_file_leaves_a_sentence_and_the_old_sound(explorer, tone, data, match):
    upload(explorer, data, name="../../odd.wav", size=2**20)
    assert match in explorer.error
    assert "/" not in explorer.error.split(":")[0].split(" ")[0]  # only the file's own name
    np.testing.assert_array_equal(explorer.sound[0], tone)


def test_a_lost_piece_is_noticed(explorer):
    message = {"type": "upload", "name": "a.wav", "index": 1, "count": 3}
    explorer._receive(explorer, message, [memoryview(b"x")])
    assert "broken off" in explorer.error


@pytest.mark.parametrize("message", [{}, {"type": "shell"}, {"type": 3}, "text", None])
def test_an_unknown_message_is_an_error_on_the_screen(explorer, message):
    explorer._receive(explorer, message, [])
    assert "not known" in explorer.error


@pytest.mark.parametrize("axis", ["mel", "linear"])
def test_the_shown_code_makes_the_same_picture(axis):
    explorer = sl.widgets.SpectrogramExplorer(
        clip="trumpet", axis=axis, n_fft=1024, hop_length=400, window="hamming", db_range=60
    )
    space = run(explorer.code)
    y, sr = sl.clips.load("trumpet")
    image = sl.features.picture(
        y, sr=sr, n_fft=1024, hop_length=400, window="hamming", axis=axis, max_rows=8192
    )
    # The code clips at its range, the picture at its floor; rounding in float32 is below 1e-3 dB.
    np.testing.assert_allclose(space["S_db"], np.maximum(image.db, -60), atol=1e-3)


@pytest.mark.filterwarnings("ignore:.*(aifc|audioop|sunau).*:DeprecationWarning")  # audioread's
def test_the_shown_code_runs_for_files_and_arrays(tmp_path, monkeypatch, explorer, tone):
    space = run(explorer.code, y=tone, sr=SR)
    assert space["S_db"].shape == explorer.facts["shape"]
    monkeypatch.chdir(tmp_path)
    name = 'odd "name".wav'
    sl.audio.save(name, tone, sr=SR)
    upload(explorer, (tmp_path / name).read_bytes(), name=name, size=2**20)
    explorer.compare, explorer.n_fft_b = True, 1024
    assert run(explorer.code)["S_db"].shape == explorer.facts_b["shape"]


def run(code: str, **names: object) -> dict[str, object]:
    import matplotlib.pyplot as plt

    space: dict[str, object] = dict(names)
    exec(code, space)
    plt.close("all")
    return space


@pytest.mark.parametrize("cmap", COLOUR_MAPS)
def test_the_colour_table_is_matplotlibs(explorer, cmap):
    import matplotlib

    explorer.cmap = cmap
    table = np.frombuffer(explorer._colours, np.uint8).reshape(256, 3)
    expected = np.array(matplotlib.colormaps[cmap](range(256)))[:, :3]
    assert np.abs(table / 255 - expected).max() <= 0.5 / 255 + 1e-9  # rounded to bytes


def test_a_page_without_a_kernel_gets_a_picture_with_words(explorer, tmp_path):
    """What nbconvert writes for a notebook whose widget state was stripped."""
    import nbformat

    data, metadata = explorer._repr_mimebundle_()
    output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("explorer", outputs=[output])]
    )
    nbformat.write(notebook, tmp_path / "page.ipynb")
    for template in (
        [],
        ["--template=sonic_lab", f"--TemplateExporter.extra_template_basedirs={TEMPLATES}"],
    ):
        command = [sys.executable, "-m", "nbconvert", "--to", "html", *template, "page.ipynb"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        page = (tmp_path / "page.html").read_text(encoding="utf-8")
        assert "data:image/png;base64," in page
    # nbconvert's own templates for HTML leave the alt text out; the course's puts it in.
    assert 'alt="Spectrogram of your sound, 2.00 s' in page


def test_settings_are_documented_and_state_is_json(explorer):
    for name, meaning in explorer.settings().items():
        assert len(meaning) > 10, name
    state = {k: v for k, v in explorer.get_state().items() if not k.startswith("_")}
    json.dumps(state)
