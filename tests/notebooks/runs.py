"""The two ways in which the tests run a notebook, each in a process without a network."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.notebooks.offline import run_offline
from tools.notebook_format import ROOT

CELL_TIMEOUT_S = 300
INLINE = "module://matplotlib_inline.backend_inline"  # the tests' own Agg would show no figure
ANSI = re.compile(r"\x1b\[[0-9;]*m")  # nbval and IPython colour what they print


@dataclass(frozen=True)
class Outcome:
    """What one run of a notebook showed; `problems` is empty when all is well."""

    problems: list[str]
    log: str


def nbval(notebook: Path, scratch: Path, *, how: str | None = None) -> Outcome:
    """Run a notebook under ``pytest --nbval-lax``."""
    copy, env = _prepare(notebook, scratch)
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", str(copy)]
    command += [f"--nbval-cell-timeout={CELL_TIMEOUT_S}", f"--rootdir={scratch}", "-q"]
    # The project's own pytest settings are for its own tests, so nbval gets none of them.
    command += ["-c", os.devnull, "-p", "no:cacheprovider"]
    ended = run_offline(command, cwd=scratch, env=env, how=how)
    log = ANSI.sub("", ended.stdout + ended.stderr)
    return Outcome([] if ended.returncode == 0 else [log], log)


def proof(notebook: Path, scratch: Path, *, how: str | None = None) -> Outcome:
    """Run a notebook under nbclient and look for errors that widgets hide."""
    copy, env = _prepare(notebook, scratch)
    report = scratch / "report.json"
    command = [sys.executable, "-m", "tests.notebooks.prove", str(copy), str(report)]
    command.append(env["SONIC_LAB_HOME"])
    ended = run_offline(command, cwd=ROOT, env=env, how=how)
    log = ended.stdout + ended.stderr
    if not report.exists():
        return Outcome([f"the run ended with {ended.returncode} and no report\n{log}"], log)
    return Outcome(json.loads(report.read_text(encoding="utf-8"))["problems"], log)


def _prepare(notebook: Path, scratch: Path) -> tuple[Path, dict[str, str]]:
    """Copy a notebook to where nothing but the installed package can help it."""
    home = scratch / "home"
    home.mkdir(parents=True)
    env = {"SONIC_LAB_HOME": str(home), "OMP_NUM_THREADS": "1", "MPLBACKEND": INLINE}
    return Path(shutil.copy(notebook, scratch)), env
