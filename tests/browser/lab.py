"""One browser page with one notebook in JupyterLab, and what a person would do there."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import nbformat
from jupyter_client import AsyncKernelClient
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, ConsoleMessage, Locator, Request, expect

from tests.browser.server import TOKEN, Server
from tools.notebook_format import KERNEL, ROOT

SCREENSHOTS = ROOT / ".artefacts" / "screenshots"
KERNEL_TIMEOUT_S = 60
RUN_TIMEOUT_MS = 240_000
PATIENCE_S = 30.0  # for what takes a moment at most: a busy machine is slow, and not wrong
expect.set_options(timeout=PATIENCE_S * 1000)

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("dark", "light")  # light last, since it is where pages begin

ALL_CELLS_RAN = r"""() => {
    const cells = [...document.querySelectorAll('.jp-CodeCell')].filter(
        cell => cell.querySelector('.cm-content')?.textContent.trim());
    const prompt = cell => cell.querySelector('.jp-InputPrompt')?.textContent ?? '';
    return cells.length > 0 && cells.every(cell => /\[\d+\]:/.test(prompt(cell)));
}"""
CELL_ERRORS = (
    '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"], '
    '.jp-RenderedText[data-mime-type="application/vnd.jupyter.stderr"]'
)


class Lab:
    """A notebook, copied into the server's folder and opened in a fresh page.

    `errors` and `outside` fill up while the page lives: what the browser's console called an
    error, and which requests went to anything but this machine.
    """

    def __init__(self, browser: Browser, server: Server) -> None:
        self.server = server
        self.errors: list[str] = []
        self.outside: list[str] = []
        self.notebook = ""
        self.page = browser.new_page(viewport={"width": 1280, "height": 1000})
        self.page.set_default_timeout(PATIENCE_S * 1000)
        self.page.on("console", self._heed_console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._heed_request)

    def _heed_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def _heed_request(self, request: Request) -> None:
        if not request.url.startswith((self.server.url, "data:", "blob:")):
            self.outside.append(request.url)

    def close(self) -> None:
        """Close the page and stop the notebook's kernel."""
        self.page.close()
        if kernel := self.server.kernel(self.notebook):
            self.server.api(f"kernels/{kernel['id']}", method="DELETE")

    # Notebooks

    def write(self, name: str, *cells: str) -> None:
        """Write a notebook of these cells and open it."""
        metadata = {"kernelspec": KERNEL}
        made = new_notebook(cells=[new_code_cell(cell) for cell in cells], metadata=metadata)
        nbformat.write(made, self.server.root / name)
        self._show(name)

    def open(self, path: Path) -> None:
        """Open a copy of a notebook and of its images, so that the original is never changed."""
        shutil.copy(path, self.server.root / path.name)
        if (images := path.parent / "images").exists():
            shutil.copytree(images, self.server.root / "images", dirs_exist_ok=True)
        self._show(path.name)

    def _show(self, notebook: str) -> None:
        self.notebook = notebook
        # /doc is JupyterLab with one document; reset forgets the layout of the page before.
        self.page.goto(
            f"{self.server.url}/doc/tree/{notebook}?token={TOKEN}&reset",
            wait_until="domcontentloaded",
        )
        self._wait_for_kernel()

    def _wait_for_kernel(self) -> None:
        """Wait until a kernel is idle and connected: before that, Run All is dropped in silence."""
        self.page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        self.until(
            lambda: (
                (kernel := self.server.kernel(self.notebook)) is not None
                and kernel["execution_state"] == "idle"
                and kernel["connections"] > 0
            ),
            "the kernel is idle",
            timeout_s=KERNEL_TIMEOUT_S,
        )
        # The server knows the kernel a moment before the page does.
        idle = self.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
        idle.first.wait_for(state="attached")

    def run_all(self) -> None:
        """Choose Run > Run All Cells and wait until every cell has a number."""
        self.menu("Run", "Run All Cells")
        self.page.wait_for_function(ALL_CELLS_RAN, timeout=RUN_TIMEOUT_MS)

    def menu(self, *names: str) -> None:
        """Choose from the menu bar, such as ``menu("File", "Save Notebook")``."""
        for name in names:
            self.page.get_by_role("menuitem", name=name, exact=True).click()

    def save(self) -> None:
        """Save the notebook with its outputs, as JupyterLab also does every two minutes."""
        self._command("docmanager:save")

    def reload(self) -> None:
        """Save and reload the page; the kernel lives on."""
        self.save()
        self.page.reload(wait_until="domcontentloaded")
        self._wait_for_kernel()

    def restart_kernel(self) -> None:
        """Restart the kernel, which forgets every variable and widget."""
        kernel = self.server.kernel(self.notebook)
        self.server.api(f"kernels/{kernel['id']}/restart", method="POST")
        self._wait_for_kernel()

    def _command(self, name: str, **arguments: Any) -> None:
        script = "([name, given]) => window.jupyterapp.commands.execute(name, given).then(() => 0)"
        self.page.evaluate(script, [name, arguments])

    def cell_errors(self) -> list[str]:
        """Return what cells show in red: tracebacks and warnings."""
        return self.page.locator(CELL_ERRORS).all_inner_texts()

    # The kernel's side

    def python(self, code: str) -> str:
        """Run code in the notebook's kernel, beside the page, and return what it printed."""
        # A thread of its own: Playwright's event loop lives in this one.
        with ThreadPoolExecutor(1) as pool:
            file = self.server.connection_file(self.notebook)
            return pool.submit(asyncio.run, _run_in_kernel(file, code)).result()

    def until(
        self, condition: Callable[[], object], what: str, *, timeout_s: float = PATIENCE_S
    ) -> None:
        """Wait until a condition on either side holds; fail with `what` when it never does."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {timeout_s} s in vain until {what}")
            self.page.wait_for_timeout(50)

    # What it looks like

    def by_test_id(self, name: str) -> Locator:
        """Find the part of a widget that carries ``data-testid``."""
        return self.page.get_by_test_id(name)

    def theme(self, theme: Theme) -> None:
        """Change JupyterLab's theme and wait until it has been applied."""
        self._command("apputils:change-theme", theme=f"JupyterLab {theme.capitalize()}")
        light = "true" if theme == "light" else "false"
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-light", light)
        # A second change while the veil of the first still fades makes JupyterLab drop it twice.
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def screenshot(self, name: str, *, of: Locator | None = None, theme: Theme = "light") -> Path:
        """Keep a picture of the page, or of one part of it, among the artefacts of the run."""
        self.theme(theme)
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}-{theme}.png"
        (of or self.page).screenshot(path=path)
        return path

    def pixels(self, canvas: Locator) -> str:
        """Return a canvas as PNG data, equal only when every pixel is."""
        return canvas.evaluate("canvas => canvas.toDataURL('image/png')")


async def _run_in_kernel(connection_file: str, code: str) -> str:
    client = AsyncKernelClient(connection_file=connection_file)
    client.load_connection_file()
    client.start_channels(hb=False)  # a busy machine misses heartbeats, and is not dead
    printed: list[str] = []

    def heed(message: dict[str, Any]) -> None:
        content = message["content"]
        if message["msg_type"] == "stream":
            printed.append(content["text"])
        elif message["msg_type"] == "error":
            raise AssertionError("\n".join(content["traceback"]))

    try:
        await client.wait_for_ready(timeout=KERNEL_TIMEOUT_S)
        await client.execute_interactive(
            code, store_history=False, output_hook=heed, timeout=KERNEL_TIMEOUT_S
        )
    finally:
        client.stop_channels()
    return "".join(printed).strip()
