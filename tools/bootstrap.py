"""Make the environment of the course: the first thing that runs on a fresh machine.

    python3 tools/bootstrap.py lab          what `make lab` needs
    python3 tools/bootstrap.py test         that, and what `make test` needs

Written so that even an old Python can read it, to be told what it lacks.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - it runs before any package says what it needs
    found = ".".join(str(part) for part in sys.version_info[:3])
    sys.exit(
        "Sonic Lab needs Python 3.11 or newer, and " + sys.executable + " is " + found + ". "
        "Install a newer one and name it, for example: make lab PYTHON=python3.12"
    )

import environment  # its neighbour in this folder, which only a newer Python can read

environment.main()
