"""Read the record that lies beside published weights as the run that made them."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from ..errors import TrackingError
from .ledger import Artefact, Dataset, RunRecord

RECORD = "record.json"
CARD = "README.md"


def trained(folder: str | os.PathLike[str]) -> RunRecord:
    """Return the training of published weights, as far as the record beside them tells.

    Parameters
    ----------
    folder : with ``record.json``, such as ``sl.models.path("codec")``

    Returns
    -------
    A record that `Lineage` takes among its `runs`: the data by its hash and licence, the settings,
    the figures, and the weight files by their hashes

    Raises
    ------
    TrackingError
        There is no record, or it does not say what a record must.
    """
    place = Path(folder)
    try:
        said = json.loads((place / RECORD).read_bytes())
        return _run(place, said)
    except OSError as error:
        raise TrackingError(
            f"{place / RECORD} cannot be read ({error.strerror or error}): "
            "pass the folder of published weights, such as sl.models.path('codec')"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TrackingError(
            f"{place / RECORD} is not the record of a training: {type(error).__name__}: {error}"
        ) from error


def _run(place: Path, said: dict[str, Any]) -> RunRecord:
    data, files = said["data"], said["files"]
    key = hashlib.sha256("".join(sorted(files.values())).encode()).hexdigest()[:12]
    made = [Artefact(name, sha256, "model", str(place / name)) for name, sha256 in files.items()]
    card = place / CARD
    if card.is_file():
        sha256 = hashlib.sha256(card.read_bytes()).hexdigest()
        made.append(Artefact(CARD, sha256, "card", str(card)))
    numbers = {k: v for k, v in said["figures"].items() if isinstance(v, (int, float))}
    licence = str(data.get("licence", ""))
    return RunRecord(
        id=f"weights-{key}",
        name=f"training of {said['name']}",
        project="sonic-lab",
        state="finished",
        params={**said["settings"], **{f"code {k}": v for k, v in said["code"].items()}},
        metrics={name: [(None, float(value))] for name, value in numbers.items()},
        datasets=[Dataset(data["name"], data["sha256"], "training", int(data["clips"]), licence)],
        artefacts=made,
    )
