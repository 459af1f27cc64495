"""Where no kernel runs, an instrument leaves its picture and says in words what is on it."""

from __future__ import annotations

import html
import re
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from tools.notebook_checks import problems
from tools.notebook_format import KERNEL
from tools.notebooks import clean, execute

pytestmark = pytest.mark.notebooks

INSTRUMENTS = {
    "explorer": "SpectrogramExplorer(clip='trumpet', n_fft=1024)",
    "player": "ABPlayer({'loud': 0.4 * np.ones(8000), 'soft': 0.1 * np.ones(8000)}, sr=8000)",
}


@pytest.fixture(scope="module", params=INSTRUMENTS)
def executed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook that shows one instrument, as JupyterLab would have saved it."""
    folder = tmp_path_factory.mktemp(request.param)
    code = "import numpy as np\nfrom sonic_lab.widgets import ABPlayer, SpectrogramExplorer\n"
    cells = [new_code_cell(code + INSTRUMENTS[request.param])]
    made = new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
    execute(made, folder=folder, home=str(folder / "home"))
    path = folder / "00_still.ipynb"
    nbformat.write(made, path)
    return path


def pictures(notebook: NotebookNode) -> list[str]:
    """Return the alt texts of the images in the page that nbconvert makes of a notebook."""
    page, _ = HTMLExporter().from_notebook_node(notebook)
    tags = re.findall(r"<img[^>]*src=.data:image/png[^>]*>", page)
    return [html.unescape(m[1]) for tag in tags if (m := re.search(r'alt="([^"]*)"', tag))]


def test_saved_notebook_shows_the_picture(executed: Path) -> None:
    [alt] = pictures(nbformat.read(executed, 4))
    assert len(alt.split()) > 5  # a sentence, and not "figure"


def test_cleaned_notebook_shows_the_same_and_is_fit_to_be_read(executed: Path) -> None:
    notebook = nbformat.read(executed, 4)
    before = pictures(notebook)
    nbformat.write(clean(notebook), executed)
    assert pictures(nbformat.read(executed, 4)) == before
    assert [text for text in problems(executed) if "exercises" not in text] == []
