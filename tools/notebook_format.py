"""Read and write notebooks so that an unchanged one stays the same, byte for byte."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def course_notebooks(root: Path = ROOT) -> list[Path]:
    """List the notebooks of the course in the order in which they are read."""
    return sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def read(path: Path) -> NotebookNode:
    """Read a notebook of format 4 as 4.5, the first in which cells have ids."""
    notebook = nbformat.from_dict(json.loads(path.read_text(encoding="utf-8")))
    if notebook.get("nbformat") != 4:
        raise SystemExit(f"{path} is no notebook of format 4: open it in JupyterLab and save it")
    notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
    return _with_ids(notebook)


def write(path: Path, notebook: NotebookNode) -> bool:
    """Write a notebook (indent 1, sorted keys, newline at the end); say whether that changed it."""
    notebook.metadata.setdefault("kernelspec", KERNEL)  # without one, JupyterLab asks at every open
    nbformat.validate(notebook)
    text = nbformat.writes(notebook).rstrip("\n") + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.write_text(text, encoding="utf-8", newline="\n")
    return True


def _with_ids(notebook: NotebookNode) -> NotebookNode:
    """Give every cell an id of its own, made from what the cell says where it has none.

    nbformat draws a random one in `reads`, and the file would change with every run.
    """
    taken: set[str] = set()
    for cell in notebook.cells:
        if not cell.get("id") or cell["id"] in taken:
            source = "".join(cell.source)  # a list of lines in the file, a string after nbformat
            digest = hashlib.sha256(f"{cell.cell_type}\n{source}".encode()).hexdigest()
            # Two cells may say the same thing: the second takes digits from further on.
            cell["id"] = next(i for k in range(57) if (i := digest[k : k + 8]) not in taken)
        taken.add(cell["id"])
    return notebook
