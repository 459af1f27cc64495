"""Open JupyterLab on the first notebook, and leave the reader's own Jupyter settings alone.

python tools/open_lab.py [PORT] [options for JupyterLab...]
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIRST = "lab/tree/notebooks/00_start_here.ipynb"
START_LIMIT_S = 180  # a cold disk on a busy machine has taken 30 s


def main(arguments: list[str]) -> int:
    """Start the server, say where it is, and stay with it until it ends."""
    asked = arguments[0] if arguments and arguments[0] else "8888"
    port = free_port(asked)
    token = secrets.token_urlsafe(24)
    url = f"http://localhost:{port}/{FIRST}?token={token}"
    quiet_settings()
    server = subprocess.Popen(
        lab_command(port, arguments[1:]),
        # In the environment, since command lines are seen by everybody on the machine.
        env={**os.environ, **lab_environment(), "JUPYTER_TOKEN": token},
        cwd=ROOT,
    )
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the server, which then ends
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    if not wait_until_up(server, port):
        server.terminate()
        print("JupyterLab did not start: its own words stand above.", file=sys.stderr)
        return server.wait() or 1
    opened = has_browser() and webbrowser.open(url)
    print("\nSonic Lab is open in your browser." if opened else "\nSonic Lab is running. Open:")
    print(f"  {url}\nPress Ctrl+C here to stop it.\n", flush=True)
    return server.wait()


def lab_command(port: int, extra: list[str]) -> list[str]:
    """Return the command that starts JupyterLab in the course's folder and asks no questions.

    The reader's own settings hold (theme, keys, font size), but for what decides the address.
    """
    command = [sys.executable, "-m", "jupyterlab", f"--port={port}", "--ServerApp.port_retries=0"]
    command += ["--ServerApp.ip=localhost", "--ServerApp.base_url=/", "--ServerApp.certfile="]
    command += ["--no-browser", "--ServerApp.answer_yes=True"]
    command += ["--log-level=WARN", "--LabApp.log_level=WARN"]
    command += [f"--ServerApp.root_dir={ROOT}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # a container's only user is often root
    return command + extra


def lab_environment() -> dict[str, str]:
    """Keep the window layout with the course, and take the kernel from this environment first."""
    workspaces = Path(sys.prefix) / "share" / "jupyter" / "lab" / "workspaces"
    return {"JUPYTERLAB_WORKSPACES_DIR": str(workspaces), "JUPYTER_PREFER_ENV_PATH": "1"}


def quiet_settings() -> None:
    """Turn off the news and the update check, for this environment alone: both ask the network."""
    folder = Path(sys.prefix) / "share" / "jupyter" / "lab" / "settings"
    folder.mkdir(parents=True, exist_ok=True)
    news = {"fetchNews": "false", "checkForUpdates": False}
    overrides = {"@jupyterlab/apputils-extension:notification": news}
    (folder / "overrides.json").write_text(json.dumps(overrides, indent=1) + "\n")


def free_port(asked: str) -> int:
    """Return the port that was asked for, or the next free one, saying so."""
    if not asked.isdecimal() or not 1 <= int(asked) <= 65535:
        sys.exit(f"PORT={asked} is no port: it must be a whole number from 1 to 65535")
    for port in range(int(asked), min(int(asked) + 100, 65536)):
        if _is_free(port):
            if port != int(asked):
                print(f"Port {asked} is taken, so this uses {port}.", flush=True)
            return port
    return sys.exit(f"Ports {asked} to {port} are all taken: choose another with PORT=")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        if os.name != "nt":  # a port that was left a moment ago counts as free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    try:  # somebody may sit on the IPv6 side alone, and "localhost" may lead there
        socket.create_connection(("::1", port), timeout=0.5).close()
    except OSError:
        return True
    return False


def wait_until_up(server: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until the server answers; false where it ends, or is silent for minutes."""
    deadline = time.monotonic() + START_LIMIT_S
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/api", timeout=2):
                return True
        except urllib.error.HTTPError:
            return True  # it answers, if only to refuse
        except OSError:
            time.sleep(0.2)
    return False


def has_browser() -> bool:
    """Say whether a browser window can open here: not over ssh, nor where there is no screen."""
    if os.environ.get("SSH_CONNECTION") or os.environ.get("CI"):
        return False
    screen = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    if platform.system() == "Linux" and not screen:
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
