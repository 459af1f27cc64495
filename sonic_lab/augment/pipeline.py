"""Transforms in a row, one source of luck, and a record of all that it drew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ..audio import check_rate, check_sound
from ..errors import ParameterError
from ..randomness import generator
from .foreign import Foreign, adopt
from .labels import LABELS, check_label
from .noise import GaussianNoise
from .record import Draw, Record
from .timing import PitchShift, TimeStretch
from .transform import Transform


class Pipeline:
    """A policy: transforms that are applied in order, each with its probability.

    The same `rng` gives the same sound, on any thread and whatever else draws luck. Each
    transform has luck of its own, so that changing one leaves what the others draw as it was.

    Parameters
    ----------
    transforms : of this room, of audiomentations, or written by you (`Transform`)
    keeps : labels that must stay true, of `sonic_lab.augment.LABELS`

    Raises
    ------
    ParameterError
        One is no transform, or would break a label that is to be kept: the message says why.

    Examples
    --------
    >>> policy = Pipeline([PitchShift(semitones=(-2, 2), p=1)], keeps=("instrument",))
    >>> z, record = policy.traced(np.zeros(8000), sr=8000, rng=0)
    >>> print(record)
    PitchShift: semitones=1.682
    >>> Pipeline([PitchShift()], keeps=("key",))
    Traceback (most recent call last):
    sonic_lab.errors.ParameterError: this pipeline would break the label 'key': ...
    """

    def __init__(self, transforms: Iterable[Any], *, keeps: str | Iterable[str] = ()) -> None:
        if isinstance(transforms, (str, bytes)) or not isinstance(transforms, Iterable):
            raise ParameterError(f"transforms={transforms!r:.80} must be a list of transforms")
        self.transforms: tuple[Transform | Foreign, ...] = tuple(adopt(t) for t in transforms)
        self.keeps = (keeps,) if isinstance(keeps, str) else tuple(keeps)
        for label in self.keeps:
            self.check(label)

    def __call__(
        self, y: np.ndarray, *, sr: int, rng: np.random.Generator | int | None = None
    ) -> np.ndarray:
        """Augment a sound. As `traced`, which also says what was done."""
        return self.traced(y, sr=sr, rng=rng)[0]

    def traced(
        self, y: np.ndarray, *, sr: int, rng: np.random.Generator | int | None = None
    ) -> tuple[np.ndarray, Record]:
        """Augment a sound, and say what was done to it.

        Parameters
        ----------
        y : float array, shape (n,) or (c, n)
        sr : Hz
        rng : a seed, a NumPy generator (which moves on), or None for fresh luck

        Returns
        -------
        z : float32, as many channels; its length may differ where time is changed. Samples may
            pass full scale: `sonic_lab.audio.limit` brings them back
        record : what was drawn, with which `Record.replay` makes the same samples again

        Raises
        ------
        AudioError, ParameterError
            The sound or the rate is not usable, or part of a range makes no sense at that rate.
        """
        sound, rate = check_sound(y), check_rate(sr)
        self.check_at(rate)
        draws: list[Draw] = []
        out = sound
        for transform, luck in zip(self.transforms, self.lots(rng), strict=True):
            out, draw = transform.step(out, sr=rate, rng=luck)
            draws.append(draw)
        return (out.copy() if out is sound else out), Record(rate, tuple(draws))

    def replay(self, record: Record, y: np.ndarray, *, sr: int) -> np.ndarray:
        """Do again what a record of this pipeline says.

        It also takes what `Record.replay` cannot know: transforms that behave like those of
        audiomentations and come from elsewhere.
        """
        if len(record.draws) != len(self.transforms):
            raise ParameterError(
                f"the record has {len(record.draws)} draws and the pipeline "
                f"{len(self.transforms)} transforms: it is not of this pipeline"
            )
        if check_rate(sr) != record.sr:
            raise ParameterError(f"sr={sr} is not the record's {record.sr} Hz")
        out = check_sound(y).copy()
        for transform, draw in zip(self.transforms, record.draws, strict=True):
            if not draw.ran:
                continue
            if isinstance(transform, Foreign):
                out = transform.redo(out, sr=record.sr, settings=draw.settings)
            else:
                out = transform.apply(out, sr=record.sr, settings=draw.settings)
        return out

    def check(self, label: str) -> None:
        """Refuse a label that would not stay true, with the reason.

        Raises
        ------
        ParameterError
            A transform would break it, or does not say.
        """
        why = self.broken().get(check_label(label))
        if why:
            raise ParameterError(
                f"this pipeline would break the label {label!r}: {'; '.join(why)}. "
                "Leave that out, narrow its range, or change the label by what was drawn"
            )

    def broken(self) -> dict[str, list[str]]:
        """Return the labels that may not stay true, each with a sentence from every culprit."""
        found: dict[str, list[str]] = {}
        for transform in self.transforms:
            if transform.p == 0:
                continue
            breaks = transform.breaks()
            if breaks is None:
                breaks = dict.fromkeys(LABELS, "nobody has said what it does to labels")
            for label, reason in breaks.items():
                found.setdefault(label, []).append(f"{transform!r}: {reason}")
        return found

    def check_at(self, sr: int) -> None:
        """Refuse a sample rate at which part of a range makes no sense."""
        for transform in self.transforms:
            transform.check_at(sr)

    def lots(self, rng: np.random.Generator | int | None) -> list[np.random.Generator]:
        """Return a generator for each transform, all from one."""
        seeds = generator(rng).integers(2**63, size=len(self.transforms))
        return [np.random.default_rng(seed) for seed in seeds]

    def __len__(self) -> int:
        return len(self.transforms)

    def __iter__(self) -> Iterator[Transform | Foreign]:
        return iter(self.transforms)

    def __repr__(self) -> str:
        inside = "".join(f"    {transform!r},\n" for transform in self.transforms)
        keeps = f", keeps={self.keeps!r}" if self.keeps else ""
        return f"Pipeline([\n{inside}]{keeps})" if inside else f"Pipeline([]{keeps})"


def article(*, keep_length: bool = False, keeps: Sequence[str] = ()) -> Pipeline:
    """Return the pipeline that the course's article shows.

    Noise with an amplitude of 0.001 to 0.015, a rate of 0.8 to 1.25 and a shift of up to four
    semitones, each for every second sound.

    Parameters
    ----------
    keep_length : cut or fill up the stretched sound, so that clips stay of one size. It is what
        audiomentations does unless told otherwise
    keeps : labels that must stay true

    >>> article()(np.zeros(8000), sr=8000, rng=4).shape
    (7320,)
    """
    return Pipeline(
        [
            GaussianNoise(amplitude=(0.001, 0.015), p=0.5),
            TimeStretch(rate=(0.8, 1.25), keep_length=keep_length, p=0.5),
            PitchShift(semitones=(-4, 4), p=0.5),
        ],
        keeps=keeps,
    )
