"""Samples a second: WaveNet computed anew, WaveNet with a memory, and tokens of a codec.

All on one thread, in turn within each round, with the bundled models. The path over tokens is the
course's engine with the tiny MusicGen, which draws 4 tokens for each of 50 frames a second, and our
codec's decoder after it; `the decoder alone` is that last part. Times are those of the process's
own work, so that a busy machine blurs them less.

Run it with ``python -m benchmarks.wavenet``.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks.machine import describe, keep, verdict
from sonic_lab import generation, models
from sonic_lab.generation import wavenet as sampling
from sonic_lab.models.training import threads
from sonic_lab.models.wavenet import Note, condition

ROUNDS = 3
SIDE_BY_SIDE = 8
TOKENS_S = 4.0
MIN_GAIN = 20  # of the memory, over computing it all again

Run = Callable[[], tuple[int, int]]


def wavenets() -> dict[str, Run]:
    """Return what draws from a WaveNet; each says how many samples it drew, and at what rate."""
    net = models.load("wavenet", device="cpu")
    asked = condition([Note("flute", 69)], config=net.config, duration_s=1.0)[None]

    def draw(n_samples: int, *, batch: int = 1, cached: bool = True) -> tuple[int, int]:
        many = asked.expand(batch, -1, -1)
        return sampling.sample(net, many, n_samples=n_samples, rng=0, cached=cached).size, 8000

    return {
        "WaveNet, all anew": lambda: draw(60, cached=False),
        "WaveNet, with a memory": lambda: draw(2000),
        f"the same, {SIDE_BY_SIDE} sounds at once": lambda: draw(600, batch=SIDE_BY_SIDE),
    }


def tokens() -> dict[str, Run]:
    """Return what goes over tokens."""
    codec = models.load("codec", device="cpu")
    codes = np.random.default_rng(0).integers(1024, size=(1, 4, round(50 * TOKENS_S)))

    def generate() -> tuple[int, int]:
        y, sr = generation.generate(
            "slow sad piano melody", duration_s=TOKENS_S, seed=0, model="tiny", device="cpu"
        )
        return y.size, sr

    def decode() -> tuple[int, int]:
        y, sr = codec.decode(codes)
        return y.size, sr

    return {"tokens, and the decoder": generate, "the decoder alone": decode}


def measure(runs: dict[str, Run]) -> dict[str, tuple[float, float]]:
    """Return the median samples a second of each, and how many times real time that is."""
    rates: dict[str, list[float]] = {name: [] for name in runs}
    native: dict[str, int] = {}
    with threads(1):
        for run in runs.values():
            run()  # the first time pays for what is set up once
        for _ in range(ROUNDS):
            for name, run in runs.items():
                start = time.process_time()
                drawn, native[name] = run()
                rates[name].append(drawn / (time.process_time() - start))
    return {name: (float(np.median(r)), float(np.median(r)) / native[name])
            for name, r in rates.items()}  # fmt: skip


def main() -> int:
    """Measure, print the table and keep it; 1 when a claim failed."""
    machine = describe("numpy", "torch", "transformers")
    rates = measure({**wavenets(), **tokens()})
    anew, cached = (rates[name][0] for name in ("WaveNet, all anew", "WaveNet, with a memory"))
    drawn = {"WaveNet": 8000, "the same": 8000, "tokens": 50}
    lines = [
        f"Samples drawn a second on one thread, by processor time; median of {ROUNDS} rounds\n"
        f"{machine}\n",
        f"{'':32}{'steps for a second':>20}{'samples a second':>18}{'times real time':>17}",
    ]
    for name, (rate, times) in rates.items():
        steps = next((n for start, n in drawn.items() if name.startswith(start)), "none")
        lines.append(f"{name:32}{steps:>20}{rate:>18,.0f}{times:>17.3g}")
    gain = cached / anew
    held = gain >= MIN_GAIN
    claim = f"a memory makes WaveNet at least {MIN_GAIN} times as fast ({gain:.0f} times)"
    keep("wavenet", "\n".join([*lines, "", verdict(claim, held)]))
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
