"""Something is added: noise at an amplitude, noise at a ratio, or another sound."""

# ruff: noqa: RUF009 - `between` is a `dataclasses.field`
from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .. import clips, effects
from ..audio import check_sound
from ..effects.noise import colored
from ..randomness import normals
from .ranges import Span, between, choice
from .transform import Transform

_MUSIC = ("instrument", "note", "key", "tempo", "style")
_TELLS: dict[str, tuple[str, ...]] = {
    "rain": (),
    "siren": (),
    "speech": ("speaker", "words"),
}  # every other clip is music
_BURIED_DB = -5.0  # below it the noise is all that most people hear


def gaussian_noise(
    y: np.ndarray, *, amplitude: float, rng: np.random.Generator | int | None = None
) -> np.ndarray:
    """Add white noise of a standard deviation that does not depend on the sound.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    amplitude : standard deviation of the noise, where full scale is 1
    rng : a seed, a NumPy generator, or None for fresh luck

    >>> gaussian_noise(np.zeros(3), amplitude=0.1, rng=0).round(3)
    array([-0.057, -0.012, -0.004], dtype=float32)
    """
    sound = check_sound(y)
    noise = normals(sound.shape, rng)
    noise *= np.float32(amplitude)
    noise += sound
    return noise


def noise_at_snr(y: np.ndarray, *, sr: int, snr_db: float, color: str, rng: int) -> np.ndarray:
    """As `effects.add_noise`, of faster luck; silence, to which no ratio exists, stays as it is."""
    sound = check_sound(y)
    if not np.any(sound):
        return sound.copy()
    noise = colored(normals(sound.shape, rng), color=color, sr=sr)
    return effects.mix(sound, noise, snr_db=snr_db)


def mix_clip(y: np.ndarray, *, sr: int, clip: str, start: float, snr_db: float) -> np.ndarray:
    """Lay a bundled clip over the sound, beginning at a share `start` of it; silence stays."""
    other = np.roll(_clip(clip, sr), -round(start * len(_clip(clip, sr))))
    n = np.shape(y)[-1]
    if not np.any(y) or not np.any(other[:n]):
        return check_sound(y).copy()
    return effects.mix(y, other, snr_db=snr_db)


@functools.lru_cache(maxsize=32)
def _clip(name: str, sr: int) -> np.ndarray:
    return clips.load(name, sr=sr)[0]


def _buried(snr_db: tuple[float, float]) -> dict[str, str]:
    if snr_db[0] >= _BURIED_DB:
        return {}
    why = f"at {snr_db[0]:g} dB what is added drowns the sound"
    return dict.fromkeys(("instrument", "note", "key", "style", "speaker", "words", "tempo"), why)


@dataclass(frozen=True, kw_only=True, repr=False)
class GaussianNoise(Transform):
    """Add white noise of a drawn amplitude, whatever the sound's own level.

    Parameters
    ----------
    amplitude : standard deviation of the noise, where full scale is 1
    """

    effect = staticmethod(gaussian_noise)
    needs_rate = False
    needs_seed = True
    amplitude: Span = between(0.001, 0.015, least=0, most=1)

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        return {"quality": "noise is what a judge of quality listens for"}


@dataclass(frozen=True, kw_only=True, repr=False)
class NoiseAtSnr(Transform):
    """Add noise whose power lies a drawn number of decibels below the sound's. Silence stays.

    Parameters
    ----------
    snr_db : signal-to-noise ratio, dB
    color : ``"white"``, ``"pink"`` or ``"brown"``
    """

    effect = staticmethod(noise_at_snr)
    needs_seed = True
    snr_db: Span = between(5, 40, least=-30, most=100, unit="dB")
    color: str = choice("white", "pink", "brown")

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        quality = {"quality": "noise is what a judge of quality listens for"}
        return quality | _buried(self.span("snr_db"))


@dataclass(frozen=True, kw_only=True, repr=False)
class MixClip(Transform):
    """Lay a bundled clip under the sound, from a drawn moment of it on. Silence stays.

    For a folder of your own sounds there is ``audiomentations.AddBackgroundNoise``, which a
    `Pipeline` takes as it is.

    Parameters
    ----------
    clip : one of `sonic_lab.clips.names()`
    start : where in the clip to begin, as a share of its length
    snr_db : power of the sound over that of the clip, dB
    """

    effect = staticmethod(mix_clip)
    clip: str = choice("rain", *(name for name in clips.names() if name != "rain"))
    start: Span = between(0, 1, least=0, most=1)
    snr_db: Span = between(3, 20, least=-30, most=60, unit="dB")

    def breaks(self) -> Mapping[str, str]:
        """See `Transform.breaks`."""
        found = {
            "place": "another place is heard with it",
            "quality": "a second sound lies over the first",
        }
        found |= dict.fromkeys(_TELLS.get(self.clip, _MUSIC), f"{self.clip} is heard as well")
        return found | _buried(self.span("snr_db"))
