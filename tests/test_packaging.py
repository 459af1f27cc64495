"""What is declared, locked and offered through conda and Binder says one and the same thing."""

import os
import re
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA_FILES = ("environment.yml", "binder/environment.yml")

# Where conda-forge's name is not the package index's.
CONDA_NAMES = {
    "pysoundfile": "soundfile",
    "soxr-python": "soxr",
    "matplotlib-base": "matplotlib",
    "pytorch": "torch",
    "pytorch-cpu": "torch",
}


def declared(*extras):
    """Requirements of the core and some extras, by name; an extra may only narrow the core."""
    texts = list(PROJECT["dependencies"])
    for extra in extras:
        texts += PROJECT["optional-dependencies"][extra]
    found = {}
    for requirement in map(Requirement, texts):
        name = canonicalize_name(requirement.name)
        if name == PROJECT["name"]:
            found |= declared(*requirement.extras)
        elif name in found:
            found[name].specifier &= requirement.specifier
        else:
            found[name] = requirement
    return found


def locked():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert len({pin.name for pin in pins}) == len(pins)  # one version of each, whatever the Python
    return {canonicalize_name(pin.name): pin for pin in pins}


def version_of(pin):
    (bound,) = pin.specifier
    assert bound.operator == "=="
    return bound.version


def test_every_pin_lies_within_what_is_declared():
    pins = locked()

    for name, requirement in declared(*PROJECT["optional-dependencies"]).items():
        assert name in pins, f"{name} is declared and not locked: run `make lock`"
        assert requirement.specifier.contains(version_of(pins[name])), requirement


def test_the_lock_names_no_place_and_brings_no_cuda():
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert line.startswith("#") or re.fullmatch(r"[a-z0-9.-]+==[\w.!]+( ; .+)?", line), line
        assert not re.match(r"nvidia|cuda|triton", line), line
    assert version_of(locked()["torch"]) == "2.13.0"


def test_tools_do_not_slip_into_the_core():
    core = set(declared())

    assert {"jupyterlab", "pytest", "ruff", "playwright", "pyloudnorm"}.isdisjoint(core)


def conda_requirements(file):
    """Requirements of a conda file by the package index's names, and what pip is given bare."""
    written = yaml.safe_load((ROOT / file).read_text())["dependencies"]
    pip = next(entry["pip"] for entry in written if isinstance(entry, dict))
    by_conda = [entry for entry in written if isinstance(entry, str) and entry != "pip"]
    options = [entry for entry in pip if entry.startswith("-")]
    found = {}
    for entry in by_conda + [entry for entry in pip if not entry.startswith("-")]:
        name, bounds = re.fullmatch(r"([\w-]+)(.*)", entry).groups()
        bounds = (
            f"={bounds}.*" if re.fullmatch(r"=[\d.]+", bounds) else bounds
        )  # conda's short form
        name = CONDA_NAMES.get(name, name)
        assert name not in found, f"{name} stands twice in {file}"
        found[name] = Requirement(f"{name}{bounds}")
    return found, options


def tightest(bounds):
    """Bounds without the lower ones that a higher one makes idle."""
    lower = sorted((b for b in bounds if b.operator == ">="), key=lambda b: Version(b.version))
    return {str(bound) for bound in bounds if bound not in lower[:-1]}


@pytest.mark.parametrize("file", CONDA_FILES)
def test_conda_files_stay_in_step(file):
    found, options = conda_requirements(file)
    python = found.pop("python")
    wanted = declared("lab")

    assert {name: tightest(r.specifier) for name, r in found.items()} == {
        name: tightest(r.specifier) for name, r in wanted.items()
    }
    # The Python that the lock is made for, and one that is allowed.
    (bound,) = python.specifier
    assert bound.version.removesuffix(".*") == "3.11"
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains("3.11.7")
    # On Binder the course's files come into the image after this file was read.
    assert options == (["--editable ."] if file == "environment.yml" else [])


def test_binder_is_slim():
    extras = declared("test", "browser", "binder", "lock").keys() - declared().keys()
    found, _ = conda_requirements("binder/environment.yml")
    written = yaml.safe_load((ROOT / "binder/environment.yml").read_text())["dependencies"]

    assert found.keys().isdisjoint(extras)
    assert any(str(entry).startswith("pytorch-cpu") for entry in written)  # CUDA takes gigabytes
    assert written[0] == "python=3.11"  # repo2docker reads "=" alone; ">=" would get its default


@pytest.mark.filterwarnings("ignore:pythonjsonlogger:DeprecationWarning")  # repo2docker's own
def test_repo2docker_builds_from_our_binder_folder(monkeypatch):
    from repo2docker.app import Repo2Docker

    monkeypatch.chdir(ROOT)  # repo2docker looks where it stands
    app = Repo2Docker()
    packs = (kind(app.base_image) for kind in app.buildpacks)
    pack = next(pack for pack in packs if pack.detect())
    pack.platform = "linux/amd64"

    assert type(pack).__name__ == "CondaBuildPack"
    assert pack.python_version == "3.11"
    dockerfile = pack.render()
    assert 'env update -p ${NB_PYTHON_PREFIX} --file "binder/environment.yml"' in dockerfile
    assert "RUN ./binder/postBuild" in dockerfile
    assert 'R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in dockerfile


def test_scripts_can_be_run():
    for script in (".ci/run", "binder/postBuild", "binder/start"):
        path = ROOT / script
        assert path.stat().st_mode & stat.S_IXUSR, script
        subprocess.run(["bash", "-n", path], check=True)


def test_ci_runs_the_whole_suite():
    last = (ROOT / ".ci/run").read_text().strip().splitlines()[-1]

    assert last == "exec make test"  # its last lines are pytest's, and so is its exit code


def test_binder_start_leaves_one_thread_and_runs_what_it_is_given():
    run = subprocess.run(
        [ROOT / "binder/start", "bash", "-c", "echo $OMP_NUM_THREADS $1", "_", "two words"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stdout == "1 two words\n"


def make(*arguments, **env):
    return subprocess.run(
        ["make", "--no-print-directory", "-C", ROOT, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **env},
        check=False,
    )


def test_make_help_names_every_target():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.M)
    listed = re.findall(r"^  make ([a-z]+)", make("help").stdout, flags=re.M)

    assert listed == targets
    assert {"lab", "test", "lock", "badges", "clips", "notebooks", "bench", "clean"} <= set(targets)


def test_make_quotes_what_may_hold_spaces():
    said = make("-n", "lab", "VENV=/tmp/my env", "PORT=9000").stdout

    assert '--venv "/tmp/my env"' in said
    assert '"/tmp/my env/bin/python" tools/open_lab.py "9000"' in said


def test_make_test_without_a_browser_leaves_out_those_tests_alone():
    assert '-m "not browser"' in make("-n", "test", "BROWSER=0").stdout
    assert "not browser" not in make("-n", "test").stdout


def test_make_clean_spares_an_environment_that_it_did_not_make(tmp_path):
    (tmp_path / "mine").mkdir()

    # -n prints the recipe; only the line about the environment is run, or this would clean up.
    line = next(
        li
        for li in make("-n", "clean", f"VENV={tmp_path}/mine").stdout.splitlines()
        if "sonic-lab.json" in li
    )
    subprocess.run(["sh", "-c", line], check=True)
    assert (tmp_path / "mine").exists()

    (tmp_path / "mine" / "sonic-lab.json").write_text("{}")
    subprocess.run(["sh", "-c", line], check=True)
    assert not (tmp_path / "mine").exists()
