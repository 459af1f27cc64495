"""Write the Binder and Colab badges, and the Colab cell, into every notebook and the README.

All of it follows from one line of pyproject.toml, ``[tool.sonic-lab] repository``, so a teacher
who forks the course changes that line and runs ``make badges``. A second run changes nothing.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from nbformat import NotebookNode, from_dict

from tools import notebook_format

COLAB_CELL = Path(__file__).with_name("colab_cell.py")
HEAD_TAGS = {"badges", "colab"}
START, END = "<!-- badges -->", "<!-- /badges -->"
_SETTING = re.compile(r"(?P<owner>[\w.-]+)/(?P<repo>[\w.-]+)@(?P<ref>[\w./-]+)")


class Repository(NamedTuple):
    """Where the course is published: a GitHub repository and a branch, tag or commit of it."""

    owner: str
    repo: str
    ref: str

    @classmethod
    def of(cls, root: Path) -> Repository:
        """Read the setting ``repository = "owner/repo@ref"`` from pyproject.toml in `root`."""
        settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        written = settings["tool"]["sonic-lab"]["repository"]
        match = _SETTING.fullmatch(written)
        if match is None:
            raise SystemExit(
                f"[tool.sonic-lab] repository is {written!r} in pyproject.toml: "
                "it must read owner/repo@ref, such as jane/sonic-lab@main"
            )
        return cls(**match.groupdict())

    def __str__(self) -> str:
        return f"{self.owner}/{self.repo}@{self.ref}"


def badge_row(where: Repository, notebook: str, *, images: str) -> str:
    """Return Markdown for the two badges that open `notebook`, a path in the repository.

    The pictures lie beside the notebooks: with no network they show all the same, and opening a
    notebook asks nothing of the outside.
    """
    page = quote(notebook)
    binder = (
        f"https://mybinder.org/v2/gh/{where.owner}/{where.repo}/{quote(where.ref, safe='')}"
        f"?urlpath={quote(f'lab/tree/{notebook}', safe='')}"
    )
    colab = (
        f"https://colab.research.google.com/github/{where.owner}/{where.repo}"
        f"/blob/{quote(where.ref)}/{page}"
    )
    return (
        f"[![Open in Binder]({images}/binder.svg)]({binder})\n"
        f"[![Open in Colab]({images}/colab.svg)]({colab})"
    )


def colab_source(where: Repository) -> str:
    """Return the Colab cell, the same in every notebook."""
    return COLAB_CELL.read_text(encoding="utf-8").strip().replace("OWNER/REPO@REF", str(where))


def head_cells(where: Repository, notebook: str) -> list[NotebookNode]:
    """Return the two cells with which `notebook` begins: its badges, then the Colab cell."""
    badges = {
        "cell_type": "markdown",
        "id": "badges",
        "metadata": {"tags": ["badges"]},
        "source": badge_row(where, notebook, images="images"),
    }
    colab = {
        "cell_type": "code",
        "id": "colab",
        # Folded away: `source_hidden` is JupyterLab's way to say so, `cellView` is Colab's.
        "metadata": {"cellView": "form", "jupyter": {"source_hidden": True}, "tags": ["colab"]},
        "execution_count": None,
        "outputs": [],
        "source": colab_source(where),
    }
    return [from_dict(badges), from_dict(colab)]


def write_notebook(path: Path, where: Repository) -> bool:
    """Put the head cells in front of a notebook, in place of old ones; say if that changed it."""
    notebook = notebook_format.read(path)
    own = [c for c in notebook.cells if not HEAD_TAGS & set(c.metadata.get("tags", []))]
    badges, colab = head_cells(where, f"notebooks/{path.name}")
    ran = [c.execution_count for c in notebook.cells if "colab" in c.metadata.get("tags", [])]
    colab.execution_count = ran[0] if ran else None  # the rest of the notebook may have been run
    notebook.cells = [badges, colab, *own]
    return notebook_format.write(path, notebook)


def write_readme(path: Path, where: Repository) -> bool:
    """Write the badges of the first notebook between the README's two markers."""
    text = path.read_text(encoding="utf-8")
    if text.count(START) != 1 or text.count(END) != 1:
        raise SystemExit(f"{path} needs one {START} and one {END}: the badges go between them")
    row = badge_row(where, "notebooks/00_start_here.ipynb", images="notebooks/images")
    head, rest = text.split(START)
    tail = rest.split(END)[1]
    new = f"{head}{START}\n{row}\n{END}{tail}"
    if new != text:
        path.write_text(new, encoding="utf-8", newline="\n")
    return new != text


def main(root: Path = notebook_format.ROOT) -> None:
    """Write all badges, and name each file that changed."""
    where = Repository.of(root)
    changed = [p for p in notebook_format.course_notebooks(root) if write_notebook(p, where)]
    if write_readme(root / "README.md", where):
        changed.append(root / "README.md")
    for path in changed:
        print(f"  {path.relative_to(root)}")
    print(f"badges for {where}: {len(changed)} files changed")


if __name__ == "__main__":
    main()
