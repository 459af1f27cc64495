"""Draw sound from a WaveNet, one sample at a time: the slow way, and the way that remembers.

Every sample needs one number from each layer, at one place. `sample(cached=False)` runs the
whole network over the whole receptive field to get it. `sample()` keeps what each layer was
given in a ring, as long as the layer's dilation, so that a new sample costs one small product a
layer and place. Both compute in double precision from the same random numbers, so that they
give the same samples: a difference in the fifteenth digit turns no symbol into its neighbour.

References
----------
van den Oord et al., WaveNet: A Generative Model for Raw Audio (2016), section 2.
Le Paine et al., Fast Wavenet Generation Algorithm (2016).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Generator, Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from ..audio import check_number
from ..errors import ParameterError
from ..models.wavenet import Layer, Note, WaveNet, condition, echo_places, level, mu_law_decode
from ..randomness import generator

MAX_TEMPERATURE = 10.0
RELEASE_S = 0.3  # heard after the last key came up


def play(
    model: WaveNet,
    notes: Note | Sequence[Note],
    *,
    duration_s: float | None = None,
    rng: np.random.Generator | int | None = None,
    temperature: float = 1.0,
    cached: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[np.ndarray, int]:
    """Play notes, one at a time.

    Parameters
    ----------
    model : a `WaveNet`
    notes : a note, or several that follow on one another
    duration_s : s; None stops 0.3 s after the last key came up
    rng, temperature, cached, progress : as in `sample`

    Returns
    -------
    y : float32, shape (n,), in [-1, 1]
    sr : the model's sample rate, Hz

    Raises
    ------
    ParameterError, UnknownNameError
        There is no note, or one that the model was not taught, or a setting out of range.
    """
    line = [notes] if isinstance(notes, Note) else list(notes)
    if not line:
        raise ParameterError("there is no note to play: give a wavenet.Note, or several")
    if duration_s is None:
        duration_s = max(note.start_s + note.held_s for note in line) + RELEASE_S
    asked = condition(line, config=model.config, duration_s=duration_s)
    n_samples = round(duration_s * model.config.sr)
    codes = sample(
        model, asked[None], n_samples=n_samples, rng=rng, temperature=temperature, cached=cached,
        progress=progress,
    )  # fmt: skip
    return mu_law_decode(codes[0], levels=model.config.levels), model.config.sr


def sample(
    model: WaveNet,
    condition: Tensor,
    *,
    n_samples: int | None = None,
    heard: np.ndarray | None = None,
    rng: np.random.Generator | int | None = None,
    temperature: float = 1.0,
    cached: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Draw symbols, each from what the network predicts after those before it.

    Parameters
    ----------
    model : a `WaveNet`
    condition : what is asked for, shape (B, D, N); B sounds are drawn side by side
    n_samples : how many to draw; None fills the condition's frames
    heard : int, shape (B, T0), symbols that stand there already, for the network to go on from
    rng : luck; the first sound's does not depend on how many others there are
    temperature : the logits are divided by it. 0 always takes the likeliest symbol
    cached : remember what each layer was given, or compute it all again for every sample
    progress : called after every frame with the samples done and the samples to do

    Returns
    -------
    int64, shape (B, n_samples)

    Raises
    ------
    ParameterError
        A setting is out of range, or the condition is too short or of the wrong shape.

    Examples
    --------
    >>> from sonic_lab.models.wavenet import WaveNet, WaveNetConfig
    >>> net = WaveNet(WaveNetConfig(dilations=(1, 2, 4)))
    >>> sample(net, torch.zeros(2, net.config.n_conditions, 1), rng=0).shape
    (2, 80)
    """
    hop, levels = model.config.hop_length, model.config.levels
    asked = _check_condition(condition, model)
    n = asked.shape[2] * hop if n_samples is None else n_samples
    if not 0 < n <= asked.shape[2] * hop:
        raise ParameterError(
            f"n_samples={n} must be from 1 to {asked.shape[2] * hop}, which is as far as the "
            "condition reaches"
        )
    heat = check_number(temperature, name="temperature", low=0, high=MAX_TEMPERATURE)
    known = _check_heard(heard, batch=len(asked), levels=levels)
    luck = generator(rng).random((len(asked), n))
    steps = (_cached if cached else _naive)(model, asked)
    codes = np.empty((len(asked), n), np.int64)
    logits = next(steps)
    for t in range(n):
        codes[:, t] = known[:, t] if t < known.shape[1] else draw(logits, luck[:, t], heat)
        if progress is not None and ((t + 1) % hop == 0 or t + 1 == n):
            progress(t + 1, n)
        if t + 1 < n:
            logits = steps.send(codes[:, t])
    return codes


def draw(logits: np.ndarray, luck: np.ndarray, temperature: float) -> np.ndarray:
    """Choose symbols: the one under which the luck, from 0 to 1, falls in the summed chances.

    Parameters
    ----------
    logits : shape (B, V)
    luck : shape (B,), from 0 up to but not including 1
    temperature : 0 takes the likeliest

    Examples
    --------
    >>> draw(np.log([[0.2, 0.3, 0.5]]), np.array([0.4]), 1.0).tolist()
    [1]
    """
    if temperature == 0:
        return logits.argmax(axis=1)
    scaled = (logits - logits.max(axis=1, keepdims=True)) / temperature
    below = np.exp(scaled).cumsum(axis=1)
    return (below <= luck[:, None] * below[:, -1:]).sum(axis=1)


Steps = Generator[np.ndarray, np.ndarray, None]


def _naive(model: WaveNet, asked: Tensor) -> Steps:
    """Yield the logits of the next symbol (B, V), and be sent it: everything computed each time."""
    exact = copy.deepcopy(model).cpu().double().eval()
    hop, sees = model.config.hop_length, model.config.reach
    before = torch.full((len(asked), asked.shape[2] * hop), model.silence)
    for t in range(before.shape[1]):
        first = max(0, t + 1 - sees) // hop * hop  # a window must begin with a frame
        with torch.inference_mode():
            window, frames = before[:, first : t + 1], asked[..., first // hop :].double()
            logits = exact.predict_next(window, frames)[..., -1]
        symbols = yield logits.numpy()
        if t + 1 < before.shape[1]:
            before[:, t + 1] = torch.from_numpy(symbols)


def _cached(model: WaveNet, asked: Tensor) -> Steps:
    """Yield the logits of the next symbol (B, V), and be sent it: each layer remembers its past.

    A gate's sigmoid is written as (1 + tanh(v / 2)) / 2, so that one tanh serves both halves; the
    halves are in the weights. A constant 1 beside each layer's output brings its bias along.
    """
    w = _Weights(model, asked)
    batch, width, n_layers = len(asked), model.config.width, len(w.dilations)
    memory = np.zeros((w.dilations.sum(), batch, width))  # the rings, one after another
    begins = np.cumsum(w.dilations) - w.dilations
    x = np.zeros((n_layers + 1, batch, width))  # what each layer is given now
    both, one = np.zeros((batch, 2 * width)), np.ones(width)
    found, gate = both[:, :width], both[:, width:]
    z = np.ones((n_layers, batch, width + 1))
    layers = [
        (x[k], w.now[k], z[k, :, :width], z[k], w.onward[k], x[k + 1]) for k in range(n_layers)
    ]
    past = np.zeros((batch, model.config.reach + len(w.left)))  # for the echo
    symbols, rows = np.full(batch, model.silence), np.arange(batch)[:, None]
    for t in range(asked.shape[2] * model.config.hop_length):
        place = begins + t % w.dilations  # where each ring keeps what was given `dilation` ago
        told = np.matmul(memory[place], w.past) + w.told[t // model.config.hop_length]  # (L, B, 2C)
        past[:, model.config.reach + t] = level(symbols, levels=model.config.levels)
        left, share = w.left[t], w.share[t]  # (B, E)
        echo = past[rows, left] * (1 - share) + past[rows, left + 1] * share
        np.add(w.embed[symbols], (echo * w.sounding[t]).dot(w.tune), x[0])
        for (given, now, open_, with_one, onward, following), hint in zip(
            layers, told, strict=True
        ):
            given.dot(now, both)  # the method, since at this size a call costs more than its sums
            np.add(both, hint, both)
            np.tanh(both, both)
            np.add(gate, one, gate)
            np.multiply(found, gate, open_)
            with_one.dot(onward, following)
            np.add(following, given, following)
        memory[place] = x[:-1]
        kept = z.transpose(1, 0, 2).reshape(batch, -1).dot(w.skip)  # (L, B, C + 1) -> (B, S)
        hidden = np.maximum(np.maximum(kept, 0).dot(w.hidden) + w.hidden_bias, 0)
        symbols = yield hidden.dot(w.last) + w.last_bias


class _Weights:
    """A WaveNet's weights as the cached sampler multiplies them: double, from the right."""

    def __init__(self, model: WaveNet, asked: Tensor) -> None:
        width = model.config.width
        halve = np.ones(2 * width)
        halve[width:] = 0.5
        with torch.inference_mode():
            exact = copy.deepcopy(model).cpu().double()
            layers = [cast(Layer, layer) for layer in exact.layers]
            h = exact.ask(asked[:, :-1].double())
            places = echo_places(asked.double(), config=model.config)
            told = [
                layer.listen(h) + cast(Tensor, layer.look.bias)[:, None] for layer in layers
            ]  # (B, 2C, N)
        self.left, self.share, self.sounding = (
            np.ascontiguousarray(x.permute(2, 0, 1).numpy())
            for x in places  # (T, B, E or 1)
        )
        self.tune = np.ascontiguousarray(_numbers(exact.tune.weight)[..., 0].T)
        self.dilations = np.array(model.config.dilations)
        self.embed = _numbers(exact.embed.weight)
        look = np.stack([_numbers(layer.look.weight) for layer in layers])  # (L, 2C, C, 2)
        look = look.transpose(0, 2, 1, 3) * halve[:, None]
        self.past, self.now = np.ascontiguousarray(look[..., 0]), np.ascontiguousarray(look[..., 1])
        self.told = np.ascontiguousarray(torch.stack(told).permute(3, 0, 1, 2).numpy() * halve)
        self.onward = np.stack([_with_bias(layer.onward) for layer in layers])  # (L, C + 1, C)
        self.skip = np.concatenate([_with_bias(layer.skip) for layer in layers])
        hidden, last = cast(nn.Conv1d, exact.head[1]), cast(nn.Conv1d, exact.head[3])
        self.hidden, self.hidden_bias = _numbers(hidden.weight)[..., 0].T, _numbers(hidden.bias)
        self.last, self.last_bias = _numbers(last.weight)[..., 0].T, _numbers(last.bias)


def _with_bias(layer: nn.Conv1d) -> np.ndarray:
    """Stack a 1-wide convolution of what was gated at twice its size, and its bias: (C + 1, O)."""
    return np.vstack([_numbers(layer.weight)[..., 0].T / 2, _numbers(layer.bias)])


def _numbers(weights: Tensor | None) -> np.ndarray:
    return cast(Tensor, weights).detach().numpy()


def _check_condition(condition: Tensor, model: WaveNet) -> Tensor:
    rows = model.config.n_conditions
    shape = tuple(condition.shape) if isinstance(condition, Tensor) else type(condition).__name__
    if not isinstance(shape, tuple) or len(shape) != 3 or shape[1] != rows or 0 in shape:
        raise ParameterError(f"condition must be a tensor of shape (B, {rows}, N), not {shape}")
    if not condition.isfinite().all():
        raise ParameterError("condition holds NaN or infinite numbers")
    return condition.detach().cpu()


def _check_heard(heard: np.ndarray | None, *, batch: int, levels: int) -> np.ndarray:
    known = np.zeros((batch, 0), np.int64) if heard is None else np.asarray(heard)
    whole = known.dtype.kind in "iu" and known.ndim == 2 and len(known) == batch
    if not whole or (known.size and not 0 <= known.min() <= known.max() < levels):
        raise ParameterError(
            f"heard must be whole numbers from 0 to {levels - 1}, of shape ({batch}, T)"
        )
    return known
