"""The runners are themselves tested: on notebooks with known faults, which they must find."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.notebooks import offline
from tests.notebooks.runs import nbval, proof
from tools.notebook_format import KERNEL

pytestmark = pytest.mark.notebooks

CALM = """
from ipywidgets import Button, Dropdown, IntRangeSlider, IntSlider, Output, interact
interact(lambda n: print(n), n=IntSlider(3, 1, 5))
Dropdown(options=["a", "b"]), IntRangeSlider(value=[1, 2]), Button(), Output()
"""
# name: (a cell that succeeds, what the proof must say of it)
HIDDEN = {
    "a warning": ("import warnings\nwarnings.warn('is old')", "warns: .*UserWarning: is old"),
    "interact": (
        "def at_once(n):\n    raise ValueError('at once')\ninteract(at_once, n=(1, 5))",
        "swallowed by a widget: ValueError: at once",
    ),
    "an end of a slider": (
        "def at_end(n):\n    if n == 5: raise ValueError('at 5')\ninteract(at_end, n=(1, 5))",
        "swallowed by a widget: IntSlider 'n': ValueError: at 5",
    ),
    "an option of a menu": (
        "def chosen(n):\n    if n == 0: raise ValueError('at 0')\ninteract(chosen, n=[2, 1, 0])",
        "swallowed by a widget: Dropdown 'n': ValueError: at 0",
    ),
    "an observer": (
        "def seen(_):\n    raise ValueError('seen')\n"
        "IntSlider(description='s').observe(seen, 'value')",
        "swallowed by a widget: IntSlider 's': ValueError: seen",
    ),
    "a button": (
        "def pressed(_):\n    raise ValueError('pressed')\n"
        "Button(description='b').on_click(pressed)",
        "swallowed by a widget: Button 'b': ValueError: pressed",
    ),
    "an Output": (
        "kept = Output()\nwith kept:\n    raise ValueError('kept')",
        "an Output holds ValueError: kept",
    ),
    "an Output wiped clean": (
        "wiped = Output()\nwith wiped:\n    raise ValueError('wiped')\nwiped.outputs = ()",
        "swallowed by a widget: ValueError: wiped",
    ),
    "an anywidget": (
        "class W(anywidget.AnyWidget):\n"
        "    _esm = 'export default { render() {} }'\n"
        "    error = traitlets.Unicode('').tag(sync=True)\n"
        "W(error='no sound in here')",
        "shows error='no sound in here'",
    ),
}
IMPORTS = "import anywidget, traitlets\nfrom ipywidgets import Button, IntSlider, Output, interact"


def notebook(folder: Path, *cells: str, tags: tuple[str, ...] = ()) -> Path:
    metadata = {"tags": list(tags)}
    made = new_notebook(
        cells=[new_code_cell(source, metadata=metadata) for source in cells],
        metadata={"kernelspec": KERNEL},
    )
    path = folder / "small.ipynb"
    nbformat.write(made, path)
    return path


def test_calm_notebook_passes_both_runs(tmp_path: Path) -> None:
    calm = notebook(tmp_path, CALM)
    assert nbval(calm, tmp_path / "a").problems == []
    assert proof(calm, tmp_path / "b").problems == []


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the proof says of one notebook with every hidden fault (one kernel start, not nine)."""
    folder = tmp_path_factory.mktemp("hidden")
    cells = [code for code, _ in HIDDEN.values()]
    return proof(notebook(folder, IMPORTS, *cells), folder / "run").problems


@pytest.mark.parametrize("fault", HIDDEN)
def test_proof_finds_the_error_that_a_cell_hides(found: list[str], fault: str) -> None:
    sentence = HIDDEN[fault][1]
    assert any(re.search(sentence, problem) for problem in found), "\n".join(found)


def test_proof_finds_a_plain_error_and_names_the_cell(tmp_path: Path) -> None:
    bad = notebook(tmp_path, "x = 0", "1 / x")
    assert proof(bad, tmp_path / "run").problems == ["cell 1: ZeroDivisionError: division by zero"]


def test_figures_are_drawn_where_a_learner_sees_them(tmp_path: Path) -> None:
    code = "import matplotlib.pyplot as plt\nassert 'inline' in plt.get_backend()"
    assert proof(notebook(tmp_path, code), tmp_path / "run").problems == []


def test_proof_allows_the_error_that_a_cell_announces(tmp_path: Path) -> None:
    planned = notebook(tmp_path, "1 / 0", tags=("raises-exception",))
    assert proof(planned, tmp_path / "run").problems == []


def test_nbval_finds_what_goes_wrong_at_once(tmp_path: Path) -> None:
    # The second is the fault that nbclient lets pass, and the reason for running nbval too.
    bad = notebook(tmp_path, "1 / 0", IMPORTS, HIDDEN["interact"][0])
    [log] = nbval(bad, tmp_path / "run").problems
    assert "ZeroDivisionError" in log
    assert "ValueError: at once" in log


def test_nbval_compares_a_number_that_asks_for_it(tmp_path: Path) -> None:
    path = notebook(tmp_path, "# NBVAL_CHECK_OUTPUT\nprint(2 + 2)")
    saved = nbformat.read(path, 4)
    saved.cells[0].update(
        execution_count=1, outputs=[new_output("stream", name="stdout", text="5\n")]
    )
    nbformat.write(saved, path)
    [log] = nbval(path, tmp_path / "run").problems
    assert "mismatch 'stdout'" in log


# An address kept for documents (RFC 5737), where nobody answers: a name and a number to call.
CALL = "import socket; socket.socket().connect(('203.0.113.1', 80))"
SEND = "import socket as s; s.socket(type=s.SOCK_DGRAM).sendto(b'x', ('203.0.113.1', 53))"
LOOK_UP = "import urllib.request as r; r.urlopen('http://example.com', timeout=20)"
TALK_HOME = (
    "import socket; s = socket.create_server(('127.0.0.1', 0));"
    "socket.create_connection(('localhost', s.getsockname()[1]), timeout=20)"
)


@pytest.mark.parametrize("how", sorted({offline.method(), offline.GUARDED}))
def test_network_is_off_but_for_loopback(tmp_path: Path, how: str) -> None:
    def ask(code: str) -> str:
        command = [sys.executable, "-W", "ignore", "-c", code]
        return offline.run_offline(command, cwd=tmp_path, env={}, how=how).stderr

    assert re.search(r"Network is unreachable|network is off", ask(CALL))
    assert re.search(r"Network is unreachable|network is off", ask(SEND))
    unknown = "network is off in this test: 'example.com'" if how == offline.GUARDED else "URLError"
    assert unknown in ask(LOOK_UP)
    assert ask(TALK_HOME) == ""


def test_cell_that_needs_the_network_is_caught_by_both_runs(tmp_path: Path) -> None:
    online = notebook(tmp_path, CALL)
    [problem] = proof(online, tmp_path / "a").problems
    [log] = nbval(online, tmp_path / "b").problems
    for said in (problem, log):
        assert re.search(r"Network is unreachable|network is off", said)


def test_runs_leave_the_notebook_its_folder_and_the_learner_alone(tmp_path: Path) -> None:
    path = notebook(
        tmp_path, "import os\nopen(os.environ['SONIC_LAB_HOME'] + '/made', 'w').close()"
    )
    before = path.read_bytes()
    assert proof(path, tmp_path / "run").problems == []
    assert (tmp_path / "run" / "home" / "made").exists()
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run", "small.ipynb"]
