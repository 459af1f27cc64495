"""Read and write notebooks so that an unchanged one stays the same, byte for byte."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def course_notebooks(root: Path = ROOT) -> list[Path]:
    """List the notebooks of the course in the order in which they are read."""
    return sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def read(path: Path) -> NotebookNode:
    """Read a notebook of format 4 as 4.5, the first in which cells have ids."""
    data = json.loads(path.read_text(encoding="utf-8"))
    if data.get("nbformat") != 4:
        raise SystemExit(f"{path} is no notebook of format 4: open it in JupyterLab and save it")
    data["nbformat_minor"] = max(data["nbformat_minor"], 5)
    _give_ids(data["cells"])
    return nbformat.reads(json.dumps(data), as_version=4)


def write(path: Path, notebook: NotebookNode) -> bool:
    """Write a notebook (indent 1, sorted keys, newline at the end); say whether that changed it."""
    notebook.metadata.setdefault("kernelspec", KERNEL)  # without one, JupyterLab asks at every open
    nbformat.validate(notebook)
    text = nbformat.writes(notebook).rstrip("\n") + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.write_text(text, encoding="utf-8", newline="\n")
    return True


def _give_ids(cells: list[dict[str, Any]]) -> None:
    """Give every cell an id of its own, made from what the cell says where it has none.

    nbformat would draw a random one, and the file would change with every run.
    """
    taken: set[str] = set()
    for cell in cells:
        if not cell.get("id") or cell["id"] in taken:
            text = f"{cell['cell_type']}\n{''.join(cell['source'])}"  # it may be a list of lines
            digest = hashlib.sha256(text.encode()).hexdigest()
            # Two cells may say the same thing: the second takes digits from further on.
            cell["id"] = next(i for k in range(57) if (i := digest[k : k + 8]) not in taken)
        taken.add(cell["id"])
