"""ABPlayer: switch between versions of a sound while it plays, and hear only the difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from traitlets import Bool, Dict, Float, Int, List, Unicode, observe, validate

from ..audio import match_loudness, peak_db
from ..errors import AudioError, ParameterError
from ..plots import Still, waveform
from .instrument import Instrument, SettingError, checked, front_end, setting, within
from .packing import pack_sounds
from .sound_input import from_array

MAX_VERSIONS = 9  # one key each


class ABPlayer(Instrument):
    """Versions of a sound that play in step, one of them heard at a time.

    Parameters
    ----------
    sounds : float arrays by name, each of shape (n,) or (c, n), at most nine
    sr : Hz, the same for all
    **settings : any of `ABPlayer.settings()`

    Notes
    -----
    All versions are turned down by one gain, so a louder version stays louder, unless
    `level_matched` brings each to the same loudness (needs the extra "loudness").

    Examples
    --------
    >>> player = ABPlayer({"loud": np.full(8000, 0.5), "soft": np.full(8000, 0.1)}, sr=8000)
    >>> player.chosen
    0
    """

    _esm = front_end("sound.js", "parts.js", "versions.js", "ab_player.js")

    chosen = setting(Int(0, help="Which version is heard, from 0."))
    level_matched = setting(Bool(False, help="Bring all versions to the same loudness."))
    loop = setting(Bool(True, help="Play again and again."))
    volume = setting(Float(0.7, help="Volume of playing, 0 to 1."))

    names = List(Unicode(), help="The versions, in order.").tag(sync=True)
    description = Unicode("", help="What can be heard, in words.").tag(sync=True)
    code = Unicode("", help="Python that plays one version without a widget.").tag(sync=True)
    _sound = Dict().tag(sync=True)

    def __init__(self, sounds: Mapping[str, Any], *, sr: Any, **settings: Any) -> None:
        if not isinstance(sounds, Mapping) or not 1 <= len(sounds) <= MAX_VERSIONS:
            raise ParameterError(
                f"sounds must be a dict of one to {MAX_VERSIONS} arrays by name, "
                'such as {"before": y, "after": z}'
            )
        held = [from_array(y, sr=sr, name=str(name)) for name, y in sounds.items()]
        self._sounds = {sound.name: sound.y for sound in held}
        self._sr = held[0].sr
        super().__init__(**settings)
        with self.hold_sync():
            self.names = list(self._sounds)
            self._prepare()

    def snapshot(self) -> Still:
        """Return the waveforms of all versions as a still figure."""
        return waveform(self._sounds, sr=self._sr)

    _check_volume = checked("volume", by=within(0, 1))

    @validate("chosen")
    def _check_chosen(self, proposal: Any) -> int:
        last = len(self._sounds) - 1
        if not 0 <= proposal["value"] <= last:
            raise SettingError(f"chosen={proposal['value']} must be from 0 to {last}")
        return proposal["value"]

    @observe("level_matched")
    def _level(self, _: Any) -> None:
        if self.names:
            self._prepare()

    def _prepare(self) -> None:
        ys = list(self._sounds.values())
        if self.level_matched:
            ys = [match_loudness(y, sr=self._sr) for y in ys]
        packed = pack_sounds(ys, sr=self._sr)
        if len({version["channels"] for version in packed}) > 1:
            raise AudioError("the versions differ in their number of channels: use mono or stereo")
        self._sound = {
            "versions": packed,
            "sr": packed[0]["sr"],
            "channels": packed[0]["channels"],
            "duration_s": max(version["duration_s"] for version in packed),
        }
        told = (f"{name} (peak {_db(y)})" for name, y in zip(self._sounds, ys, strict=True))
        self.description = f"{len(ys)} versions in step: {', '.join(told)}."
        self.code = _CODE


def _db(y: np.ndarray) -> str:
    peak = peak_db(y)
    return f"{peak:.1f} dBFS" if np.isfinite(peak) else "silent"


_CODE = """\
from IPython.display import Audio

Audio(y, rate=sr, normalize=False)  # y, sr: one of the versions; it plays as loud as it is
"""
