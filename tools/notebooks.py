"""Run, clean and check the notebooks of the course: ``python -m tools.notebooks run 01 02``.

``run``    execute from a fresh kernel, in place; keep text and figures, strip the rest
``strip``  clean without running
``check``  say what would embarrass a notebook in front of a learner
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_output

if not __package__:  # run as a file: python tools/notebooks.py
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.notebook_checks import WIDGET_VIEW, is_sound, problems, read
from tools.notebook_format import KERNEL, course_notebooks, write

CELL_NOISE = {"execution", "ExecuteTime", "collapsed", "scrolled", "outputId", "trusted", "vscode"}
NOTEBOOK_NOISE = {"widgets", "signature", "vscode", "toc", "varInspector"}

SOUND_TEXT = "[sound: run this cell to hear it]"
CONTROL_TEXT = "[controls: run this cell to use them]"
MACHINE_TEXT = "[about your own machine: run this cell to see it]"
ABOUT_MACHINE = "about-machine"  # the tag of a cell whose output is true only where it ran
CELL_TIMEOUT_S = 300


def execute(notebook: NotebookNode, *, folder: Path, home: str, **options: object) -> NotebookNode:
    """Execute a notebook in a fresh kernel, with the learner's record kept in `home`.

    Parameters
    ----------
    notebook : changed in place, and returned
    folder : the kernel's working folder
    home : becomes ``SONIC_LAB_HOME``, so that no run touches a real learner's progress
    **options : passed to `nbclient.NotebookClient`

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        A cell raised; the notebook holds what came before.
    """
    settings: dict = {
        "kernel_name": KERNEL["name"],
        "timeout": CELL_TIMEOUT_S,
        "record_timing": False,
        "coalesce_streams": True,  # else the number of outputs depends on how fast they came
        "store_widget_state": False,
        "extra_arguments": ["--log-level=ERROR"],  # kernels warn of TCP, which is local here
        "resources": {"metadata": {"path": str(folder)}},
        **options,
    }
    return NotebookClient(notebook, **settings).execute(env={**os.environ, "SONIC_LAB_HOME": home})


def clean(notebook: NotebookNode) -> NotebookNode:
    """Keep what a reader on GitHub sees (text and figures); strip sound, widgets and noise."""
    for key in NOTEBOOK_NOISE & notebook.metadata.keys():
        del notebook.metadata[key]
    notebook.metadata["kernelspec"] = nbformat.from_dict(KERNEL)
    notebook.metadata["language_info"] = nbformat.from_dict({"name": "python"})
    for cell in notebook.cells:
        for key in CELL_NOISE & cell.metadata.keys():
            del cell.metadata[key]
        if cell.cell_type == "code":
            cell.outputs = [out for out in map(_clean_output, cell.outputs) if out is not None]
            if ABOUT_MACHINE in cell.metadata.get("tags", []) and cell.outputs:
                cell.outputs = [new_output("display_data", {"text/plain": MACHINE_TEXT})]
    return notebook


def _clean_output(output: NotebookNode) -> NotebookNode | None:
    """Strip one output, or return None where nothing of it is left."""
    if output.output_type == "stream":
        # A progress bar overwrites its line: keep the last state, as a terminal would.
        output["text"] = re.sub(r"[^\n]*\r(?!\n)", "", output["text"])
        return output if output["text"].strip() else None
    if output.output_type == "error":
        return output
    data = output.data
    data.pop("application/javascript", None)
    if data.pop(WIDGET_VIEW, None) is not None and _is_repr(data.get("text/plain", "")):
        # A view without its model shows as an error in JupyterLab: what stands beside it stays.
        data["text/plain"] = CONTROL_TEXT
    if is_sound(data):
        output["data"] = nbformat.from_dict({"text/plain": SOUND_TEXT})
    output["metadata"] = nbformat.from_dict(
        {mime: kept for mime, kept in output.metadata.items() if mime in output.data}
    )
    return output if output.data else None


def _is_repr(text: str) -> bool:
    """Tell ``IntSlider(value=3, ...)`` from a sentence that a widget says about itself."""
    return not text or re.match(r"\w+\(", text) is not None


def run(path: Path) -> list[str]:
    """Execute a notebook and keep the cleaned result; return what is wrong with it."""
    notebook = read(path)
    with tempfile.TemporaryDirectory(prefix="sonic-lab-home-") as home:
        try:
            execute(notebook, folder=path.parent, home=home)
        except CellExecutionError as error:
            return [f"a cell failed, and the file was left as it was\n{error}"]
    write(path, clean(notebook))
    return problems(path)


def strip(path: Path) -> list[str]:
    """Clean a notebook without running it."""
    write(path, clean(read(path)))
    return []


COMMANDS = {"run": run, "strip": strip, "check": problems}


def _chosen(names: Iterable[str]) -> list[Path]:
    """Find notebooks by path or by how their name begins; all of them when none is named."""
    known = course_notebooks()
    found = []
    for name in names:
        some = [path for path in known if path.name.startswith(name)]
        some = some or [path for path in [Path(name)] if path.is_file()]
        if not some:
            raise SystemExit(f"no notebook {name!r}: known are {[p.name for p in known]}")
        found += some
    return found or known


def main(arguments: list[str] | None = None) -> int:
    """Run one command over the notebooks; 1 when anything is wrong with one of them."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if not {*COMMANDS, "-h", "--help"} & set(arguments[:1]):
        arguments = ["run", *arguments]  # so that ``make notebooks`` and ``ARGS=01`` say enough
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m tools.notebooks", description=__doc__, formatter_class=plain
    )
    parser.add_argument("command", choices=COMMANDS, help="run when left out")
    parser.add_argument("names", nargs="*", help="paths, or beginnings such as 01; default all")
    given = parser.parse_args(arguments)
    wrong = 0
    for path in _chosen(given.names):
        start = time.perf_counter()
        found = COMMANDS[given.command](path)
        size_kb = path.stat().st_size / 1000
        print(f"{path.name}: {time.perf_counter() - start:.1f} s, {size_kb:.0f} kB")
        for problem in found:
            print(f"  - {problem}")
        wrong += len(found)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
