"""Sound to try a mark on: small songs, drums, weather and voices, made from seeds.

Two parts that share no seed, no voice and no sentence: ``tuning``, on which the constants of the
mark were chosen, and ``held-out``, on which it is reported. Any folder of sound files can be
added to either.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable, Collection
from functools import partial

import numpy as np
import scipy.signal
import soundfile

SECONDS = 10.0
_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 3, 5, 6, 7, 10), (0, 2, 4, 7, 9))

# style: (lead, backing, bass, drums) levels in dB; None leaves the part out
_STYLES = {
    "piano": ("string", -3, None, None),
    "ballad": ("voice", -6, -8, -14),
    "band": ("string", -8, -4, -2),
    "electronic": ("saw", -6, -3, 0),
    "pads": (None, 0, None, None),
    "bells": ("bell", None, None, None),
    "chamber": ("bowed", -4, -10, None),
    "drums": (None, None, None, 0),
    "flute": ("flute", -20, None, None),
    "guitar": ("pluck", -6, -12, None),
}
_SENTENCES = {
    "tuning": {
        "en-us+m3": "The harbour was quiet that morning. Nobody had told the sailors why the bells "
        "were ringing, and so they waited, watching the fog lift slowly off the water.",
        "en-gb+f4": "Take the second road on the left, then follow the river until you reach a red "
        "bridge. If the gate is closed, ring twice and someone will come.",
        "de+f2": "Am Abend wurde es still im Dorf. Nur der Wind ging noch durch die Gassen, und "
        "irgendwo schlug eine Tür, immer wieder, als wolle jemand hinein.",
        "fr-fr+m1": "Le marché ouvre à six heures. On y trouve des pommes, du pain, des fleurs, et "
        "parfois un vieux musicien qui joue de l'accordéon près de la fontaine.",
        "en-us+f1": "Numbers seven, nineteen, twenty four and fifty are requested at the desk. "
        "All other passengers should remain seated until the doors have opened.",
    },
    "held-out": {
        "en-us+m7": "A good map leaves most things out. What it keeps, it keeps so that you can "
        "find your way home in the dark, in the rain, and in a hurry.",
        "en-gb-scotland+m2": "My grandmother kept bees behind the house. She said that you must "
        "always tell them the news first, whether it is a wedding or a burial.",
        "es+f3": "La estación estaba vacía. El último tren había salido hacía una hora, y en el "
        "andén sólo quedaba un perro dormido bajo el reloj parado.",
        "it+m4": "Ogni sera il pescatore tornava con la barca piena di reti e di storie. Le reti "
        "le riparava lui; le storie le raccontava ai bambini sul molo.",
        "sv+f5": "Det snöade hela natten. På morgonen var vägen borta, och vi fick gå över "
        "åkrarna, med hunden först och de minsta barnen sist.",
        "en-gb+f2": "Please listen carefully. The tone that you are about to hear has been chosen "
        "with care, so sit back, close your eyes, and tell me what you remember.",
    },
}
_RATES = (44100, 48000, 32000, 44100, 24000)


def names(part: str) -> list[str]:
    """Return the names of a part's clips, in order."""
    return list(_recipes(part))


def clips(part: str, only: Collection[str] | None = None) -> dict[str, tuple[np.ndarray, int]]:
    """Return the clips of a part, name -> (y, sr): float32, 10 s, peak at -1 dBFS.

    Each is made from its name alone, so a few of them (`only`) are the same as among all.
    """
    recipes = {n: make for n, make in _recipes(part).items() if only is None or n in only}
    made = {name: make() for name, make in recipes.items()}
    return {name: (_finish(y, sr), sr) for name, (y, sr) in made.items()}


def _recipes(part: str) -> dict[str, Callable[[], tuple[np.ndarray, int]]]:
    first = {"tuning": 100, "held-out": 900}[part]
    rounds = {"tuning": 1, "held-out": 2}[part]
    found: dict[str, Callable[[], tuple[np.ndarray, int]]] = {}
    for turn in range(rounds):
        for number, style in enumerate(_STYLES):
            seed = first + 50 * turn + number
            found[f"{style}-{seed}"] = partial(_seeded_song, style, seed)
        seed = first + 50 * turn + 40
        found[f"rain-{seed}"] = partial(_seeded_rain, seed)
    if shutil.which("espeak-ng"):
        for voice, text in _SENTENCES[part].items():
            found[f"speech-{voice}"] = partial(_speech, voice, text)
    return found


def _seeded_song(style: str, seed: int) -> tuple[np.ndarray, int]:
    sr = _RATES[seed % len(_RATES)]
    return _song(style, sr, np.random.default_rng(seed)), sr


def _seeded_rain(seed: int) -> tuple[np.ndarray, int]:
    return _rain(44100, np.random.default_rng(seed)), 44100


def _finish(y: np.ndarray, sr: int) -> np.ndarray:
    n = int(SECONDS * sr)
    y = np.tile(y, -(-n // len(y)))[:n]
    return (y / np.abs(y).max() * 10 ** (-1 / 20)).astype(np.float32)


def _speech(voice: str, text: str) -> tuple[np.ndarray, int]:
    command = ["espeak-ng", "-v", voice, "--stdout", text]
    wav = subprocess.run(command, capture_output=True, check=True).stdout
    y, sr = soundfile.read(io.BytesIO(wav), dtype="float32")
    return y, int(sr)


def _rain(sr: int, rng: np.random.Generator) -> np.ndarray:
    n = int(SECONDS * sr)
    hiss = scipy.signal.lfilter([1], [1, -rng.uniform(0.3, 0.9)], rng.standard_normal(n))
    swell = 1 + 0.5 * np.sin(2 * np.pi * rng.uniform(0.1, 0.4) * np.arange(n) / sr)
    drops = np.zeros(n)
    drops[rng.integers(0, n, 400)] = rng.exponential(6.0, 400)
    band = scipy.signal.butter(2, np.sort(rng.uniform(600, 5000, 2)), "band", fs=sr, output="sos")
    return hiss * swell + 8 * scipy.signal.sosfilt(band, drops)


def _song(style: str, sr: int, rng: np.random.Generator) -> np.ndarray:
    lead, backing, bass, drums = _STYLES[style]
    n = int(SECONDS * sr)
    beat = 60 / rng.uniform(70, 140)
    root, scale = rng.integers(45, 58), _SCALES[rng.integers(len(_SCALES))]
    steps = rng.choice([0, 3, 4, 5, 2], size=8)
    mix = np.zeros(n + sr)

    def pitch(degree: int) -> float:
        octave, step = divmod(degree, len(scale))
        return 440 * 2 ** ((root + 12 * octave + scale[step] - 69) / 12)

    def add(sound: np.ndarray, at: float, gain_db: float) -> None:
        k = int(at * sr)
        if k < n:
            sound = sound[: len(mix) - k]
            mix[k : k + len(sound)] += 10 ** (gain_db / 20) * sound

    for bar in range(int(SECONDS / (4 * beat)) + 1):
        at, step = bar * 4 * beat, int(steps[bar % 8])
        if backing is not None:
            timbre = "pluck" if style == "guitar" else "bowed" if style == "chamber" else "pad"
            timbre = "string" if style in ("piano", "ballad") else timbre
            for third in (0, 2, 4):
                add(_note(pitch(step + third), 4 * beat, sr, timbre, rng), at, backing - 8)
        if bass is not None:
            for half in (0, 2):
                add(
                    _note(pitch(step - len(scale)), 2 * beat, sr, "bass", rng),
                    at + half * beat,
                    bass,
                )
        if lead is not None:
            time = 0.0
            while time < 4 * beat:
                length = beat * rng.choice([0.5, 1, 1, 2])
                if rng.random() > 0.15:
                    note = pitch(int(step + rng.integers(0, 9)) + len(scale) // 2)
                    add(
                        _note(note, length * 1.4, sr, str(lead), rng), at + time, rng.uniform(-6, 0)
                    )
                time += length
        if drums is not None:
            for eighth in range(8):
                when = at + eighth * beat / 2
                for kind, chance in (("kick", (0.9, 0.2)[eighth % 4 > 0]), ("hat", 0.8)):
                    if rng.random() < chance:
                        add(_drum(kind, sr, rng), when, drums + rng.uniform(-5, 0))
                if eighth % 4 == 2:
                    add(_drum("snare", sr, rng), when, drums)
    room = rng.standard_normal(sr // 2) * np.exp(-np.arange(sr // 2) / sr / rng.uniform(0.03, 0.12))
    wet = scipy.signal.fftconvolve(mix, room / np.sqrt(np.sum(room**2)))[:n]
    return mix[:n] + rng.uniform(0.05, 0.3) * wet


def _note(f0: float, length: float, sr: int, timbre: str, rng: np.random.Generator) -> np.ndarray:
    t = np.arange(int(length * sr)) / sr
    if timbre == "bell":
        ratios, decay = np.array([0.5, 1, 1.19, 1.56, 2, 2.66, 3.76, 5.1]), 1.2
        levels = np.array([0.6, 1, 0.8, 0.5, 0.7, 0.4, 0.3, 0.2])
    else:
        count = max(1, min(40, int(0.45 * sr / f0)))
        ratios = np.arange(1, count + 1) * np.sqrt(1 + 2e-4 * np.arange(1, count + 1) ** 2)
        ratios = ratios if timbre in ("string", "pluck") else np.arange(1.0, count + 1)
        slope = {"saw": 1.0, "flute": 3.0, "bass": 1.6, "voice": 1.4, "pad": 1.5}.get(timbre, 1.2)
        levels = ratios**-slope
        if timbre == "voice":
            formants = np.array([600, 1100, 2600]) * rng.uniform(0.8, 1.25)
            levels *= sum(np.exp(-(((ratios * f0 - f) / 200) ** 2)) for f in formants) + 0.05
        decay = {"string": 0.7, "pluck": 0.35, "bass": 0.5}.get(timbre, 1e3)
    vibrato = (
        0.004 * np.sin(2 * np.pi * 5.5 * t) if timbre in ("voice", "bowed", "flute") else 0 * t
    )
    phase = 2 * np.pi * f0 * np.cumsum(1 + vibrato) / sr
    wave = np.zeros_like(t)
    for ratio, level in zip(ratios, levels, strict=True):
        if ratio * f0 < 0.45 * sr:
            fade = np.exp(-t / decay * (1 + 0.15 * ratio)) if decay < 100 else 1.0
            wave += level * fade * np.sin(ratio * phase + rng.uniform(0, 6.28))
    if timbre in ("flute", "bowed", "voice"):
        wave += 0.02 * rng.standard_normal(len(t))
    attack = {"pad": 0.3, "bowed": 0.08, "voice": 0.05, "flute": 0.05}.get(timbre, 0.004)
    return wave * np.minimum(1, t / attack) * np.minimum(1, (t[-1] - t) / 0.05) * 0.3


def _drum(kind: str, sr: int, rng: np.random.Generator) -> np.ndarray:
    t = np.arange(int(0.3 * sr)) / sr
    if kind == "kick":
        return np.sin(2 * np.pi * (45 * t + 8 * (1 - np.exp(-t * 30)))) * np.exp(-t * 12)
    noise = rng.standard_normal(len(t))
    if kind == "hat":
        sos = scipy.signal.butter(2, min(7000, 0.4 * sr), "high", fs=sr, output="sos")
        return 0.4 * scipy.signal.sosfilt(sos, noise) * np.exp(-t * 45)
    return 0.4 * noise * np.exp(-t * 18) + 0.5 * np.sin(2 * np.pi * 190 * t) * np.exp(-t * 22)
