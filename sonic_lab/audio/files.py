"""Read and write sound files: WAV, FLAC, OGG and MP3, all without FFmpeg."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import AudioError, AudioFileError, ParameterError
from .checks import MAX_CHANNELS, MAX_RATE, check_rate, check_sound
from .containers import missing_bytes, mp3_says_its_length
from .rates import resample, to_mono

_BLOCK = 16_384  # frames a write
_FORMATS = {".wav": "WAV", ".flac": "FLAC", ".ogg": "OGG", ".mp3": "MP3"}
SUFFIXES = tuple(_FORMATS)
_MAX_OGG_RATE = 200_000  # above it the Vorbis encoder ends the whole process


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
    ParameterError
        `path` is no path, or `sr` no rate.
    AudioError
        The file holds no samples, or samples that are not finite.
    """
    file = _as_path(path)
    try:
        data = file.read_bytes()
    except FileNotFoundError as error:
        raise AudioFileError(f"there is no file {file} (looked from {Path.cwd()})") from error
    except OSError as error:
        if os.path.isdir(file):  # Windows calls it a lack of permission
            raise AudioFileError(f"{file} is a folder, not a sound file") from error
        raise AudioFileError(f"{file} cannot be read: {error.strerror or error}") from error
    return decode(data, sr=sr, mono=mono, name=str(file))


def decode(
    data: bytes, *, sr: int | None = None, mono: bool = True, name: str = "the file"
) -> tuple[np.ndarray, int]:
    """Decode the bytes of a sound file, such as an upload. As `load` in all else."""
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise ParameterError(f"data must be the bytes of a sound file, not {type(data).__name__}")
    target = None if sr is None else check_rate(sr)
    y, rate = _read(bytes(data), name)
    y = to_mono(y) if mono else (y[0] if len(y) == 1 else y)
    y = np.ascontiguousarray(y)
    if target is None or target == rate:
        return y, rate
    return resample(y, orig_sr=rate, target_sr=target), target


def _read(data: bytes, name: str) -> tuple[np.ndarray, int]:
    """Decode a whole file to (c, n) and its rate, or say why it cannot be used."""
    import soundfile

    if not data:
        raise AudioFileError(f"{name} is empty: it has 0 bytes")
    if missing := missing_bytes(data):
        raise AudioFileError(f"{name} is cut short: its last {missing} bytes are missing")
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as source:
            rate, promised, kind = source.samplerate, source.frames, source.format
            frames = source.read(dtype="float32", always_2d=True)  # (n, c)
    except (soundfile.SoundFileError, RuntimeError, ValueError, MemoryError) as error:
        if data[:4] in (b"RIFF", b"fLaC", b"OggS"):
            raise AudioFileError(f"{name} is damaged or cut short ({_reason(error)})") from error
        raise AudioFileError(
            f"{name} is not sound that can be read ({_reason(error)}): use "
            f"{', '.join(s[1:].upper() for s in SUFFIXES)}"
        ) from error
    guessed = kind == "MP3" and not mp3_says_its_length(data)
    slack = 1152 + promised // 100 if guessed else 0
    if 0 < promised < 2**62 and len(frames) < promised - slack:
        raise AudioFileError(
            f"{name} is cut short: it promises {promised} samples and holds {len(frames)}"
        )
    if not 1 <= rate <= MAX_RATE or frames.shape[1] > MAX_CHANNELS:
        raise AudioFileError(
            f"{name} has {frames.shape[1]} channels at {rate} Hz: at most {MAX_CHANNELS} channels "
            f"and {MAX_RATE} Hz can be used"
        )
    return check_sound(frames.T, name=name), rate


def save(path: str | os.PathLike[str], y: np.ndarray, *, sr: int) -> Path:
    """Write a sound file whose format follows from the suffix, whole or not at all.

    WAV and FLAC round to 16 bits (an error of at most 1/65536, or 1/32768 at +1.0); OGG and MP3
    are lossy.

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
    target = _as_path(path)
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

    kind = _FORMATS.get(suffix.lower()) if isinstance(suffix, str) else None
    if kind is None:
        raise ParameterError(f"suffix {suffix!r} is not one of {', '.join(SUFFIXES)}")
    rate = check_rate(sr)
    sound = _check_full_scale(y)
    channels = 1 if sound.ndim == 1 else len(sound)
    cannot = f"{kind} cannot hold {channels} channels at sr={rate}"
    if kind == "OGG" and rate > _MAX_OGG_RATE:
        raise ParameterError(f"{cannot}: its highest rate is {_MAX_OGG_RATE}, and .wav has none")
    subtype = None
    if kind in ("WAV", "FLAC"):  # rounded here, since libsndfile scales by 32767 and truncates
        subtype, sound = "PCM_16", _to_int16(sound)
    buffer = io.BytesIO()
    try:
        _write(buffer, sound.T, rate, format=kind, subtype=subtype)
    except (soundfile.SoundFileError, RuntimeError, ValueError) as error:
        raise ParameterError(f"{cannot} ({_reason(error)}); .wav can") from error
    return buffer.getvalue()


def _write(buffer: io.BytesIO, frames: np.ndarray, rate: int, **settings: Any) -> None:
    """Write in blocks: libsndfile's Vorbis encoder overruns its stack on minutes at once."""
    import soundfile

    channels = 1 if frames.ndim == 1 else frames.shape[1]
    with soundfile.SoundFile(buffer, "w", rate, channels, **settings) as file:
        for start in range(0, len(frames), _BLOCK):
            file.write(np.ascontiguousarray(frames[start : start + _BLOCK]))


def _check_full_scale(y: Any) -> np.ndarray:
    sound = check_sound(y)
    peak = float(np.abs(sound).max())
    if peak > 1 + 1e-6:  # rounding in float32 is no reason to refuse
        raise AudioError(
            f"y reaches {peak:.3g}, past full scale, and would be clipped: "
            "turn it down with sl.audio.limit(y)"
        )
    return np.clip(sound, -1, 1)


def _to_int16(sound: np.ndarray) -> np.ndarray:
    """Round to 16 bits, so that what was loaded from 16 bits is saved as the same samples."""
    return np.clip(np.round(sound * np.float32(32768)), -32768, 32767).astype(np.int16)


def _as_path(path: Any) -> Path:
    try:
        file = Path(path)
    except TypeError as error:
        raise ParameterError(f"path={path!r} must be the name of a file") from error
    if str(path) == "" or "\0" in str(path):
        raise ParameterError(f"path={path!r} must be the name of a file")
    return file


def _reason(error: Exception) -> str:
    text = str(getattr(error, "error_string", "") or error).strip().rstrip(".")
    # That is what the MP3 decoder says of bytes in memory that it cannot place.
    return "unknown format" if not text or text.startswith("File does not exist") else text


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
