"""Two notebooks that play at once: both kernels on every core, or each on a core of its own.

Two processes load the bundled MusicGen and each make six seconds of music at the same moment, on
one thread each and then on two each. Nothing else should run meanwhile.

Run it with ``python -m benchmarks.two_kernels``.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

from benchmarks.machine import describe, keep, verdict

ROUNDS, SECONDS = 3, 6.0
CODE = """
import sys, time
from sonic_lab.generation.player import Player
Player.quickest_threads = lambda self, step: {threads}
from sonic_lab import generation
model = generation.load("tiny", device="cpu")
print(flush=True)
sys.stdin.readline()  # until both are ready
start = time.perf_counter()
generation.generate("slow sad piano melody", duration_s={seconds}, seed=0, model=model)
print(time.perf_counter() - start)
"""


def play(kernels: int, *, threads: int) -> float:
    """Return the seconds that the slowest of some kernels takes when all play at once."""
    code = CODE.format(threads=threads, seconds=SECONDS)
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(kernels)
    ]
    for each in started:
        assert each.stdout is not None
        each.stdout.readline()
    for each in started:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    return max(float(each.communicate()[0]) for each in started)


def main() -> int:
    """Play, print the table and keep it; 1 when threads of their own were no quicker."""
    machine = describe("torch")
    ways = [(kernels, threads) for kernels in (1, 2) for threads in (1, 2)]
    taken: dict[tuple[int, int], list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for kernels, threads in ways:
            taken[kernels, threads].append(play(kernels, threads=threads))
    medians = {way: statistics.median(seconds) for way, seconds in taken.items()}
    lines = [
        f"{SECONDS:g} s of music by the bundled MusicGen, s until the last is done, "
        f"median of {ROUNDS}",
        machine,
        "",
        f"{'kernels at once':>16}{'threads each':>14}{'median':>9}{'slowest':>9}",
        *(
            f"{kernels:>16}{threads:>14}{medians[kernels, threads]:>9.1f}"
            f"{max(taken[kernels, threads]):>9.1f}"
            for kernels, threads in ways
        ),
    ]
    held = medians[2, 1] < medians[2, 2]
    claim = "two kernels are quicker on a thread each than on two each"
    keep("two_kernels", "\n".join([*lines, "", verdict(claim, held)]))
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
