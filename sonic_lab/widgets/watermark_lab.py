"""WatermarkLab: mark a sound, hear what the mark does, and attack it until it breaks."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
from traitlets import Bool, Bytes, Dict, Float, Int, List, Unicode, observe, validate

from .. import clips
from ..audio import limit, peak_db
from ..errors import ParameterError, SonicLabError
from ..features import picture
from ..features.picture import FLOOR_DB
from ..metrics import snr_db
from ..metrics.abx import AbxTest
from ..plots import Still, colour_table, spectrograms
from ..watermark import STRENGTHS, SpreadSpectrum, attacks
from ..watermark.compared import OTHERS, Compared, compared, names
from ..watermark.robustness import Trial, trials
from ..watermark.words import odds
from .instrument import Instrument, SettingError, checked, front_end, one_of, setting, within
from .packing import pack_picture, pack_sounds
from .show_code import watermark_code
from .sound_input import MAX_UPLOAD_BYTES, Sound, Upload, bundled, from_array

MAX_ATTACKS = 8
_LOUDEST_DIFFERENCE_DB = -12.0
_MAX_ROWS, _MAX_COLUMNS = 256, 640  # four pictures share the page
_MAP_ATTACKS = (
    "mp3_64", "vorbis_64", "noise_white", "mix_music", "resample_8k", "low_pass", "quantize",
    "crop", "stretch_longer", "speed_up", "pitch_up", "reverb", "remark",
)  # fmt: skip
_MAP_STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)


def _check_chain(chain: list[dict[str, Any]], *, name: str) -> list[dict[str, Any]]:
    if len(chain) > MAX_ATTACKS:
        raise ParameterError(f"{name} has {len(chain)} attacks, and {MAX_ATTACKS} are the most")
    return [_check_step(step) for step in chain]


def _check_step(step: Any) -> dict[str, Any]:
    if not isinstance(step, dict) or set(step) - {"name", "strength", "on"} or "name" not in step:
        raise ParameterError(
            f"an attack is {{'name': ..., 'strength': ..., 'on': ...}}, not {step!r}"
        )
    row = attacks.info(step["name"])
    strength = step.get("strength")
    strength = row.default if strength is None else strength
    low, high = row.bounds
    if isinstance(strength, bool) or not isinstance(strength, (int, float)):
        raise ParameterError(f"strength={strength!r} of {row.name} must be a number")
    if not low <= strength <= high:
        raise ParameterError(
            f"strength={strength} of {row.name} must be from {low} to {high} {row.unit}"
        )
    return {"name": row.name, "strength": float(strength), "on": bool(step.get("on", True))}


class WatermarkLab(Instrument):
    """A sound, its mark, the difference between them, and whatever attacks you can think of.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n), from 2 to 120 s; None begins with a bundled clip
    sr : Hz, from 16 to 48 kHz, needed with `y`
    **settings : any of `WatermarkLab.settings()`

    Examples
    --------
    >>> lab = WatermarkLab(clip="piano", payload=7)
    >>> lab.result["present"], lab.result["payload"]
    (True, 7)
    """

    _esm = front_end("sound.js", "parts.js", "pane.js", "watermark_lab.js")

    key = setting(Unicode("a secret", help="The secret that writes the mark, and reads it."))
    detect_key = setting(Unicode("", help="Another key to read with; empty for the same."))
    payload = setting(Int(0xCAFE, help="What the mark says: a number below 2**bits."))
    bits = setting(Int(16, help="Length of the payload: 16 or 32 bits."))
    strength = setting(Unicode("gentle", help="Strength of the mark: gentle or robust."))
    second = setting(Unicode("", help="A second mark, compared: a strength, Hum or Perth."))
    chain = setting(List(Dict(), help="Attacks in order: name, strength, and on or off."))
    clip = setting(Unicode("", help="Bundled clip that is marked; empty for your own sound."))
    version = setting(Int(0, help="Heard: 0 original, 1 marked, 2 difference, 3 attacked."))
    volume = setting(Float(0.7, help="Volume of playing, 0 to 1."))
    loop = setting(Bool(True, help="Play again and again."))
    db_range = setting(Float(80.0, help="How far below the loudest colours reach, dB: 20-120."))

    result = Dict(help="What the detector says of the attacked sound.").tag(sync=True)
    result_b = Dict(help="The same for the second mark.").tag(sync=True)
    checked_file = Dict(help="What the detector says of a file that was dropped.").tag(sync=True)
    abx = Dict(help="The blind listening test: trials, right answers, p-value.").tag(sync=True)
    robustness = Dict(help="The map of attacks and strengths, as it fills.").tag(sync=True)
    code = Unicode("", help="Python that marks, attacks and detects the same.").tag(sync=True)
    description = Unicode("", help="What is shown, in words.").tag(sync=True)
    options = Dict(help="What the menus offer, and the limits.").tag(sync=True)
    _original = Dict().tag(sync=True)
    _marked = Dict().tag(sync=True)
    _difference = Dict().tag(sync=True)
    _attacked = Dict().tag(sync=True)
    _x = Dict().tag(sync=True)  # the sound X of the listening test; the page cannot tell which
    _picture_original = Dict().tag(sync=True)
    _picture_marked = Dict().tag(sync=True)
    _picture_difference = Dict().tag(sync=True)
    _picture_attacked = Dict().tag(sync=True)
    _colours = Bytes().tag(sync=True)

    _check_key = checked("key", by=lambda value, name: _not_empty(value, name))
    _check_strength = checked("strength", by=one_of(*STRENGTHS))
    _check_second = checked("second", by=lambda value, name: _there(value, name))
    _check_chain = checked("chain", by=_check_chain)
    _check_clip = checked("clip", by=one_of("", *clips.names()))
    _check_version = checked("version", by=within(0, 3))
    _check_volume = checked("volume", by=within(0, 1))
    _check_range = checked("db_range", by=within(20, 120))

    @validate("payload", "bits")
    def _check_payload(self, proposal: Any) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        bits = value if name == "bits" else self.bits
        payload = value if name == "payload" else self.payload
        if bits not in (16, 32):
            raise SettingError(f"bits={bits} must be 16 or 32")
        if not 0 <= payload < 1 << bits:
            raise SettingError(
                f"payload={payload} does not fit into {bits} bits: 0 to {(1 << bits) - 1} do"
            )
        return value

    def __init__(self, y: Any = None, *, sr: Any = None, **settings: Any) -> None:
        sound = _first_sound(y, sr, settings)
        self._held: Sound | None = None
        self._upload = Upload()
        self._marks: dict[str, Compared] = {}
        self._sounds: dict[str, np.ndarray] = {}
        self._stages: dict[str, list[tuple[dict[str, Any], np.ndarray]]] = {}
        self._test: AbxTest | None = None
        self._filling: asyncio.Task[None] | None = None
        super().__init__(**settings)
        with self.hold_sync():
            self._colours = colour_table("magma")
            self.options = {
                "clips": list(clips.names()),
                "attacks": [_attack_option(name) for name in attacks.names(here=True)],
                "strengths": list(STRENGTHS),
                "seconds": names(),
                "max_attacks": MAX_ATTACKS,
                "max_upload_bytes": MAX_UPLOAD_BYTES,
                "floor_db": FLOOR_DB,
            }
            self._hold(sound)

    def sounds(self) -> dict[str, np.ndarray]:
        """Return the sounds that can be heard, by name: original, marked, difference, attacked."""
        return dict(self._sounds)

    def snapshot(self) -> Still:
        """Return the spectrograms and the verdict as a still figure with alt text."""
        shown = {name: self._sounds[name] for name in ("original", "marked", "attacked")}
        images = {name: self._picture(y) for name, y in shown.items()}
        still = spectrograms(images, db_range=self.db_range)
        return Still(still.figure, self.description)

    def fill_map(
        self, names: tuple[str, ...] = _MAP_ATTACKS, steps: tuple[float, ...] = _MAP_STEPS
    ) -> list[Trial]:
        """Fill the robustness map now, and return it. The page does the same a cell at a time."""
        found: list[Trial] = []
        for trial in self._trials(names, steps):
            found.append(trial)
            self._show_map(names, steps, found, running=len(found) < len(names) * len(steps))
        return found

    # What a change sets going: embed, then attack, then detect.

    @observe("key", "payload", "bits", "strength", "second")
    def _on_mark_change(self, _: Any) -> None:
        self._embed()

    @observe("chain")
    def _on_chain_change(self, _: Any) -> None:
        self._attack()

    @observe("detect_key")
    def _on_key_change(self, _: Any) -> None:
        self._detect()

    @observe("clip")
    def _on_clip_change(self, change: Any) -> None:
        if change["new"] and self._held is not None:
            with self.hold_sync():
                self._hold(bundled(change["new"]))

    def _on_upload(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        sound = self._upload.add(content, buffers)
        if sound is None:
            return
        if content.get("purpose") == "check":
            self._check_file(sound)
            return
        self._marker().embed(
            sound.y, sr=sound.sr, payload=self.payload
        )  # refuse it before it stays
        with self.hold_sync():
            self.clip = ""
            self._hold(sound)

    def _check_file(self, sound: Sound) -> None:
        """Say whether a file carries the mark, and the second one where there is one."""
        found = {k: self._mark(k).read(sound.y, sr=sound.sr) for k in self._marks}
        words = found["a"].words
        if "b" in found:
            words += f" The other mark, {self.second}: {found['b'].words}"
        self.checked_file = {"name": sound.name, "present": found["a"].present, "words": words}

    def _on_abx(self, content: dict[str, Any], _: list[memoryview]) -> None:
        """Begin a listening test, or take an answer: {"type": "abx", "answer": "A"}."""
        answer = content.get("answer")
        last = None
        if answer is None or self._test is None:
            self._test = AbxTest()
        else:
            last = self._test.answer(answer)
        test = self._test
        which = "original" if test.x == "A" else "marked"
        with self.hold_sync():
            self._x = self._original if which == "original" else self._marked
            self.abx = {
                "trials": test.trials,
                "right": test.right,
                "p_value": test.p_value,
                "last": last,
                "words": _abx_in_words(test),
            }

    def _on_map(self, content: dict[str, Any], _: list[memoryview]) -> None:
        """Begin to fill the robustness map, or stop: {"type": "map", "run": true}."""
        if self._filling is not None:
            self._filling.cancel()
            self._filling = None
        if content.get("run"):
            self._filling = asyncio.get_running_loop().create_task(self._fill_slowly())
        elif self.robustness:
            self.robustness = {**self.robustness, "running": False}

    async def _fill_slowly(self) -> None:
        found: list[Trial] = []
        total = len(_MAP_ATTACKS) * len(_MAP_STEPS)
        with self.showing_errors():
            for trial in self._trials(_MAP_ATTACKS, _MAP_STEPS):
                found.append(trial)
                self._show_map(_MAP_ATTACKS, _MAP_STEPS, found, running=len(found) < total)
                await asyncio.sleep(0)  # let the page speak: cancel, play, move a slider

    def _trials(self, names: tuple[str, ...], steps: tuple[float, ...]) -> Any:
        return trials(
            self._reader(), self._sounds["marked"], sr=self._sound().sr, payload=self.payload,
            names=names, fractions=steps,
        )  # fmt: skip

    def _show_map(
        self, names: tuple[str, ...], steps: tuple[float, ...], found: list[Trial], *, running: bool
    ) -> None:
        self.robustness = {
            "attacks": [[name, attacks.info(name).about] for name in names],
            "steps": list(steps),
            "cells": [_cell(trial) for trial in found],
            "running": running,
        }

    def _hold(self, sound: Sound) -> None:
        self._held = sound
        self._embed()

    def _embed(self) -> None:
        if self._held is None:
            return
        sound = self._held
        with self.hold_sync():
            self._marks = {"a": self._mark("a")}
            if self.second:
                self._marks["b"] = self._mark("b")
            marked = {
                k: m.embed(sound.y, sr=sound.sr, payload=self.payload)
                for k, m in self._marks.items()
            }
            self._stages = {k: [({}, z)] for k, z in marked.items()}
            difference = marked["a"] - sound.y
            gain_db = min(60.0, _LOUDEST_DIFFERENCE_DB - peak_db(difference))
            louder = limit(difference * np.float32(10 ** (gain_db / 20)))
            self._sounds = {"original": sound.y, "marked": marked["a"], "difference": louder}
            self._test, self.abx, self._x, self.robustness = None, {}, {}, {}
            self._difference = pack_sounds([louder], sr=sound.sr)[0] | {"gain_db": gain_db}
            for name in ("original", "marked", "difference"):
                setattr(self, f"_picture_{name}", pack_picture(self._picture(self._sounds[name])))
            self._attack()

    def _attack(self) -> None:
        if self._held is None:
            return
        sound = self._held
        steps = [step for step in self.chain if step["on"]]
        with self.hold_sync():
            for stages in self._stages.values():
                _rerun(stages, steps, sound.sr)
            attacked = self._stages["a"][-1][1]
            self._sounds["attacked"] = attacked
            heard = [self._sounds["original"], self._sounds["marked"], attacked]
            packed = pack_sounds(heard, sr=sound.sr)
            self._original, self._marked, self._attacked = packed
            self._picture_attacked = pack_picture(self._picture(attacked))
            self._detect()

    def _detect(self) -> None:
        if self._held is None:
            return
        with self.hold_sync():
            self.result = self._read("a")
            self.result_b = self._read("b") if "b" in self._marks else {}
            self._tell()

    def _read(self, which: str) -> dict[str, Any]:
        """Return what the detector says of the attacked sound, as plain values."""
        sound, attacked = self._sound(), self._stages[which][-1][1]
        marked = self._stages[which][0][1]
        snr = snr_db(sound.y, marked)
        try:
            found = self._mark(which).read(attacked, sr=sound.sr)
        except SonicLabError as error:  # too little sound is left: neither marked nor clean
            return {"judged": False, "words": str(error), "snr_db": snr}
        told: dict[str, Any] = {
            "judged": True,
            "present": found.present,
            "score": found.score,
            "needed": found.needed,
            "full": found.full,
            "payload": found.payload,
            "bits": "",
            "wrong": [],
            "words": found.words,
            "snr_db": snr,
        }
        if found.guess is None:  # a mark without a key carries nothing, and has no alignment
            return told
        truth, guess = (f"{n:0{self.bits}b}" for n in (self.payload, found.guess))
        hit = found.hit
        return told | {
            "bits": guess,
            "wrong": [a != b for a, b in zip(truth, guess, strict=True)],
            "odds": odds(max(found.score, 0)),
            "offset_s": hit.offset_s,
            "stretch": hit.stretch,
            "pitch": hit.pitch,
            "pieces": hit.pieces,
        }

    def _tell(self) -> None:
        sound = self._sound()
        steps = [step for step in self.chain if step["on"]]
        self.code = watermark_code(
            sound, key=self.key, detect_key=self.detect_key, strength=self.strength,
            bits=self.bits, payload=self.payload, steps=steps,
        )  # fmt: skip
        done = ", then ".join(f"{s['name']} ({s['strength']:g})" for s in steps) or "nothing"
        self.description = (
            f"Spectrograms of {sound.name}: original, marked {self.result['snr_db']:.1f} dB below "
            f"it, and attacked by {done}. {self.result['words']}"
        )

    def _mark(self, which: str) -> Compared:
        name = self.strength if which == "a" else self.second
        return compared(name, key=self.key, bits=self.bits, read_key=self.detect_key)

    def _marker(self) -> SpreadSpectrum:
        return SpreadSpectrum(self.key, strength=self.strength, bits=self.bits)

    def _reader(self) -> SpreadSpectrum:
        key = self.detect_key or self.key
        return SpreadSpectrum(key, strength=self.strength, bits=self.bits)

    def _picture(self, y: np.ndarray) -> Any:
        n_fft = min(2048, 2 ** int(np.log2(y.shape[-1])))
        return picture(
            y,
            sr=self._sound().sr,
            n_fft=n_fft,
            hop_length=n_fft // 4,
            max_rows=_MAX_ROWS,
            max_columns=_MAX_COLUMNS,
        )

    def _sound(self) -> Sound:
        assert self._held is not None  # the constructor holds one before it returns
        return self._held


def _rerun(stages: list[tuple[dict[str, Any], np.ndarray]], steps: list[Any], sr: int) -> None:
    """Bring the stages in line with the steps; those before the first change stay."""
    same = 0
    while same < len(steps) and same + 1 < len(stages) and stages[same + 1][0] == steps[same]:
        same += 1
    del stages[same + 1 :]
    for step in steps[same:]:
        y = stages[-1][1]
        z = attacks.apply(step["name"], y, sr=sr, rng=0, strength=step["strength"])
        stages.append((step, z))


def _first_sound(y: Any, sr: Any, settings: dict[str, Any]) -> Sound:
    if y is None:
        return bundled(settings.setdefault("clip", "band"))
    if sr is None:
        raise ParameterError("sr is missing: WatermarkLab(y, sr=...) needs the rate")
    if settings.get("clip"):
        raise ParameterError(f"give either y or clip={settings['clip']!r}, not both")
    return from_array(y, sr=sr)


def _not_empty(value: str, name: str) -> str:
    if not value:
        raise ParameterError(f"{name} is empty: anybody could guess it")
    return value


def _there(second: str, name: str) -> str:
    """Accept a second mark that this machine can make."""
    if second in ("", *STRENGTHS):
        return second
    one_of("", *STRENGTHS, *OTHERS)(second, name=name)
    compared(second, key="k", bits=16)  # refuses one whose library is missing
    return second


def _attack_option(name: str) -> dict[str, Any]:
    row = attacks.info(name)
    return {
        "name": name,
        "about": row.about,
        "unit": row.unit,
        "default": row.default,
        "positions": [row.at(i / 20) for i in range(21)],
    }


def _cell(trial: Trial) -> dict[str, Any]:
    unit = attacks.info(trial.attack).unit
    return {
        "score": None if np.isnan(trial.score) else trial.score,
        "present": trial.present,
        "exact": trial.exact,
        "strength": f"{trial.strength:.3g} {unit}".strip(),
        "note": trial.note,
    }


def _abx_in_words(test: AbxTest) -> str:
    if not test.trials:
        return "Listen to A (original), B (marked) and X. Which of the two is X?"
    return (
        f"{test.right} of {test.trials} right. By guessing you would do at least as well with a "
        f"chance of {100 * test.p_value:.1f} %."
    )
