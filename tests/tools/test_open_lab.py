"""Opening JupyterLab: on the port that was asked for, on the first notebook, and quietly."""

import json
import os
import platform
import signal
import socket
import subprocess
import sys
import urllib.request
import webbrowser

import pytest

from tools import open_lab


@pytest.fixture
def taken():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_free_port_is_used_as_asked(taken, capsys):
    with socket.socket() as probe:  # a port that was free a moment ago
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]

    assert open_lab.free_port(str(free)) == free
    assert capsys.readouterr().out == ""


def test_a_taken_port_is_said_and_another_used(taken, capsys):
    port = open_lab.free_port(str(taken))

    assert port > taken
    assert f"Port {taken} is taken, so this uses {port}." in capsys.readouterr().out


@pytest.mark.parametrize("asked", ["abc", "0", "65536", "-1", "80.5", ""])
def test_what_is_no_port_is_refused(asked):
    with pytest.raises(SystemExit, match=r"must be a whole number from 1 to 65535"):
        open_lab.free_port(asked)


def test_the_last_port_of_all_taken(monkeypatch):
    monkeypatch.setattr(open_lab, "_is_free", lambda port: False)

    with pytest.raises(SystemExit, match="Ports 65530 to 65535 are all taken"):
        open_lab.free_port("65530")


@pytest.mark.parametrize(
    ("env", "system", "shows"),
    [
        ({}, "Linux", False),
        ({"DISPLAY": ":0"}, "Linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "Linux", True),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, "Linux", False),
        ({"DISPLAY": ":0", "CI": "true"}, "Linux", False),
        ({}, "Darwin", True),
    ],
)
def test_a_browser_opens_only_where_it_is_seen(monkeypatch, env, system, shows):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "SSH_CONNECTION", "CI"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(webbrowser, "get", lambda: object())

    assert open_lab.has_browser() is shows


def test_the_layout_of_other_work_is_left_alone():
    assert open_lab.lab_environment()["JUPYTERLAB_WORKSPACES_DIR"].startswith(sys.prefix)
    assert not any("settings" in argument.lower() for argument in open_lab.lab_command(1, []))


def test_a_server_that_dies_is_not_waited_for():
    with subprocess.Popen([sys.executable, "-c", ""]) as server:
        server.wait()
        assert open_lab.wait_until_up(server, 9) is False


@pytest.mark.slow
def test_the_first_notebook_opens_and_ctrl_c_ends_it(tmp_path):
    """All of `make lab` after the install, with a real JupyterLab."""
    command = [sys.executable, open_lab.__file__, "18888"]
    env = {**os.environ, "CI": "true", "JUPYTER_RUNTIME_DIR": str(tmp_path)}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env=env,
        start_new_session=True,  # so that Ctrl+C reaches it and its server, and not the tests
    ) as lab:
        try:
            url = _address(lab.stdout)
            with urllib.request.urlopen(url) as page:
                assert "jupyter-config-data" in page.read().decode()
            contents = url.replace("lab/tree/", "api/contents/") + "&content=0"
            with urllib.request.urlopen(contents) as answer:
                assert json.load(answer)["path"] == "notebooks/00_start_here.ipynb"
            os.killpg(lab.pid, signal.SIGINT)
            assert lab.wait(timeout=60) == 0
        finally:
            if lab.poll() is None:
                os.killpg(lab.pid, signal.SIGKILL)


def _address(lines):
    """Read on until the address is said; the output ends where JupyterLab does."""
    for line in lines:
        if line.startswith("  http://localhost:"):
            return line.strip()
    raise AssertionError("no address was printed")
