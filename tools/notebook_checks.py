"""What a notebook of the course must and must not hold, found without running it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4.rwbase import rejoin_lines

from tools import notebook_format

MAX_BYTES = 300_000
MIN_EXERCISES = 3
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

ADDRESS = re.compile(r" at 0x[0-9a-fA-F]{6,}")
# Homes and scratch folders of Linux, macOS and Windows: true on one machine only.
ABSOLUTE_PATH = re.compile(
    r"(?<![\w.:/])/(?:home|root|Users|tmp|work|var/folders|private)/[\w.]"
    r"|\b[A-Z]:\\\\?(?:Users|Temp)\b"
)
IMAGE_WITHOUT_ALT = re.compile(r"!\[\s*\]\(|<img(?![^>]*\balt=[\"'][^\"']*\w)[^>]*>", re.IGNORECASE)


def read(path: Path) -> NotebookNode:
    """Read a notebook with each text as one string, as nbclient wants it."""
    return rejoin_lines(notebook_format.read(path))


def problems(path: Path) -> list[str]:
    """Say what is wrong with the notebook at `path`; an empty list when nothing is."""
    notebook = read(path)
    found = [*_file_problems(path), *_notebook_problems(notebook)]
    for number, cell in enumerate(notebook.cells):
        found += [f"cell {number}: {text}" for text in _cell_problems(cell)]
    return found


def is_sound(data: NotebookNode) -> bool:
    """Tell whether an output bundle carries a player, and so the sound itself."""
    html = data.get("text/html", "")
    return "<audio" in html or "data:audio/" in html


def exercises(notebook: NotebookNode) -> set[str]:
    """Return the exercises that a notebook checks, such as ``{"02.1", "02.2"}``."""
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    return set(re.findall(r"\bcourse\.check\(\s*[\"'](\d\d\.\d+)[\"']", code))


def _file_problems(path: Path) -> Iterator[str]:
    size = path.stat().st_size
    if size > MAX_BYTES:
        yield f"{size} bytes, of which {MAX_BYTES} are allowed: smaller or fewer figures"
    number = path.name[:2]
    own = {name for name in exercises(read(path)) if name.startswith(f"{number}.")}
    if len(own) < MIN_EXERCISES:
        yield f"{len(own)} exercises checked by sl.course.check: at least {MIN_EXERCISES} are due"


def _notebook_problems(notebook: NotebookNode) -> Iterator[str]:
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        yield "no kernelspec python3: JupyterLab would ask the learner which kernel to take"
    if "widgets" in notebook.metadata:
        yield "saved widget state: run python -m tools.notebooks strip"
    counts = [
        cell.execution_count
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.source.strip()
    ]
    if counts != list(range(1, len(counts) + 1)):
        yield "outputs that are not of one fresh run: run python -m tools.notebooks run"


def _cell_problems(cell: NotebookNode) -> Iterator[str]:
    yield from _text_problems(cell.source)
    if cell.cell_type == "markdown" and IMAGE_WITHOUT_ALT.search(cell.source):
        yield "an image without alt text"
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            if output.name == "stderr":
                yield f"a warning that a learner would see: {output.text[:200]!r}"
            yield from _text_problems(output.text)
        elif output.output_type == "error":
            if "raises-exception" not in cell.metadata.get("tags", []):
                yield f"a saved error: {output.ename}: {output.evalue}"
        else:
            yield from _bundle_problems(output)


def _bundle_problems(output: NotebookNode) -> Iterator[str]:
    for mime, content in output.data.items():
        if mime.startswith("image/") and not output.metadata.get(mime, {}).get("alt", "").strip():
            yield f"a figure without alt text: its metadata has no {mime} with an alt"
        if mime.startswith("text/"):
            yield from _text_problems(content)
    if IMAGE_WITHOUT_ALT.search(output.data.get("text/html", "")):
        yield "an <img> without alt text"
    if WIDGET_VIEW in output.data:
        yield "a saved widget view, which is dead without its kernel"
    if is_sound(output.data):
        yield "saved sound: it is heard when the cell runs, and weighs too much"


def _text_problems(text: str) -> Iterator[str]:
    if hit := ABSOLUTE_PATH.search(text):
        around = text[max(0, hit.start() - 10) : hit.end() + 40]
        yield f"a path that exists on one machine only: {around!r}"
    if hit := ADDRESS.search(text):
        yield f"a memory address, different in every run: {hit.group()!r}"
