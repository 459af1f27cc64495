"""The same answers from one core, all cores and Ray."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from sonic_lab import audio
from sonic_lab.errors import EngineError, MissingDependencyError
from sonic_lab.provenance import Manifest, each, engine, facts_of
from tests.provenance.papers import SR, tune


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("many")
    for i in range(40):
        audio.save(place / f"{i:02}.wav", tune(i % 7, 1.5), sr=SR)
    return place


def test_order_and_progress() -> None:
    seen: list[tuple[int, int]] = []
    words = [str(i) * i for i in range(100)]
    assert each(len, words, engine="serial", progress=lambda n, of: seen.append((n, of))) == [
        len(word) for word in words
    ]
    assert [n for n, _ in seen] == list(range(1, 101))
    assert {of for _, of in seen} == {100}


def test_processes_answer_as_one_core_does(folder: Path) -> None:
    seen: list[int] = []
    paths = sorted(folder.iterdir())
    many = each(facts_of, paths, workers=2, progress=lambda n, of: seen.append(n))
    assert many == each(facts_of, paths, engine="serial")
    assert seen == sorted(seen)
    assert seen[-1] == 40


def test_little_work_starts_no_process_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    def start(function, chunks, workers):
        started.append(workers)
        return ((i, [function(item) for item in chunk]) for i, chunk in enumerate(chunks))

    monkeypatch.setattr(engine, "_in_processes", start)
    monkeypatch.setattr(engine, "cores", lambda: 2)
    assert each(len, ["a"] * 100) == [1] * 100
    assert started == []
    each(len, ["a"] * 100, workers=2)
    each(len, ["a"] * 1000)
    assert started == [2, 2]


def test_audit_is_the_same_on_all_cores(folder: Path) -> None:
    m = Manifest.from_folder(folder, workers=2, licence="CC0-1.0", creator="Ada", voice=False)
    audits = [m.audit(engine=engine, workers=2) for engine in ("serial", "processes")]
    assert audits[0].findings == audits[1].findings
    assert {f.code for f in audits[0]} == {"duplicate"}


def test_script_without_a_guard_runs(folder: Path, tmp_path: Path) -> None:
    # multiprocessing's own spawn would run such a script again in every child, for ever.
    script = tmp_path / "script.py"
    script.write_text(
        "from sonic_lab.provenance import Manifest\n"
        f"print(len(Manifest.from_folder({str(folder)!r}, workers=2)))\n"
    )
    shown = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )  # fmt: skip
    assert shown.stdout.strip() == "40", shown.stderr


@pytest.mark.skipif(find_spec("ray") is not None, reason="ray is installed")
def test_without_ray_the_extra_is_named() -> None:
    with pytest.raises(MissingDependencyError, match=r"pip install 'sonic-lab\[ray\]'"):
        each(len, ["a"], engine="ray")


def test_a_ray_that_does_not_start_is_said_with_another_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def init(**_: object) -> None:
        raise Exception("The current node timed out during startup.")

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    busy = SimpleNamespace(is_initialized=lambda: False, init=init)
    monkeypatch.setitem(sys.modules, "ray", busy)  # type: ignore[arg-type]
    with pytest.raises(EngineError, match=r"timed out during startup\. Use engine='processes'"):
        each(len, ["a"], engine="ray")


@pytest.mark.slow
def test_ray_answers_as_one_core_does(folder: Path) -> None:
    pytest.importorskip("ray", reason="ray is not installed (extra: ray)")
    # In a process of its own: Ray leaves sockets to the garbage collector, which warns of them.
    code = (
        "import sys; from pathlib import Path; from sonic_lab.provenance import each, facts_of\n"
        "paths = sorted(Path(sys.argv[1]).iterdir())\n"
        "same = each(facts_of, paths, engine='ray', workers=2) == each(facts_of, paths, "
        "engine='serial')\n"
        "import ray; print(same, ray.is_initialized())\n"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, timeout=300,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )  # fmt: skip
    assert shown.stdout.split()[-2:] == ["True", "True"], shown.stderr
