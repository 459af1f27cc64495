"""Residual vector quantisation: say a vector by a few short numbers, each mending the last.

A codebook holds V vectors. The first names the one that is nearest to what is to be said; the
second names the nearest to what the first left over; and so on. K codebooks of 1,024 vectors say
10 K bits, and whoever hears only the first k of the numbers still gets the best coarse answer.

`ResidualVQ` is all that encoding and decoding need. `CodebookLearner` is what training needs on
top: the codebooks follow the data by moving averages, without gradients; they begin as k-means
centres; and a vector that nobody names any more is sent back to work.

References
----------
Juang and Gray, Multiple stage vector quantization for speech coding, ICASSP 1982.
van den Oord et al., Neural Discrete Representation Learning (2017), appendix A.1: averages.
Zeghidour et al., SoundStream (2021), section III-C: residual, k-means start, dead codes.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..errors import ParameterError


class ResidualVQ(nn.Module):
    """K codebooks of V vectors of D numbers each.

    Examples
    --------
    >>> quantizer = ResidualVQ(n_codebooks=2, codebook_size=4, dim=3)
    >>> quantizer.encode(torch.zeros(1, 5, 3)).shape  # (B, K, T)
    torch.Size([1, 2, 5])
    """

    codebooks: Tensor

    def __init__(self, *, n_codebooks: int, codebook_size: int, dim: int) -> None:
        super().__init__()
        self.register_buffer("codebooks", torch.zeros(n_codebooks, codebook_size, dim))

    def encode(self, z: Tensor, n_codebooks: int | None = None) -> Tensor:
        """Name the nearest vectors: (B, T, D) -> int64 codes (B, K, T)."""
        return self.walk(z, n_codebooks)[0]

    def decode(self, codes: Tensor) -> Tensor:
        """Sum the named vectors: codes (B, K, T) -> (B, T, D); any first k of the K will do."""
        total = self.codebooks.new_zeros(())
        for book, names in zip(self.codebooks, codes.unbind(1), strict=False):
            total = total + nn.functional.embedding(names, book)  # (B, T) -> (B, T, D)
        return total

    def walk(self, z: Tensor, n_codebooks: int | None = None) -> tuple[Tensor, list[Tensor]]:
        """Encode, and keep what each codebook was given: codes (B, K, T), K residuals (B, T, D)."""
        residual, codes, residuals = z, [], []
        for book in self.codebooks[: self.check(n_codebooks)]:
            residuals.append(residual)
            names = nearest(residual.flatten(0, -2), book).view(residual.shape[:-1])
            codes.append(names)
            residual = residual - nn.functional.embedding(names, book)
        return torch.stack(codes, dim=1), residuals

    def check(self, n_codebooks: int | None) -> int:
        """Return how many codebooks to use, all where None, or say what is wrong with it."""
        most = len(self.codebooks)
        if n_codebooks is None:
            return most
        if isinstance(n_codebooks, bool) or not isinstance(n_codebooks, int):
            raise ParameterError(f"n_codebooks={n_codebooks!r} must be a whole number")
        if not 1 <= n_codebooks <= most:
            raise ParameterError(f"n_codebooks={n_codebooks} must be from 1 to {most}")
        return n_codebooks


def nearest(points: Tensor, book: Tensor) -> Tensor:
    """Name for each point the nearest vector of a book: (N, D), (V, D) -> int64 (N,)."""
    # |p - b|² = |p|² - 2 p·b + |b|², of which |p|² is the same for every b.
    return torch.addmm(book.pow(2).sum(1), points, book.T, alpha=-2).argmin(1)


def k_means(points: Tensor, n: int, *, rounds: int = 5, generator: torch.Generator) -> Tensor:
    """Find n centres among points by Lloyd's rounds: (N, D) -> (n, D).

    A centre that no point is nearest to starts again at a random point.
    """
    if len(points) < n:
        raise ParameterError(f"{n} centres need at least as many points, not {len(points)}")
    centres = points[torch.randperm(len(points), generator=generator)[:n]].clone()
    for _ in range(rounds):
        count, total = _tally(points, nearest(points, centres), n)
        centres = total / count.clamp(min=1)[:, None]
        empty = count == 0
        centres[empty] = _draw(points, int(empty.sum()), generator)
    return centres


class CodebookLearner:
    """Move the codebooks of a `ResidualVQ` towards the vectors that name them.

    Parameters
    ----------
    quantizer : its codebooks are changed in place
    generator : luck, for the start and for the dead
    decay : of the moving averages; 0.99 remembers about a hundred steps
    dead_below : a vector is dead when it was named fewer times a step than this, on the average
    """

    def __init__(
        self,
        quantizer: ResidualVQ,
        *,
        generator: torch.Generator,
        decay: float = 0.99,
        dead_below: float = 0.02,
    ) -> None:
        self.quantizer, self.generator = quantizer, generator
        self.decay, self.dead_below = decay, dead_below
        books = quantizer.codebooks
        self.count = torch.ones(books.shape[:2])  # (K, V): times named, averaged
        self.total = books.clone()  # (K, V, D): sum of the vectors that named it, averaged

    @torch.no_grad()
    def start(self, latents: Tensor) -> None:
        """Begin with k-means centres of each stage's residual: latents (N, D)."""
        residual = latents
        for k, book in enumerate(self.quantizer.codebooks):
            book.copy_(k_means(residual, len(book), generator=self.generator))
            self.total[k] = book
            residual = residual - book[nearest(residual, book)]
        self.count.fill_(1.0)

    @torch.no_grad()
    def update(self, residuals: list[Tensor], codes: Tensor) -> None:
        """Learn from one step: what `ResidualVQ.walk` returned, as many stages as it walked."""
        for k, points in enumerate(residuals):
            self._follow(k, points.flatten(0, -2), codes[:, k].flatten())

    def _follow(self, k: int, points: Tensor, names: Tensor) -> None:
        count, total = _tally(points, names, len(self.count[k]))
        self.count[k].lerp_(count, 1 - self.decay)
        self.total[k].lerp_(total, 1 - self.decay)
        dead = self.count[k] < self.dead_below
        if dead.any():
            self.total[k][dead] = _draw(points, int(dead.sum()), self.generator)
            self.count[k][dead] = 1.0
        self.quantizer.codebooks[k] = self.total[k] / self.count[k][:, None]

    def state_dict(self) -> dict[str, Any]:
        """Return all that a later `load_state_dict` needs to go on as if never stopped."""
        return {"count": self.count, "total": self.total, "luck": self.generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from `state_dict`."""
        self.count.copy_(state["count"])
        self.total.copy_(state["total"])
        self.generator.set_state(state["luck"])


def _tally(points: Tensor, names: Tensor, n: int) -> tuple[Tensor, Tensor]:
    count = torch.bincount(names, minlength=n).to(points.dtype)
    return count, points.new_zeros(n, points.shape[1]).index_add_(0, names, points)


def _draw(points: Tensor, n: int, generator: torch.Generator) -> Tensor:
    return points[torch.randint(len(points), (n,), generator=generator)]
