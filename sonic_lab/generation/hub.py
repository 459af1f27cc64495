"""Weights from the hub: what is in the cache is used as it is, the rest is fetched."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

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
    return folder if _whole(folder) else None


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
    if not _whole(folder):  # what the hub's library returns when it cannot look for the rest
        raise HubError(
            f"{name} could not be fetched whole{_offline()}: either the connection is gone, or the "
            f"hub has no .safetensors of it, and other formats are not taken; {_OURS}"
        )
    return folder


def _whole(folder: Path) -> bool:
    """Say whether the configuration and every file of the weights is there."""
    files = {file.name for file in folder.glob("*.safetensors")}
    index = folder / "model.safetensors.index.json"
    if index.exists():
        parts = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
        return (folder / "config.json").exists() and set(parts) <= files
    return (folder / "config.json").exists() and bool(files)


def _offline() -> str:
    return " (HF_HUB_OFFLINE is set)" if os.environ.get("HF_HUB_OFFLINE") else ""


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
