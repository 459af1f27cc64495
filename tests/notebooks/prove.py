"""Execute a notebook and find every error in it, also those that widgets hide.

Run as ``python -m tests.notebooks.prove NOTEBOOK REPORT``, in a process of its own, since the
whole process loses its network.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from tools.notebook_checks import read
from tools.notebook_format import ROOT
from tools.notebooks import execute

LISTEN = f"import sys; sys.path.append({str(ROOT)!r})\nfrom tests.notebooks import swallowed\n"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"


def prove(path: Path, home: str) -> dict[str, Any]:
    """Execute the notebook at `path` in its folder; return its problems and its duration."""
    notebook = read(path)
    notebook.cells.insert(0, new_code_cell(LISTEN + "swallowed.listen()"))
    notebook.cells.append(new_code_cell("swallowed.drive()"))
    start = time.perf_counter()
    with contextlib.suppress(CellExecutionError):  # the cell holds it, and is read below
        execute(notebook, folder=path.parent, home=home, store_widget_state=True)
    swallowed = _printed(notebook.cells.pop())
    found = [f"swallowed by a widget: {line}" for line in swallowed.splitlines()]
    found += [*_cell_problems(notebook), *_state_problems(notebook)]
    return {"problems": found, "seconds": round(time.perf_counter() - start, 1)}


def _printed(cell: NotebookNode) -> str:
    return "".join(out.text for out in cell.outputs if out.output_type == "stream")


def _cell_problems(notebook: NotebookNode) -> Iterator[str]:
    # Number as a reader counts them: the cell that listens stands before the first.
    for number, cell in enumerate(notebook.cells, start=-1):
        expected = "raises-exception" in cell.metadata.get("tags", [])
        for output in cell.get("outputs", []):
            if output.output_type == "error" and not expected:
                yield f"cell {number}: {output.ename}: {output.evalue}"
            if output.output_type == "stream" and output.name == "stderr":
                yield f"cell {number} warns: {output.text}"


def _state_problems(notebook: NotebookNode) -> Iterator[str]:
    """Find errors in the state that a browser would have saved with the notebook."""
    saved = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {"state": {}})
    for model in saved["state"].values():
        state, name = model["state"], model["model_name"]
        for output in state.get("outputs", []) if name == "OutputModel" else []:
            if output["output_type"] == "error":
                yield f"an Output holds {output['ename']}: {output['evalue']}"
        if model["model_module"] == "anywidget":  # our own widgets show their errors themselves
            for trait, value in state.items():
                if (trait == "error" or trait.endswith("_error")) and value:
                    yield f"the widget {state.get('_anywidget_id', name)} shows {trait}={value!r}"


if __name__ == "__main__":
    notebook_path, report_path, home_path = sys.argv[1:]
    report = prove(Path(notebook_path), home_path)
    Path(report_path).write_text(json.dumps(report), encoding="utf-8")
