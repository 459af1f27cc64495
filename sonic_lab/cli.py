"""``sonic-lab``: the course from a shell. Each command is registered by the room that does it."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from . import __version__
from .errors import SonicLabError

# Each of these rooms has a module `shell` with `register(subparsers)`, which adds a parser whose
# `run` takes the arguments and returns the exit code.
ROOMS = ("doctor", "course", "provenance", "pipeline")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 well, 1 a bad finding, 2 a mistake in the call.

    An error of ours is one line, for its text says what to do; any other is a fault in the course
    and keeps its traceback.
    """
    try:
        asked = parser().parse_args(arguments)
        code: int = asked.run(asked)
        sys.stdout.flush()
        return code
    except SonicLabError as error:
        print(f"sonic-lab: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python complains once more as it ends
        return 1
    except KeyboardInterrupt:
        return 130  # what a shell expects of a program ended by Ctrl+C


def parser() -> argparse.ArgumentParser:
    """Build the parser with the commands of every room that can be imported.

    One whose libraries are broken is left out and named in the help, for `doctor` must still run
    then, to say what is broken.
    """
    top = argparse.ArgumentParser(prog="sonic-lab", description="Sonic Lab from a shell.")
    top.add_argument("--version", action="version", version=f"sonic-lab {__version__}")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for room in ROOMS:
        try:
            shell = importlib.import_module(f".{room}.shell", __package__)
        except ImportError as error:
            top.epilog = f"The commands of {room} are missing ({error}): see `sonic-lab doctor`."
        else:
            shell.register(commands)
    return top


if __name__ == "__main__":
    sys.exit(main())
