"""Make the bundled clips and their catalogue again: ``python -m tools.make_clips``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import speech
from .build import FOLDER, write_catalogue, write_clip, write_notes
from .entries import ENTRIES


def main(arguments: list[str] | None = None) -> int:
    """Make everything, or say what is missing before anything is written."""
    parser = argparse.ArgumentParser(prog="python -m tools.make_clips", description=__doc__)
    parser.add_argument("--into", type=Path, default=FOLDER, help="another folder to write to")
    folder = parser.parse_args(arguments).into
    if speech.version() != speech.MADE_WITH:
        print(
            f"the speech clip needs espeak-ng {speech.MADE_WITH}, and here is "
            f"{speech.version() or 'none'}: install that version (Debian 12 carries it)",
            file=sys.stderr,
        )
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for entry in ENTRIES:
        rows.append(write_clip(entry, folder))
        print(f"{entry.name:8s} {(folder / f'{entry.name}.flac').stat().st_size:8d} bytes")
    write_catalogue(rows, write_notes(folder), folder)
    total = sum(
        file.stat().st_size for file in folder.iterdir() if file.suffix in (".flac", ".ogg")
    )
    print(f"together {total:8d} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
