"""A real JupyterLab with nothing of the user's in it: settings, kernels and files of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

TOKEN = "sonic-lab-tests"
START_TIMEOUT_S = 120

SETTINGS = {
    # No news pop-up over what is tested, and no question about updates to the outside.
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # Else cells that are off screen are not in the page.
    "notebook-extension/tracker": {"windowingMode": "none"},
}
OPTIONS = [
    "--no-browser",
    "--allow-root",
    "--ip=127.0.0.1",
    "--ServerApp.port_retries=0",
    "--ServerApp.terminals_enabled=False",
    f"--IdentityProvider.token={TOKEN}",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
    "--LabApp.expose_app_in_browser=True",  # window.jupyterapp, for the theme
]


class Server:
    """JupyterLab over the folder `root`, on a free port of this machine."""

    def __init__(self, root: Path, scratch: Path) -> None:
        self.root, self.scratch = root, scratch
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        self.log = scratch / "server.log"
        for name, values in SETTINGS.items():
            file = scratch / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True)
            file.write_text(json.dumps(values))

    def __enter__(self) -> Server:
        command = [sys.executable, "-m", "jupyterlab", *OPTIONS]
        command += [f"--port={self.url.rpartition(':')[2]}", f"--ServerApp.root_dir={self.root}"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, env=self._env(), stdout=log, stderr=log)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError(f"JupyterLab did not start:\n{self.log.read_text()}")
            time.sleep(0.2)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _env(self) -> dict[str, str]:
        folders = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
            "SONIC_LAB_HOME": "home",
        }
        own = {name: str(self.scratch / folder) for name, folder in folders.items()}
        # The tests' own Agg would show no figure in a notebook.
        own["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
        return {**os.environ, **own}

    def _answers(self) -> bool:
        try:
            self.api("status")
        except (urllib.error.URLError, OSError):
            return False
        return True

    def api(self, path: str, *, method: str = "GET") -> Any:
        """Call the server's REST interface, such as ``sessions``."""
        headers = {"Authorization": f"token {TOKEN}"}
        request = urllib.request.Request(f"{self.url}/api/{path}", headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def kernel(self, notebook: str) -> dict[str, Any] | None:
        """Return what the server knows of a notebook's kernel, or None while there is none."""
        for session in self.api("sessions"):
            if session["path"] == notebook:
                return session["kernel"]
        return None

    def connection_file(self, notebook: str) -> str:
        """Return the file by which another client can speak to the notebook's kernel."""
        kernel = self.kernel(notebook)
        if kernel is None:
            raise RuntimeError(f"{notebook} has no kernel")
        return str(self.scratch / "runtime" / f"kernel-{kernel['id']}.json")
