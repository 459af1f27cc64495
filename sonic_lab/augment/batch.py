"""Augment many clips at once, in torch, on the CPU or a GPU: what `Pipeline` does to one.

Luck stays NumPy's: every clip draws what it would draw alone, noise included, so that a batch
and a loop hear the same within rounding. What torch has no faster way for (resampling, codecs,
transforms of others) runs the path for one sound, on a thread for each core.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..audio import check_rate
from ..devices import choose, cores
from ..effects import colored_noise, room_impulse_response
from ..effects.speed import resampled
from ..errors import AudioError
from ..randomness import generator
from .foreign import Foreign
from .levels import Clip, Gain, Invert, Quantize, SoftClip
from .noise import GaussianNoise, NoiseAtSnr
from .pipeline import Pipeline
from .record import Draw, Record
from .recursion import recursion, state_space
from .sections import sections
from .systems import Reverb
from .timing import PitchShift, Shift, Speed, TimeStretch
from .tone import BandPass, HighPass, HighShelf, LowPass, LowShelf, Peak
from .transform import Transform
from .vocoder import stretched

if TYPE_CHECKING:
    import torch

Drawn = Sequence[dict[str, Any]]
_ROWS = 8  # clips that simple steps pass through together
_TAPS = 32  # zero crossings on either side, where a GPU resamples


class Batch(NamedTuple):
    """Clips that were augmented together.

    Attributes
    ----------
    y : float32 tensor, shape (B, n); shorter clips are filled up with silence
    lengths : of each clip, in samples
    records : what was done to each
    """

    y: torch.Tensor
    lengths: tuple[int, ...]
    records: tuple[Record, ...]


def augment_batch(
    policy: Pipeline,
    Y: Any,
    *,
    sr: int,
    rng: np.random.Generator | int | None = None,
    device: str = "auto",
) -> Batch:
    """Augment equally long mono clips, each with luck of its own.

    Clip `i` becomes what ``policy(Y[i], sr=sr, rng=seeds[i])`` is, where `seeds` are
    ``np.random.default_rng(rng).integers(2**63, size=B)``: within 1e-5 of full scale.
    (Where a sound is stretched, rounding may rarely choose another of two peaks that are equal.)

    Parameters
    ----------
    policy : the pipeline
    Y : float array or tensor, shape (B, n)
    sr : Hz
    rng : a seed, a NumPy generator (which moves on), or None for fresh luck
    device : ``"auto"``, ``"cpu"`` or ``"cuda"``

    Raises
    ------
    AudioError, ParameterError, DeviceError
        The batch, the rate or the device is not usable.

    Examples
    --------
    >>> from sonic_lab.augment import Gain
    >>> policy = Pipeline([Gain(gain_db=-20, p=1)])
    >>> augment_batch(policy, np.ones((2, 4)), sr=8000, device="cpu").y[0, 0].item()
    0.10000000149011612
    """
    import torch

    rate, place = check_rate(sr), choose(device)
    policy.check_at(rate)
    y = _check_batch(Y).to(place)
    mine = False  # whether the samples are ours to overwrite
    lengths = [y.shape[1]] * len(y)
    seeds = generator(rng).integers(2**63, size=len(y))
    lots = [policy.lots(int(seed)) for seed in seeds]
    draws: list[list[Draw]] = [[] for _ in lots]
    with torch.no_grad():  # not inference_mode: a network must be able to learn from these
        for k, transform in enumerate(policy):
            luck = [lot[k] for lot in lots]
            if isinstance(transform, Foreign):
                y, decided = _one_by_one(y, lengths, transform, sr=rate, luck=luck)
                mine = True
            else:
                decided = [transform.decide(one) for one in luck]
                y, mine = _apply(y, lengths, transform, decided, sr=rate, mine=mine)
            for clip, draw in zip(draws, decided, strict=True):
                clip.append(draw)
        y = y if mine else y.clone()
    records = tuple(Record(rate, tuple(clip)) for clip in draws)
    return Batch(y, tuple(lengths), records)


def _apply(
    y: torch.Tensor,
    lengths: list[int],
    transform: Transform,
    decided: list[Draw],
    *,
    sr: int,
    mine: bool,
) -> tuple[torch.Tensor, bool]:
    """Apply a transform to the clips that drew it; `lengths` is brought up to date."""
    import torch

    rows = [i for i, draw in enumerate(decided) if draw.ran]
    if not rows:
        return y, mine
    drawn = [dict(decided[i].settings) for i in rows]
    every = len(rows) == len(y)
    part = y if every else y[rows]
    run = _RUNS.get(type(transform), _single(transform))
    out, now = run(
        part, [lengths[i] for i in rows], drawn, sr, out=part if mine or not every else None
    )
    for i, n in zip(rows, now, strict=True):
        lengths[i] = n
    if every:
        return _trimmed(out, now), True
    y = y if mine else y.clone()
    n = max(lengths)
    y = torch.nn.functional.pad(y, (0, max(0, n - y.shape[1])))[:, :n]
    y[rows, : min(n, out.shape[1])] = out[:, :n]
    y[rows, out.shape[1] :] = 0
    return _trimmed(y, lengths), True


def _trimmed(y: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
    """Cut to the longest clip, and silence what lies past the end of each."""
    y = y[:, : max(lengths)]
    if min(lengths) < y.shape[1]:
        for row, n in zip(y, lengths, strict=True):
            row[n:] = 0
    return y


# One function for each transform: (y, lengths, drawn, sr, out) -> (y, lengths). Where `out` is
# given, the result may be written there; it is `y` itself where that is ours to overwrite.


def _scaled(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    import torch

    level = [-1.0 if "gain_db" not in one else 10 ** (one["gain_db"] / 20) for one in drawn]
    return torch.mul(y, y.new_tensor(level)[:, None], out=_room(y, out)), lengths


def _clip(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    import torch

    ceiling = _peaks(y) * _ratios(y, drawn, "threshold_db")
    return torch.clamp(y, -ceiling, ceiling, out=_room(y, out)), lengths


def _soft_clip(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    import torch

    drive, peak, out = _ratios(y, drawn, "drive_db"), _peaks(y), _room(y, out)
    into, back = drive / peak.clamp(min=1e-30), peak / drive.tanh()
    for rows in _few(len(y)):
        torch.mul(y[rows], into[rows], out=out[rows]).tanh_().mul_(back[rows])
    return out, lengths


def _quantize(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    import torch

    half, out = y.new_tensor([2.0 ** (one["bits"] - 1) for one in drawn])[:, None], _room(y, out)
    for rows in _few(len(y)):
        steps = torch.mul(y[rows], half[rows], out=out[rows]).round_()
        torch.clamp(steps, -half[rows], half[rows] - 1, out=steps).div_(half[rows])
    return out, lengths


def _few(count: int) -> list[slice]:
    """Cut the rows into pieces that stay in a CPU's cache from one step to the next."""
    return [slice(start, start + _ROWS) for start in range(0, count, _ROWS)]


def _gaussian(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    import torch

    noise = np.empty(y.shape, dtype=np.float32)

    def fill(i: int) -> None:
        n = lengths[i]
        noise[i, n:] = 0
        generator(drawn[i]["rng"]).standard_normal(out=noise[i, :n], dtype=np.float32)

    _on_threads(fill, len(y))
    level = y.new_tensor([one["amplitude"] for one in drawn])[:, None]
    return torch.addcmul(y, torch.from_numpy(noise).to(y.device), level, out=_room(y, out)), lengths


def _at_snr(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    import torch

    noise = torch.zeros(y.shape)

    def fill(i: int) -> None:
        one, n = drawn[i], lengths[i]
        made = colored_noise(n, sr=sr, color=one["color"], rng=one["rng"])
        noise[i, :n] = torch.from_numpy(made)

    if any(one["color"] != "white" for one in drawn):
        _on_threads(fill, len(y))
    else:
        ones = [{"amplitude": 1.0, "rng": one["rng"]} for one in drawn]
        noise = _gaussian(noise, lengths, ones, sr, out=noise)[0]
    noise = noise.to(y.device)
    size = torch.linalg.vector_norm(y, dim=1, keepdim=True)
    added = torch.linalg.vector_norm(noise, dim=1, keepdim=True).clamp(min=1e-30)
    return torch.addcmul(
        y, noise, size / added / _ratios(y, drawn, "snr_db"), out=_room(y, out)
    ), lengths


def _shift(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    import torch

    moved = torch.zeros_like(y)
    for to, row, n, one in zip(moved, y, lengths, drawn, strict=True):
        by = round(one["fraction"] * n)
        if one["wrap"]:
            by %= n
            to[by:n], to[:by] = row[: n - by], row[n - by : n]
        elif by >= 0:
            to[by:n] = row[: n - by]
        else:
            to[: n + by] = row[-by:n]
    return moved, lengths


def _filtered(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any, name: str) -> Any:
    import torch

    rows = torch.from_numpy(sections(name, list(drawn), sr=sr))
    return recursion(y, *(part.to(y.device) for part in state_space(rows))), lengths


def _reverb(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    import torch

    rooms: list[np.ndarray] = [np.empty(0)] * len(drawn)

    def build(i: int) -> None:
        rooms[i] = room_impulse_response(sr=sr, **drawn[i])[: lengths[i]]

    _on_threads(build, len(drawn))
    longest = max(map(len, rooms))
    n = y.shape[1]
    kernel = y.new_zeros(len(y), longest)
    for row, room in zip(kernel, rooms, strict=True):
        row[: len(room)] = torch.from_numpy(room)
    size = 2 ** int(np.ceil(np.log2(2 * longest)))  # blocks of at least half their own length
    step = size - longest + 1
    blocks = -(-n // step)
    padded = torch.nn.functional.pad(y, (longest - 1, blocks * step - n))
    frames = padded.unfold(1, size, step)  # (B, K, size): overlap and save
    spectra = torch.fft.rfft(frames) * torch.fft.rfft(kernel, size)[:, None]
    wet = torch.fft.irfft(spectra, size)[..., longest - 1 :]
    return wet.reshape(len(y), -1)[:, :n], lengths


def _speed(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    steps = [one["factor"] for one in drawn]
    new = [round(n / step) for n, step in zip(lengths, steps, strict=True)]
    if min(new) == 0:
        raise AudioError(f"{min(lengths)} samples are too few to play {max(steps):g} times faster")
    faster = _read_faster(y, lengths, steps, new)
    return _kept(faster, lengths, new, drawn)


def _pitch(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    steps = [2 ** (one["semitones"] / 12) for one in drawn]
    longer, between = stretched(y, lengths, steps, sr=sr)
    return _read_faster(longer, between, steps, lengths), lengths


def _stretch(y: Any, lengths: Any, drawn: Drawn, sr: int, *, out: Any) -> Any:
    other, new = stretched(y, lengths, [1 / one["rate"] for one in drawn], sr=sr)
    return _kept(other, lengths, new, drawn)


def _kept(y: Any, before: list[int], now: list[int], drawn: Drawn) -> Any:
    """Cut or fill up to the length before, where that is asked for."""
    import torch

    kept = [a if one["keep_length"] else b for a, b, one in zip(before, now, drawn, strict=True)]
    missing = max(0, max(kept) - y.shape[1])
    return torch.nn.functional.pad(_trimmed(y, now), (0, missing)), kept


def _read_faster(y: Any, lengths: Sequence[int], steps: Sequence[float], new: Sequence[int]) -> Any:
    """Read each clip at every `step` samples, band-limited, for `new` samples."""
    import torch

    if y.device.type != "cpu":
        return _sinc(y, lengths, steps, new)
    source, out = y.numpy(), np.zeros((len(y), max(new)), dtype=np.float32)

    def read(i: int) -> None:
        out[i, : new[i]] = resampled(source[i, : lengths[i]], n_out=new[i], step=steps[i])

    _on_threads(read, len(y))
    return torch.from_numpy(out)


def _sinc(y: Any, lengths: Sequence[int], steps: Sequence[float], new: Sequence[int]) -> Any:
    """Resample by windowed sincs, a clip at a time: what a GPU has instead of the SoX resampler.

    Both let pass what lies below 0.9 of the lower Nyquist frequency, and are alike there.
    """
    import torch

    out = y.new_zeros(len(y), max(new))
    for row, to, n, step, n_out in zip(y, out, lengths, steps, new, strict=True):
        cutoff = 0.95 * min(1.0, 1 / step)
        half = int(np.ceil(_TAPS / cutoff))
        at = torch.arange(n_out, device=y.device, dtype=torch.float64) * step
        first = at.floor().long() - half + 1
        padded = torch.nn.functional.pad(row[:n], (half, half + int(step) + 2))
        taps = torch.arange(2 * half, device=y.device)
        away = (at - first)[:, None] - taps  # from each tap to where we read: (n_out, taps)
        window = torch.cos(np.pi / 2 * (away / half).clamp(-1, 1)) ** 2
        weights = (cutoff * torch.sinc(cutoff * away) * window).float()
        index = (first[:, None] + taps + half).clamp(0, len(padded) - 1)
        to[:n_out] = (padded[index] * weights).sum(1)
    return out


_RUNS: dict[type[Transform], Callable[..., Any]] = {
    Gain: _scaled,
    Invert: _scaled,
    Clip: _clip,
    SoftClip: _soft_clip,
    Quantize: _quantize,
    GaussianNoise: _gaussian,
    NoiseAtSnr: _at_snr,
    Shift: _shift,
    **{
        kind: partial(_filtered, name=kind.__name__)
        for kind in (LowPass, HighPass, BandPass, Peak, LowShelf, HighShelf)
    },
    Reverb: _reverb,
    Speed: _speed,
    TimeStretch: _stretch,
    PitchShift: _pitch,
}


def _single(transform: Transform) -> Callable[..., Any]:
    """Run the path for one sound on every clip, on a thread for each core."""

    def run(y: Any, lengths: list[int], drawn: Drawn, sr: int, *, out: Any) -> Any:
        made: list[np.ndarray] = [np.empty(0)] * len(drawn)
        source = y.cpu().numpy()

        def one(i: int) -> None:
            made[i] = transform.apply(source[i, : lengths[i]], sr=sr, settings=drawn[i])

        _on_threads(one, len(drawn))
        return _stacked(made, y), [len(row) for row in made]

    return run


def _one_by_one(
    y: Any, lengths: list[int], transform: Foreign, *, sr: int, luck: list[np.random.Generator]
) -> tuple[Any, list[Draw]]:
    source = y.cpu().numpy()
    rows = zip(source, lengths, luck, strict=True)
    both = [transform.step(row[:n].copy(), sr=sr, rng=one) for row, n, one in rows]
    lengths[:] = [len(row) for row, _ in both]
    return _stacked([row for row, _ in both], y), [draw for _, draw in both]


def _stacked(rows: list[np.ndarray], like: torch.Tensor) -> torch.Tensor:
    import torch

    out = np.zeros((len(rows), max(map(len, rows))), dtype=np.float32)
    for to, row in zip(out, rows, strict=True):
        to[: len(row)] = row
    return torch.from_numpy(out).to(like.device)


def _on_threads(run: Callable[[int], None], count: int) -> None:
    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(run, range(count)))


def _room(y: torch.Tensor, out: torch.Tensor | None) -> torch.Tensor:
    import torch

    return torch.empty_like(y) if out is None else out


def _peaks(y: torch.Tensor) -> torch.Tensor:
    import torch

    low, high = torch.aminmax(y, dim=1, keepdim=True)
    return torch.maximum(-low, high)


def _ratios(y: torch.Tensor, drawn: Drawn, name: str) -> torch.Tensor:
    return y.new_tensor([10 ** (one[name] / 20) for one in drawn])[:, None]


def _check_batch(Y: Any) -> torch.Tensor:
    import torch

    try:
        clips = torch.as_tensor(Y).detach()
    except (TypeError, ValueError, RuntimeError) as error:
        raise AudioError(f"Y must be an array or a tensor, not {type(Y).__name__}") from error
    if clips.ndim != 2 or 0 in clips.shape or not clips.is_floating_point():
        raise AudioError(
            f"Y has shape {tuple(clips.shape)} and dtype {clips.dtype}: "
            "it must be float, of shape (clips, samples)"
        )
    clips = clips.to(torch.float32)
    low, high = torch.aminmax(clips)  # NaN and inf both show in these, at a tenth of the time
    if not (low.isfinite() and high.isfinite()):
        raise AudioError("Y has NaN or infinite samples")
    return clips
