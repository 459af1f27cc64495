"""One door for every model, and what is said where it does not open."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sonic_lab import generation
from sonic_lab.errors import DeviceError, HubError, ParameterError
from sonic_lab.generation import Job, Model, hub, load, loading, stored

PROMPT = "slow sad piano melody"


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_last", {})
    monkeypatch.setattr(loading, "_announced", set())


# Folders ------------------------------------------------------------------------------------


def test_the_same_model_is_loaded_once(folder: Path) -> None:
    assert load(folder, device="cpu") is load(str(folder), device="cpu")


def test_a_loaded_model_is_taken_as_it_is(model: Model) -> None:
    assert load(model) is model


def test_weights_in_float16_are_kept_so_where_they_are_many(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(folder, device="cpu").precision == "float32"
    monkeypatch.setattr(loading, "_last", {})
    monkeypatch.setattr(loading, "_LARGE", 1e5)
    assert load(folder, device="cpu").precision == "float16"


def test_weights_in_float16_lose_nothing_by_being_kept_so(folder: Path) -> None:
    half, full = (load(folder, device="cpu", precision=p) for p in ("float16", "float32"))
    assert (half.precision, full.precision) == ("float16", "float32")
    one, other = (Job(PROMPT, model=m, duration_s=1, seed=0).run() for m in (half, full))
    # The same numbers in another order of sums: greedy tokens agree unless two logits are within
    # 1e-5, which at this seed they are not.
    assert np.array_equal(one.tokens, other.tokens)


def test_int8_is_nearly_the_same_and_a_quarter_of_the_size(folder: Path) -> None:
    full, whole = (load(folder, device="cpu", precision=p) for p in ("float32", "int8"))
    logits = []
    for m in (full, whole):
        decoding = m.begin([PROMPT], generation.Settings(seed=0, guidance=1), seeds=[0])
        decoding.step()
        logits.append(decoding.logits[0].flatten())
    # Weights rounded to 8 bits, rows and sums to bfloat16's 8: a percent or two after two layers.
    assert torch.nn.functional.cosine_similarity(*logits, dim=0) > 0.999
    assert not torch.equal(*logits)


def test_a_precision_that_is_none(folder: Path) -> None:
    with pytest.raises(ParameterError, match="precision='float8' must be 'auto'"):
        load(folder, precision="float8")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="precision='bfloat16' cannot be had on this cpu"):
        load(folder, device="cpu", precision="bfloat16")


def test_where_no_kernel_reads_float16_the_weights_become_float32(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "half_packs_here", lambda: False)
    monkeypatch.setattr(loading, "_LARGE", 0)
    assert load(folder, device="cpu").precision == "float32"
    with pytest.raises(ParameterError, match="take one of 'float32', 'int8'"):
        load(folder, device="cpu", precision="float16")


def test_the_licence_is_shown_before_use_and_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load(folder, device="cpu")
    said = capsys.readouterr().err
    assert "cc0-1.0" in said
    assert str(folder) in said
    load(folder, device="cpu", precision="float32")
    assert capsys.readouterr().err == ""


def test_a_folder_without_weights(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"has no \.safetensors.*can run code"):
        load(tmp_path)


@pytest.mark.parametrize("keep", [4, 100, 5000, -1])
def test_weights_that_are_cut_short(folder: Path, tmp_path: Path, keep: int) -> None:
    copy = shutil.copytree(folder, tmp_path / "cut")
    file = copy / "model.safetensors"
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(ParameterError, match=r"model\.safetensors is damaged.*fetch it again"):
        load(copy)


def test_a_model_of_another_kind(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "other")
    (copy / "config.json").write_text('{"model_type": "t5"}')
    with pytest.raises(ParameterError, match=r"holds a model of type 't5'.*plays 'musicgen'"):
        load(copy)


def test_a_model_that_would_not_fit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "free_bytes", lambda: 10**8)
    with pytest.raises(DeviceError, match=r"needs about 0\.5 GB.*0\.1 GB are free.*model='tiny'"):
        load(folder, device="cpu")


def test_a_hub_model_that_would_not_fit_is_not_even_fetched(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(loading, "free_bytes", lambda: 10**9)
    monkeypatch.setattr(hub, "fetch", lambda name: pytest.fail("it was fetched"))
    with pytest.raises(DeviceError, match=r"musicgen-large needs about .* GB.*precision='float16'"):
        load("facebook/musicgen-large", device="cpu")
    assert "CC-BY-NC-4.0" in capsys.readouterr().err  # shown before anything else


def test_several_files_have_the_hash_of_their_hashes(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    for name in ("a", "b"):
        save_file({name: torch.ones(3)}, tmp_path / f"{name}.safetensors")
    digests = [sha256((tmp_path / f"{n}.safetensors").read_bytes()).hexdigest() for n in "ab"]
    seen = stored.look(tmp_path)
    assert seen.sha256() == sha256("".join(digests).encode()).hexdigest()
    assert (seen.numbers, seen.halved) == (6, False)


def test_an_index_says_which_files_count_also_those_of_a_folder_beside(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    for place in ("codec", "musicgen"):
        (tmp_path / place).mkdir()
        save_file({place: torch.ones(3)}, tmp_path / place / "model.safetensors")
    save_file({"stray": torch.ones(100)}, tmp_path / "musicgen" / "optimiser.safetensors")
    index = {"codec": "../codec/model.safetensors", "musicgen": "model.safetensors"}
    path = tmp_path / "musicgen" / "model.safetensors.index.json"
    path.write_text(json.dumps({"weight_map": index}))
    assert stored.look(path.parent).numbers == 6
    path.write_text("{}")
    with pytest.raises(ParameterError, match=r"index\.json is damaged"):
        stored.look(path.parent)


# The hub ------------------------------------------------------------------------------------


def put_into_cache(folder: Path, cache: Path, name: str) -> None:
    """Lay a folder out as the hub's cache does: blobs by hash, a snapshot of links, a ref."""
    repo, commit = cache / f"models--{name.replace('/', '--')}", "0" * 39 + "1"
    snapshot = repo / "snapshots" / commit
    for part in (repo / "blobs", snapshot, repo / "refs"):
        part.mkdir(parents=True)
    (repo / "refs" / "main").write_text(commit)
    for file in folder.iterdir():
        blob = repo / "blobs" / sha256(file.read_bytes()).hexdigest()
        shutil.copy(file, blob)
        (snapshot / file.name).symlink_to(os.path.relpath(blob, snapshot))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens there


@pytest.mark.usefixtures("no_hub")
def test_a_cached_hub_model_plays_without_a_network(
    folder: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put_into_cache(folder, cache, "facebook/musicgen-small")
    job = Job(PROMPT, model="facebook/musicgen-small", device="cpu", duration_s=1, seed=0)
    assert capsys.readouterr().err == ""  # nothing is loaded yet
    take = job.run()
    said = capsys.readouterr().err
    assert "CC-BY-NC-4.0" in said
    assert "no commercial use" in said
    assert take.record["licence"] == "CC-BY-NC-4.0"
    assert take.record["model"] == "facebook/musicgen-small"
    local = Job(PROMPT, model=folder, device="cpu", duration_s=1, seed=0).run()
    assert np.array_equal(take.tokens, local.tokens)


@pytest.mark.slow
def test_in_a_fresh_process_with_the_cache_in_hf_home(folder: Path, tmp_path: Path) -> None:
    put_into_cache(folder, tmp_path / "hub", "facebook/musicgen-small")
    code = (
        "import sonic_lab as sl; y, sr = sl.generation.generate('piano', duration_s=1, seed=0, "
        "model='facebook/musicgen-small', device='cpu'); print(y.shape, sr)"
    )
    environment = {
        **os.environ, "HF_HOME": str(tmp_path), "HF_ENDPOINT": "http://127.0.0.1:9",
        "HF_HUB_OFFLINE": "1",
    }  # fmt: skip
    environment.pop("HF_HUB_CACHE", None)
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=500
    )
    assert done.stdout.strip() == "(16000,) 16000", done.stderr
    assert "CC-BY-NC-4.0" in done.stderr


@pytest.mark.usefixtures("cache", "no_hub")
def test_an_unreachable_hub_names_the_cure_and_the_tiny_model() -> None:
    with pytest.raises(HubError, match=r"could not be fetched.*connect.*model='tiny'"):
        load("facebook/musicgen-small", device="cpu")


@pytest.mark.usefixtures("no_hub")
def test_a_half_fetched_model_does_not_count_as_there(folder: Path, cache: Path) -> None:
    put_into_cache(folder, cache, "facebook/musicgen-small")
    next(cache.glob("**/snapshots/*/model.safetensors")).unlink()
    with pytest.raises(HubError, match=r"could not be fetched whole.*model='tiny'"):
        load("facebook/musicgen-small", device="cpu")


@pytest.mark.usefixtures("no_hub")
def test_neither_does_one_of_two_files(folder: Path, cache: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "split")
    index = {"weight_map": {"a": "model.safetensors", "b": "model-00002.safetensors"}}
    (copy / "model.safetensors.index.json").write_text(json.dumps(index))
    put_into_cache(copy, cache, "facebook/musicgen-small")
    assert hub.cached("facebook/musicgen-small") is None


@pytest.fixture
def refusing_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A hub on this machine, which refuses everything with the code that it is given."""
    answer: dict[str, str] = {}

    class Refusal(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(int(answer["status"]))
            self.send_header("X-Error-Code", answer["code"])
            body = json.dumps({"error": answer["code"]}).encode()
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Refusal)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    yield answer
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        ("403", "GatedRepo", r"accepted its terms.*hf auth login.*model='tiny'"),
        ("404", "RepoNotFound", r"no model named someone/musicgen.*model='tiny'"),
        ("500", "Broken", r"could not be fetched.*model='tiny'"),
    ],
)
def test_a_hub_that_refuses(
    refusing_hub: dict[str, str], status: str, code: str, words: str
) -> None:
    refusing_hub.update(status=status, code=code)
    with pytest.raises(HubError, match=words):
        load("someone/musicgen", device="cpu")


def test_nothing_falls_back_silently(no_hub: None, cache: Path) -> None:
    job = Job(PROMPT, model="facebook/musicgen-small", duration_s=1)
    with pytest.raises(HubError):
        job.run()
    assert job.progress.stage == "failed"
    with pytest.raises(HubError):
        job.result()
