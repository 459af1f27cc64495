"""Weights from the hub: what is in the cache is used as it is, the rest is fetched."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from ..errors import HubError

_OURS = "or take model='tiny', which came with the course and needs no network"
# No pickles: loading one runs whatever it says.
_WANTED = ["*.json", "*.safetensors", "*.model", "*.txt", "README.md"]
NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def cached(name: str) -> Path | None:
    """Return the folder of a hub model whose configuration and weights are on this disk."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, local_files_only=True, allow_patterns=_WANTED))
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError, ValueError):
        return None
    return folder if (folder / "config.json").exists() and any(_weights(folder)) else None


def fetch(name: str) -> Path:
    """Return the folder of a hub model, fetched if need be.

    Raises
    ------
    HubError
        The hub cannot be reached, has no such model, or gives it only to those it knows.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    if folder := cached(name):
        return folder
    endpoint = os.environ.get("HF_ENDPOINT") or None
    try:
        folder = Path(snapshot_download(name, endpoint=endpoint, allow_patterns=_WANTED))
    except GatedRepoError as error:
        raise HubError(
            f"{name} is given only to those who accepted its terms: accept them at "
            f"https://huggingface.co/{name}, run `hf auth login`, and try again; {_OURS}"
        ) from error
    except RepositoryNotFoundError as error:
        raise HubError(
            f"the hub has no model named {name}, or keeps it private: look at "
            f"https://huggingface.co/models?other=musicgen for what there is; {_OURS}"
        ) from error
    except Exception as error:  # sockets, proxies, certificates, a full disk: the cure is the same
        raise HubError(
            f"{name} could not be fetched{_offline()}: connect to the internet once, it is kept "
            f"after that; {_OURS}. The reason was: {_first_line(error)}"
        ) from error
    if not (folder / "config.json").exists() or not any(_weights(folder)):
        raise HubError(f"{name} has no config.json with .safetensors weights beside it; {_OURS}")
    return folder


def _weights(folder: Path) -> Any:
    return folder.glob("*.safetensors")


def _offline() -> str:
    return " (HF_HUB_OFFLINE is set)" if os.environ.get("HF_HUB_OFFLINE") else ""


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
