"""Several attacks in a row, as sound meets them on its way through the world.

A chain's strength is a share: 0 is gentle treatment all along, 1 is rough treatment.
"""

from __future__ import annotations

import numpy as np

from ... import effects as fx
from .attack import Attack, Situation
from .damage import squash, under_nyquist


def _between(gentle: float, rough: float, s: Situation) -> float:
    return gentle + (rough - gentle) * s.strength


def _podcast(y: np.ndarray, s: Situation) -> np.ndarray:
    """Cut the rumble, compress, turn up, and publish as MP3."""
    y = fx.high_pass(y, sr=s.sr, cutoff_hz=_between(60, 200, s), order=2)
    y = squash(y, Situation(s.sr, _between(2, 10, s), s.rng))
    y = fx.gain(y, gain_db=_between(1, 6, s))
    return fx.mp3(y, sr=s.sr, bitrate_kbps=_between(128, 48, s))


def _video(y: np.ndarray, s: Situation) -> np.ndarray:
    """Cut to a snippet that plays a little faster, with music under it, uploaded twice."""
    y = fx.speed(y, factor=_between(1.0, 1.1, s))
    y = fx.mix(y, _under(y, s), snr_db=_between(25, 8, s))
    y = fx.vorbis(y, sr=s.sr, quality=_between(6, 0, s))
    return fx.opus(y, sr=s.sr, bitrate_kbps=_between(96, 24, s))


def _call(y: np.ndarray, s: Situation) -> np.ndarray:
    """Play it in a noisy room, and record it over a telephone."""
    y = fx.reverb(y, sr=s.sr, rt60_s=_between(0.15, 0.8, s), distance_m=0.8, rng=s.rng)
    y = fx.add_noise(y, sr=s.sr, snr_db=_between(30, 10, s), color="pink", rng=s.rng)
    y = fx.telephone(y, sr=s.sr)
    return fx.opus(y, sr=s.sr, bitrate_kbps=_between(32, 8, s))


def _tape(y: np.ndarray, s: Situation) -> np.ndarray:
    """Copy it to a worn cassette: saturation, dull highs, hiss, and a motor that wavers."""
    y = fx.soft_clip(y, drive_db=_between(3, 18, s))
    y = fx.low_pass(y, sr=s.sr, cutoff_hz=under_nyquist(_between(14000, 4000, s), s.sr), order=2)
    y = fx.jitter(y, sr=s.sr, deviation_ms=_between(0.05, 1.0, s), rng=s.rng)
    return fx.add_noise(y, sr=s.sr, snr_db=_between(45, 20, s), rng=s.rng)


def _launder(y: np.ndarray, s: Situation) -> np.ndarray:
    """Change time and pitch a little, crop, and code twice: what someone with a motive tries."""
    y = fx.time_stretch(y, sr=s.sr, factor=_between(1.005, 1.06, s))
    y = fx.pitch_shift(y, sr=s.sr, semitones=_between(0.05, 0.5, s))
    whole_s = y.shape[-1] / s.sr
    y = fx.crop(y, sr=s.sr, start_s=min(_between(0.1, 1, s), whole_s / 2), duration_s=whole_s)
    y = fx.mp3(y, sr=s.sr, bitrate_kbps=_between(192, 64, s))
    return fx.opus(y, sr=s.sr, bitrate_kbps=_between(96, 32, s))


def _under(y: np.ndarray, s: Situation) -> np.ndarray:
    from .music import other_music

    return other_music(y.shape[-1], s)


CHAINS = (
    Attack("chain_podcast", "rumble cut, compressed, turned up, MP3", "share", "", 0.5, 0, 1,
           _podcast, keeps_time=False),
    Attack("chain_video", "sped up, music under it, Vorbis, Opus", "share", "", 0.5, 0, 1,
           _video, keeps_time=False),
    Attack("chain_call", "a noisy room, a telephone, Opus", "share", "", 0.5, 0, 1, _call),
    Attack("chain_tape", "saturated, dull, wavering, hissing", "share", "", 0.5, 0, 1,
           _tape, keeps_time=False),
    Attack("chain_launder", "stretched, shifted, cropped, MP3, Opus", "share", "", 0.5, 0, 1,
           _launder, keeps_time=False),
)  # fmt: skip
