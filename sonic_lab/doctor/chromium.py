"""Find a Chromium for the browser tests. Standard library only: `make test` asks first of all."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

from .findings import Finding, amber, green

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = {
    "Darwin": (
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ),
    "Windows": (
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    ),
}
CURE = (
    "Debian and Ubuntu: sudo apt install chromium. macOS: brew install --cask chromium. Elsewhere "
    "install Chrome, or name the program in CHROMIUM=/path/to/it"
)


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome, or None. ``CHROMIUM=`` names one of your own."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    on_path = (shutil.which(command) for command in COMMANDS)
    installed = (p for p in APPLICATIONS.get(platform.system(), ()) if Path(p).exists())
    return next((path for path in (*on_path, *installed) if path), None)


def chromium() -> Finding:
    """Check for the browser that the tests drive; the course itself runs in any browser."""
    path = find_chromium()
    if path is None:
        return amber("no Chromium: only the course's own tests need it", CURE, path=None)
    return green(f"{path}, for the course's own tests", path=path)
