"""Samples a second: WaveNet computed anew, WaveNet with a memory, and tokens of a codec.

All on one thread, in turn within each round. Weights are random, since the sums are the same; the
sizes are those of the bundled models. The path over tokens is transformers' own `generate` for a
tiny MusicGen, which draws 4 tokens for each of 50 frames a second, and our codec's decoder after
it; `decoder alone` is that last part.

Run it with ``python -m benchmarks.wavenet``.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch

from benchmarks.machine import describe, keep, verdict
from sonic_lab.generation import wavenet as sampling
from sonic_lab.models.codec import SonicCodecConfig
from sonic_lab.models.musicgen import random_model, tiny_config
from sonic_lab.models.training import threads
from sonic_lab.models.wavenet import Note, WaveNet, WaveNetConfig, condition

ROUNDS = 3
SIDE_BY_SIDE = 8
TOKENS_S = 4.0
MIN_GAIN = 20  # of the memory, over computing it all again

Run = Callable[[], tuple[int, int]]


def wavenets() -> dict[str, Run]:
    """Return what draws from a WaveNet; each says how many samples it drew, and at what rate."""
    net = WaveNet(WaveNetConfig(), generator=torch.Generator().manual_seed(0))
    torch.nn.init.normal_(net.head[-1].weight, std=0.1)  # else it draws white noise
    asked = condition([Note("flute", 69)], config=net.config, duration_s=1.0)[None]

    def draw(n_samples: int, *, batch: int = 1, cached: bool = True) -> tuple[int, int]:
        many = asked.expand(batch, -1, -1)
        return sampling.sample(net, many, n_samples=n_samples, rng=0, cached=cached).size, 8000

    return {
        "WaveNet, all anew": lambda: draw(150, cached=False),
        "WaveNet, with a memory": lambda: draw(4000),
        f"the same, {SIDE_BY_SIDE} sounds at once": lambda: draw(1500, batch=SIDE_BY_SIDE),
    }


def tokens() -> dict[str, Run]:
    """Return what goes over tokens."""
    model = random_model(tiny_config(codec=SonicCodecConfig()))
    words, n_frames = torch.ones(1, 8, dtype=torch.int64), round(50 * TOKENS_S)
    codes = torch.randint(1024, (1, 1, 4, n_frames), generator=torch.Generator().manual_seed(0))

    def generate() -> tuple[int, int]:
        with torch.inference_mode():
            y = model.generate(input_ids=words, max_new_tokens=n_frames + 3)
        return y.numel(), 16_000

    def decode() -> tuple[int, int]:
        with torch.inference_mode():
            y = model.audio_encoder.decode(codes, [None]).audio_values
        return y.numel(), 16_000

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
                start = time.perf_counter()
                drawn, native[name] = run()
                rates[name].append(drawn / (time.perf_counter() - start))
    return {name: (float(np.median(r)), float(np.median(r)) / native[name])
            for name, r in rates.items()}  # fmt: skip


def main() -> int:
    """Measure, print the table and keep it; 1 when a claim failed."""
    machine = describe("numpy", "torch", "transformers")
    rates = measure({**wavenets(), **tokens()})
    anew, cached = (rates[name][0] for name in ("WaveNet, all anew", "WaveNet, with a memory"))
    drawn = {"WaveNet": 8000, "the same": 8000, "tokens": 50}
    lines = [
        "Samples drawn a second on one thread, random weights; median of "
        f"{ROUNDS} rounds\n{machine}\n",
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
