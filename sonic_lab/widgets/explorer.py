"""SpectrogramExplorer: turn the settings of a spectrogram and see, and hear, what they do."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from traitlets import Bool, Bytes, Dict, Float, Int, List, Unicode, observe

from .. import clips
from ..errors import ParameterError
from ..features import WINDOWS, Picture, picture, resolution
from ..features.picture import AXES, FLOOR_DB
from ..plots import Still, check_colour_map, colour_table, describe, spectrograms
from .instrument import Instrument, checked, front_end, one_of, setting, within
from .packing import pack_picture, pack_sounds
from .show_code import explorer_code
from .sound_input import MAX_UPLOAD_BYTES, Sound, Upload, bundled, from_array

COLOUR_MAPS = ("magma", "viridis", "inferno", "cividis", "gray", "gray_r")
_PANES = ("a", "b")


def _check_span(times: list[float], *, name: str) -> list[float]:
    if times and not (len(times) == 2 and 0 <= times[0] < times[1] < float("inf")):
        raise ParameterError(f"{name}={times} must be [] or [start, end] in s, start first")
    return times


class SpectrogramExplorer(Instrument):
    """A waveform over its spectrogram, which plays, and whose settings you move.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n), of at most 120 s; None begins with a bundled clip
    sr : Hz, needed with `y`
    **settings : any of `SpectrogramExplorer.settings()`

    Raises
    ------
    AudioError, ParameterError, UnknownNameError
        The sound or a setting is not usable.

    Examples
    --------
    >>> explorer = SpectrogramExplorer(np.zeros(22050), sr=22050, n_fft=512)
    >>> explorer.facts["shape"]
    (128, 44)
    """

    _esm = front_end("sound.js", "parts.js", "pane.js", "explorer.js")

    n_fft = setting(Int(2048, help="Samples a frame, and the size of its FFT: 16 to 32768."))
    hop_length = setting(Int(512, help="Samples from one frame to the next: 1 to 65536."))
    window = setting(Unicode("hann", help="Shape that fades each frame in and out."))
    compare = setting(Bool(False, help="Show a second pane with its own STFT settings."))
    n_fft_b = setting(Int(256, help="n_fft of the second pane."))
    hop_length_b = setting(Int(128, help="hop_length of the second pane."))
    window_b = setting(Unicode("hann", help="Window of the second pane."))
    axis = setting(Unicode("mel", help="Frequency axis: mel bands, FFT bins, or octaves."))
    n_mels = setting(Int(128, help="Bands of the mel axis: 4 to 512."))
    db_range = setting(Float(80.0, help="How far below the loudest the colours reach, dB: 20-120."))
    cmap = setting(Unicode("magma", help="Colour map, by matplotlib's name."))
    clip = setting(Unicode("", help="Bundled clip that is shown; empty for your own sound."))
    volume = setting(Float(0.7, help="Volume of playing, 0 to 1."))
    loop = setting(Bool(False, help="Play the selection, or the whole, again and again."))
    selection = setting(List(Float(), help="Selected part, [start, end] in s; empty for none."))

    facts = Dict(help="What the first pane's settings can tell apart, and what they cost.").tag(
        sync=True
    )
    facts_b = Dict(help="The same for the second pane.").tag(sync=True)
    code = Unicode("", help="Python that reproduces the picture.").tag(sync=True)
    description = Unicode("", help="What is shown, in words.").tag(sync=True)
    clip_names = List(Unicode(), help="Bundled clips to choose from.").tag(sync=True)
    options = Dict(help="What the menus offer, and the limits.").tag(sync=True)
    _sound = Dict().tag(sync=True)  # the samples to play and the outline to draw
    _picture_a = Dict().tag(sync=True)  # pixels: 0 is FLOOR_DB, 255 the loudest
    _picture_b = Dict().tag(sync=True)
    _colours = Bytes().tag(sync=True)

    def __init__(self, y: Any = None, *, sr: Any = None, **settings: Any) -> None:
        sound = self._first_sound(y, sr, settings)
        self._pictures: dict[str, Picture] = {}
        self._upload = Upload()
        self._held: Sound | None = None
        super().__init__(**settings)
        with self.hold_sync():
            self.clip_names = list(clips.names())
            self.options = {
                "window": list(WINDOWS),
                "axis": list(AXES),
                "cmap": list(COLOUR_MAPS),
                "max_upload_bytes": MAX_UPLOAD_BYTES,
                "floor_db": FLOOR_DB,
            }
            self._colours = colour_table(self.cmap)
            self._hold(sound)

    @property
    def sound(self) -> tuple[np.ndarray, int]:
        """The sound that is shown, ``(y, sr)``."""
        held = self._current()
        return held.y, held.sr

    def selected(self) -> tuple[np.ndarray, int]:
        """Return the part that is selected, ``(y, sr)``, or all where nothing is."""
        y, sr = self.sound
        if not self.selection:
            return y, sr
        start, end = (round(t * sr) for t in self.selection)
        return y[..., start : max(end, start + 1)], sr

    def load(self, y: Any, *, sr: Any) -> None:
        """Show another sound, with the settings as they are."""
        sound = from_array(y, sr=sr)
        with self.hold_sync():
            self.clip = ""
            self._hold(sound)

    def snapshot(self) -> Still:
        """Return what is shown now as a still figure with alt text."""
        names = {k: self._title(k) for k in self._pictures}
        still = spectrograms(
            {names[k]: p for k, p in self._pictures.items()},
            db_range=self.db_range,
            cmap=self.cmap,
        )
        return Still(still.figure, self.description)

    # From the page or from Python alike, a changed trait lands in one of these.

    _check_n_fft = checked("n_fft", "n_fft_b", by=within(16, 32768))
    _check_hop = checked("hop_length", "hop_length_b", by=within(1, 65536))
    _check_window = checked("window", "window_b", by=one_of(*WINDOWS))
    _check_axis = checked("axis", by=one_of(*AXES))
    _check_n_mels = checked("n_mels", by=within(4, 512))
    _check_range = checked("db_range", by=within(20, 120))
    _check_volume = checked("volume", by=within(0, 1))
    _check_cmap = checked("cmap", by=lambda value, name: check_colour_map(value))
    _check_clip = checked("clip", by=one_of("", *clips.names()))
    _check_selection = checked("selection", by=_check_span)

    @observe("n_fft", "hop_length", "window")
    def _redraw_a(self, _: Any) -> None:
        self._draw("a")

    @observe("n_fft_b", "hop_length_b", "window_b", "compare")
    def _redraw_b(self, _: Any) -> None:
        self._draw("b")

    @observe("axis", "n_mels")
    def _redraw(self, _: Any) -> None:
        self._draw(*_PANES)

    @observe("cmap")
    def _recolour(self, _: Any) -> None:
        self._colours = colour_table(self.cmap)
        self._tell()

    @observe("db_range")
    def _retell(self, _: Any) -> None:
        self._tell()

    @observe("clip")
    def _load_clip(self, change: Any) -> None:
        if change["new"] and self._held is not None:
            with self.hold_sync():
                self._hold(bundled(change["new"]))

    def _on_upload(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        sound = self._upload.add(content, buffers)
        if sound is not None:
            with self.hold_sync():
                self.clip = ""
                self._hold(sound)

    def _first_sound(self, y: Any, sr: Any, settings: dict[str, Any]) -> Sound:
        if y is not None:
            if sr is None:
                raise ParameterError("sr is missing: SpectrogramExplorer(y, sr=...) needs the rate")
            if settings.get("clip"):
                raise ParameterError(f"give either y or clip={settings['clip']!r}, not both")
            return from_array(y, sr=sr)
        name = settings.setdefault("clip", clips.names()[0])
        return bundled(name)

    def _hold(self, sound: Sound) -> None:
        self._held = sound
        self.selection = []
        packed = pack_sounds([sound.y], sr=sound.sr)[0]
        self._sound = {**packed, "name": sound.name}
        self._draw(*_PANES)

    def _draw(self, *panes: str) -> None:
        """Compute the panes' pictures anew and send them to the page."""
        if self._held is None:  # still being built
            return
        with self.hold_sync():
            for pane in panes:
                if pane == "b" and not self.compare:
                    self._pictures.pop("b", None)
                    self._picture_b = {}
                    continue
                stft = self._stft(pane)
                sound = self._held
                image = picture(sound.y, sr=sound.sr, **stft)
                facts = resolution(sr=sound.sr, n_samples=sound.y.shape[-1], **stft)
                self._pictures[pane] = image
                setattr(self, f"_picture_{pane}", pack_picture(image))
                setattr(self, "facts" if pane == "a" else "facts_b", asdict(facts))
            self._tell()

    def _tell(self) -> None:
        if self._held is None:
            return
        sound = self._held
        panes = [self._stft(p) for p in sorted(self._pictures)]
        self.code = explorer_code(sound, panes, db_range=self.db_range, cmap=self.cmap)
        self.description = " ".join(
            _in_words(self._pictures[p], self._stft(p), sound) for p in sorted(self._pictures)
        )

    def _stft(self, pane: str) -> dict[str, Any]:
        """Return a pane's settings, with n_fft no longer than the sound."""
        suffix = "" if pane == "a" else "_b"
        n_fft = getattr(self, f"n_fft{suffix}")
        longest = self._current().y.shape[-1]
        return {
            "n_fft": min(n_fft, 2 ** int(np.log2(longest))),
            "hop_length": getattr(self, f"hop_length{suffix}"),
            "window": getattr(self, f"window{suffix}"),
            "axis": self.axis,
            "n_mels": self.n_mels,
        }

    def _current(self) -> Sound:
        assert self._held is not None  # the constructor holds one before it returns
        return self._held

    def _title(self, pane: str) -> str:
        stft = self._stft(pane)
        return f"n_fft={stft['n_fft']}, hop_length={stft['hop_length']}, {stft['window']}"


def _in_words(image: Picture, stft: dict[str, Any], sound: Sound) -> str:
    settings = f"n_fft {stft['n_fft']}, hop {stft['hop_length']}, {stft['window']} window"
    return f"{describe(image, name=sound.name)} Made with {settings}."
