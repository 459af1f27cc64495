"""The Python that makes the same picture or sound without a widget."""

from __future__ import annotations

from typing import Any

from .sound_input import Sound

_HEAD = """\
import librosa
import matplotlib.pyplot as plt
import numpy as np{source}

fig, axes = plt.subplots(1, {columns}, figsize=(12, 4), squeeze=False, layout="constrained")
"""

_MEL = """\
S = librosa.feature.melspectrogram(
    y=y, sr=sr, n_fft={n_fft}, hop_length={hop_length}, window="{window}", n_mels={n_mels}
)
"""

_LINEAR = """\
S = np.abs(librosa.stft(y, n_fft={n_fft}, hop_length={hop_length}, window="{window}")) ** 2
"""

_SHOW = """\
S_db = librosa.power_to_db(S, ref=np.max, top_db={top_db:g})
librosa.display.specshow(
    S_db, sr=sr, n_fft={n_fft}, hop_length={hop_length}, x_axis="time", y_axis="{axis}",
    cmap="{cmap}", vmin=-{top_db:g}, vmax=0, ax=axes[0, {column}],
)
"""

_SOURCES = {
    "clip": '\nimport sonic_lab as sl\n\ny, sr = sl.clips.load("{name}")',
    "file": '\n\ny, sr = librosa.load("{name}", sr=None)',
    "array": "\n\ny = librosa.to_mono(y)  # y, sr: the sound that you gave the explorer",
}


def explorer_code(sound: Sound, panes: list[dict[str, Any]], *, db_range: float, cmap: str) -> str:
    """Return librosa code for the explorer's picture; it leaves `S_db`, the last pane's dB."""
    source = _SOURCES[sound.source].format(name=_quoted(sound.name))
    parts = [_HEAD.format(source=source, columns=len(panes))]
    for column, stft in enumerate(panes):
        compute = _MEL if stft["axis"] == "mel" else _LINEAR
        show = _SHOW.format(top_db=db_range, cmap=cmap, column=column, **stft)
        parts.append(compute.format(**stft) + show)
    return "\n".join(parts)


_MARK = """\
import sonic_lab as sl

{source}

mark = sl.watermark.SpreadSpectrum(key={key}, strength="{strength}", bits={bits})
z = mark.embed(y, sr=sr, payload={payload:#x})
"""

_ATTACK = """\
z = sl.watermark.attacks.apply("{name}", z, sr=sr, rng=0, strength={strength!r})
"""

_MARK_SOURCES = {
    "clip": 'y, sr = sl.clips.load("{name}", mono=False)',
    "file": 'y, sr = sl.audio.load("{name}", mono=False)',
    "array": "# y, sr: the sound that you gave the lab",
}


def watermark_code(
    sound: Sound,
    *,
    key: str,
    detect_key: str,
    strength: str,
    bits: int,
    payload: int,
    steps: list[dict[str, Any]],
) -> str:
    """Return the code that marks, attacks and detects as the lab does; it leaves `hit`."""
    source = _MARK_SOURCES[sound.source].format(name=_quoted(sound.name))
    lines = [
        _MARK.format(source=source, key=repr(key), strength=strength, bits=bits, payload=payload)
    ]
    lines += [_ATTACK.format(**step) for step in steps]
    if detect_key:
        lines.append(
            f'mark = sl.watermark.SpreadSpectrum(key={detect_key!r}, strength="{strength}", '
            f"bits={bits})\n"
        )
    lines.append("hit = mark.detect(z, sr=sr)\nprint(hit)\n")
    return "".join(lines)


def _quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')
