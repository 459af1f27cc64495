"""Change a sound, with no luck of its own: noise, filters, time, pitch, rooms, codecs.

Every effect takes sound `y` first, float of shape ``(n,)`` or ``(c, n)``, and the rest by
keyword, with the unit in the name; it returns new float32 sound of the same channels and the
same sample rate, and leaves `y` as it was. Where an effect needs random numbers it draws them
from an `rng` argument, so the same call gives the same samples. Samples may pass full scale on
their way: `sonic_lab.audio.limit` brings them back, and saving refuses them.
"""

from .aac import aac
from .clipping import clip, soft_clip
from .codecs import mp3, opus, vorbis
from .cuts import crop, cut_out, shuffle
from .dynamics import compress
from .echo import echo
from .equalizer import high_shelf, low_shelf, peak
from .filters import band_pass, high_pass, low_pass, notch
from .gain import gain, invert, tremolo
from .jitter import drop_samples, jitter
from .mixing import mix
from .noise import add_noise, colored_noise
from .phase import all_pass, phase_shift
from .pitch import pitch_shift
from .quantization import quantize
from .rooms import reverb, room_impulse_response
from .speed import resample_through, speed
from .stretch import time_stretch
from .telephone import telephone

__all__ = [
    "aac",
    "add_noise",
    "all_pass",
    "band_pass",
    "clip",
    "colored_noise",
    "compress",
    "crop",
    "cut_out",
    "drop_samples",
    "echo",
    "gain",
    "high_pass",
    "high_shelf",
    "invert",
    "jitter",
    "low_pass",
    "low_shelf",
    "mix",
    "mp3",
    "notch",
    "opus",
    "peak",
    "phase_shift",
    "pitch_shift",
    "quantize",
    "resample_through",
    "reverb",
    "room_impulse_response",
    "shuffle",
    "soft_clip",
    "speed",
    "telephone",
    "time_stretch",
    "tremolo",
    "vorbis",
]
