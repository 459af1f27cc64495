"""The hub is asked, is never a fault, and never holds anybody up. No test leaves this machine."""

import http.server
import socket
import threading
import time

import pytest

from sonic_lab.doctor import Status, hub


@pytest.fixture
def served(monkeypatch):
    """A hub on this machine that answers as the test says."""
    servers = []

    def serve(code):
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_HEAD(self):
                self.send_response(code)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")

    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("code", [200, 403])
def test_a_hub_that_answers_is_there(served, code):
    served(code)

    finding = hub.hub()

    assert finding.details["reachable"] is True
    assert finding.status is Status.GREEN


def test_a_hub_in_trouble_is_not(served):
    served(503)

    assert hub.hub().details["reachable"] is False


def test_nobody_there_is_no_fault(monkeypatch):
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with socket.socket() as closed:  # bound but not listening: connections are refused
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{closed.getsockname()[1]}")
        finding = hub.hub()

    assert finding.status is Status.GREEN
    assert finding.details["reachable"] is False
    assert "came with it" in finding.found


def test_a_silent_hub_is_not_waited_for(monkeypatch):
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with socket.socket() as silent:  # takes the connection and never says a word
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        start = time.monotonic()
        finding = hub.hub(timeout_s=0.3)
        took = time.monotonic() - start

    assert finding.details["reachable"] is False
    assert took < 2  # 0.3 s was asked; the rest is for a machine that is busy


def test_a_name_that_never_resolves_is_not_waited_for(monkeypatch):
    """Looking up a name knows no time limit of its own."""
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    over = threading.Event()
    monkeypatch.setattr(hub, "_ask", lambda *_: over.wait(30) and "")
    start = time.monotonic()

    finding = hub.hub(timeout_s=0.2)

    assert time.monotonic() - start < 2  # as above
    over.set()
    assert "no answer in 0.2 s" in finding.found


def test_switched_off_nothing_is_asked(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(hub, "_ask", lambda *_: pytest.fail("the hub was asked"))

    finding = hub.hub()

    assert finding.details["reachable"] is None
    assert "switched off" in finding.found


def test_an_endpoint_that_is_no_address_is_told(monkeypatch):
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "no address")

    finding = hub.hub()

    assert finding.status is Status.GREEN
    assert "not reachable (unknown url type" in finding.found
