"""How fast each effect and each attack is, on one core: ten seconds of sound, in times real time.

Run it with ``python -m benchmarks.effects``.
"""

from __future__ import annotations

import inspect
import os
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")

import numpy as np

from benchmarks.machine import describe, keep
from sonic_lab import effects
from sonic_lab.errors import SonicLabError
from sonic_lab.watermark import attacks

SR, DURATION_S, ROUNDS = 44100, 10.0, 5
SETTINGS: dict[str, dict[str, object]] = {
    "aac": {},
    "add_noise": {"snr_db": 20, "color": "pink", "rng": 0},
    "all_pass": {},
    "band_pass": {"low_hz": 300, "high_hz": 3000},
    "clip": {"threshold_db": -6},
    "compress": {},
    "crop": {"start_s": 1, "duration_s": 5},
    "cut_out": {"start_s": 1, "duration_s": 1},
    "drop_samples": {"per_s": 10, "rng": 0},
    "echo": {},
    "gain": {"gain_db": -6},
    "high_pass": {"cutoff_hz": 200},
    "high_shelf": {"corner_hz": 3000, "gain_db": -6},
    "invert": {},
    "jitter": {"deviation_ms": 1, "rng": 0},
    "low_pass": {"cutoff_hz": 4000},
    "low_shelf": {"corner_hz": 250, "gain_db": 6},
    "mp3": {},
    "notch": {"center_hz": 1000},
    "opus": {},
    "peak": {"center_hz": 1000, "gain_db": 6},
    "phase_shift": {"degrees": 90},
    "pitch_shift": {"semitones": 2},
    "quantize": {"bits": 8},
    "resample_through": {"through_hz": 16000},
    "reverb": {},
    "shuffle": {"segment_s": 0.5, "rng": 0},
    "soft_clip": {"drive_db": 12},
    "speed": {"factor": 1.05},
    "telephone": {},
    "time_stretch": {"factor": 1.25},
    "tremolo": {},
    "vorbis": {},
}


def sound() -> np.ndarray:
    """Return pink noise under a swelling chord: something for every effect to work on."""
    n = round(SR * DURATION_S)
    t = np.arange(n) / SR
    chord = sum(np.sin(2 * np.pi * f * t) for f in (220, 277.2, 329.6, 440)) / 10
    noise = 0.2 * effects.colored_noise(n, sr=SR, color="pink", rng=0)
    return (chord * (0.6 + 0.4 * np.sin(2 * np.pi * 0.7 * t)) + noise).astype(np.float32)


def row(name: str, run: Callable[[], object]) -> str:
    """Time a call, the first left out, and format its row."""
    times = []
    try:
        for _ in range(ROUNDS + 1):
            start = time.perf_counter()
            run()
            times.append(time.perf_counter() - start)
    except SonicLabError as error:
        return f"{name:20}  not run here: {error}"
    median = statistics.median(times[1:])
    return f"{name:20}{1e3 * median:>10.1f}{DURATION_S / median:>14.0f}"


def main() -> int:
    """Measure all, print the table and keep it."""
    y = sound()
    head = f"{'':20}{'median ms':>10}{'x real time':>14}"
    lines = [
        f"{DURATION_S:g} s of mono at {SR} Hz on one core, median of {ROUNDS}",
        describe("numpy", "scipy", "soundfile", "soxr"),
        "",
        f"{'effect':20}{head[20:]}",
    ]
    for name, settings in SETTINGS.items():
        effect = getattr(effects, name)
        rate = {"sr": SR} if "sr" in inspect.signature(effect).parameters else {}
        lines.append(row(name, lambda e=effect, s={**rate, **settings}: e(y, **s)))
    lines += ["", f"{'attack (default)':20}{head[20:]}"]
    lines += [row(n, lambda n=n: attacks.apply(n, y, sr=SR)) for n in attacks.names()]
    keep("effects", "\n".join(lines))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
