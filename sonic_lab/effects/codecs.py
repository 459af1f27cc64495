"""Lossy codecs, the real ones: LAME's MP3, Xiph's Vorbis and Opus, through libsndfile.

A sound is encoded, decoded, and returned at its own rate and length, sample under sample: the
delay that a codec adds is taken off again. A rate that the codec does not know is resampled to
the next that it does, and back. One and two channels are coded together, as in a file; more,
one by one. Very low bit rates turn phases as well, which is the codec's doing.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np

from ..audio import check_number, check_rate, check_sound, resample
from ..errors import ParameterError
from .parameters import contiguous

_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_OPUS_RATES = (8000, 12000, 16000, 24000, 48000)
_VORBIS_RATES = (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 192000)
# libsndfile turns "compression" from 0 to 1 into a bit rate between these, in kbit/s.
_MP3_RANGES = {8000: (8, 64), 16000: (8, 160), 32000: (32, 320)}  # MPEG 2.5, 2 and 1, by lowest sr
_OPUS_RANGE = (6, 256)  # a channel
_MP3_DELAY = 576 + 529  # of LAME and of the decoder, where no header says so
_BLOCK = 16384  # frames a write: libsndfile's Vorbis encoder overruns its stack on longer ones
_SHORTEST = 4096  # samples; shorter sounds are padded, since a codec wants a few whole frames


def mp3(y: np.ndarray, *, sr: int, bitrate_kbps: float = 128) -> np.ndarray:
    """Encode as MP3 at a constant bit rate, and decode.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    sr : Hz
    bitrate_kbps : kbit/s, one or two channels together, 8 to 320. MP3 has some twenty rates, and
        fewer at low `sr` (32 to 320 from 32 kHz on, 8 to 160 from 16 kHz on, 8 to 64 below): the
        nearest is taken

    Returns
    -------
    float32 array of the shape of `y`, aligned with it to the sample
    """
    sound, rate = check_sound(y), check_rate(sr)
    asked = check_number(bitrate_kbps, name="bitrate_kbps", low=8, high=320, unit="kbit/s")

    def code(frames: np.ndarray, at: int) -> np.ndarray:
        low, high = _MP3_RANGES[max(lowest for lowest in _MP3_RANGES if lowest <= at)]
        squeeze = (high - min(max(asked, low), high)) / (high - low)
        out = _round_trip(frames, at, "MP3", "MPEG_LAYER_III", squeeze, mode="CONSTANT")
        # At some low rates the header that tells the delay does not fit into a frame.
        return out if len(out) == len(frames) else out[_MP3_DELAY:]

    return through_codec(sound, rate, _MP3_RATES, code)


def vorbis(y: np.ndarray, *, sr: int, quality: float = 4.0) -> np.ndarray:
    """Encode as Ogg Vorbis at a quality, and decode.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    sr : Hz
    quality : 0 to 10 on Vorbis's own scale: for stereo at 44.1 kHz, 0 is about 64 kbit/s, 4 about
        128 and 10 about 500

    Returns
    -------
    float32 array of the shape of `y`, aligned with it to the sample
    """
    sound, rate = check_sound(y), check_rate(sr)
    squeeze = 1 - check_number(quality, name="quality", low=0, high=10) / 10
    return through_codec(
        sound, rate, _VORBIS_RATES, lambda x, at: _round_trip(x, at, "OGG", "VORBIS", squeeze)
    )


def opus(y: np.ndarray, *, sr: int, bitrate_kbps: float = 64) -> np.ndarray:
    """Encode as Opus at a bit rate, and decode.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    sr : Hz
    bitrate_kbps : kbit/s for each channel, 6 to 256; Opus varies it a little with the sound. Below
        about 12 a speech coder takes over. At any rate Opus filters off what lies below 3 Hz

    Returns
    -------
    float32 array of the shape of `y`, aligned with it to the sample
    """
    sound, rate = check_sound(y), check_rate(sr)
    low, high = _OPUS_RANGE
    asked = check_number(bitrate_kbps, name="bitrate_kbps", low=low, high=high, unit="kbit/s")
    squeeze = (high - asked) / (high - low)
    return through_codec(
        sound, rate, _OPUS_RATES, lambda x, at: _round_trip(x, at, "OGG", "OPUS", squeeze)
    )


def through_codec(
    sound: np.ndarray,
    sr: int,
    rates: tuple[int, ...],
    code: Callable[[np.ndarray, int], np.ndarray],
) -> np.ndarray:
    """Run `code(frames, rate)`, frames of shape (n, c), and bring back rate, length and shape."""
    if sound.ndim == 2 and sound.shape[0] > 2:
        return np.stack([through_codec(one, sr, rates, code) for one in sound])
    n = sound.shape[-1]
    at = min((rate for rate in rates if rate >= sr), default=max(rates))
    coded = np.atleast_2d(sound if at == sr else resample(sound, orig_sr=sr, target_sr=at))
    coded = np.pad(coded, [(0, 0), (0, max(0, _SHORTEST - coded.shape[-1]))])
    out = _fitted(code(coded.T, at).T, coded.shape[-1])
    out = out if at == sr else resample(out, orig_sr=at, target_sr=sr)
    return contiguous(_fitted(out, n).reshape(sound.shape))


def _round_trip(
    frames: np.ndarray, sr: int, kind: str, subtype: str, squeeze: float, *, mode: str | None = None
) -> np.ndarray:
    """Write frames (n, c) as a file in memory, and read it."""
    import soundfile

    _check_can_write(kind, subtype)
    buffer = io.BytesIO()
    with soundfile.SoundFile(
        buffer, "w", sr, frames.shape[1], subtype=subtype, format=kind,
        compression_level=min(squeeze, 0.9999),  # MP3 refuses exactly 1
        bitrate_mode=mode,
    ) as target:  # fmt: skip
        for start in range(0, len(frames), _BLOCK):
            target.write(frames[start : start + _BLOCK])
    buffer.seek(0)
    return soundfile.read(buffer, dtype="float32", always_2d=True)[0]


def _check_can_write(kind: str, subtype: str) -> None:
    import soundfile

    if not soundfile.check_format(kind, subtype):
        raise ParameterError(
            f"{soundfile.__libsndfile_version__} of libsndfile cannot write {subtype}: "
            "pip install --upgrade soundfile, whose wheels carry one that can"
        )


def _fitted(y: np.ndarray, n: int) -> np.ndarray:
    return np.pad(y, [(0, 0), (0, max(0, n - y.shape[-1]))])[..., :n]
