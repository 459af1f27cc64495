"""AAC, through FFmpeg: the one codec here that no Python wheel of ours carries."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from ..audio import check_number, check_rate, check_sound
from ..errors import MissingDependencyError, SonicLabError
from ..optional import need
from .codecs import through_codec

_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
_LONGEST_S = 600  # a guard against a program that hangs, not a limit on sounds


def aac(y: np.ndarray, *, sr: int, bitrate_kbps: float = 96) -> np.ndarray:
    """Encode as AAC (low complexity) with FFmpeg, and decode.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n)
    sr : Hz
    bitrate_kbps : kbit/s, one or two channels together, 8 to 512

    Returns
    -------
    float32 array of the shape of `y`, aligned with it to the sample

    Raises
    ------
    MissingDependencyError
        There is no ``ffmpeg`` on the PATH, and imageio-ffmpeg is not installed either.
    """
    sound, rate = check_sound(y), check_rate(sr)
    asked = check_number(bitrate_kbps, name="bitrate_kbps", low=8, high=512, unit="kbit/s")
    program = ffmpeg()
    return through_codec(
        sound, rate, _RATES, lambda frames, at: _round_trip(program, frames, at, asked)
    )


def ffmpeg() -> str:
    """Find FFmpeg: on the PATH, or the one that imageio-ffmpeg brings.

    Raises
    ------
    MissingDependencyError
        There is none.
    """
    found = shutil.which("ffmpeg")
    if found:
        return found
    if importlib.util.find_spec("imageio_ffmpeg"):
        return str(need("imageio_ffmpeg", extra="aac").get_ffmpeg_exe())
    raise MissingDependencyError(
        "AAC needs FFmpeg, which is not on the PATH: install it with your system's packages, "
        "or pip install 'sonic-lab[aac]'"
    )


def _round_trip(program: str, frames: np.ndarray, sr: int, bitrate_kbps: float) -> np.ndarray:
    channels = frames.shape[1]
    raw = ["-f", "f32le", "-ar", str(sr), "-ac", str(channels)]
    with tempfile.TemporaryDirectory(prefix="sonic-lab-") as folder:
        # MP4 notes the encoder's delay, and FFmpeg takes it off again; a bare stream would not.
        file = str(Path(folder) / "coded.m4a")
        codec = ["-c:a", "aac", "-b:a", f"{round(bitrate_kbps * 1000)}"]
        _run(program, [*raw, "-i", "pipe:0", *codec, file], frames.astype("<f4").tobytes())
        data = _run(program, ["-i", file, *raw, "pipe:1"], b"")
    return np.frombuffer(data, dtype="<f4").reshape(-1, channels)


def _run(program: str, arguments: list[str], data: bytes) -> bytes:
    command = [program, "-v", "error", "-nostdin", "-y", "-bitexact", *arguments]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=_LONGEST_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SonicLabError(f"{program} did not run: {error}") from error
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise SonicLabError(f"{program} could not code the sound as AAC: {''.join(reason)}")
    return done.stdout
