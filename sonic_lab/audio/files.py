"""Read and write sound files: WAV, FLAC, OGG and MP3, all without FFmpeg."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import AudioError, AudioFileError, ParameterError
from .checks import check_rate, check_sound
from .rates import resample, to_mono

_FORMATS = {".wav": "WAV", ".flac": "FLAC", ".ogg": "OGG", ".mp3": "MP3"}
SUFFIXES = tuple(_FORMATS)


def load(
    path: str | os.PathLike[str], *, sr: int | None = None, mono: bool = True
) -> tuple[np.ndarray, int]:
    """Read a sound file.

    Unlike `librosa.load`, the file's own rate is kept unless you ask for another.

    Parameters
    ----------
    path : a WAV, FLAC, OGG or MP3 file
    sr : resample to this rate in Hz; None keeps the file's own
    mono : average the channels to one

    Returns
    -------
    y : float32, shape (n,), or (c, n) where `mono` is false and the file has several channels
    sr : Hz

    Raises
    ------
    AudioFileError
        There is no such file, it cannot be read, it is not sound, or it is cut short.
    AudioError
        The file holds no samples, or samples that are not finite.
    """
    file = Path(path)
    if file.is_dir():
        raise AudioFileError(f"{file} is a folder, not a sound file")
    try:
        data = file.read_bytes()
    except FileNotFoundError as error:
        raise AudioFileError(f"there is no file {file} (looked from {Path.cwd()})") from error
    except OSError as error:
        raise AudioFileError(f"{file} cannot be read: {error.strerror or error}") from error
    return decode(data, sr=sr, mono=mono, name=str(file))


def decode(
    data: bytes, *, sr: int | None = None, mono: bool = True, name: str = "the file"
) -> tuple[np.ndarray, int]:
    """Decode the bytes of a sound file, such as an upload. As `load` in all else."""
    import soundfile

    if not data:
        raise AudioFileError(f"{name} is empty: it has 0 bytes")
    target = None if sr is None else check_rate(sr)
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as source:
            rate, promised, kind = source.samplerate, source.frames, source.format
            frames = source.read(dtype="float32", always_2d=True)  # (n, c)
    except (soundfile.SoundFileError, RuntimeError, ValueError, MemoryError) as error:
        raise AudioFileError(
            f"{name} is not sound that can be read ({_reason(error)}): use "
            f"{', '.join(s[1:].upper() for s in SUFFIXES)}"
        ) from error
    # An MP3 without a header of its own (constant bit rate, often) only lets its length be guessed.
    guess = (1152 + promised // 100) if kind == "MP3" else 0
    if 0 < promised < 2**62 and len(frames) < promised - guess:
        raise AudioFileError(
            f"{name} is cut short: it promises {promised} samples and holds {len(frames)}"
        )
    y = check_sound(frames.T, name=name)
    y = to_mono(y) if mono else (y[0] if len(y) == 1 else y)
    y = np.ascontiguousarray(y)
    if target is None or target == rate:
        return y, rate
    return resample(y, orig_sr=rate, target_sr=target), target


def save(path: str | os.PathLike[str], y: np.ndarray, *, sr: int) -> Path:
    """Write a sound file whose format follows from the suffix, whole or not at all.

    WAV and FLAC keep 16 bits a sample (an error of at most 1/32768); OGG and MP3 are lossy.

    Parameters
    ----------
    path : ends in .wav, .flac, .ogg or .mp3; its folder must exist
    y : float, shape (n,) or (c, n), in [-1, 1]: louder samples are refused, never clipped
    sr : Hz

    Returns
    -------
    The path written.

    Raises
    ------
    AudioError
        The sound is not finite, empty, or passes full scale.
    ParameterError
        The suffix or the rate is not one that can be written.
    AudioFileError
        The file cannot be written there. What stood there before is untouched.
    """
    target = Path(path)
    data = encode(y, sr=sr, suffix=target.suffix)
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=target.parent, prefix=f".{target.stem}-", suffix=target.suffix, delete=False
        ) as handle:
            temporary = Path(handle.name)
            handle.write(data)
        temporary.chmod(0o666 & ~_umask())  # a temporary file is private; a saved one is not
        temporary.replace(target)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise AudioFileError(f"{target} cannot be written: {error.strerror or error}") from error
    return target


def encode(y: np.ndarray, *, sr: int, suffix: str) -> bytes:
    """Return the bytes of a sound file of the format that `suffix` names. As `save` in all else.

    >>> encode(np.zeros(8), sr=8000, suffix=".wav")[:4]
    b'RIFF'
    """
    import soundfile

    kind = _FORMATS.get(suffix.lower())
    if kind is None:
        raise ParameterError(f"suffix {suffix!r} is not one of {', '.join(SUFFIXES)}")
    rate = check_rate(sr)
    sound = _check_full_scale(y)
    subtype = "PCM_16" if kind in ("WAV", "FLAC") else None
    buffer = io.BytesIO()
    try:
        soundfile.write(buffer, sound.T, rate, format=kind, subtype=subtype)
    except (soundfile.SoundFileError, RuntimeError, ValueError) as error:
        channels = 1 if sound.ndim == 1 else len(sound)
        raise ParameterError(
            f"{kind} cannot hold {channels} channels at sr={rate} ({_reason(error)})"
        ) from error
    return buffer.getvalue()


def _check_full_scale(y: Any) -> np.ndarray:
    sound = check_sound(y)
    peak = float(np.abs(sound).max())
    if peak > 1 + 1e-6:  # rounding in float32 is no reason to refuse
        raise AudioError(
            f"y reaches {peak:.3g}, past full scale, and would be clipped: "
            "turn it down with sl.audio.limit(y)"
        )
    return np.clip(sound, -1, 1)


def _reason(error: Exception) -> str:
    return str(getattr(error, "error_string", "") or error).strip().rstrip(".") or "unknown format"


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
