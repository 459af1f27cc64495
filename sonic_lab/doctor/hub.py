"""Can models be fetched from the hub? The course works without it, so this is never a fault."""

from __future__ import annotations

import os
import threading
import urllib.error
import urllib.request

from .findings import Finding, green

TIMEOUT_S = 3.0
BUNDLED = "the course uses the models and the sound that came with it"
_YES = {"1", "ON", "YES", "TRUE"}  # what huggingface_hub takes for yes


def hub(timeout_s: float = TIMEOUT_S) -> Finding:
    """Ask the model hub whether it is there, for at most `timeout_s` in all."""
    endpoint = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    details = {"endpoint": endpoint}
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in _YES:
        return green(f"switched off (HF_HUB_OFFLINE): {BUNDLED}", reachable=None, **details)
    problem = _problem(endpoint, timeout_s)
    if problem:
        return green(f"not reachable ({problem}): {BUNDLED}", reachable=False, **details)
    return green(f"{endpoint} answers: larger models can be fetched", reachable=True, **details)


def _problem(endpoint: str, timeout_s: float) -> str:
    """Return why the hub cannot be reached, or an empty string.

    In a thread of its own, for looking up a name has no time limit and may take half a minute.
    """
    answer: list[str] = []
    thread = threading.Thread(target=lambda: answer.append(_ask(endpoint, timeout_s)), daemon=True)
    thread.start()
    thread.join(timeout_s)
    return answer[0] if answer else f"no answer in {timeout_s:g} s"


def _ask(endpoint: str, timeout_s: float) -> str:
    try:
        request = urllib.request.Request(endpoint, method="HEAD")
        urllib.request.urlopen(request, timeout=timeout_s).close()
    except urllib.error.HTTPError as error:
        return "" if error.code < 500 else f"it answers {error.code}"
    except urllib.error.URLError as error:
        return str(getattr(error.reason, "strerror", None) or error.reason)
    except Exception as error:  # such as an endpoint that is no address
        return str(error)
    return ""
