"""Sound in, sound out: files, sample rates, levels, and the checks that guard them.

Throughout Sonic Lab a sound is a pair ``(y, sr)``: `y` is float32 of shape ``(n,)`` (mono) or
``(c, n)``, in [-1, 1]; `sr` is the sample rate, an integer in Hz.
"""

from .checks import check_number, check_rate, check_sound, check_whole
from .files import SUFFIXES, decode, encode, load, save
from .levels import limit, loudness, match_loudness, peak_db
from .live import LiveLimiter, fine_rate
from .playback import Playback, for_playback
from .rates import resample, to_mono

__all__ = [
    "SUFFIXES",
    "LiveLimiter",
    "Playback",
    "check_number",
    "check_rate",
    "check_sound",
    "check_whole",
    "decode",
    "encode",
    "fine_rate",
    "for_playback",
    "limit",
    "load",
    "loudness",
    "match_loudness",
    "peak_db",
    "resample",
    "save",
    "to_mono",
]
