"""Run a command that can reach this machine and nothing else.

Where the system lets us, the command gets a network namespace with a loopback and no more: no
library, in any language, finds a way out of that. Elsewhere Python's own sockets are guarded by
`blocked/sitecustomize.py`, which is weaker, and the test run says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve()
NAMESPACE, GUARDED = "network namespace with loopback only", "guarded Python sockets"
SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8913, 0x8914  # linux/sockios.h
IFF_UP = 0x1


@cache
def _unshare() -> list[str] | None:
    """Return the command that opens a namespace, as root or as a plain user, or None."""
    for flags in ("-n", "-rn"):
        if shutil.which("unshare"):
            command = ["unshare", flags, "--", sys.executable, str(HERE)]
            if subprocess.run([*command, "true"], capture_output=True).returncode == 0:
                return command
    return None


def method() -> str:
    """Say how the network is taken away on this machine."""
    return NAMESPACE if _unshare() else GUARDED


def run_offline(
    command: list[str], *, cwd: Path, env: dict[str, str], how: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command without a network; `how` forces one of the two ways."""
    env = {**os.environ, **env}
    if (how or method()) == NAMESPACE:
        command = [*(_unshare() or []), *command]
    else:
        paths = [str(HERE.parent / "blocked"), env.get("PYTHONPATH", "")]
        env["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def _raise_loopback() -> None:
    """Switch `lo` on: a new namespace has it switched off, and kernels talk over it."""
    import fcntl
    import socket
    import struct

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(sock, SIOCGIFFLAGS, request), 16)
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


if __name__ == "__main__":
    _raise_loopback()
    os.execvp(sys.argv[1], sys.argv[1:])
