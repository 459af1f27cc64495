"""Log-mels of 64 clips of 5 s: librosa clip by clip against `sl.features.log_mel_batch`.

Every variant runs on one thread and on all cores, in turn within each round, so that whatever
else the machine does falls on all of them alike. The ratio compares each side at its best.

Run it with ``python benchmarks/log_mel_batch.py``; the result is kept in
``benchmarks/results/log_mel_batch.txt``.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import librosa
import numpy as np
import torch
from threadpoolctl import threadpool_limits

from sonic_lab import devices, features

CLIPS, SECONDS, SR, ROUNDS = 64, 5, 22_050, 11
RESULT = Path(__file__).parent / "results" / "log_mel_batch.txt"


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
    """Return the median seconds of each variant over `ROUNDS` interleaved rounds."""
    taken: dict[tuple[str, int], list[float]] = {key: [] for key in variants}
    for round_ in range(ROUNDS + 1):
        for (name, n_threads), run in variants.items():
            with threads(n_threads):
                start = time.perf_counter()
                run()
                if round_ > 0:  # the first round fills caches and compiles
                    taken[name, n_threads].append(time.perf_counter() - start)
    return {key: float(np.median(values)) for key, values in taken.items()}


def main() -> None:
    """Measure, print the table, and keep it."""
    noise = np.random.default_rng(0).standard_normal((CLIPS, SECONDS * SR))
    Y = (0.1 * noise).astype(np.float32)
    cores = devices.cores()
    variants: dict[tuple[str, int], Callable[[], object]] = {}
    for n in sorted({1, cores}):
        variants["librosa, clip by clip", n] = lambda: with_librosa(Y)
        variants["log_mel_batch, CPU", n] = lambda: with_batch(Y)
    if torch.cuda.is_available():
        variants["log_mel_batch, CUDA", 1] = lambda: with_batch(Y, "cuda")
    medians = measure(variants)
    apart = float(np.abs(with_librosa(Y) - with_batch(Y)).max())
    report = table(medians, apart=apart, cores=cores)
    print(report)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(report + "\n", encoding="utf-8")


def table(medians: dict[tuple[str, int], float], *, apart: float, cores: int) -> str:
    """Lay the medians out as text, with the ratio of the best of each side."""
    best = {
        name: min(s for (n, _), s in medians.items() if n == name)
        for name in dict.fromkeys(n for n, _ in medians)
    }
    base = best["librosa, clip by clip"]
    lines = [
        f"Log-mels of {CLIPS} clips of {SECONDS} s at {SR} Hz, n_fft 2048, hop 512, 128 bands",
        f"median of {ROUNDS} interleaved rounds; {cores} cores, Python {platform.python_version()}",
        f"torch {torch.__version__}, librosa {librosa.__version__}",
        "",
        f"{'':24}{'threads':>8}{'ms':>10}{'ms a clip':>12}",
    ]
    lines += [
        f"{name:24}{n:>8}{1e3 * s:>10.1f}{1e3 * s / CLIPS:>12.2f}"
        for (name, n), s in medians.items()
    ]
    lines += [""]
    lines += [f"{name}: {base / s:.1f} times as fast as librosa" for name, s in best.items()][1:]
    lines += [f"largest difference between the two: {apart:.1e} dB"]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
