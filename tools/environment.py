"""Install the course into a virtual environment, with nothing but Python's standard library.

A second run finds the stamp of the first and installs nothing. An install that was cut short
left no stamp, so the next run starts it afresh.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
WARM_UP = ROOT / "tools" / "warm_up.py"
EXTRAS = {"lab": ["lab"], "test": ["lab", "test", "browser", "binder", "aac", "perth"]}
STAMP = "sonic-lab.json"
OFFLINE = (
    "If there is no network just now: the first run needs one, once (about 0.5 GB). What was "
    "fetched is kept, so run the same command again when it is back."
)
TORCH_UNREACHABLE = (
    "The small CPU build of PyTorch could not be fetched. " + OFFLINE + "\n"
    "If the network is there but that build is not to be had: make lab TORCH=default takes "
    "the one from the package index, which on Linux brings several GB for NVIDIA cards."
)


class InstallError(Exception):
    """A step failed. The text says what to do about it."""


def main() -> None:
    """Bring the environment up to what was asked for, and say what that took."""
    parser = argparse.ArgumentParser(description="Make the environment of Sonic Lab.")
    parser.add_argument("what", choices=sorted(EXTRAS))
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv")
    parser.add_argument(
        "--torch",
        default="",
        help="cpu, default (from the package index), auto (by the NVIDIA driver), or one "
        "that uv knows, such as cu130; the machine decides where this is left out",
    )
    parser.add_argument(
        "--browser",
        help="check for Chromium first, and for what else is outside Python; 0 does not",
    )
    asked = parser.parse_args()
    venv = asked.venv.expanduser().absolute()
    try:
        if asked.browser is not None:
            check_outside(browser=asked.browser != "0")
        install(venv, set(EXTRAS[asked.what]), asked.torch)
    except InstallError as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        sys.exit("\nStopped. The next run begins the install afresh.")


def install(venv: Path, extras: set[str], torch: str) -> None:
    """Install `extras` into `venv`, unless its stamp says that they are there already."""
    stamp, place = _read_stamp(venv), _place(venv)
    build = torch or stamp.get("torch") or wanted_torch()
    extras = extras | set(stamp.get("extras", []))
    finished = {"place": place, "torch": build, "extras": sorted(extras), "needs": _needs()}
    if stamp == finished and python_of(venv).exists():
        return
    _check_standard_library()
    started = time.monotonic()
    print(f"Setting up Sonic Lab in {venv} (once; later runs start in seconds)", flush=True)
    make_room(venv, stamp, finished)
    _write_stamp(venv, {"unfinished": True})
    install_packages(venv, extras, build)
    if stamp.get("needs") != finished["needs"]:
        # Its failure is no reason to stop: what it would have done is done at first use.
        step("first start of the libraries", [str(python_of(venv)), str(WARM_UP)], cure=None)
    _write_stamp(venv, finished)
    print(f"Ready in {time.monotonic() - started:.0f} s.\n", flush=True)


def check_outside(*, browser: bool) -> None:
    """Say what the tests need and Python cannot install, before anything long begins."""
    sys.path.insert(0, str(ROOT))
    from sonic_lab.doctor.chromium import CURE, find_chromium

    if browser and not find_chromium():
        raise InstallError(
            f"The browser tests need Chromium, and there is none. {CURE}.\n"
            "To run all other tests without it: make test BROWSER=0"
        )
    if not shutil.which("espeak-ng"):
        print(
            "Note: no espeak-ng, so the spoken clip is not made again and its test is skipped. "
            "Debian and Ubuntu: sudo apt install espeak-ng. macOS: brew install espeak-ng"
        )


def make_room(venv: Path, stamp: dict, finished: dict) -> None:
    """Make the virtual environment, afresh where the one that is there cannot be trusted.

    That is one which this script made and never finished, which has moved, or which is to get
    another build of torch. One that somebody else made is added to, never wiped.
    """
    kept = all(stamp.get(key) == finished[key] for key in ("place", "torch"))
    if stamp and not (kept and python_of(venv).exists()):
        create(venv, clear=True)
    elif not venv.exists():
        create(venv, clear=False)
    elif not python_of(venv).exists():
        raise InstallError(f"{venv} is in the way: it is no virtual environment. Move it away.")


def create(venv: Path, *, clear: bool) -> None:
    """Make an empty virtual environment that has pip."""
    # Not this interpreter where it stands in that environment itself: it would be wiped.
    python = getattr(sys, "_base_executable", sys.executable)
    command = [python, "-m", "venv", "--prompt", "sonic-lab", str(venv)]
    step(
        "Python environment",
        command + (["--clear"] if clear else []),
        cure="On Debian and Ubuntu: sudo apt install python3-venv. Is there room on the disk, "
        f"and may you write to {venv.parent}?",
    )


def install_packages(venv: Path, extras: set[str], torch: str) -> None:
    """Install torch in the build that suits the machine, then all the rest as it is locked."""
    python = str(python_of(venv))
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    pip += ["--retries", "1"]  # with the usual 5, a missing network takes minutes to show
    locked = ["--constraint", str(CONSTRAINTS)]
    # Whoever gives pip a folder of wheels and no index wants no network; uv would not know that.
    alone = "PIP_NO_INDEX" in os.environ
    fast = not alone and step("installer (uv)", [*pip, *locked, "uv"], cure=None)
    uv = [python, "-m", "uv", "pip", "install", "--python", python, "--quiet"]
    install_torch(python, pip, uv if fast else None, torch)
    rest = [*locked, "--editable", f"{ROOT}[{','.join(sorted(extras))}]"]
    # pip knows what uv does not ask: a mirror or a wheelhouse in pip's own settings.
    if not (fast and step("libraries, as locked", [*uv, *rest], cure=None)):
        step("libraries, as locked, by pip", [*pip, *rest], cure=OFFLINE)


def install_torch(python: str, pip: list[str], uv: list[str] | None, build: str) -> None:
    """Install the locked torch: the CPU build unless the machine or the caller wants another."""
    pinned = locked_version("torch")
    if _has_torch(python, pinned.removeprefix("torch==")):
        return
    if build in ("cpu", "default"):
        # A wheelhouse that pip is configured to look in comes first: it needs no network.
        wheelhouse = [*pip, "--no-index", "--no-deps", "--no-compile", pinned]
        if step("PyTorch, from your wheelhouse", wheelhouse, cure=None):
            return
    if build == "default":
        step("PyTorch", [*(uv or pip), pinned], cure=OFFLINE)
    elif uv is None:
        raise InstallError(TORCH_UNREACHABLE)
    else:
        command = [*uv, f"--torch-backend={build}", pinned]
        step(f"PyTorch ({build})", command, cure=TORCH_UNREACHABLE)


def wanted_torch() -> str:
    """Say which build of torch this machine wants; outside Linux the default has no CUDA."""
    if platform.system() != "Linux":
        return "default"
    return "auto" if shutil.which("nvidia-smi") else "cpu"


def locked_version(name: str) -> str:
    """Return the line of the constraints that pins a package, such as ``torch==2.13.0``."""
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    return next(line.split(";")[0].strip() for line in lines if line.startswith(f"{name}=="))


def python_of(venv: Path) -> Path:
    """Return the interpreter of a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def step(title: str, command: list[str], *, cure: str | None) -> bool:
    """Run one command, showing one line: what, and how long it took.

    Where it fails, the end of its output and the cure are raised as an `InstallError`; a step
    with no cure may fail in silence, and the caller goes another way.
    """
    started = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        with _ticking(title, started):
            run = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT
            )
        log.seek(0)
        said = log.read().strip()
    took = f"{time.monotonic() - started:5.1f} s"
    if run.returncode == 0:
        print(f"  {title:<32}{took}", flush=True)
    elif cure is not None:
        raise InstallError(f"  {title:<32}failed after {took}\n{said[-3000:]}\n\n{cure}")
    return run.returncode == 0


@contextlib.contextmanager
def _ticking(title: str, started: float) -> Iterator[None]:
    """Count the seconds of a step on a terminal, so that a slow one is seen to be alive."""
    over = threading.Event()

    def count() -> None:
        while sys.stdout.isatty() and not over.wait(1):
            print(f"\r  {title:<32}{time.monotonic() - started:5.0f} s\r", end="", flush=True)

    thread = threading.Thread(target=count, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _check_standard_library() -> None:
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise InstallError(
                f"This Python ({sys.executable}) comes without the module {module}, which makes "
                "virtual environments. On Debian and Ubuntu: sudo apt install python3-venv"
            )


def _has_torch(python: str, version: str) -> bool:
    script = "from importlib.metadata import version; print(version('torch'))"
    found = subprocess.run([python, "-c", script], capture_output=True, text=True)
    return found.stdout.strip().split("+")[0] == version


def _needs() -> str:
    """Return a digest of all that decides what is installed; ruff's settings, say, do not."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [settings["project"], settings["build-system"], Path(__file__).read_text("utf-8")]
    text = json.dumps(asked, sort_keys=True) + CONSTRAINTS.read_text(encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def _place(venv: Path) -> list[str]:
    """Return what ties an environment to its spot: its scripts and links hold these paths."""
    return [str(ROOT), str(venv), f"{sys.version_info[0]}.{sys.version_info[1]}"]


def _read_stamp(venv: Path) -> dict:
    try:
        return json.loads((venv / STAMP).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        return {"unreadable": True}


def _write_stamp(venv: Path, stamp: dict) -> None:
    (venv / STAMP).write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
