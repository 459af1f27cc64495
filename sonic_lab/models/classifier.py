"""A small network that names the instrument it sees in a log-mel spectrogram.

Read it downwards: one block, then the network made of blocks. It has no layer that flattens the
picture, so it takes any number of mel bands and frames, and its answer is an average of votes
that were cast all over the picture. `Classifier.votes` shows them: where a vote is high, the
network saw something it takes for that instrument. This is a class activation map that needs
no approximation, since the average of the map *is* the answer.

References
----------
Lin, Chen and Yan, Network in Network (2014), section 3.2: global average pooling.
Zhou et al., Learning Deep Features for Discriminative Localization (2016): class activation maps.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from ..errors import AudioError, ParameterError


@dataclass(frozen=True)
class ClassifierConfig:
    """The size of a `Classifier`.

    Attributes
    ----------
    n_classes : how many names it can give
    widths : channels of each block; each block also halves the bands and the frames
    range_db : dB from the loudest point, 0, down to the floor of the log-mels it will see
    """

    n_classes: int
    widths: tuple[int, ...] = (8, 16, 32)
    range_db: float = 80.0

    def __post_init__(self) -> None:
        if self.n_classes < 2:
            raise ParameterError(f"n_classes={self.n_classes} must be at least 2")
        if not self.widths or min(self.widths) < 1:
            raise ParameterError(f"widths={self.widths} must be one or more positive integers")
        if not 0 < self.range_db < float("inf"):
            raise ParameterError(f"range_db={self.range_db} must be a positive number of dB")


class Block(nn.Module):
    """See a little further: a 3 × 3 convolution, normalised, rectified, then halved."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, kernel_size=3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(c_out)
        self.halve = nn.MaxPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, M, T) -> (B, C', M / 2, T / 2)."""
        return self.halve(torch.relu(self.norm(self.conv(x))))


class Classifier(nn.Module):
    """Log-mels in, one score a class out.

    Parameters
    ----------
    config : the sizes
    generator : luck for the first weights; None draws from torch's global state

    Examples
    --------
    >>> net = Classifier(ClassifierConfig(n_classes=5), generator=torch.Generator().manual_seed(0))
    >>> net(torch.zeros(2, 128, 44)).shape
    torch.Size([2, 5])
    >>> net.votes(torch.zeros(2, 128, 44)).shape
    torch.Size([2, 5, 16, 5])
    """

    def __init__(
        self, config: ClassifierConfig, *, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        self.config = config
        with torch.random.fork_rng(devices=[]):  # torch's own first draw is replaced below
            self.blocks = nn.Sequential(*(Block(a, b) for a, b in pairwise((1, *config.widths))))
            self.head = nn.Conv2d(config.widths[-1], config.n_classes, kernel_size=1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):  # He et al. (2015): keeps the variance through ReLU
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]  # the head has a bias

    def forward(self, log_mel: Tensor) -> Tensor:
        """Score each class: dB (B, M, T) -> logits (B, V)."""
        return self.votes(log_mel).mean(dim=(2, 3))

    def votes(self, log_mel: Tensor) -> Tensor:
        """Show how each patch of the picture votes: dB (B, M, T) -> (B, V, M', T').

        M' = M // 2 ** blocks, and T' likewise. The mean over M' and T' is what `forward` returns.
        """
        self._check(log_mel)
        half = self.config.range_db / 2
        x = (log_mel / half + 1).unsqueeze(1)  # [-80, 0] dB -> [-1, 1]; (B, 1, M, T)
        return self.head(self.blocks(x))

    def _check(self, log_mel: Tensor) -> None:
        smallest = 2 ** len(self.config.widths)
        if not isinstance(log_mel, Tensor) or not log_mel.is_floating_point():
            kind = getattr(log_mel, "dtype", type(log_mel).__name__)
            raise AudioError(f"log_mel must be a torch tensor of floats, not {kind}")
        if log_mel.ndim != 3 or min(log_mel.shape[1:]) < smallest:
            raise AudioError(
                f"log_mel has shape {tuple(log_mel.shape)}: it must be (B, n_mels, T) with at "
                f"least {smallest} bands and {smallest} frames"
            )
