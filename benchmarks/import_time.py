"""How long ``import sonic_lab`` takes in a fresh interpreter, and what it loads.

Run it with ``python -m benchmarks.import_time``.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

from benchmarks.machine import describe, keep, verdict

ROUNDS = 15
MAX_S = 0.3
HEAVY = ["torch", "librosa", "matplotlib", "scipy", "ipywidgets", "transformers"]
ROOMS = ["", ".audio", ".clips", ".features", ".course", ".plots", ".widgets"]
CODE = """
import json, sys, time
start = time.perf_counter()
import {module}
seconds = time.perf_counter() - start
print(json.dumps([seconds, [name for name in {heavy} if name in sys.modules]]))
"""


def measure(module: str) -> tuple[float, list[str]]:
    """Import a module in a fresh interpreter; return the seconds and the heavy libraries loaded."""
    code = CODE.format(module=module, heavy=HEAVY)
    # -S would be unfair, since it drops the installed package; -E only forgets the user's settings.
    shown = subprocess.run([sys.executable, "-E", "-c", code], capture_output=True, check=True)
    seconds, loaded = json.loads(shown.stdout)
    return seconds, loaded


def main() -> int:
    """Measure every room, print the table and keep it; 1 when the claim failed."""
    lines = [
        f"Importing in a fresh interpreter, median of {ROUNDS} (the first, from disk, left out)",
        describe("numpy", "torch", "librosa"),
        "",
        f"{'import':22}{'median ms':>10}{'slowest ms':>12}  brings",
    ]
    medians = {}
    for room in ROOMS:
        module = f"sonic_lab{room}"
        runs = [measure(module) for _ in range(ROUNDS + 1)][1:]
        times, brought = [seconds for seconds, _ in runs], runs[0][1]
        medians[module] = statistics.median(times), brought
        slowest = 1e3 * max(times)
        lines.append(
            f"{module:22}{1e3 * medians[module][0]:>10.1f}{slowest:>12.1f}  {', '.join(brought)}"
        )
    seconds, brought = medians["sonic_lab"]
    held = seconds <= MAX_S and "torch" not in brought
    claim = f"import sonic_lab takes at most {MAX_S} s and does not load torch"
    keep("import_time", "\n".join([*lines, "", verdict(claim, held)]))
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
