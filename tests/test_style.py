"""Lint, layout and types are tests like any other: one run says it all."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "tool",
    [["ruff", "check"], ["ruff", "format", "--check", "--diff"], ["mypy"]],
    ids=["lint", "layout", "types"],
)
def test_the_code_keeps_its_style(tool):
    run = subprocess.run(
        [sys.executable, "-m", *tool], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert run.returncode == 0, f"{' '.join(tool)}\n{run.stdout}{run.stderr}"
