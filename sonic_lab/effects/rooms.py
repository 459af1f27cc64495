"""A room that never was: its walls as mirrors first, as decaying noise later.

References
----------
J. Allen, D. Berkley, "Image method for efficiently simulating small-room acoustics", J. Acoust.
Soc. Am. 65(4), 1979: the early reflections. E. Lehmann, A. Johansson, "Prediction of energy decay
in room impulse responses simulated with an image-source model", J. Acoust. Soc. Am. 124(1), 2008:
the sign of a reflection. J. Moorer, "About this reverberation business", Computer Music Journal
3(2), 1979: noise that decays, for the late part.
"""

from __future__ import annotations

import numpy as np
import scipy.signal

from ..audio import check_number, check_rate, check_sound
from ..errors import ParameterError
from ..randomness import generator
from .parameters import contiguous

_SOUND_M_S = 343.0
_EARLY_S = 0.08  # until then reflections are told apart; later they are too dense
_MIDDLE = np.array([0.47, 0.54, 0.45])  # beside the middle, where resonances would pile up
_DIRECTION = np.array([0.8, 0.55, 0.24]) / np.linalg.norm([0.8, 0.55, 0.24])


def reverb(
    y: np.ndarray,
    *,
    sr: int,
    rt60_s: float = 0.5,
    room_m: tuple[float, float, float] = (7.0, 5.0, 3.0),
    distance_m: float = 1.5,
    rng: np.random.Generator | int | None = 0,
) -> np.ndarray:
    """Play the sound in a room, and record it `distance_m` away.

    The sound that comes straight keeps its place and its level; reflections are added. The
    length stays: what would sound on after the end is cut. The nearer, the drier.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n); every channel is heard in the same place
    sr : Hz
    rt60_s : how long the room takes to fall by 60 dB, 0.05 to 10 s
    room_m : length, width and height, 1 to 100 m each
    distance_m : from the source to the microphone, at least 0.1 m, and within the room
    rng : the seed of the late part; the same room each time unless told otherwise
    """
    sound = check_sound(y)
    response = room_impulse_response(
        sr=sr, rt60_s=rt60_s, room_m=room_m, distance_m=distance_m, rng=rng
    )
    response = response[: sound.shape[-1]]
    kernel = response if sound.ndim == 1 else response[np.newaxis]
    wet = scipy.signal.oaconvolve(sound, kernel, axes=-1)
    return contiguous(wet[..., : sound.shape[-1]])


def room_impulse_response(
    *,
    sr: int,
    rt60_s: float = 0.5,
    room_m: tuple[float, float, float] = (7.0, 5.0, 3.0),
    distance_m: float = 1.5,
    rng: np.random.Generator | int | None = 0,
) -> np.ndarray:
    """Give what a microphone hears of a click. As `reverb` in its settings.

    Returns
    -------
    float32, shape (ceil(rt60_s * sr),): 1.0 at sample 0, the click that comes straight
    """
    rate, luck = check_rate(sr), generator(rng)
    decay_s = check_number(rt60_s, name="rt60_s", low=0.05, high=10, unit="s")
    room, source, microphone = _places(room_m, distance_m)
    n = int(np.ceil(decay_s * rate))
    n_early = min(n, round(_EARLY_S * rate))
    early = _reflections(room, source, microphone, rt60_s=decay_s, sr=rate, n=n_early)
    late = luck.standard_normal(n) * 10 ** (-3 * np.arange(n) / (decay_s * rate))
    # The late part takes over in the second half of the early one, at the level that it has there.
    handover = slice(n_early // 2, n_early)
    late *= np.sqrt(np.sum(early[handover] ** 2) / max(np.sum(late[handover] ** 2), 1e-30))
    fade = np.clip((np.arange(n) - n_early / 2) / max(1.0, n_early / 2), 0, 1)
    response = late * np.sqrt(fade)
    response[:n_early] += early * np.sqrt(1 - fade[:n_early])
    return contiguous(response)


def _places(
    room_m: tuple[float, float, float], distance_m: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if not isinstance(room_m, (tuple, list)) or len(room_m) != 3:
        raise ParameterError(f"room_m={room_m!r} must be length, width and height in metres")
    room = np.array(
        [check_number(side, name="room_m", low=1, high=100, unit="m") for side in room_m]
    )
    apart = check_number(distance_m, name="distance_m", low=0.1, high=200, unit="m")
    source, microphone = (room * _MIDDLE + side * apart / 2 * _DIRECTION for side in (1, -1))
    if min(source.min(), microphone.min(), *(room - source), *(room - microphone)) <= 0:
        raise ParameterError(
            f"distance_m={distance_m!r} does not fit into a room of "
            f"{' x '.join(f'{side:g}' for side in room)} m: come nearer, or take a larger room"
        )
    return room, source, microphone


def _reflections(
    room: np.ndarray, source: np.ndarray, microphone: np.ndarray, *, rt60_s: float, sr: int, n: int
) -> np.ndarray:
    """Sum the images of the source behind the walls, as far as sound gets in `n` samples."""
    direct = float(np.linalg.norm(source - microphone))
    reach = direct + n / sr * _SOUND_M_S
    axes = [_images(*one, reach=reach) for one in zip(room, source, microphone, strict=True)]
    offset = np.meshgrid(*(place for place, _ in axes), indexing="ij", sparse=True)
    bounces = np.meshgrid(*(count for _, count in axes), indexing="ij", sparse=True)
    distance = np.sqrt(sum(one**2 for one in offset))
    delay = np.round((distance - direct) / _SOUND_M_S * sr).astype(int)
    mirrored = bounces[0] + bounces[1] + bounces[2]
    left = _wall(room, rt60_s) ** np.arange(mirrored.max() + 1)  # of the level, after each
    level = left[mirrored] * direct / distance
    heard = delay < n
    return np.bincount(delay[heard], weights=level[heard], minlength=n)


def _images(
    side: float, source: float, microphone: float, *, reach: float
) -> tuple[np.ndarray, np.ndarray]:
    """Along one axis: how far each image is from the microphone, and how often it was mirrored."""
    m = int(np.ceil(reach / (2 * side))) + 1
    whole = np.arange(-m, m + 1)
    straight, mirrored = 2 * whole * side + source, 2 * whole * side - source
    offset = np.concatenate([straight, mirrored]) - microphone
    return offset, np.concatenate([np.abs(2 * whole), np.abs(2 * whole - 1)])


def _wall(room: np.ndarray, rt60_s: float) -> float:
    """Give the reflection factor of walls that make the room die away in `rt60_s` (Eyring).

    It is negative: with signs that alternate, the reflections do not add up to a rumble.
    """
    volume = float(np.prod(room))
    surface = 2 * float(room[0] * room[1] + room[1] * room[2] + room[0] * room[2])
    absorbed = 1 - np.exp(-0.161 * volume / (surface * rt60_s))
    return -float(np.sqrt(1 - absorbed))
