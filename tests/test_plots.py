"""Stills: right data, alt text in words, small files."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import sonic_lab as sl

SR = 22050
TONE = (0.5 * np.sin(2 * np.pi * 1000 * np.arange(SR) / SR)).astype(np.float32)


def decoded(still: sl.plots.Still) -> Image.Image:
    return Image.open(io.BytesIO(still.png()))


def test_a_still_shows_itself_with_its_words():
    still = sl.plots.waveform(TONE, sr=SR)
    data, metadata = still._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == data["text/plain"] == repr(still)
    assert "1.00 s, peak -6.0 dBFS" in still.alt
    assert decoded(still).format == "PNG"


def test_a_notebook_gets_the_picture_and_its_words_as_a_caption(monkeypatch):
    import IPython.display

    shown = []
    monkeypatch.setattr(IPython.display, "display", lambda data, **rest: shown.append((data, rest)))
    sl.plots.curves(
        {"a": ([0, 1], [0, 1])}, xlabel="x", ylabel="y", alt="a < b"
    )._ipython_display_()
    (image, rest), (caption, _) = shown
    assert rest["metadata"]["image/png"]["alt"] == "a < b"
    assert image["image/png"]
    assert "a &lt; b" in caption["text/html"]


@pytest.mark.parametrize("axis", ["mel", "linear", "log"])
def test_a_spectrogram_says_where_the_energy_is(axis):
    still = sl.plots.spectrogram(TONE, sr=SR, axis=axis)
    strongest = float(still.alt.split("strongest near ")[1].split(" Hz")[0])
    assert abs(strongest - 1000) < 30  # a mel band's width at 1 kHz
    assert len(still.png()) < 60_000  # six of them and prose fit a notebook of 300 kB


def test_equal_figures_are_equal_files():
    first, second = (sl.plots.spectrogram(TONE, sr=SR).png() for _ in range(2))
    assert first == second


def test_no_figure_is_left_open():
    import matplotlib.pyplot as plt

    sl.plots.curves({"a": ([0, 1], [1, 0])}, xlabel="x", ylabel="y", alt="A line.")
    assert plt.get_fignums() == []


def test_heatmap_and_curves_keep_their_alt(tmp_path):
    still = sl.plots.heatmap(np.eye(3), rows="abc", columns="abc", numbers=True, alt="Identity.")
    assert still.alt == "Identity."
    path = still.save(tmp_path / "eye.png")
    assert path.read_bytes() == still.png()
    curve = sl.plots.curves(
        {"a": ([1, 10], [1, 0]), "b": ([1, 10], [0, 1])},
        xlabel="x", ylabel="y", alt="Two.", xscale="log", xlim=(1, 10), ylim=(0, 1),
    )  # fmt: skip
    assert curve.figure.axes[0].get_xscale() == "log"


def test_a_diagram_is_drawn_at_its_own_size_with_its_words():
    lineage = sl.tracking.Lineage([sl.provenance.bundled()])
    drawing = sl.tracking.draw(lineage, "trumpet.flac")
    still = sl.plots.diagram(drawing)
    assert still.alt == drawing.description
    width, height = still.figure.get_size_inches() * 96
    assert width >= drawing.width
    assert height >= drawing.height
    [ax] = still.figure.axes
    texts = {text.get_text() for text in ax.texts}
    assert {"trumpet.flac", "10 clips", "CC0-1.0"} <= texts
    assert len(ax.patches) == len(drawing.boxes) + len(drawing.lines)
    assert sl.plots.diagram(sl.tracking.draw(sl.tracking.Lineage())).png()  # nothing is drawn, too


def test_the_colour_table_ends_where_the_map_ends():
    table = np.frombuffer(sl.plots.colour_table("gray"), np.uint8).reshape(256, 3)
    assert table[0].tolist() == [0, 0, 0]
    assert table[255].tolist() == [255, 255, 255]


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: sl.plots.spectrogram(TONE, sr=SR, cmap="mauve"), "mauve"),
        (lambda: sl.plots.spectrogram(TONE, sr=SR, db_range=0), "db_range=0"),
        (lambda: sl.plots.spectrogram(TONE, sr=SR, axis="bark"), "axis='bark'"),
        (lambda: sl.plots.spectrogram(np.zeros(0), sr=SR), "empty"),
        (lambda: sl.plots.spectrograms({}), "no picture"),
        (lambda: sl.plots.waveform(TONE, sr=0), "sr=0"),
        (lambda: sl.plots.heatmap(np.zeros(3), alt="x"), "must be a matrix"),
    ],
)
def test_bad_input_is_named(call, match):
    with pytest.raises(sl.errors.SonicLabError, match=match):
        call()
