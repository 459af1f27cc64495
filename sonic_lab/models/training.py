"""Train a small network: one loop, repeatable, watched, and stopped when you have had enough."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ..devices import choose
from ..errors import ParameterError


@dataclass(frozen=True)
class TrainingConfig:
    """How to train.

    Attributes
    ----------
    epochs : times that every example is seen
    batch_size : examples a step
    learning_rate : the highest, reached after a tenth of the steps and then let down to nothing
    weight_decay : AdamW's pull of every weight towards 0
    threads : CPU threads. One is the default: with batches this small a second thread helps a
        little on idle cores and hurts a lot on busy ones, where the first waits for it
    """

    epochs: int = 10
    batch_size: int = 32
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    threads: int = 1

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "threads"):
            if getattr(self, name) < 1:
                raise ParameterError(f"{name}={getattr(self, name)} must be a positive integer")
        if not 0 < self.learning_rate < 1:
            raise ParameterError(f"learning_rate={self.learning_rate} must lie between 0 and 1")


@dataclass(frozen=True)
class Progress:
    """What one epoch did: the mean loss over it, and the seconds since training began."""

    epoch: int
    epochs: int
    loss: float
    seconds: float


class Log(Protocol):
    """What keeps a run's settings and measurements; `sonic_lab.tracking.Run` is one."""

    def params(self, values: Mapping[str, Any], /) -> None:
        """Keep settings."""

    def metrics(self, values: Mapping[str, float], /, *, step: int) -> None:
        """Keep measurements of a step."""


def fit(
    model: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    *,
    config: TrainingConfig | None = None,
    loss: Callable[[Tensor, Tensor], Tensor] = nn.functional.cross_entropy,
    generator: torch.Generator | None = None,
    progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    log: Log | None = None,
    device: str = "auto",
) -> list[Progress]:
    """Teach `model` to turn `inputs` into `targets`.

    The model is trained in place and left in evaluation mode on its device, also when training
    is stopped or interrupted: what was learned so far is kept.

    Parameters
    ----------
    model : any network that takes a batch of `inputs`
    inputs, targets : tensors with the examples along their first axis
    config : how long and how fast; `TrainingConfig()` if None
    loss : (outputs, targets) -> a number to make small
    generator : a CPU generator, the luck of the order of examples
    progress : called after every epoch
    should_stop : asked before every step; training ends when it says yes (`Event.is_set` fits)
    log : told all settings once, and the loss of every epoch, such as a run of
        `sonic_lab.tracking`; which data it was and what became of it, its owner logs
    device : as in `sonic_lab.devices.choose`

    Returns
    -------
    One `Progress` for each finished epoch.

    Raises
    ------
    ParameterError
        There are no examples, not as many targets as inputs, or numbers that are not finite.
    """
    config = config or TrainingConfig()
    _check_examples(inputs, targets)
    place = choose(device)
    model, inputs, targets = model.to(place), inputs.to(place), targets.to(place)
    if log is not None:
        log.params(_settings(model, config, examples=len(inputs), device=str(place)))
    steps = config.epochs * -(-len(inputs) // config.batch_size)
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    rise = max(0.1, 2 / (steps + 1))  # one step at least: torch divides by its length
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, config.learning_rate, total_steps=steps + 1, pct_start=rise
    )
    history: list[Progress] = []
    start = time.perf_counter()
    with threads(config.threads), _training(model):
        for epoch in range(config.epochs):
            total = 0.0
            order = torch.randperm(len(inputs), generator=generator).to(place)
            for chosen in order.split(config.batch_size):
                if should_stop is not None and should_stop():
                    return history
                error = loss(model(inputs[chosen]), targets[chosen])
                optimiser.zero_grad(set_to_none=True)
                error.backward()
                optimiser.step()
                schedule.step()
                total += error.item() * len(chosen)
            mean = total / len(inputs)
            if not math.isfinite(mean):
                raise ParameterError(
                    f"the loss became {mean} in epoch {epoch + 1}: "
                    f"try a learning_rate below {config.learning_rate}"
                )
            done = Progress(epoch + 1, config.epochs, mean, time.perf_counter() - start)
            history.append(done)
            if log is not None:
                log.metrics({"loss": mean, "seconds": done.seconds}, step=done.epoch)
            if progress is not None:
                progress(done)
    return history


def _settings(model: nn.Module, config: TrainingConfig, **facts: Any) -> dict[str, Any]:
    """Return all that a training depends on, but its luck and its data."""
    weights = sum(weight.numel() for weight in model.parameters())
    own = getattr(model, "config", None)
    sizes = {f"model.{name}": value for name, value in vars(own).items()} if own else {}
    return {"model": type(model).__name__, "weights": weights, **sizes, **vars(config), **facts}


def _check_examples(inputs: Tensor, targets: Tensor) -> None:
    for name, value in (("inputs", inputs), ("targets", targets)):
        if not isinstance(value, Tensor) or value.ndim == 0:
            raise ParameterError(f"{name} must be a tensor of examples, not {value!r:.60}")
        if value.is_floating_point() and not value.isfinite().all():
            raise ParameterError(f"{name} hold NaN or infinite numbers")
    if len(inputs) != len(targets) or len(inputs) == 0:
        raise ParameterError(f"{len(inputs)} inputs and {len(targets)} targets: give one for each")


@contextlib.contextmanager
def threads(n: int) -> Iterator[None]:
    """Run torch on `n` CPU threads inside a ``with``, and on as many as before after it."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def _training(model: nn.Module) -> Iterator[None]:
    model.train()
    try:
        yield
    finally:
        model.eval()
