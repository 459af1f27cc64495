"""Every notebook of the course, run twice without a network, each time in a fresh kernel."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.notebooks.runs import Outcome, nbval, proof
from tools.notebook_checks import problems
from tools.notebook_format import course_notebooks

NOTEBOOKS = course_notebooks()


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Outcome]:
    """Start both runs of one notebook side by side: they share nothing but the machine."""
    folder = tmp_path_factory.mktemp(request.param.stem)
    with ThreadPoolExecutor(2) as pool:
        started = {
            run.__name__: pool.submit(run, request.param, folder / run.__name__)
            for run in (nbval, proof)
        }
        return {name: future.result() for name, future in started.items()}


def test_course_has_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_fit_to_be_read(path: Path) -> None:
    assert problems(path) == []


@pytest.mark.notebooks
def test_nbval_passes_offline(runs: dict[str, Outcome]) -> None:
    assert not runs["nbval"].problems, "\n".join(runs["nbval"].problems)


@pytest.mark.notebooks
def test_no_error_hides_in_a_widget_offline(runs: dict[str, Outcome]) -> None:
    assert not runs["proof"].problems, "\n".join(runs["proof"].problems)
