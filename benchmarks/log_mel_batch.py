"""Log-mels of 64 clips of 5 s: librosa clip by clip against `sl.features.log_mel_batch`.

Every variant runs on one thread and on all cores, in turn within each round, so that whatever
else the machine does falls on all of them alike. The ratio compares each side at its best.

Run it with ``python -m benchmarks.log_mel_batch``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import librosa
import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.machine import describe, keep, verdict
from sonic_lab import devices, features

CLIPS, SECONDS, SR = 64, 5, 22_050
TURNS, WARM_UP, COUNTED = 7, 4, 3
MIN_RATIO, MAX_APART_DB = 3, 1e-3
LIBROSA, BATCH = "librosa, clip by clip", "log_mel_batch, CPU"


def with_librosa(Y: np.ndarray) -> np.ndarray:
    """Compute the log-mels with librosa's own calls, one clip after the other."""
    return np.stack(
        [
            librosa.power_to_db(
                librosa.feature.melspectrogram(y=y, sr=SR, n_fft=2048, hop_length=512, n_mels=128),
                ref=np.max,
            )
            for y in Y
        ]
    )


def with_batch(Y: np.ndarray, device: str = "cpu") -> np.ndarray:
    """Compute them in one call, and wait for the result to be back in NumPy."""
    return features.log_mel_batch(Y, sr=SR, device=device).cpu().numpy()


@contextmanager
def threads(n: int) -> Iterator[None]:
    """Hold torch, BLAS and OpenMP to `n` threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        with threadpool_limits(n):
            yield
    finally:
        torch.set_num_threads(before)


def measure(variants: dict[tuple[str, int], Callable[[], object]]) -> dict[tuple[str, int], float]:
    """Return the median seconds of each variant, whose turns alternate.

    A turn begins with runs that do not count: threads that were just woken share a core until the
    system has moved one of them, and a loop over batches pays for that once.
    """
    taken: dict[tuple[str, int], list[float]] = {key: [] for key in variants}
    for _ in range(TURNS):
        for key, run in variants.items():
            with threads(key[1]):
                seconds = [timed(run) for _ in range(WARM_UP + COUNTED)]
                taken[key] += seconds[WARM_UP:]
    return {key: float(np.median(values)) for key, values in taken.items()}


def timed(run: Callable[[], object]) -> float:
    """Return the seconds that one run takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main() -> int:
    """Measure, print the table and keep it; 1 when a claim failed."""
    machine = describe("numpy", "torch", "librosa")
    noise = np.random.default_rng(0).standard_normal((CLIPS, SECONDS * SR))
    Y = (0.1 * noise).astype(np.float32)
    variants: dict[tuple[str, int], Callable[[], object]] = {}
    for n in sorted({1, devices.cores()}):
        variants[LIBROSA, n] = lambda: with_librosa(Y)
        variants[BATCH, n] = lambda: with_batch(Y)
    if torch.cuda.is_available():
        variants["log_mel_batch, CUDA", 1] = lambda: with_batch(Y, "cuda")
    medians = measure(variants)
    ratio = best(medians, LIBROSA) / best(medians, BATCH)
    apart = float(np.abs(with_librosa(Y) - with_batch(Y)).max())
    fast, same = ratio >= MIN_RATIO, apart <= MAX_APART_DB
    claims = (
        verdict(f"at least {MIN_RATIO} times as fast as librosa ({ratio:.1f} times)", fast),
        verdict(f"at most {MAX_APART_DB:g} dB from librosa ({apart:.0e} dB)", same),
    )
    keep("log_mel_batch", "\n".join([*table(medians, machine), "", *claims]))
    return 0 if fast and same else 1


def best(medians: dict[tuple[str, int], float], name: str) -> float:
    """Return the seconds of a variant on the number of threads that suits it best."""
    return min(seconds for (variant, _), seconds in medians.items() if variant == name)


def table(medians: dict[tuple[str, int], float], machine: str) -> list[str]:
    """Lay the medians out as lines of text."""
    return [
        f"Log-mels of {CLIPS} clips of {SECONDS} s at {SR} Hz, n_fft 2048, hop 512, 128 bands;",
        f"median of {TURNS * COUNTED} runs of each, in {TURNS} turns",
        machine,
        "",
        f"{'':24}{'threads':>8}{'ms':>10}{'ms a clip':>12}",
        *(
            f"{name:24}{n:>8}{1e3 * seconds:>10.1f}{1e3 * seconds / CLIPS:>12.2f}"
            for (name, n), seconds in medians.items()
        ),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
