"""Augment what the network sees instead of what is heard: holes and bends in a log-mel.

References
----------
D. Park et al., "SpecAugment: a simple data augmentation method for automatic speech recognition",
Interspeech 2019: the masks and their names (F, T, W, m_F, m_T). The warp there bends the picture
around one point with a thin-plate spline; here, as in most later code, time is stretched linearly
on either side of that point, which moves the same frames and none in frequency.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import AudioError
from ..randomness import generator
from .ranges import Range, check_choice, choice

_FILLS = ("mean", "floor")


@dataclass(frozen=True)
class SpecAugment:
    """Mask bands and frames of a log-mel, and bend its time.

    Parameters
    ----------
    n_freq_masks, max_bands : how many masks of bands (m_F), each of 0 to `max_bands` bands (F)
    n_time_masks, max_frames : how many masks of frames (m_T), each of 0 to `max_frames` frames (T)
    max_share : no time mask covers more than this share of the frames (the paper's p)
    max_warp : frames by which one moment is moved, at most (W); 0 bends nothing
    fill : what masks show: the picture's ``"mean"``, as in the paper, or its ``"floor"``

    Examples
    --------
    >>> S = np.random.default_rng(0).uniform(-80, 0, (128, 200)).astype(np.float32)
    >>> SpecAugment()(S, rng=0).shape
    (128, 200)
    """

    n_freq_masks: int = 2
    max_bands: int = 27
    n_time_masks: int = 2
    max_frames: int = 100
    max_share: float = 0.2
    max_warp: int = 0
    fill: str = choice(*_FILLS)

    def __post_init__(self) -> None:
        for name in ("n_freq_masks", "max_bands", "n_time_masks", "max_frames", "max_warp"):
            value = getattr(self, name)
            bounds = Range(0, 64 if name.startswith("n_") else 1e6, scale="whole")
            object.__setattr__(self, name, int(bounds.check(value, name=name)[1]))
        Range(0, 1).check(self.max_share, name="max_share")
        check_choice(self.fill, _FILLS, name="fill")

    def __call__(
        self, S: np.ndarray, *, rng: np.random.Generator | int | None = None
    ) -> np.ndarray:
        """Augment a log-mel, or each of a batch by luck of its own.

        Parameters
        ----------
        S : float array, shape (M, T) or (B, M, T)
        rng : a seed, a NumPy generator, or None for fresh luck

        Returns
        -------
        float32 array of the shape of `S`
        """
        picture = _check_picture(S)
        luck = generator(rng)
        if picture.ndim == 2:
            return self.apply(picture, self.draw(picture.shape, rng=luck))
        return np.stack([self.apply(one, self.draw(one.shape, rng=luck)) for one in picture])

    def draw(
        self, shape: tuple[int, ...], *, rng: np.random.Generator | int | None = None
    ) -> dict[str, Any]:
        """Draw all masks for a picture of a shape (M, T), in plain JSON values.

        ``bands`` and ``frames`` hold [first, count]; ``warp`` holds [frame, by how many].
        """
        luck, (n_bands, n_frames) = generator(rng), shape[-2:]
        widest = min(self.max_frames, int(self.max_share * n_frames))
        reach = min(self.max_warp, (n_frames - 1) // 2)
        warp = [0, 0]
        if reach > 0:
            centre = int(luck.integers(reach, n_frames - reach))
            warp = [centre, int(luck.integers(-reach + 1, reach))]
        return {
            "warp": warp,
            "bands": [_mask(n_bands, self.max_bands, luck) for _ in range(self.n_freq_masks)],
            "frames": [_mask(n_frames, widest, luck) for _ in range(self.n_time_masks)],
            "fill": self.fill,
        }

    @staticmethod
    def apply(S: np.ndarray, drawn: dict[str, Any]) -> np.ndarray:
        """Apply what was drawn to a picture of shape (M, T), with no further draw."""
        picture = _check_picture(S)
        out = _warped(picture, *drawn["warp"])
        value = picture.mean() if drawn["fill"] == "mean" else picture.min()
        for first, count in drawn["bands"]:
            out[..., first : first + count, :] = value
        for first, count in drawn["frames"]:
            out[..., first : first + count] = value
        return out


def _mask(size: int, widest: int, rng: np.random.Generator) -> list[int]:
    count = int(rng.integers(0, min(widest, size) + 1))
    return [int(rng.integers(0, size - count + 1)), count]


def _warped(picture: np.ndarray, centre: int, by: int) -> np.ndarray:
    """Move frame `centre` to `centre + by`; the first and the last frame stay: (M, T) -> (M, T)."""
    last = picture.shape[-1] - 1
    if by == 0:
        return picture.copy()
    source = np.interp(np.arange(last + 1), [0, centre + by, last], [0, centre, last])
    left = np.minimum(source.astype(int), last - 1)
    share = (source - left).astype(np.float32)
    return picture[..., left] * (1 - share) + picture[..., left + 1] * share


def _check_picture(S: Any) -> np.ndarray:
    try:
        picture = np.asarray(S, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise AudioError(f"S must be an array, not {type(S).__name__}") from error
    if picture.ndim not in (2, 3) or min(picture.shape) < 1 or picture.shape[-1] < 2:
        raise AudioError(
            f"S has shape {picture.shape}: it must be (n_mels, T) or (B, n_mels, T), T at least 2"
        )
    if not np.isfinite(picture).all():
        raise AudioError("S has NaN or infinite values")
    return picture
