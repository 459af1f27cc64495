"""The authors' tool: what it keeps of a run, what it strips, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import notebooks
from tools.notebook_checks import MAX_BYTES, WIDGET_VIEW, problems
from tools.notebook_format import KERNEL

PIXEL = "iVBORw0KGgo="
EXERCISES = "\n".join(f'sl.course.check("03.{k}", None)' for k in (1, 2, 3))


def cell(source: str = "", *outputs: NotebookNode, **metadata: object) -> NotebookNode:
    return new_code_cell(source, outputs=list(outputs), metadata=metadata)


def bundle(metadata: dict | None = None, **data: str) -> NotebookNode:
    mimes = {name.replace("_", "/"): text for name, text in data.items()}
    return new_output("display_data", data=mimes, metadata=metadata or {})


def save(
    folder: Path, *cells: NotebookNode, exercises: str = EXERCISES, **metadata: object
) -> Path:
    """Write a notebook that is fit to be read, but for the cells given."""
    made = [cell(exercises), *cells]
    count = 0
    for one in made:
        if one.cell_type == "code" and one.source:
            one.execution_count = count = count + 1
    path = folder / "03_small.ipynb"
    nbformat.write(new_notebook(cells=made, metadata={"kernelspec": KERNEL, **metadata}), path)
    return path


def kept(*outputs: NotebookNode) -> list[NotebookNode]:
    return notebooks.clean(new_notebook(cells=[cell("x", *outputs)])).cells[0].outputs


def test_sound_leaves_a_line_of_text() -> None:
    [out] = kept(
        bundle(text_html="<audio controls src='data:audio/wav;base64,AAAA'>", text_plain="")
    )
    assert out.data == {"text/plain": notebooks.SOUND_TEXT}


def test_widget_leaves_its_picture_and_its_sentence() -> None:
    figure = bundle(
        {"image/png": {"alt": "a rising tone"}}, image_png=PIXEL, text_plain="A rising tone, 2 s."
    )
    figure.data[WIDGET_VIEW] = {"model_id": "77", "version_major": 2, "version_minor": 0}
    [out] = kept(figure)
    assert out.data == {"image/png": PIXEL, "text/plain": "A rising tone, 2 s."}
    assert out.metadata == {"image/png": {"alt": "a rising tone"}}


def test_stock_control_leaves_a_line_of_text_and_not_its_repr() -> None:
    slider = bundle(text_plain="IntSlider(value=3, min=1)")
    slider.data[WIDGET_VIEW] = {"model_id": "77"}
    [out] = kept(slider)
    assert out.data == {"text/plain": notebooks.CONTROL_TEXT}


def test_progress_bar_leaves_its_last_state() -> None:
    [out] = kept(new_output("stream", name="stdout", text="0 %\r50 %\r100 %\ndone\r\n"))
    assert out.text == "100 %\ndone\r\n"


def test_what_is_true_of_one_machine_only_leaves_a_line_of_text() -> None:
    about = cell("examine()", bundle(text_plain="Python in /home/me"), tags=["about-machine"])
    silent = cell("pass", tags=["about-machine"])
    made = notebooks.clean(new_notebook(cells=[about, silent]))
    assert [out.data for out in made.cells[0].outputs] == [{"text/plain": notebooks.MACHINE_TEXT}]
    assert made.cells[1].outputs == []


def test_script_leaves_nothing() -> None:
    script = new_output("display_data", data={"application/javascript": "alert(1)"})
    assert kept(script) == []


def test_cleaning_takes_the_noise_and_leaves_what_authors_wrote() -> None:
    noisy = new_notebook(
        cells=[cell("x", tags=["keep"], collapsed=True, ExecuteTime={"start": 1})],
        metadata={
            "widgets": {},
            "kernelspec": {"name": "c", "display_name": "c"},
            "authors": ["Ada"],
        },
    )
    noisy.metadata.language_info = {"name": "python", "version": "3.11.7"}
    clean = notebooks.clean(noisy)
    assert clean.cells[0].metadata == {"tags": ["keep"]}
    assert clean.metadata == {
        "kernelspec": KERNEL,
        "language_info": {"name": "python"},
        "authors": ["Ada"],
    }


def test_run_twice_gives_the_same_file(tmp_path: Path) -> None:
    code = "import sys\nfor k in range(3):\n    print(k)\n    sys.stdout.flush()\n{3, 1, 2}"
    path = save(tmp_path, cell(code), exercises="import math")
    notebooks.run(path)
    first = path.read_bytes()
    assert b'"0\\n"' in first
    assert b"timing" not in first
    notebooks.run(path)
    assert path.read_bytes() == first


def test_run_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = save(tmp_path, cell("1 / 0"), exercises="x = 1")
    before = path.read_bytes()
    [problem] = notebooks.run(path)
    assert "ZeroDivisionError" in problem
    assert path.read_bytes() == before


def test_fit_notebook_has_no_problems(tmp_path: Path) -> None:
    figure = bundle({"image/png": {"alt": "a dot"}}, image_png=PIXEL, text_plain="<Figure>")
    prose = new_markdown_cell(
        "![a dot](dot.png) <img src='a.png' alt='a dot'> https://a.org/home/b"
    )
    path = save(tmp_path, cell("y = 1", figure), prose, cell())
    assert problems(path) == []


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (cell("y", bundle(image_png=PIXEL)), "a figure without alt text"),
        (cell("y", bundle({"image/png": {"alt": " "}}, image_png=PIXEL)), "a figure without alt"),
        (cell("y", bundle(text_html="<img src='a.png' width=3>")), "an <img> without alt text"),
        (new_markdown_cell("![](a.png)"), "an image without alt text"),
        (new_markdown_cell("<img src='a.png' alt=''>"), "an image without alt text"),
        (cell("y", bundle(text_html="<audio src='data:audio/wav;base64,AA'>")), "saved sound"),
        (cell("y", new_output("display_data", data={WIDGET_VIEW: {}})), "a saved widget view"),
        (cell("y", new_output("stream", name="stderr", text="old")), "a warning that a learner"),
        (
            cell("y", new_output("error", ename="E", evalue="v", traceback=[])),
            "a saved error: E: v",
        ),
        (cell("y", bundle(text_plain="<Thing at 0x7f00aa00bb>")), "a memory address"),
        (cell("open('/home/ada/a.wav')"), "a path that exists on one machine only"),
        (cell("y", new_output("stream", text="/tmp/x.py:3")), "a path that exists on one machine"),
        (cell(r"open('C:\\Users\\ada')"), "a path that exists on one machine only"),
    ],
)
def test_check_finds_what_is_unfit(tmp_path: Path, bad: NotebookNode, sentence: str) -> None:
    [found] = problems(save(tmp_path, bad))
    assert found.startswith("cell 1: ")
    assert sentence in found


def test_announced_error_is_fit(tmp_path: Path) -> None:
    error = new_output("error", ename="E", evalue="v", traceback=[])
    assert problems(save(tmp_path, cell("y", error, tags=["raises-exception"]))) == []


def test_check_finds_what_is_unfit_in_the_whole_file(tmp_path: Path) -> None:
    few = save(tmp_path, exercises="\n".join([EXERCISES[:28]] * 3 + ['course.check("04.1", 1)']))
    assert problems(few) == ["1 exercises checked by sl.course.check: at least 3 are due"]
    heavy = save(tmp_path, cell("y", bundle(text_plain="a" * MAX_BYTES)))
    assert "bytes, of which 300000 are allowed" in problems(heavy)[0]
    other = save(tmp_path, kernelspec={"name": "conda-env", "display_name": "c"})
    assert "no kernelspec python3" in problems(other)[0]
    assert "saved widget state" in problems(save(tmp_path, widgets={}))[0]
    stale = save(tmp_path, cell("y"))
    shuffled = nbformat.read(stale, 4)
    shuffled.cells[1].execution_count = 7
    nbformat.write(shuffled, stale)
    assert "not of one fresh run" in problems(stale)[0]


def test_command_counts_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = save(tmp_path)
    assert notebooks.main(["check", str(good)]) == 0
    save(tmp_path, new_markdown_cell("![](a.png)"))
    assert notebooks.main(["check", str(good)]) == 1
    assert "  - cell 1: an image without alt text" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="no notebook '77'"):
        notebooks.main(["check", "77"])


def test_command_runs_when_nothing_else_is_said(tmp_path: Path) -> None:
    path = save(tmp_path, exercises="x = 6 * 7\nx")
    notebooks.main([str(path)])
    assert nbformat.read(path, 4).cells[0].outputs[0].data == {"text/plain": "42"}
