"""One spoken sentence, by espeak-ng."""

from __future__ import annotations

import io
import shutil
import subprocess

import numpy as np
import soundfile

from .sound import fade

SENTENCE = "Sound is air in motion. A computer hears it as a long list of numbers."
VOICE, WORDS_PER_MINUTE, PITCH = "en-gb", 150, 45
MADE_WITH = "1.51"


def version() -> str | None:
    """Return the version of espeak-ng on this machine, or None where it is not installed.

    >>> found = version()
    >>> found is None or found[0].isdigit()
    True
    """
    if shutil.which("espeak-ng") is None:
        return None
    told = subprocess.run(["espeak-ng", "--version"], capture_output=True, text=True, check=True)
    return told.stdout.split("text-to-speech:")[1].split()[0]


def perform() -> np.ndarray:
    """Speak the sentence, without the silence around it."""
    command = ["espeak-ng", "-v", VOICE, "-s", str(WORDS_PER_MINUTE), "-p", str(PITCH)]
    spoken = subprocess.run([*command, "--stdout", SENTENCE], capture_output=True, check=True)
    # On a pipe the header cannot hold the true length, so the samples are taken as they come.
    y, sr = soundfile.read(io.BytesIO(spoken.stdout), dtype="float64")
    loud = np.flatnonzero(np.abs(y) > 0.003)
    first, last = max(loud[0] - int(0.08 * sr), 0), loud[-1] + int(0.15 * sr)
    return fade(y[first:last], sr=sr, in_s=0.02, out_s=0.05)
