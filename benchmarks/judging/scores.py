"""How well what was heard is what was asked, how far from real clips, how near to learned ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.judging.ears import Heard
from benchmarks.judging.prompts import Prompt

NEAR = 1.08  # a tempo is right when it is off by at most this factor

Question = Callable[[Prompt, Heard], list[float]]


def instrument(asked: Prompt, heard: Heard) -> list[float]:
    """1 for each instrument asked for that is heard, 0 for one that is not."""
    return [float(heard.instruments[name] > 0.5) for name in asked.instruments]


def by_instrument(asked: Sequence[Prompt], heard: Sequence[Heard]) -> dict[str, tuple[int, int]]:
    """Return of each instrument how often it was heard, of how often it was asked for."""
    found: dict[str, list[float]] = {}
    for a, h in zip(asked, heard, strict=True):
        for name, answer in zip(a.instruments, instrument(a, h), strict=True):
            found.setdefault(name, []).append(answer)
    return {name: (int(sum(answers)), len(answers)) for name, answers in sorted(found.items())}


def drums(asked: Prompt, heard: Heard) -> list[float]:
    """1 where drums are heard as asked, or not heard as asked."""
    if asked.drums is None:
        return []
    return [float((heard.instruments["drums"] > 0.5) == asked.drums)]


def mode(asked: Prompt, heard: Heard) -> list[float]:
    """1 where major or minor is as asked."""
    return [] if asked.mode is None else [float(heard.mode == asked.mode)]


def tempo(asked: Prompt, heard: Heard) -> list[float]:
    """1 where the tempo is within 8 % of what was asked."""
    if asked.tempo_bpm is None:
        return []
    return [float(abs(np.log(heard.tempo_bpm / asked.tempo_bpm)) <= np.log(NEAR))]


def in_asked_key(asked: Prompt, heard: Heard) -> list[float]:
    """Share of what sounds that lies in the key asked for."""
    return [] if asked.tonic is None else [heard.in_key(asked.tonic, asked.mode)]


def in_heard_key(asked: Prompt, heard: Heard) -> list[float]:
    """Share of what sounds that lies in the key that is heard."""
    return [heard.in_key()]


QUESTIONS: dict[str, tuple[Question, float | None]] = {
    "instrument asked for is heard": (instrument, 0.85),
    "drums present or absent as asked": (drums, 0.90),
    "major or minor as asked": (mode, 0.75),
    "tempo within 8 % of what was asked": (tempo, 0.70),
    "notes in the key asked for": (in_asked_key, 0.85),
    "notes in the key heard": (in_heard_key, None),
}


def share(question: Question, asked: Sequence[Prompt], heard: Sequence[Heard]) -> tuple[float, int]:
    """Return the mean over all answers, and how many answers there are."""
    answers = [x for a, h in zip(asked, heard, strict=True) for x in question(a, h)]
    return (float(np.mean(answers)) if answers else float("nan")), len(answers)


def chance(
    question: Question, asked: Sequence[Prompt], heard: Sequence[Heard], *, rounds: int = 200
) -> float:
    """Return the share that the same clips reach when each is held against another's prompt."""
    rng = np.random.default_rng(0)
    shuffled = ([heard[i] for i in rng.permutation(len(heard))] for _ in range(rounds))
    return float(np.mean([share(question, asked, some)[0] for some in shuffled]))


def frechet(a: np.ndarray, b: np.ndarray) -> float:
    """Return the Fréchet distance of two clouds of embeddings (N, D), taken as Gaussian.

    Heusel et al. (2017), equation 6. Few points make it larger: compare clouds of one size.
    """
    from scipy.linalg import sqrtm

    apart = a.mean(0) - b.mean(0)
    spread_a, spread_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    cross = sqrtm(spread_a @ spread_b)
    return float(apart @ apart + np.trace(spread_a + spread_b - 2 * np.real(cross)))


def fingerprint(y: np.ndarray, *, sr: int) -> np.ndarray:
    """Describe what happens when: unit vector of 24 bands × 4 a second of log-mel, (960,)."""
    from sonic_lab import features

    mel = features.log_mel(y, sr=sr, n_fft=1024, hop_length=sr // 40, n_mels=24)  # dB
    coarse = mel[:, : mel.shape[1] // 10 * 10].reshape(24, -1, 10).mean(2)
    coarse = coarse - coarse.mean(axis=1, keepdims=True)  # what an instrument always has, gone
    flat = coarse.ravel()
    return (flat / max(float(np.linalg.norm(flat)), 1e-9)).astype(np.float32)


def nearest(some: np.ndarray, learned: np.ndarray) -> np.ndarray:
    """Return the distance of each fingerprint to the nearest learned one: (N,)."""
    return np.sqrt(np.maximum(2 - 2 * (some @ learned.T).max(axis=1), 0))
