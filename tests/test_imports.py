"""Imports point down, signal rooms know no torch, and the package opens light."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import sonic_lab
from tests.import_contract import ROOMS, SIGNAL, violations

SOURCE = Path(sonic_lab.__file__).parent


def test_package_keeps_the_contract() -> None:
    assert violations(SOURCE) == []


@pytest.mark.parametrize(
    ("file", "code", "sentence"),
    [
        ("audio/files.py", "from ..widgets import player", "audio imports widgets, which stands"),
        ("audio/files.py", "from .. import widgets", "audio imports widgets, which stands above"),
        ("audio.py", "from . import cli", "audio imports cli, which stands above it"),
        ("audio.py", "import sonic_lab.models.codec", "audio imports models, which stands above"),
        ("audio.py", "def f():\n    from .plots import alt", "audio.py:2: audio imports plots"),
        ("plots.py", "if TYPE_CHECKING:\n    from .course import x", "plots imports course"),
        ("audio.py", "import_module('.widgets', __package__)", "audio imports widgets"),
        ("audio.py", "import sonic_lab as sl", "imports the whole package"),
        ("effects.py", "def f():\n    import torch.nn as nn", "effects is a signal room"),
        ("clips/a.py", "from transformers import pipeline", "clips is a signal room"),
        ("metrics.py", "need('torch', extra='x')", "metrics is a signal room"),
        ("features/batch.py", "import torch", "import torch inside the function"),
        ("models/a.py", "import ipywidgets", "models draws no widgets"),
        ("audio/utils.py", "", "a module named utils.py says nothing"),
        ("audio/_helpers/a.py", "", "a module named _helpers says nothing"),
        ("kitchen/a.py", "", "add it to ROOMS in tests/import_contract.py"),
    ],
)
def test_planted_fault_is_caught(tmp_path: Path, file: str, code: str, sentence: str) -> None:
    [found] = violations(_plant(tmp_path, file, code))
    assert sentence in found


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("widgets/player.py", "from ..audio import load\nfrom .. import plots"),
        (
            "audio/files.py",
            "from .checks import sound\nfrom . import levels\nfrom .. import errors",
        ),
        ("features/batch.py", "if TYPE_CHECKING:\n    import torch"),
        ("features/batch.py", "def f():\n    import torch"),
        ("models/codec.py", "import torch\nfrom .. import __version__"),
        ("widgets/explorer.py", "import anywidget, ipywidgets"),
        ("__init__.py", "from . import widgets, audio"),
    ],
)
def test_honest_import_passes(tmp_path: Path, file: str, code: str) -> None:
    assert violations(_plant(tmp_path, file, code)) == []


def _plant(tmp_path: Path, file: str, code: str) -> Path:
    path = tmp_path / "sonic_lab" / file
    path.parent.mkdir(parents=True)
    path.write_text(code)
    return tmp_path / "sonic_lab"


def test_no_room_is_listed_twice() -> None:
    assert len(set(ROOMS)) == len(ROOMS)


def test_package_opens_without_its_heavy_libraries() -> None:
    heavy = ["torch", "librosa", "matplotlib", "ipywidgets", "anywidget", "transformers", "IPython"]
    code = (
        f"import sonic_lab, sys, json; print(json.dumps([m for m in {heavy} if m in sys.modules]))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(shown.stdout) == []


BUILT = sorted(r for r in SIGNAL if (SOURCE / r).exists() or (SOURCE / f"{r}.py").exists())


@pytest.mark.parametrize("room", BUILT)
def test_signal_room_opens_without_torch(room: str) -> None:
    # The source may be clean while a library that it imports pulls torch in: so ask Python too.
    code = f"import sonic_lab.{room}, sys; print('torch' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
